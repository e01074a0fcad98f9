"""Reports of drills, made from their records alone: JSON, HTML that needs no script and no network, and Markdown."""
