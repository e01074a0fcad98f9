"""What the check command and the interview can bring along: lists, looks, words, acceptances, repairs, second opinions."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from asr_tui.model import arm_id
from asr_tui.plain import evidence, reports
from asr_tui.plain.asking import repairing
from asr_tui.plain.asking.interview import Interview
from asr_tui.plain.asking.prompt import Keyboard, Prompt
from asr_tui.plain.conversation import Conversation
from asr_tui.plain.events import LineWriter
from asr_tui.plain.evidence import Evidence, EvidenceError
from asr_tui.plain.narrator import Narrator
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import SelectVms
from tests import walking
from tests.conftest import StartCloud
from tests.practice import thread_worker


@pytest.fixture
async def client(start_cloud: StartCloud, tmp_path: Path) -> AsyncIterator[SessionClient]:
    """Contoso, checked: some NSGs of it lack rules."""
    worker = thread_worker(start_cloud(estate="contoso"), tmp_path)
    client = await worker.connect()
    await walking.architecture(client)
    view = await walking.prerequisites(client)
    await walking.send(client, SelectVms(vm_ids=walking.eligible(view)[:3]))
    await walking.prerequisites(client)
    yield client
    await client.close()
    worker.close()


def talk_of(client: SessionClient) -> Conversation:
    return Conversation(client, lambda view: False, lambda view, what: None)


async def test_the_check_command_brings_evidence_and_decisions_along(client: SessionClient, tmp_path: Path) -> None:
    lists = tmp_path / "9.67.7845.1"
    lists.mkdir()
    (lists / "UBUNTU-22.04-64_supported_kernels.txt").write_text("6.8.0-1041-azure\n")
    told: list[str] = []
    before = client.view
    chosen = before.plan.vms[0]
    name = next(row.name for row in before.vms if row.id == chosen)
    wanted = Evidence(
        kernels=str(tmp_path),
        probe=True,
        opinions=(name,),
        accept=(("autoupdate-manual", "we update by hand"),),
        attest=("vm-clock",),
        fix=(evidence.ALL,),
    )
    view = await evidence.gather(talk_of(client), wanted, told.append)
    assert view.plan.kernels == str(tmp_path)
    assert any("== resolve" in line for line in told), "the script is shown before it runs"
    assert view.networking.opinions[0].state == "done"
    assert {(one.check_id, arm_id.key(one.vm_id)) for one in view.plan.attested} >= {("vm-clock", arm_id.key(chosen))}
    assert [row.accepted for row in evidence.named(view, "autoupdate-manual")] == ["we update by hand"]
    offered = {fix.key for row in view.prerequisites.worklist for fix in row.fixes}
    assert offered and offered == set(view.plan.fixes)

    document = json.loads(reports.as_json(view))
    assert document["kernel_lists"]["place"] == str(tmp_path)
    assert document["effective_rules"][0]["vm_name"] == name
    assert document["missing_rules"][0]["command"].startswith("az network nsg rule create")
    assert document["missing_rules"][0]["body"]["properties"]["access"] == "Allow"
    text = reports.table(view)
    assert f"AZURE ON {name}" in text and "MISSING RULE" in text and "Kernel lists of" in text

    view = await evidence.gather(
        talk_of(client), Evidence(kernels="", accept=(("autoupdate-manual", ""),)), told.append
    )
    assert view.plan.kernels == "" and view.plan.accepted == ()


@pytest.mark.parametrize(
    "wanted",
    [
        Evidence(accept=(("no-such-check", "because"),)),
        Evidence(attest=("lock-source-readonly",)),
        Evidence(fix=("no-such-check",)),
        Evidence(opinions=("no-such-vm",)),
    ],
)
async def test_a_name_that_fits_nothing_is_refused(client: SessionClient, wanted: Evidence) -> None:
    with pytest.raises(EvidenceError):
        await evidence.gather(talk_of(client), wanted, print)
    assert (client.view.plan.accepted, client.view.plan.attested, client.view.plan.fixes) == ((), (), ())


async def test_the_interview_repairs_looks_and_takes_words(
    client: SessionClient, capsys: pytest.CaptureFixture[str]
) -> None:
    async def asked(*answers: str) -> Interview:
        read, write = os.pipe()
        os.write(write, "".join(f"{answer}\n" for answer in answers).encode())
        os.close(write)
        keyboard = Keyboard(read)
        return Interview(talk_of(client), Prompt(keyboard), keyboard, Narrator(LineWriter()))

    await repairing.rules(await asked("1"))
    view = client.view
    assert {fix.key for fix in view.networking.missing} <= set(view.plan.fixes)
    assert "az network nsg rule create" in capsys.readouterr().out
    await repairing.repair(await asked("2"))
    assert len(client.view.plan.fixes) == len(view.plan.fixes) - 1

    await repairing.probe(await asked("yes"))
    assert not [row for row in evidence.named(client.view, "vm-custom-kernel") if row.severity == "unknown"]
    clock = next(row.key for row in evidence.named(client.view, "vm-clock"))
    await repairing.attest(await asked(clock))
    assert client.view.plan.attested
    await repairing.name_kernel_lists(await asked("none"))
    await repairing.read_rights(await asked())
    await repairing.read_connections(await asked())
    await repairing.ask_azure(await asked("1"))
    told = capsys.readouterr().out
    assert "No list is read." in told and "AZURE ON" in told
