"""Places and modes of what a session keeps on disk."""

import os
import stat
from pathlib import Path

import pytest

from asr_tui.session.paths import (
    MAX_SOCKET_PATH_BYTES,
    StateError,
    prepare_directory,
    replace_file,
    session_paths,
    state_root,
)


def test_the_environment_moves_the_state(tmp_path: Path) -> None:
    assert state_root({"ASR_TUI_STATE_DIR": str(tmp_path)}) == tmp_path


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "x" * 65, "a\n", "ü"])
def test_a_session_name_is_never_a_path(name: str, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="session name"):
        session_paths(name, tmp_path)


def test_each_state_directory_has_a_socket_of_its_own(tmp_path: Path) -> None:
    one, other = session_paths("default", tmp_path / "a"), session_paths("default", tmp_path / ("b" * 200))
    assert one.socket != other.socket
    assert all(len(os.fsencode(paths.socket)) <= MAX_SOCKET_PATH_BYTES for paths in (one, other))


def test_directories_are_private_even_if_they_were_not(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b"
    place.mkdir(parents=True, mode=0o755)
    prepare_directory(place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_file_in_the_way_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(StateError, match="ASR_TUI_STATE_DIR"):
        prepare_directory(tmp_path / "state" / "sessions")


def test_replacing_is_private_and_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "plan.yaml"
    replace_file(target, "one")
    replace_file(target, "two")
    assert target.read_text() == "two"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["plan.yaml"]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "plan.yaml"
    target.mkdir()
    with pytest.raises(StateError):
        replace_file(target, "x")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.yaml"]
