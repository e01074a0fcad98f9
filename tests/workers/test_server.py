"""The conversation over a socket: pulling views, intents, the pen, and bad input."""

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from asr_tui.model.problem import Problem
from asr_tui.session.client import Identity, OtherVersion, SessionClient, WorkerGone
from asr_tui.session.intents import Answer, Intent, ReadEstate, SelectVms, SignOut, Stop, TakePen
from asr_tui.session.planning_views import VmRow
from asr_tui.session.protocol import BLOCK_ROWS, Hello
from asr_tui.session.running_views import ItemRow, ReplicationView
from asr_tui.session.views import SessionView
from asr_tui.workers.feed import Feed
from asr_tui.workers.pen import Desk
from asr_tui.workers.server import Server

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Recorder:
    """Accepts all intents but a sign-out, and fails on a selection."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    async def handle(self, intent: Intent, who: Hello) -> Answer:
        self.seen.append((intent.kind, who.client_id))
        if isinstance(intent, SelectVms):
            raise ZeroDivisionError
        return Answer(problems=(Problem(what="No."),) if isinstance(intent, SignOut) else ())


class House:
    """A server with its feed, and faces that are connected to it by socket pairs."""

    def __init__(self) -> None:
        self.feed = Feed()
        self.desk = Desk(lambda: NOW)
        self.handler = Recorder()
        self.server = Server("default", self.feed, self.desk, self.handler, self.pen_changed)

    def pen_changed(self) -> None:
        self.feed.update(session=SessionView(pen=self.desk.pen, watchers=self.desk.faces))

    async def face(self, name: str, *, writes: bool = True) -> SessionClient:
        ours, theirs = socket.socketpair()
        await self.server.adopt(ours)
        client = await SessionClient.connect(theirs, Identity(name, "ada", "jump", "pts/1"), writes=writes)
        while not any(hello.client_id == name for hello in self.desk._faces.values()):
            await client.refresh(5)
        await client.refresh()
        return client

    async def raw(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        ours, theirs = socket.socketpair()
        await self.server.adopt(ours)
        reader, writer = await asyncio.open_connection(sock=theirs)
        await reader.readline()
        return reader, writer


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    yield house
    await house.server.close()


HELLO = b'{"type":"hello","client_id":"c","user":"u","host":"h","terminal":"t"}\n'


async def test_only_changed_sections_travel(house: House) -> None:
    face = await house.face("a")
    row = VmRow(
        id="/v",
        name="web\x1b",
        resource_group="rg",
        size="s",
        os="Linux",
        power="running",
        disks=1,
        disk_gib=30,
        network="n",
        subnet="s",
    )
    house.feed.update(vms=(row,))
    assert await face.refresh(5) == {"vms"}
    assert face.view.vms[0].name == "web␛"
    assert await face.refresh() == frozenset()
    house.feed.update(vms=(row,))
    assert await face.refresh() == frozenset()


def vm(number: int, name: str = "web") -> VmRow:
    told = {"size": "s", "os": "Linux", "power": "running", "network": "n", "subnet": "s"}
    return VmRow(id=f"/v{number}", name=name, resource_group="rg", disks=1, disk_gib=30, **told)


async def test_of_a_long_list_only_the_blocks_that_changed_travel(house: House) -> None:
    face = await house.face("a")
    rows = tuple(vm(number) for number in range(2 * BLOCK_ROWS + 1))
    house.feed.update(vms=rows)
    await face.refresh(5)
    assert face.view.vms == rows
    seen = face.view.vms
    changed = (*rows[:BLOCK_ROWS], vm(BLOCK_ROWS, "db"), *rows[BLOCK_ROWS + 1 :])
    house.feed.update(vms=changed)
    assert await face.refresh(5) == {"vms"}
    assert face.view.vms == changed
    assert [old is new for old, new in zip(seen, face.view.vms, strict=True)].count(False) == BLOCK_ROWS
    house.feed.update(vms=rows[:3])
    assert await face.refresh(5) == {"vms"}
    assert face.view.vms == rows[:3]
    house.feed.update(vms=())
    assert await face.refresh(5) == {"vms"}
    assert face.view.vms == ()


async def test_the_list_of_a_section_travels_apart_from_it(house: House) -> None:
    face = await house.face("a")
    items = tuple(ItemRow(vm_id=f"/v{number}", vm_name="web") for number in range(BLOCK_ROWS + 1))
    house.feed.update(replication=ReplicationView(target_group="rg", items=items))
    await face.refresh(5)
    seen = face.view.replication
    assert (seen.target_group, seen.items) == ("rg", items)
    house.feed.update(replication=ReplicationView(target_group="other", items=items))
    assert await face.refresh(5) == {"replication"}
    assert (face.view.replication.target_group, face.view.replication.items) == ("other", items)
    assert face.view.replication.items[0] is seen.items[0]


async def test_a_long_poll_ends_with_the_change(house: House) -> None:
    face = await house.face("a")
    waiting = asyncio.create_task(face.refresh(60))
    answer = await face.send(ReadEstate())
    assert answer.accepted
    assert not waiting.done()
    house.feed.update(log=(), problems=(Problem(what="x", detail="half \ud83d"),))
    assert await waiting == {"problems"}
    assert face.view.problems[0].detail == "half \ufffd"


async def test_intents_are_answered(house: House) -> None:
    face = await house.face("a")
    assert not (await face.send(SignOut())).accepted
    assert house.handler.seen == [("sign-out", "a")]


async def test_a_failing_intent_answers_with_a_problem_and_the_conversation_goes_on(house: House) -> None:
    face = await house.face("a")
    answer = await face.send(SelectVms(vm_ids=()))
    assert answer.problems[0].code == "internal"
    assert (await face.send(ReadEstate())).accepted


async def test_the_pen_is_held_taken_and_inherited(house: House) -> None:
    first, second = await house.face("one"), await house.face("two")
    watcher = await house.face("three", writes=False)
    assert first.has_pen
    assert not second.has_pen
    refusal = (await second.send(ReadEstate())).problems[0]
    assert "ada@jump on pts/1" in refusal.what
    assert not (await watcher.send(TakePen())).accepted
    assert (await second.send(TakePen())).accepted
    await second.refresh()
    assert second.has_pen
    assert not (await first.send(ReadEstate())).accepted
    assert house.handler.seen == []
    await second.close()
    while not first.has_pen:
        await first.refresh(5)
    assert (await first.send(ReadEstate())).accepted


async def test_who_does_not_hold_the_pen_may_still_stop_the_worker(house: House) -> None:
    await house.face("one")
    other = await house.face("two")
    assert (await other.send(Stop())).accepted


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nonsense\n", "malformed"),
        (b'{"type":"ask","number":1}\n', "introduces itself first"),
        (b'{"type":"hello","protocol":99,"client_id":"c","user":"u","host":"h","terminal":"t"}\n', "protocol"),
        (b'{"type":"hello"}\n', "client_id"),
        (b"\xff\xfe\x00\n", "malformed"),
    ],
)
async def test_a_wrong_hello_is_refused_with_a_reason(house: House, line: bytes, reason: str) -> None:
    reader, writer = await house.raw()
    writer.write(line)
    refused = json.loads(await reader.readline())
    assert refused["type"] == "refused"
    assert reason in refused["reason"]
    assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize(
    "line",
    [
        b"{\n",
        b'{"type":"send","number":1,"intent":{"kind":"rm -rf"}}\n',
        b'{"type":"ask","number":1,"wait":1e9}\n',
        HELLO,
    ],
)
async def test_a_malformed_line_ends_only_that_conversation(house: House, line: bytes) -> None:
    other = await house.face("other")
    reader, writer = await house.raw()
    writer.write(HELLO + line)
    assert json.loads(await reader.readline())["type"] == "refused"
    writer.close()
    assert (await other.send(ReadEstate())).accepted


async def test_the_client_refuses_a_worker_of_another_version() -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(b'{"type":"greeting","protocol":99,"program":"asr-tui 9","pid":1,"session":"default"}\n')
    with pytest.raises(OtherVersion, match="asr-tui stop"):
        await SessionClient.connect(theirs, Identity("a", "u", "h", "t"))
    ours.close()


async def test_whoever_waits_learns_that_the_worker_is_gone(house: House) -> None:
    face = await house.face("a")
    waiting = asyncio.create_task(face.refresh(60))
    await asyncio.sleep(0)
    await house.server.close()
    with pytest.raises(WorkerGone):
        await waiting
    with pytest.raises(WorkerGone):
        await face.send(ReadEstate())


async def test_the_socket_is_private_and_removed(house: House, tmp_path: Path) -> None:
    path = tmp_path / "run" / "w.sock"
    await house.server.listen(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    face = await SessionClient.connect(path, Identity("a", "u", "h", "t"))
    assert (await face.send(ReadEstate())).accepted
    await face.close()
    await house.server.close()
    assert not path.exists()


async def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(WorkerGone, match="No worker answers"):
        await SessionClient.connect(tmp_path / "none.sock", Identity("a", "u", "h", "t"))


async def test_a_version_from_another_worker_gets_everything(house: House) -> None:
    house.feed.update(problems=(Problem(what="x"),))
    assert set(house.feed.changed(999).sections) == {"problems"}


async def test_a_face_that_sees_its_conversation_end_finds_no_socket_any_more(house: House, tmp_path: Path) -> None:
    """That is how it tells a worker that was ended from one that was killed."""
    path = tmp_path / "worker.sock"
    await house.server.listen(path)
    client = await SessionClient.connect(path, Identity("a", "ada", "jump", "pts/1"))
    (conversation,) = house.server._conversations
    seen: list[bool] = []
    conversation.add_done_callback(lambda _: seen.append(path.exists()))
    await house.server.close()
    assert seen == [False]
    await client.close()
