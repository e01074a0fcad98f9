"""A keyring for programs that reach it by PyGObject and libsecret: it stands in for the desktop's, and holds all in memory."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


class Keyring:
    """What is kept in it, by the name of the schema. ``locked``: it refuses, as one does without a session to unlock it."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.locked = False

    def text(self) -> str:
        """All of it, for a look at what a program put there."""
        return "\n".join(self.kept.values())

    def secret(self) -> SimpleNamespace:
        """What ``gi.repository.Secret`` offers to msal-extensions."""
        return SimpleNamespace(
            Schema=SimpleNamespace(new=lambda name, flags, types: name),
            SchemaFlags=SimpleNamespace(NONE=0),
            SchemaAttributeType=SimpleNamespace(STRING=0),
            password_store_sync=self._store,
            password_lookup_sync=lambda schema, attributes, cancel: self.kept.get(schema),
            password_clear_sync=lambda schema, attributes, cancel: self.kept.pop(schema, None) is not None,
        )

    def _store(self, schema: str, attributes: Any, collection: Any, label: str, text: str, cancel: Any) -> bool:
        if self.locked:
            raise KeyringError("Cannot create an item in a locked collection")
        self.kept[schema] = text
        return True


class KeyringError(Exception):
    """What libsecret raises (``GLib.Error``)."""


def install(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    """A machine with an unlocked keyring, for as long as the test lasts."""
    keyring = Keyring()
    gi, repository = ModuleType("gi"), ModuleType("gi.repository")
    gi.__spec__ = ModuleSpec("gi", None)
    gi.require_version = lambda name, version: None  # type: ignore[attr-defined]
    gi.repository = repository  # type: ignore[attr-defined]
    repository.Secret = keyring.secret()  # type: ignore[attr-defined]
    repository.GLib = SimpleNamespace(Error=KeyringError)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gi", gi)
    monkeypatch.setitem(sys.modules, "gi.repository", repository)
    # It looks for the keyring as it is loaded: with this one now, and anew for whoever comes after this test.
    monkeypatch.delitem(sys.modules, "msal_extensions.libsecret", raising=False)
    monkeypatch.setitem(sys.modules, "msal_extensions.libsecret", _fresh_libsecret())
    return keyring


def _fresh_libsecret() -> ModuleType:
    import importlib

    sys.modules.pop("msal_extensions.libsecret", None)
    return importlib.import_module("msal_extensions.libsecret")
