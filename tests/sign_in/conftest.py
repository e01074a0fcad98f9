"""One cloud for all who only sign in; workers of their own for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.practice import PracticeCloud, ThreadWorker, thread_worker
from tests.sign_in.people import estate

StartWorker = Callable[..., ThreadWorker]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeCloud]:
    """A practice cloud with all the people, shared by tests that only read."""
    cloud = PracticeCloud(estate=str(estate(tmp_path_factory.mktemp("estate"))), speed=60, auto_approve=False)
    yield cloud
    cloud.close()


@pytest.fixture
def own_people(tmp_path: Path) -> Iterator[PracticeCloud]:
    """The same for one test alone, fast."""
    cloud = PracticeCloud(estate=str(estate(tmp_path)), auto_approve=False)
    yield cloud
    cloud.close()


@pytest.fixture
def start_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartWorker]:
    """Starts workers (arguments of :func:`tests.practice.thread_worker`) and ends them with the test.

    The SDK looks at some variables by itself, so what the worker is told is this process's environment too.
    """
    workers: list[ThreadWorker] = []

    def start(cloud: PracticeCloud, environ: dict[str, str], /, **options: Any) -> ThreadWorker:
        for name in ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "PATH"):
            if name in environ:
                monkeypatch.setenv(name, environ[name])
            elif name != "PATH":
                monkeypatch.delenv(name, raising=False)
        workers.append(thread_worker(cloud, tmp_path / "state", **({"way": "", "environ": environ} | options)))
        return workers[-1]

    yield start
    for worker in workers:
        worker.close()
