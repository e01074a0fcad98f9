"""The adapter is tested against the emulator over TLS, with the unmodified SDK: no Azure client is ever replaced."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from practice_cloud import Connect, Emulators, PracticeCloud, StartEmulator, no_code

from asr_tui.azure.clients import Clients
from asr_tui.azure.connection import open_cloud
from asr_tui.azure.credentials import ENVIRONMENT


@pytest.fixture
def start_emulator() -> Iterator[StartEmulator]:
    """``start_emulator("--estate", "contoso", ...)``: a strict emulator of its own for one test."""
    with Emulators() as start:
        yield start


@pytest.fixture(scope="module")
def contoso() -> Iterator[PracticeCloud]:
    """The contoso estate, shared by tests that only read."""
    with Emulators() as start:
        yield start("--estate", "contoso")


@pytest.fixture(scope="module")
def starter() -> Iterator[PracticeCloud]:
    """The starter estate, shared by tests that only read."""
    with Emulators() as start:
        yield start("--estate", "starter")


@pytest.fixture
def connect() -> Connect:
    """``async with connect(cloud, way=..., observe=...) as clients`` signs in to a running emulator."""

    @asynccontextmanager
    async def opened(emulator: PracticeCloud, way: str = ENVIRONMENT, **options: Any) -> AsyncIterator[Clients]:
        options = {
            "environ": emulator.environ,
            "on_device_code": no_code,
            "subscription_id": emulator.subscription_id,
            **options,
        }
        async with await open_cloud(emulator.cloud, way, **options) as clients:
            yield clients

    return opened
