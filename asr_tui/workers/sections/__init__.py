"""The view, section by section: each module turns the worker's state into what a face shows. Pure: state in, rows out."""
