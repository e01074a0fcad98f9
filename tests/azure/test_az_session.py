"""az is a program that may hang, fork and be given up: whatever happens, none of it outlives the request that started it."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError

from asr_tui.azure import az_session
from asr_tui.azure.az_session import AzSession
from asr_tui.model.problem import ProblemError
from tests.hanging_az import hanging_az, prove_ended, running, write_az

SCOPE = "https://management.azure.com//.default"
ANSWERS = """#!{python}
print({answer!r})
"""


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a program named az that hangs."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    hanging_az(tmp_path)
    return tmp_path


async def test_az_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    until = int(time.time()) + 3600
    answer = json.dumps({"accessToken": "a token", "expires_on": until})
    write_az(tmp_path, ANSWERS.format(python=sys.executable, answer=answer))
    async with AzSession("") as session:
        tokens = await asyncio.gather(*(session.get_token(SCOPE) for _ in range(6)))
        assert {(token.token, token.expires_on) for token in tokens} == {("a token", until)}
        assert (await session.get_token_info(SCOPE)).token == "a token"


async def test_whoever_gives_up_ends_az(az: Path) -> None:
    async with AzSession("") as session:
        asking = asyncio.create_task(session.get_token_info(SCOPE))
        pids = await running(az)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        prove_ended(pids)


async def test_a_session_that_is_closed_ends_az(az: Path) -> None:
    session = AzSession("")
    asking = asyncio.create_task(session.get_token_info(SCOPE))
    pids = await running(az)
    await session.close()
    with pytest.raises(ProblemError, match="signed in anew"):
        await asking
    prove_ended(pids)
    with pytest.raises(ProblemError, match="signed in anew"):
        await session.get_token(SCOPE)


async def test_az_that_says_nothing_is_ended(az: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(az_session, "AZ_SECONDS", 2)
    (az / "told").unlink()  # a file instead, which nobody has to read
    async with AzSession("") as session:
        with pytest.raises(ClientAuthenticationError, match="Timed out"):
            await session.get_token_info(SCOPE)
        if (az / "told").exists():  # on a machine that is slow enough, time is up before the shell's first word
            prove_ended(await running(az))


def test_a_loop_that_ends_leaves_no_az_behind(az: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What ends a worker: its tasks are cancelled and its loop is closed. Nothing of az may still want that loop."""
    pids: list[int] = []

    async def begin() -> None:
        session = AzSession("")
        asking = asyncio.create_task(session.get_token_info(SCOPE))
        pids.extend(await running(az))
        assert not asking.done()

    asyncio.run(begin())
    prove_ended(pids)
    unraisable: list[object] = []
    before, sys.unraisablehook = sys.unraisablehook, unraisable.append
    try:
        gc.collect()
    finally:
        sys.unraisablehook = before
    assert unraisable == []
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []
