"""The worker's log: rotating, for its owner only, and without what libraries say of requests."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from asr_tui.session.paths import StateError
from asr_tui.workers import lifecycle
from asr_tui.workers.lifecycle import LOG_FILES, start_log


@pytest.fixture
def root_log() -> Iterator[None]:
    """The process's loggers as they were, afterwards."""
    names = ("", "asr_tui", "azure", "msal", "urllib3", "aiohttp")
    before = {name: logging.getLogger(name).level for name in names}
    handlers = list(logging.getLogger().handlers)
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)
    for handler in [one for one in logging.getLogger().handlers if one not in handlers]:
        logging.getLogger().removeHandler(handler)
        handler.close()


def test_it_rotates_and_belongs_to_its_owner(root_log: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "LOG_BYTES", 2000)
    before = os.umask(0)
    try:
        start_log(tmp_path / "worker.log")
        for number in range(500):
            logging.getLogger("asr_tui.test").info("line %d of many", number)
    finally:
        os.umask(before)
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["worker.log", *(f"worker.log.{number}" for number in range(1, LOG_FILES + 1))]
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 and file.stat().st_size <= 2000
    assert "line 499 of many" in (tmp_path / "worker.log").read_text(encoding="utf-8")


def test_what_libraries_say_of_requests_stays_out(root_log: None, tmp_path: Path) -> None:
    start_log(tmp_path / "worker.log")
    for name in ("azure.core.pipeline.policies.http_logging_policy", "azure.identity", "msal.token_cache", "urllib3"):
        logging.getLogger(name).info("Request headers: Authorization: Bearer canary")
        logging.getLogger(name).debug("canary")
    logging.getLogger("azure.identity").warning("the token request failed")
    assert (tmp_path / "worker.log").read_text(encoding="utf-8").count("\n") == 1


def test_a_log_that_cannot_be_written_is_one_sentence(root_log: None, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="ASR_TUI_STATE_DIR"):
        start_log(tmp_path / "missing" / "worker.log")
