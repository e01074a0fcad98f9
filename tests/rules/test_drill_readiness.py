"""What has to hold before a drill begins: quota for all at once, free names, no lock in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from asr_tui.model import arm_id
from asr_tui.model.compute import Usage, VmSize
from asr_tui.model.governance import Lock
from asr_tui.model.replication import ReplicatedDisk, ReplicatedItem
from asr_tui.rules import drill_readiness
from asr_tui.rules.drill_readiness import Candidate, Readiness, Surroundings
from tests.rules import makers
from tests.rules.makers import TARGET

GROUP = makers.net_id("x", "shop-asr").split("/providers/")[0]
SUBSCRIPTION = GROUP.split("/resourceGroups/")[0]
NETWORK = makers.net_id("drill", "nets")
SIZE = makers.vm("web01").size
SIZES = {(TARGET, SIZE.lower()): VmSize(SIZE, TARGET, "fam", 4, 16, 2, 8, True)}
PLENTY = (
    Usage("cores", TARGET, 0, 100),
    Usage("fam", TARGET, 0, 100),
    Usage("NetworkInterfaces", TARGET, 0, 100),
    Usage("PremiumDiskCount", TARGET, 0, 100),
)


def candidate(name: str, **changes: Any) -> Candidate:
    item = ReplicatedItem(
        id=f"/{name}",
        name=name,
        vm_id=makers.vm_id(name),
        vm_name=name,
        container_id="/c",
        protection_state="Protected",
        protection_description="",
        target_group_id=GROUP,
        disks=(ReplicatedDisk("/d", "d", True, "Protected", 1, target_type="Premium_LRS", test_disk_name=f"{name}-d"),),
    )
    return Candidate(makers.vm(name), replace(item, **changes), NETWORK)


def judged(*names: str, candidates: tuple[Candidate, ...] = (), **changes: Any) -> Readiness:
    around = Surroundings(TARGET, SIZES, PLENTY, (), frozenset())
    return drill_readiness.judge(candidates or tuple(map(candidate, names)), replace(around, **changes))


def states(found: Readiness) -> dict[str, str]:
    return {proof.what: proof.state for proof in found.proofs}


def test_all_is_well() -> None:
    found = judged("web01", "web02")
    assert found.refused == {}
    assert set(states(found).values()) == {"passed"}
    assert {proof.what for proof in found.proofs} == {
        "Locks",
        "Names",
        "Quota: fam vCPUs",
        "Quota: vCPUs of the region",
        "Quota: Network interfaces",
        "Quota: Premium_LRS disks",
    }


@pytest.mark.parametrize(
    ("name", "limit", "what", "told"),
    [
        ("cores", 7, "Quota: vCPUs of the region", "8 needed for all at once, 7 of 7 free"),
        ("fam", 4, "Quota: fam vCPUs", "8 needed for all at once, 4 of 4 free"),
        ("NetworkInterfaces", 1, "Quota: Network interfaces", "2 needed for all at once"),
        ("PremiumDiskCount", 1, "Quota: Premium_LRS disks", "2 needed for all at once"),
    ],
)
def test_of_those_for_whom_there_is_no_room_the_last_stand_back(name: str, limit: int, what: str, told: str) -> None:
    usages = tuple(replace(usage, limit=limit) if usage.name == name else usage for usage in PLENTY)
    found = judged("web01", "web02", usages=usages)
    assert list(found.refused) == [arm_id.key(makers.vm_id("web02"))]
    assert told in found.refused[arm_id.key(makers.vm_id("web02"))]
    assert [one for one, state in states(found).items() if state == "failed"] == [what]


@pytest.mark.parametrize(
    ("changes", "unknown"),
    [
        (
            {"usages": None},
            {"Quota: fam vCPUs", "Quota: vCPUs of the region", "Quota: Network interfaces", "Quota: Premium_LRS disks"},
        ),
        ({"locks": None}, {"Locks"}),
        ({"sizes": {}}, {"vCPU quota"}),
    ],
)
def test_what_was_not_read_is_unknown_and_refuses_nobody(changes: dict[str, Any], unknown: set[str]) -> None:
    found = judged("web01", **changes)
    assert found.refused == {}
    assert {what for what, state in states(found).items() if state != "passed"} == unknown


@pytest.mark.parametrize(
    ("level", "scope", "part"),
    [
        ("CanNotDelete", GROUP, "keep the cleanup from deleting"),
        ("CanNotDelete", SUBSCRIPTION.upper(), "keep the cleanup from deleting"),
        ("ReadOnly", GROUP, "no test VM can be made"),
        ("ReadOnly", NETWORK, "no test VM can join"),
        ("CanNotDelete", NETWORK, ""),
        ("CanNotDelete", f"{GROUP}/providers/Microsoft.Storage/storageAccounts/x", ""),
        ("ReadOnly", f"{GROUP}-other", ""),
    ],
)
def test_locks(level: str, scope: str, part: str) -> None:
    found = judged("web01", locks=(Lock("hold", level, scope),))
    assert bool(found.refused) is bool(part)
    assert states(found)["Locks"] == ("failed" if part else "passed")
    assert all(part in why and "hold" in why for why in found.refused.values())


@pytest.mark.parametrize(
    "taken",
    [
        "Microsoft.Compute/virtualMachines/web01-test",
        "Microsoft.Compute/disks/web01-d",
        "Microsoft.Network/networkInterfaces/WEB01-nic-test",
    ],
)
def test_names_that_are_taken(taken: str) -> None:
    found = judged("web01", "web02", taken=frozenset({arm_id.key(f"{GROUP}/providers/{taken}")}))
    assert list(found.refused) == [arm_id.key(makers.vm_id("web01"))]
    assert "clash" in next(iter(found.refused.values()))
    assert states(found)["Names"] == "failed"


def test_what_is_not_foretold_is_not_looked_for() -> None:
    disk = ReplicatedDisk("/d", "d", True, "Protected", 1, target_type="SomethingNew_LRS")
    assert list(drill_readiness.made_ids(candidate("web01", target_group_id=""))) == []
    assert [arm_id.name(one) for one in drill_readiness.made_ids(candidate("web01", disks=(disk,)))] == [
        "web01-test",
        "web01-nic-test",
    ]
    found = judged(candidates=(candidate("web01", disks=(disk,)),))
    assert not any("disks" in proof.what for proof in found.proofs)


def test_what_the_estate_tells_of_the_target_region() -> None:
    locks = (Lock("hold", "ReadOnly", GROUP),)
    estate = makers.estate(locks=locks, usages=PLENTY)
    around = drill_readiness.surroundings(estate, TARGET.upper(), ["/taken"])
    assert (around.region, around.usages, around.locks) == (TARGET, PLENTY, locks)
    assert around.taken == {"/taken"}
    assert (
        drill_readiness.surroundings(makers.estate(usages=()), TARGET, []).usages is None
    )  # not read: not "none used"


def test_two_vms_of_the_drill_with_one_test_name() -> None:
    twins = (candidate("web01", test_vm_name="same"), candidate("web02", test_vm_name="SAME"))
    found = judged(candidates=twins)
    assert list(found.refused) == [twins[1].key]
    assert "Another VM of the drill" in found.refused[twins[1].key]
