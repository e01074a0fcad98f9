"""The checks, one module a subject; each is one function with its metadata. See :mod:`asr_tui.rules.registry`."""
