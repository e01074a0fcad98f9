"""Importing this module fills the registry: one line for each module of emulated operations."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "asr_tui.emulator.lro",
)
"""Every module that registers operations; add yours here."""


def load() -> None:
    """Import every module of operations; safe to call twice."""
    for name in MODULES:
        import_module(name)
