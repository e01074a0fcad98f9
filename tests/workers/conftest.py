"""The night that the chaos tests disturb, prepared once for all test processes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator

import pytest

from tests.nights import Template
from tests.nursery import Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Starts workers, faces and clouds by forking."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture(scope="session")
def template(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Prepared by whichever test process comes first; the others wait for it."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    saved, folder = root / "night.json", root / f"night-{os.getpid()}"
    with (root / "night.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not saved.exists():
            folder.mkdir()
            Template.made_in(folder, nursery).save(saved)
    return Template.load(saved)
