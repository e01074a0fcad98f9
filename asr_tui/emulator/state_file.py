"""The state file: one SQLite database that belongs to one emulator at a time."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import IO

_SCHEMA_VERSION = 1
_APPLICATION = 0x41535254  # "ASRT", in the header of every state file
_TABLES = """
CREATE TABLE IF NOT EXISTS resources (key TEXT PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL,
    born INTEGER NOT NULL, dies INTEGER, body BLOB NOT NULL, private BLOB);
CREATE TABLE IF NOT EXISTS operations (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (n INTEGER PRIMARY KEY AUTOINCREMENT, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
"""


class StateError(Exception):
    """The state file cannot be used; the message is one sentence for the person who named it."""


def discard(path: Path) -> None:
    """Remove a state file with what belongs to it; fine if there is none.

    Raises:
        StateError: an emulator is using it, it is not one of ours, or it cannot be removed.
    """
    with lock_file(path):
        if path.exists():
            _check_file_is_ours(path)
        for suffix in ("", "-wal", "-shm"):
            try:
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            except OSError as error:
                raise StateError(f"The state file {path} cannot be removed: {error.strerror}.") from error


def lock_file(path: Path) -> IO[bytes]:
    """Take the file for this process; the kernel gives it back when the process ends, however it ends.

    Raises:
        StateError: another emulator has it, or it cannot be written.
    """
    if path.is_dir():
        raise StateError(f"The state file {path} is a folder; name a file in it.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = path.with_name(path.name + ".lock").open("ab")
    except FileExistsError as error:
        raise StateError(f"The state file {path} cannot be written: {path.parent} is not a folder.") from error
    except OSError as error:
        raise StateError(f"The state file {path} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise StateError(
            f"Another emulator is using the state file {path}; stop it or name another one with --state."
        ) from error
    return handle


def open_database(path: Path | None) -> sqlite3.Connection:
    """Open the database, made first if need be; None makes one that ends with the process.

    Raises:
        StateError: it cannot be written, is not one of ours, or was written by another version.
    """
    try:
        if path is not None:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        # An empty name is SQLite's temporary file: big estates are not held in memory twice.
        connection = sqlite3.connect(path or "", isolation_level=None)
        _check_ours(connection, path)
        # WAL plus NORMAL: a commit survives the death of the process (only a power cut can undo the last).
        connection.execute(f"PRAGMA journal_mode={'MEMORY' if path is None else 'WAL'}")
        connection.execute(f"PRAGMA synchronous={'OFF' if path is None else 'NORMAL'}")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _SCHEMA_VERSION):
            raise StateError(
                f"The state file {path} was written by another version of the emulator; use --reset to start over."
            )
        connection.executescript(_TABLES)
        connection.execute(f"PRAGMA application_id={_APPLICATION}")
        connection.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
    except OSError as error:
        raise StateError(f"The state file {path} cannot be written: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise StateError(f"The state file {path} cannot be used: {error}.") from error
    return connection


def _check_file_is_ours(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            _check_ours(connection, path)
    except sqlite3.Error as error:
        raise StateError(f"The state file {path} cannot be used: {error}.") from error


def _check_ours(connection: sqlite3.Connection, path: Path | None) -> None:
    """Refuse a database that somebody else keeps his data in."""
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != _APPLICATION and tables:
        raise StateError(f"The file {path} is not a state file of the emulator; name another one with --state.")
