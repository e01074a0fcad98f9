"""The base of all sections of the view."""

from __future__ import annotations

from asr_tui.model.part import Part


class Section(Part):
    """Immutable, and plain data on the wire."""
