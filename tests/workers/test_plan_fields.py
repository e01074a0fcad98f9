"""Every field of the plan, as somebody types it: it reaches the request, or the error names line and field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from asr_tui.model import arm_id
from asr_tui.model.change import Kind
from asr_tui.model.part import field_names
from asr_tui.model.plan import (
    DrillChoice,
    NetworkChoice,
    NicChoice,
    Plan,
    PolicyChoice,
    TargetDefaults,
    VaultChoice,
    VmOverride,
)
from asr_tui.model.problem import ProblemError
from asr_tui.rules.changes import changes
from asr_tui.workers.plan_file import read_plan
from tests.rules import makers
from tests.rules.application import applied
from tests.rules.makers import SUB

VM = makers.vm_id("web01")
"""In the casing that the portal shows."""
OTHER = "99999999-8888-7777-6666-555555555555"
BASE = f"""version: 1
subscription: {SUB}
source_region: westeurope
target_region: northeurope
vms: [{makers.vm_id("web01")}]
"""
PLACE = f"/subscriptions/{SUB}/resourceGroups/dr/providers/Microsoft.Compute"
NETWORK = f"/subscriptions/{SUB}/resourceGroups/dr/providers/Microsoft.Network/virtualNetworks/dr-net"


def override(text: str) -> str:
    return f"overrides:\n  {VM}:\n    {text}\n"


def defaults(text: str) -> str:
    return f"defaults:\n  {text}\n"


SENT: dict[str, tuple[str, Kind, str]] = {
    "target subscription": (
        defaults(f"subscription: {OTHER}"),
        Kind.ITEM,
        f"/subscriptions/{OTHER}/resourceGroups/shop-asr",
    ),
    "target group": (defaults("resource_group: rg-dr"), Kind.ITEM, "/resourceGroups/rg-dr"),
    "target group of a VM": (override("resource_group: rg-own"), Kind.ITEM, "/resourceGroups/rg-own"),
    "network of a VM": (override(f"network: {NETWORK}"), Kind.ITEM, f'"recoveryAzureNetworkId": "{NETWORK}"'),
    "network": (
        f"networks:\n  {makers.net_id('shop-vnet')}:\n    create_name: dr\n",
        Kind.NETWORK,
        "10.0.0.0/16",
    ),
    "subnet of a VM": (override("subnet: data"), Kind.ITEM, '"recoverySubnetName": "data"'),
    "subnet of an interface": (
        override("nics: {Web01-NIC: {subnet: data}}"),
        Kind.ITEM,
        '"recoverySubnetName": "data"',
    ),
    "zone": (override("zone: '2'"), Kind.ITEM, '"recoveryAvailabilityZone": "2"'),
    "availability set": (
        override(f"availability_set_id: {PLACE}/availabilitySets/a"),
        Kind.ITEM,
        f'"recoveryAvailabilitySetId": "{PLACE}/availabilitySets/a"',
    ),
    "proximity placement group": (
        override(f"proximity_group_id: {PLACE}/proximityPlacementGroups/p"),
        Kind.ITEM,
        f'"recoveryProximityPlacementGroupId": "{PLACE}/proximityPlacementGroups/p"',
    ),
    "capacity reservation": (
        override(f"capacity_reservation_id: {PLACE}/capacityReservationGroups/c"),
        Kind.ITEM,
        f'"recoveryCapacityReservationGroupId": "{PLACE}/capacityReservationGroups/c"',
    ),
    "replica disk type": (
        defaults("replica_disk_type: standard_lrs"),
        Kind.ITEM,
        '"recoveryReplicaDiskAccountType": "Standard_LRS"',
    ),
    "target disk type": (
        defaults("target_disk_type: Standard_LRS"),
        Kind.ITEM,
        '"recoveryTargetDiskAccountType": "Standard_LRS"',
    ),
    "replica disk type of a VM": (
        override("replica_disk_type: StandardSSD_LRS"),
        Kind.ITEM,
        '"recoveryReplicaDiskAccountType": "StandardSSD_LRS"',
    ),
    "target disk type of a VM": (
        override("target_disk_type: Premium_ZRS"),
        Kind.ITEM,
        '"recoveryTargetDiskAccountType": "Premium_ZRS"',
    ),
    "cache account": (defaults("cache_account: mycache01"), Kind.CACHE_ACCOUNT, "StorageV2"),
    "cache account of a VM": (override("cache_account: owncache01"), Kind.ITEM, "/storageAccounts/owncache01"),
    "consistency group": (override("multi_vm_group: tier1"), Kind.ITEM, '"multiVmGroupName": "tier1"'),
    "retention": ("policy: {retention_minutes: 4320}\n", Kind.POLICY, '"recoveryPointHistory": 4320'),
    "app-consistent points": (
        "policy: {app_consistent_minutes: 240}\n",
        Kind.POLICY,
        '"appConsistentFrequencyInMinutes": 240',
    ),
    "multi-VM sync": ("policy: {multi_vm_sync: false}\n", Kind.POLICY, '"multiVmSyncStatus": "Disable"'),
    "agent auto-update": (
        "policy: {agent_auto_update: true}\n",
        Kind.CONTAINER_MAPPING,
        '"agentAutoUpdateStatus": "Enabled"',
    ),
    "tags of a group": (defaults("tags: {costs: '1234'}"), Kind.RESOURCE_GROUP, '"tags": {"costs": "1234"}'),
    "tags of a cache account": (defaults("tags: {costs: '1234'}"), Kind.CACHE_ACCOUNT, '"tags": {"costs": "1234"}'),
    "tags of the vault": (defaults("tags: {costs: '1234'}"), Kind.VAULT, '"tags": {"costs": "1234"}'),
}


@pytest.mark.parametrize("name", SENT)
def test_what_is_typed_reaches_the_request(tmp_path: Path, name: str) -> None:
    text, kind, expected = SENT[name]
    found = changes(makers.estate(), typed(tmp_path, text))
    bodies = [json.dumps(change.body) for change in found if change.kind is kind]
    assert any(expected in body for body in bodies), bodies


def test_a_disk_that_is_left_out_and_a_disk_encryption_set() -> None:
    """Both depend on the disks: the operating system's cannot be left out, and a set is for disks that have one."""
    disks = tuple(makers.disk(name, encryption_set_id="x") for name in ("web01-os", "web01-d0"))
    attached = makers.AttachedDisk("web01-d0", makers.disk_id("web01-d0"), lun=0)
    estate = makers.estate(vms=(makers.vm("web01", disks=(*makers.vm("web01").disks, attached)),), disks=disks)
    chosen = VmOverride(excluded_disks=("web01-os", "web01-d0"), disk_encryption_set=f"{PLACE}/diskEncryptionSets/d")
    item = changes(estate, makers.plan("web01", overrides={arm_id.key(VM): chosen})).changes[-1]
    (disk,) = item.body["properties"]["providerSpecificDetails"]["vmManagedDisks"]
    assert disk["diskId"] == makers.disk_id("web01-os")
    assert disk["recoveryDiskEncryptionSetId"] == f"{PLACE}/diskEncryptionSets/d"


