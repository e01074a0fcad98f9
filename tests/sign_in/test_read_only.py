"""``--read-only`` over a whole walk with every key of every page pressed: nothing is written."""

from __future__ import annotations

import asyncio

from asr_tui.actions import LIST, STEPS, actions_in
from asr_tui.model.step import Step
from asr_tui.session import intents
from tests.practice import PracticeCloud, ThreadWorker, until
from tests.screens.harness import type_fast
from tests.sign_in.conftest import StartWorker
from tests.sign_in.faces import Screens, face
from tests.sign_in.people import ROBOT, being
from tests.walking import to_replication

PAGES = {"2": "prerequisites", "3": "networking", "4": "vault", "5": "replication", "6": "test-failover"}
ELSEWHERE = {"leave", "leave-now", "suspend", "redraw", "help", "palette", "sign-out", "theme", "bytes", "next", "back"}


async def test_no_key_writes(own_people: PracticeCloud, start_worker: StartWorker) -> None:
    environ = being(own_people, ROBOT, "one")
    before = start_worker(own_people, environ, way="environment")
    client = await before.connect()
    await to_replication(client)
    await client.close()
    before.close()
    written = len(await asyncio.to_thread(own_people.writes))
    worker = start_worker(own_people, environ, way="environment", read_only=True)
    async with face("screens", worker) as at:
        assert isinstance(at, Screens)
        hands = at.hands
        await hands.until(lambda view: bool(view.replication.items) and view.session.activity == "", "the estate")
        await hands.until_shown("LOOK ONLY")
        for page, name in PAGES.items():
            if name == "test-failover":
                await hands.press("escape", "escape", page)
                await hands.until(
                    lambda view: bool(view.drill.rows) and view.session.activity == "", "the drill's rows"
                )
            for action in (*actions_in(name), *actions_in(LIST), *actions_in(STEPS)):
                if action.id in ELSEWHERE or action.id.startswith("go-"):
                    continue
                # The key, then the answers that would agree to whatever it asks.
                await type_fast(
                    hands._pilot, "escape", "escape", page, action.keys[0], "tab", "enter", "c", "tab", "enter"
                )
        # Nothing of it may still be on its way.
        await hands.press("escape", "escape", "0")
        await hands.until(lambda view: view.session.activity == "", "the worker's rest")
        assert not [row for row in hands.view.operations if row.state == "running"]
    await no_intent_writes(worker)
    reads = ("checknameavailability", "checkpolicyrestrictions", "effectivenetworksecuritygroups")
    new = (await asyncio.to_thread(own_people.writes))[written:]
    arm = [entry["path"] for entry in new if entry["path"].startswith("/subscriptions")]
    assert [path for path in arm if not path.lower().endswith(reads)] == []


async def no_intent_writes(worker: ThreadWorker) -> None:
    """Whatever a face of any kind may send past all questions is refused, or writes nothing."""
    client = await worker.connect("pen")
    view = await until(client, lambda view: bool(view.vms) and view.session.activity == "")
    for step in (Step.VAULT, Step.REPLICATION):
        await client.send(intents.PrepareReview(step=step))
        view = await until(client, lambda view: view.session.activity == "" and bool(view.review.digest))
        answer = await client.send(intents.ConfirmReview(digest=view.review.digest))
        assert answer.problems, step
    vm = view.replication.items[0].vm_id
    for intent in (
        intents.ProbeGuests(vm_ids=(vm,)),
        intents.StartDrill(),
        intents.CleanUpDrill(),
        intents.ControlRun(action="resume"),
        intents.ControlRun(action="retry-failed"),
    ):
        answer = await client.send(intent)
        assert answer.problems, intent
    await client.send(intents.AskEffectiveRules(vm_id=vm))
    await until(client, lambda view: view.session.activity == "")
    await client.close()
