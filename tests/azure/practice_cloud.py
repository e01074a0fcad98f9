"""A running emulator as the adapter's tests see it: its exports, its control plane, and how it is started and ended."""

from __future__ import annotations

import json
import ssl
import tempfile
import urllib.request
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asr_tui.azure.clients import Clients
from asr_tui.azure.cloud import Cloud, practice
from asr_tui.azure.device_code import DeviceCode
from tests.nursery import emulators, end


@dataclass
class PracticeCloud:
    """A running emulator: what it exports, and its control plane."""

    environ: dict[str, str]

    @property
    def cloud(self) -> Cloud:
        return practice(self.environ)

    @property
    def subscription_id(self) -> str:
        return self.environ["AZURE_SUBSCRIPTION_ID"]

    @property
    def subscription(self) -> str:
        return f"/subscriptions/{self.subscription_id}"

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the emulator's own control plane."""
        context = ssl.create_default_context(cafile=self.environ["REQUESTS_CA_BUNDLE"])
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.environ['ASR_TUI_ARM_ENDPOINT']}/emulator/{path}"
        with urllib.request.urlopen(  # noqa: S310
            urllib.request.Request(address, data, method=method),  # noqa: S310
            context=context,
            timeout=30,
        ) as response:
            return json.load(response)

    def log(self) -> list[dict[str, Any]]:
        """Every request that the emulator has answered so far."""
        entries: list[dict[str, Any]] = self.control("GET", "log")["entries"]
        return entries

    def fault(self, when: dict[str, Any], then: dict[str, Any]) -> None:
        """Put one fault in force."""
        self.control("POST", "faults", {"faults": [{"when": when, "then": then}]})

    def pass_time(self, seconds: float) -> None:
        """Let Azure's clock jump ahead."""
        self.control("POST", "clock", {"advance_seconds": seconds})


StartEmulator = Callable[..., PracticeCloud]
Connect = Callable[..., AbstractAsyncContextManager[Clients]]


class Emulators:
    """Starts emulators and ends those that it started."""

    def __init__(self) -> None:
        self._running: list[int] = []

    def __enter__(self) -> StartEmulator:
        self._folder = tempfile.TemporaryDirectory(prefix="practice-cloud-")
        return self._start

    def __exit__(self, *exc_details: object) -> None:
        for pid in self._running:
            end(pid)
        self._folder.cleanup()

    def _start(self, *options: str) -> PracticeCloud:
        output = Path(self._folder.name) / f"output-{len(self._running)}"
        pid, exports = emulators().emulator(output, "--strict", *options)
        self._running.append(pid)
        return PracticeCloud(exports)


def no_code(code: DeviceCode) -> None:
    pytest.fail(f"nobody asked for the device code {code.code}")