def test_zone_to_zone_stays_in_its_region(tmp_path: Path) -> None:
    plan = typed(tmp_path, "zonal: true\n").model_copy(update={"target_region": "westeurope"})
    found = changes(makers.estate(), plan)
    assert [change.kind for change in found].count(Kind.FABRIC) == 1


def test_name_size_and_addresses_are_sent_once_the_vm_is_protected(tmp_path: Path) -> None:
    text = override("{target_name: web01-dr, target_size: Standard_D8s_v5, nics: {web01-nic: {address: 10.0.1.9}}}")
    plan, estate = typed(tmp_path, text), makers.estate()
    (update,) = changes(applied(estate, changes(estate, plan)), plan).writes
    assert update.body["properties"] == {
        "recoveryAzureVMName": "web01-dr",
        "recoveryAzureVMSize": "Standard_D8s_v5",
        "vmNics": [
            {
                "nicId": "guid-0",
                "ipConfigs": [
                    {
                        "ipConfigName": "ipconfig1",
                        "isPrimary": True,
                        "recoverySubnetName": "web",
                        "recoveryStaticIPAddress": "10.0.1.9",
                    }
                ],
            }
        ],
        "providerSpecificDetails": {"instanceType": "A2A"},
    }
    assert "another name, another size, another subnet or address" in update.reason


