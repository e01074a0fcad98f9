"""Fixtures that several folders of tests share: practice clouds, and workers over them; and how examples are generated."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from asr_tui.session.client import SessionClient
from tests.practice import PracticeCloud, thread_worker

# The same examples in every run, and no clock that fails a test on a busy machine. HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

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
