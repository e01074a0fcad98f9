"""One worker per session, and its end."""

import asyncio
from pathlib import Path

import pytest

from asr_tui.session.paths import StateError
from asr_tui.workers.lifecycle import IdleWatch, SessionLock


def test_a_second_worker_is_refused_and_told_who_serves(tmp_path: Path) -> None:
    lock = SessionLock.acquire(tmp_path / "worker.lock")
    with pytest.raises(StateError, match=r"Another worker \(process \d+\)"):
        SessionLock.acquire(tmp_path / "worker.lock")
    lock.release()
    SessionLock.acquire(tmp_path / "worker.lock").release()


async def test_the_watch_waits_for_work_to_end() -> None:
    busy = True
    watch = IdleWatch(0.01, lambda: busy)
    waiting = asyncio.create_task(watch.wait())
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    busy = False
    watch.look()
    await asyncio.wait_for(waiting, 10)


async def test_zero_seconds_means_never() -> None:
    watch = IdleWatch(0, lambda: False)
    waiting = asyncio.create_task(watch.wait())
    done, _ = await asyncio.wait({waiting}, timeout=0.02)
    assert not done
    waiting.cancel()
