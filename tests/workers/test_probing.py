"""What Azure cannot see: a look into guests through run-command, and the engineer's word in its place."""

from __future__ import annotations

from asr_tui.session.client import SessionClient
from asr_tui.session.intents import Attest, ProbeGuests, SelectVms
from asr_tui.session.views import View
from tests import walking
from tests.practice import PracticeCloud, until


def unknown(view: View, check_id: str) -> list[str]:
    rows = view.prerequisites.findings
    return [row.key for row in rows if row.check_id == check_id and row.severity == "unknown"]


async def prepared(client: SessionClient) -> View:
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)))
    return await walking.prerequisites(client)


async def test_a_probe_makes_known_what_only_guests_know(
    practice_session: SessionClient, emulator: PracticeCloud
) -> None:
    client = practice_session
    view = await prepared(client)
    assert unknown(view, "vm-custom-kernel")
    assert "uname" in view.prerequisites.scripts["Linux"]
    await walking.send(client, ProbeGuests())
    view = await until(client, lambda view: view.session.activity == "" and not unknown(view, "vm-custom-kernel"))
    asked = {entry["path"].lower() for entry in emulator.writes()}
    assert {vm.lower() + "/runcommand" for vm in view.plan.vms} == asked
    assert not unknown(view, "vm-kernel-supported")
    view = await walking.prerequisites(client)
    assert not unknown(view, "vm-custom-kernel")


async def test_the_engineers_word_is_kept_with_time_and_can_be_taken_back(practice_session: SessionClient) -> None:
    client = practice_session
    view = await prepared(client)
    keys = unknown(view, "vm-clock")
    assert keys
    await walking.send(client, Attest(keys=tuple(keys)))
    view = await until(client, lambda view: view.prerequisites.state == "done" and view.session.activity == "")
    assert not unknown(view, "vm-clock")
    assert {(one.check_id, bool(one.at), bool(one.by)) for one in view.plan.attested} == {("vm-clock", True, True)}
    told = next(row for row in view.prerequisites.findings if row.check_id == "vm-attested")
    refused = await client.send(Attest(keys=(told.key,)))
    assert "cannot be confirmed" in refused.problems[0].what
    await walking.send(client, Attest(keys=(told.key,), withdraw=True))
    view = await until(client, lambda view: view.prerequisites.state == "done" and view.session.activity == "")
    assert unknown(view, "vm-clock") == keys
    assert view.plan.attested == ()
