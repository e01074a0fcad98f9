"""Fixtures that several folders of tests share: practice clouds, and workers over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from asr_tui.session.client import SessionClient
from tests.practice import PracticeCloud, thread_worker

StartCloud = Callable[..., PracticeCloud]


@pytest.fixture
def start_cloud() -> Iterator[StartCloud]:
    """Starts practice clouds (arguments of :class:`tests.practice.PracticeCloud`) and ends them with the test."""
    clouds: list[PracticeCloud] = []

    def start(*arguments: str, **options: Any) -> PracticeCloud:
        clouds.append(PracticeCloud(*arguments, **options))
        return clouds[-1]

    yield start
    for cloud in clouds:
        cloud.close()


@pytest.fixture
def emulator(start_cloud: StartCloud) -> PracticeCloud:
    """A practice cloud with the ``starter`` estate."""
    return start_cloud()


@pytest.fixture
async def practice_session(emulator: PracticeCloud, tmp_path: Path) -> AsyncIterator[SessionClient]:
    """A face with the pen, attached to a worker that signs in to the ``emulator`` by itself."""
    worker = thread_worker(emulator, tmp_path)
    client = await worker.connect()
    yield client
    await client.close()
    worker.close()
