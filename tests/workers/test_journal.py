"""The journal survives a kill at any moment."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from asr_tui.session.paths import StateError
from asr_tui.workers.journal import Journal


def test_entries_come_back_in_order(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.jsonl")
    journal.append("confirmed", digest="abc")
    journal.append("begun", key="/k", name="naïve\x1b")
    journal.close()
    again = Journal.open(tmp_path / "journal.jsonl")
    assert [(entry.kind, entry.data) for entry in again.entries] == [
        ("confirmed", {"digest": "abc"}),
        ("begun", {"key": "/k", "name": "naïve\x1b"}),
    ]
    assert [entry.data for entry in again.of("begun")] == [{"key": "/k", "name": "naïve\x1b"}]
    assert again.note == ""
    assert stat.S_IMODE(again.path.stat().st_mode) == 0o600
    again.close()


def test_cut_at_any_byte_only_the_last_line_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal.open(path)
    journal.append("confirmed", digest="abc")
    whole = path.stat().st_size
    journal.append("begun", key="/k")
    journal.close()
    content = path.read_bytes()
    for length in range(whole, len(content)):
        path.write_bytes(content[:length])
        cut = Journal.open(path)
        assert [entry.kind for entry in cut.entries] == ["confirmed"]
        assert ("torn" in cut.note) == (length > whole)
        cut.append("resumed")
        cut.close()
        assert [json.loads(line)["kind"] for line in path.read_text().splitlines()] == ["confirmed", "resumed"]


def test_a_spoilt_line_in_the_middle_is_named_and_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"time": "2026-01-01T00:00:00+00:00", "kind": "a"}\n{"nonsense"\n[]\n')
    journal = Journal.open(path)
    assert [entry.kind for entry in journal.entries] == ["a"]
    assert "2 unreadable" in journal.note
    journal.close()


def test_an_unusable_place_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(StateError, match="journal"):
        Journal.open(tmp_path / "journal.jsonl")


def test_an_entry_is_on_disk_before_anything_else_can_happen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, flushed = tmp_path / "journal.jsonl", []
    journal = Journal.open(path)
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: flushed.append((os.fstat(descriptor).st_ino, path.read_bytes()))
    )
    journal.append("request", key="/k")
    assert [inode for inode, _ in flushed] == [path.stat().st_ino]
    assert json.loads(flushed[0][1])["key"] == "/k", "the whole line is written when it is flushed"


def test_what_cannot_be_flushed_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal.open(tmp_path / "journal.jsonl")

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StateError, match="nothing more is sent to Azure"):
        journal.append("request", key="/k")
    assert journal.entries == []