WRONG: dict[str, tuple[str, int, str, str]] = {
    "retention": ("policy:\n  retention_minutes: 21601\n", 7, "policy.retention_minutes", "21600"),
    "no retention": ("policy:\n  retention_minutes: -1\n", 7, "policy.retention_minutes", "greater than or equal to 0"),
    "app points too often": ("policy:\n  app_consistent_minutes: 30\n", 6, "policy", "at least 60"),
    "app points beyond retention": (
        "policy:\n  retention_minutes: 120\n  app_consistent_minutes: 240\n",
        6,
        "policy",
        "more than retention_minutes",
    ),
    "disk type": (defaults("replica_disk_type: Fast_LRS"), 7, "defaults.replica_disk_type", "StandardSSD_LRS"),
    "disk type of a VM": (override("target_disk_type: SSD"), 8, f"overrides.{VM}.target_disk_type", "Premium_LRS"),
    "address": (
        override("nics:\n      web01-nic:\n        address: 10.0.1.999"),
        10,
        f"overrides.{VM}.nics.web01-nic.address",
        "10.0.1.999",
    ),
    "network": (override("network: dr-net"), 8, f"overrides.{VM}.network", "whole resource id"),
    "placement group": (
        override("proximity_group_id: p"),
        8,
        f"overrides.{VM}.proximity_group_id",
        "whole resource id",
    ),
    "reservation": (
        override("capacity_reservation_id: c"),
        8,
        f"overrides.{VM}.capacity_reservation_id",
        "whole resource id",
    ),
    "zone and set": (
        override(f"zone: '1'\n    availability_set_id: {PLACE}/availabilitySets/a"),
        7,
        f"overrides.{VM}",
        "not in both",
    ),
    "tag without a name": (defaults("tags: {'': x}"), 7, "defaults.tags", "at least 1 character"),
    "too many tags": (
        defaults("tags: {" + ", ".join(f"t{number}: x" for number in range(51)) + "}"),
        7,
        "defaults.tags",
        "at most 50",
    ),
    "cache accounts": (defaults("cache_accounts: one"), 7, "defaults.cache_accounts", "tuple"),
    "zonal": ("zonal: perhaps\n", 6, "zonal", "boolean"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_told_with_line_and_field(tmp_path: Path, name: str) -> None:
    text, line, field, told = WRONG[name]
    with pytest.raises(ProblemError) as caught:
        typed(tmp_path, text)
    problem = caught.value.problem
    assert f"plan.yaml, line {line}, field {field}" in problem.what
    assert told in problem.what
    assert problem.where.startswith(field)


def test_no_field_of_target_and_vm_is_missing_here() -> None:
    """Whoever adds a field adds its line above."""
    text = json.dumps([entry[0] for entry in (*SENT.values(), *WRONG.values())])
    elsewhere = {"target_name", "target_size", "excluded_disks", "disk_encryption_set"}
    for part in (TargetDefaults, VmOverride, NicChoice):
        assert not [name for name in field_names(part) if name not in text and name not in elsewhere]


def test_the_example_of_the_documentation_names_every_field(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/plan.md").read_text()
    text = page.split("```yaml\n")[1].split("```")[0]
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    read_plan(path)
    data = yaml.safe_load(text)
    (network,), (own,) = data["networks"].values(), data["overrides"].values()
    for kind, given in (
        (Plan, data),
        (VaultChoice, data["vault"]),
        (PolicyChoice, data["policy"]),
        (NetworkChoice, network),
        (TargetDefaults, data["defaults"]),
        (VmOverride, own),
        (NicChoice, own["nics"]["web-01-nic"]),
        (DrillChoice, data["drill"]),
    ):
        assert set(given) == set(field_names(kind)), kind


def typed(folder: Path, text: str) -> Plan:
    """The plan of a file with ``text`` beneath what every plan names."""
    path = folder / "plan.yaml"
    path.write_text(BASE + text)
    plan = read_plan(path)
    assert all(key == arm_id.key(key) for key in plan.overrides)
    return plan
