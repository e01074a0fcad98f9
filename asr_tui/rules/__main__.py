"""``python -m asr_tui.rules > docs/checks.md`` writes the page of checks anew."""

from __future__ import annotations

import sys

from asr_tui.rules.handbook import checks_markdown

sys.stdout.write(checks_markdown())
