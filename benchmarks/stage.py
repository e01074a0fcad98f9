"""A worker without a cloud, to measure faces by: ``python -m benchmarks.stage SOCKET [--vms N] [--items N] [--updates N]``.

It serves a view over the session's own protocol and changes it on time; whatever it is asked for it accepts.
"""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

from asr_tui.session.intents import Answer, Intent
from asr_tui.session.protocol import Hello
from asr_tui.session.running_views import DiskProgress, ItemRow
from asr_tui.workers.feed import Feed
from asr_tui.workers.pen import Desk
from asr_tui.workers.server import Server
from tests.screens import views_fixture as views

READY = "ready"
_TICKS_A_SECOND = 20


class _Acceptor:
    async def handle(self, intent: Intent, who: Hello) -> Answer:
        """Accept, and do nothing."""
        return Answer()


def items(number: int) -> tuple[ItemRow, ...]:
    """VMs that are being copied."""
    now = datetime.now(UTC)
    return tuple(
        ItemRow(
            vm_id=views.vm_id(f"vm-{index:05}"),
            vm_name=f"vm-{index:05}",
            item_id=f"{views.vm_id(f'vm-{index:05}')}/item",
            milestone="seeding",
            task="Initial replication",
            task_number=4,
            task_total=6,
            progress=index % 100,
            health="Normal",
            started=now,
            changed_at=now,
            agent_version="9.63.7187.1",
            disks=(DiskProgress(name=f"vm-{index:05}_OsDisk", state="InitialReplication", progress=index % 100),),
        )
        for index in range(number)
    )


async def change(feed: Feed, updates: float) -> None:
    """Let ``updates`` items a second make progress, one after the other."""
    due, turn = 0.0, 0
    while True:
        await asyncio.sleep(1 / _TICKS_A_SECOND)
        due += updates / _TICKS_A_SECOND
        rows = list(feed.view.replication.items)
        while due >= 1:
            row = rows[turn % len(rows)]
            rows[turn % len(rows)] = row.model_copy(update={"progress": ((row.progress or 0) + 1) % 100})
            due, turn = due - 1, turn + 1
        feed.update(replication=feed.view.replication.model_copy(update={"items": tuple(rows)}))


async def serve(path: Path, vms: int, watched: int, updates: float) -> None:
    """Serve until the process is ended."""
    feed = Feed()
    desk = Desk(lambda: datetime.now(UTC))
    server = Server("bench", feed, desk, _Acceptor(), lambda: None)
    ready = views.ready()
    kept = {name: getattr(ready, name) for name in ("session", "steps", "sign_in", "plan", "architecture", "vault")}
    feed.update(**kept, vms=views.many_vms(vms))
    if watched:
        running = ready.replication.model_copy(update={"items": items(watched), "seeding": watched})
        feed.update(replication=running, run=views.running().run)
    await server.listen(path)
    print(READY, flush=True)
    if updates:
        await change(feed, updates)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stage", description=__doc__)
    parser.add_argument("socket", type=Path)
    parser.add_argument("--vms", type=int, default=0)
    parser.add_argument("--items", type=int, default=0, help="VMs that are being copied")
    parser.add_argument("--updates", type=float, default=0, help="changed items a second")
    wanted = parser.parse_args()
    asyncio.run(serve(wanted.socket, wanted.vms, wanted.items, wanted.updates))
