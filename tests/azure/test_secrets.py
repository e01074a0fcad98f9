"""Nothing leaks: what the adapter logs, records, raises or shows holds no secret, no token and no signed address."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from typing import Any

import pytest
from practice_cloud import Connect, PracticeCloud, StartEmulator
from test_credentials import ESTATE, approve
from test_writer import SetUp, carry_out

from asr_tui.azure import credentials
from asr_tui.azure.device_code import DeviceCode
from asr_tui.azure.estate_reader import read_estate, read_subscriptions
from asr_tui.azure.observation import RequestRecord
from asr_tui.model.change import Kind
from asr_tui.model.problem import ProblemError

TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")


async def test_nothing_logged_or_recorded_holds_a_secret(
    start_emulator: StartEmulator, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    emulator = start_emulator("--estate", "starter")
    canary = emulator.environ["AZURE_CLIENT_SECRET"]
    records: list[RequestRecord] = []
    with caplog.at_level(logging.DEBUG):
        async with connect(emulator, observe=records.append) as clients:
            await carry_out(emulator, clients, SetUp(emulator.subscription_id).only(Kind.RESOURCE_GROUP, Kind.VAULT))
        wrong = {**emulator.environ, "AZURE_CLIENT_SECRET": "canary-in-the-mine"}
        async with connect(emulator, environ=wrong, observe=records.append) as clients:
            with pytest.raises(ProblemError) as refused:
                await read_subscriptions(clients)
    told = "\n".join([caplog.text, *map(repr, records), repr(refused.value.problem), repr(refused.value)])
    assert len(caplog.records) > 0 and len(records) > 5
    assert canary not in told and "canary-in-the-mine" not in told
    assert TOKEN.search(told) is None


async def test_a_device_code_is_shown_and_logged_nowhere(
    start_emulator: StartEmulator, connect: Connect, caplog: pytest.LogCaptureFixture, tmp_path: Any
) -> None:
    file = tmp_path / "people.yaml"
    file.write_text(ESTATE, encoding="utf-8")
    emulator = start_emulator("--estate", str(file), "--speed", "60")
    shown: asyncio.Queue[DeviceCode] = asyncio.Queue()
    with caplog.at_level(logging.DEBUG):
        async with connect(emulator, credentials.DEVICE_CODE, on_device_code=shown.put_nowait) as clients:
            signing_in = asyncio.create_task(clients.principal())
            code = await shown.get()
            await asyncio.to_thread(approve, emulator, code)
            await signing_in
    assert code.code not in caplog.text
    assert TOKEN.search(caplog.text) is None


async def test_no_host_but_the_clouds_is_connected_to(
    contoso: PracticeCloud, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every name that is looked up and every address that is connected to, in this process."""
    reached: set[Any] = set()
    looked_up: set[Any] = set()
    connect_socket, look_up = socket.socket.connect, socket.getaddrinfo

    def recorded_connect(self: socket.socket, where: Any) -> None:
        reached.add(where)
        return connect_socket(self, where)

    def recorded_look_up(host: Any, *rest: Any, **more: Any) -> Any:
        looked_up.add(host)
        return look_up(host, *rest, **more)

    loop = asyncio.get_running_loop()
    open_connection = loop.sock_connect

    async def recorded_sock_connect(sock: socket.socket, where: Any) -> None:
        reached.add(where)
        await open_connection(sock, where)

    monkeypatch.setattr(socket.socket, "connect", recorded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", recorded_look_up)
    monkeypatch.setattr(loop, "sock_connect", recorded_sock_connect)
    async with connect(contoso) as clients:
        await read_estate(clients, source_region="westeurope", target_region="northeurope")
    host, _, port = contoso.cloud.arm_host.partition(":")
    assert reached == {(host, int(port))}
    assert looked_up <= {host}
