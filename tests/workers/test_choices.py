"""What a face may choose: bad input is told in a sentence and changes nothing; texts of Azure stay harmless."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from asr_tui.model.plan import PolicyChoice, TargetDefaults, VmOverride
from asr_tui.model.step import Step
from asr_tui.session import intents
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import Intent
from tests import walking
from tests.conftest import StartCloud
from tests.practice import PracticeCloud, thread_worker, until

NETWORK = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/none"


@pytest.fixture
def emulator(start_cloud: StartCloud) -> PracticeCloud:
    return start_cloud(estate="contoso")


@pytest.fixture
async def client(emulator: PracticeCloud, tmp_path: Path) -> AsyncIterator[SessionClient]:
    """Regions are chosen, checks have run."""
    worker = thread_worker(emulator, tmp_path)
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    yield client
    await client.close()
    worker.close()


BAD: dict[str, tuple[Intent, str]] = {
    "source": (intents.ChooseRegions(source="atlantis", target="northeurope"), "no region 'atlantis'"),
    "target": (intents.ChooseRegions(source="westeurope", target="atlantis"), "no region 'atlantis'"),
    "same": (intents.ChooseRegions(source="westeurope", target="westeurope"), "cannot be the target"),
    "empty source": (intents.ChooseRegions(source="northeurope", target="westeurope"), "holds no VM"),
    "unknown vm": (intents.SelectVms(vm_ids=("/subscriptions/s/vm",)), "no VM vm"),
    "check": (intents.RunChecks(check_id="no-such-check"), "no check"),
    "finding": (intents.AcceptFinding(key="none", reason="because"), "no such finding"),
    "map": (intents.MapNetwork(source_network_id=NETWORK, create_name="x"), "no network none"),
    "subnet": (
        intents.ChooseSubnet(source_network_id=NETWORK, source_subnet="a", target_subnet="b"),
        "no network none",
    ),
    "vault id": (intents.ChooseVault(vault_id=f"{NETWORK}-vault"), "no vault none-vault"),
    "vault name": (intents.ChooseVault(name="1-bad"), "cannot be a vault's name"),
    "vault region": (intents.ChooseVault(name="vault-x", region="westeurope"), "source region"),
    "vault group": (intents.ChooseVault(name="vault-x", resource_group="rg."), "cannot be a resource group's name"),
    "override": (intents.SetOverride(vm_id="/subscriptions/s/vm", override=VmOverride(zone="1")), "no VM vm"),
    "fixes": (intents.TakeFixes(keys=("none",)), "No finding offers"),
    "plan file": (intents.LoadPlan(path="/no/such/plan.yaml"), "cannot be read"),
    "review": (intents.PrepareReview(step=Step.NETWORKING), "no changes to review"),
    "review without vault": (intents.PrepareReview(step=Step.VAULT), "No vault is chosen"),
    "confirm": (intents.ConfirmReview(digest="x"), "not what is under review"),
    "control": (intents.ControlRun(action="pause"), "No run"),
    "drill": (intents.PrepareDrill(), "No VM is protected"),
    "verdict": (intents.RecordVerdict(vm_id="/x", verdict="passed"), "not in the drill"),
    "problem": (intents.DismissProblem(index=7), "no such problem"),
    "subscription": (intents.ChooseSubscription(subscription_id="none"), "not one that this account can see"),
    "way": (intents.SignIn(way="magic"), "no way 'magic'"),
    "way that cannot work": (intents.SignIn(way="workload-identity"), "does not work here"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_input_is_told_and_changes_nothing(client: SessionClient, emulator: PracticeCloud, name: str) -> None:
    intent, told = BAD[name]
    before = client.view
    answer = await client.send(intent)
    assert not answer.accepted
    sentence = answer.problems[0].sentence()
    assert told in sentence
    assert "Traceback" not in sentence
    await client.refresh()
    assert client.view.plan == before.plan
    assert client.view.session.activity == ""
    assert emulator.writes() == []


async def test_vms_that_cannot_be_protected_are_refused_with_the_reason_and_nothing_is_selected(
    client: SessionClient,
) -> None:
    refused = [row for row in client.view.vms if row.eligible is False]
    assert len(refused) >= 5
    answer = await client.send(intents.SelectVms(vm_ids=tuple(row.id for row in client.view.vms)))
    assert len(answer.problems) == len(refused)
    assert {problem.resource_id for problem in answer.problems} == {row.id for row in refused}
    await client.refresh()
    assert client.view.plan.vms == ()


async def test_choices_show_at_once_and_survive_on_disk(client: SessionClient, tmp_path: Path) -> None:
    view = await walking.send(client, intents.SelectVms(vm_ids=walking.eligible(client.view)))
    assert all(row.selected == bool(row.eligible) for row in view.vms)
    network = view.networking.networks[0]
    view = await walking.send(client, intents.MapNetwork(source_network_id=network.id, create_name="vnet-other"))
    assert view.networking.networks[0].target_name == "vnet-other"
    view = await walking.send(client, intents.SetPolicy(policy=PolicyChoice(retention_minutes=4320)))
    view = await walking.send(client, intents.SetDefaults(defaults=TargetDefaults(resource_group="rg-dr")))
    first = view.plan.vms[0]
    view = await walking.send(
        client, intents.SetOverride(vm_id=first.upper(), override=VmOverride(target_name="renamed"))
    )
    assert [override.target_name for override in view.plan.overrides.values()] == ["renamed"]
    view = await walking.send(client, intents.SetOverride(vm_id=first, override=VmOverride()))
    assert view.plan.overrides == {}
    text = (tmp_path / "sessions/default/plan.yaml").read_text()
    for expected in ("vnet-other", "4320", "rg-dr"):
        assert expected in text


async def test_a_subnet_choice_departs_from_the_rule_and_goes_back(client: SessionClient) -> None:
    network = client.view.networking.networks[0]
    row = next(row for row in network.subnets if len(row.choices) > 1)
    other = next(name for name in row.choices if name != row.target)
    choose = intents.ChooseSubnet(source_network_id=network.id, source_subnet=row.source, target_subnet=other)
    await walking.send(client, choose)
    view = await walking.at_rest(client)
    assert next(one for one in view.networking.networks[0].subnets if one.source == row.source).target == other
    refused = await client.send(choose.model_copy(update={"target_subnet": "none"}))
    assert other in refused.problems[0].remedy
    view = await walking.send(client, choose.model_copy(update={"target_subnet": ""}))
    assert next(one for one in view.networking.networks[0].subnets if one.source == row.source).target == row.target


async def test_an_accepted_finding_stays_visible_as_accepted(client: SessionClient) -> None:
    finding = client.view.prerequisites.findings[-1]
    view = await walking.send(client, intents.AcceptFinding(key=finding.key, reason="known and harmless"))
    row = next(row for row in view.prerequisites.findings if row.key == finding.key)
    assert row.accepted == "known and harmless"
    assert view.plan.accepted[0].by
    assert view.prerequisites.state == "done"
    view = await walking.send(client, intents.AcceptFinding(key=finding.key, reason=" "))
    assert view.plan.accepted == ()


async def test_a_plan_edited_by_hand_is_taken_over_and_a_wrong_edit_is_told(
    client: SessionClient, tmp_path: Path
) -> None:
    path = tmp_path / "sessions/default/plan.yaml"
    path.write_text(path.read_text() + "policy:\n  retention_minutes: 2880\n")
    view = await walking.send(client, intents.DismissReview())
    assert view.plan.policy.retention_minutes == 2880
    path.write_text("version: 1\npolicy:\n  retention_minutes: -1\n")
    answer = await client.send(intents.SetDefaults(defaults=TargetDefaults(resource_group="x")))
    assert "line 3" in answer.problems[0].what
    assert "retention_minutes: -1" in path.read_text()


async def test_a_finding_is_read_again_with_what_it_depends_on_and_nothing_else(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    found = len(client.view.prerequisites.findings)
    known = {row.check_id: row.seen_at for row in client.view.prerequisites.findings}
    lock, other = "lock-source-readonly", "net-nsg-asr"
    assert lock in known and other in known
    before = len(emulator.log())
    await walking.send(client, intents.RunChecks(check_id=lock, reread=True))
    view = await until(client, lambda view: view.prerequisites.state == "done" and view.session.activity == "")
    asked = {entry["path"].rpartition("/")[2] for entry in emulator.log()[before:]}
    assert asked == {"locks", "virtualMachines"}
    assert len(view.prerequisites.findings) == found
    # What was read anew is newer; what was not still says how old it is.
    told = {row.check_id: row.seen_at for row in view.prerequisites.findings}
    assert told[lock] is not None and known[lock] is not None and told[lock] > known[lock]
    assert told[other] == known[other]


async def test_no_text_of_azure_leaves_the_worker_with_a_control_character(client: SessionClient) -> None:
    """The contoso estate holds tags and names with escape sequences, markup and direction marks."""
    text = json.dumps(client.view.model_dump(mode="json"), ensure_ascii=False)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]", text)
    assert len(client.view.vms) == 18


async def test_a_read_only_session_reviews_and_confirms_nothing(emulator: PracticeCloud, tmp_path: Path) -> None:
    worker = thread_worker(emulator, tmp_path / "reader", read_only=True)
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.send(client, intents.ChooseVault())
    view = await walking.review(client, Step.VAULT)
    assert view.review.writes == 2
    answer = await client.send(intents.ConfirmReview(digest=view.review.digest))
    assert not answer.accepted
    assert emulator.writes() == []
    await client.close()
    worker.close()


async def test_a_vm_that_changed_since_the_checks_is_told_before_the_review(
    client: SessionClient, emulator: PracticeCloud
) -> None:
    await walking.vault(client)
    chosen = next(row for row in client.view.vms if row.name == "web-01")
    await walking.send(client, intents.SelectVms(vm_ids=(chosen.id,)))
    emulator.request("POST", f"{chosen.id}/deallocate", "2024-07-01")
    emulator.control("POST", "clock", {"advance_seconds": 600})
    view = await walking.review(client, Step.REPLICATION)
    assert any("web-01 changed" in warning and "power state" in warning for warning in view.review.warnings)
    assert view.review.blockers
