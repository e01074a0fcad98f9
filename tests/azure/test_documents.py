from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from asr_tui.azure.documents import compute, fields, governance, network, recovery, replication
from asr_tui.model import arm_id
from asr_tui.model.governance import Permission
from asr_tui.model.network import SecurityRule
from asr_tui.model.replication import HealthError

WIRE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "wire"
recorded = pytest.mark.skipif(not WIRE.is_dir(), reason="the recorded traffic is not beside this checkout")


def body(name: str) -> Any:
    return json.loads((WIRE / f"{name}.json").read_text(encoding="utf-8"))["body"]


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("2025-12-15T07:51:15.2981965Z", datetime(2025, 12, 15, 7, 51, 15, 298196, UTC)),
        ("2025-12-15T07:51:15.2Z", datetime(2025, 12, 15, 7, 51, 15, 200000, UTC)),
        ("2025-12-15T13:21:15+05:30", datetime(2025, 12, 15, 7, 51, 15, 0, UTC)),
        ("2025-12-15T07:51:15", datetime(2025, 12, 15, 7, 51, 15, 0, UTC)),
        ("0001-01-01T00:00:00", None),
        ("1753-01-01T01:01:01Z", None),
        ("9999-12-31T23:59:59.9999999Z", None),
        ("soon", None),
        (7, None),
        (None, None),
    ],
)
def test_times_are_read_in_every_form_that_the_service_writes(told: object, meant: datetime | None) -> None:
    assert fields.moment({"at": told}, "at") == meant


def test_members_of_the_wrong_type_count_as_missing() -> None:
    odd = {"text": 1, "number": "x", "flag": "true", "list": {"no": "list"}, "entries": [1, {"id": "a"}], "tags": []}
    assert fields.text(odd, "text", default="none") == "none"
    assert (
        fields.whole(odd, "number") is None
        and fields.whole({"n": "7"}, "n") == 7
        and fields.whole({"n": True}, "n") is None
    )
    assert fields.flag(odd, "flag") is None
    assert fields.texts(odd, "list") == ()
    assert fields.ids(odd, "entries") == ("a",)
    assert fields.tags(odd) == ()
    assert fields.member(odd, "text", "deeper") is None
    assert fields.fraction(odd, "text") == 1.0 and fields.fraction(odd, "flag") == 0.0


@recorded
def test_a_protected_item_as_recorded() -> None:
    item = replication.item(body("protectedItem.get.protected.2025"))
    assert item.is_protected and item.protection_description == "Protected"
    assert item.name == "a2aVM1111" and item.vm_name == "a2aVM1111"
    assert item.vm_id.endswith("/virtualmachines/a2avm1111")
    assert arm_id.name(item.container_id) == "A2APrimaryContainer1111"
    assert (item.rpo_seconds, item.progress) == (703, 28)
    assert item.failover_health == "Warning"
    assert item.health_errors == (
        HealthError(
            code="161011",
            level="Warning",
            message="No successful test failover has been done on the virtual machine 'a2aVM1111'.",
            causes="No successful test failover has been done on the virtual machine after it was replicated.",
            action="Do a test failover on the virtual machine.",
        ),
    )
    assert item.current_job_id is None and item.last_test_failover is None
    assert item.agent_certificate_expires == datetime(2028, 12, 14, 7, 19, 35, tzinfo=UTC)
    assert item.allowed_operations == ("UnplannedFailover", "DisableProtection", "TestFailover")
    assert item.target_vm_size == "Standard_B2ms" and item.test_vm_name == "a2aVM1111-test"
    (disk,) = item.disks
    assert disk.is_os and disk.state == "Protected" and disk.progress is None
    assert disk.capacity_bytes == 136367308800 and disk.pending_at_source_mb == 1.33984375


@recorded
def test_an_item_that_is_still_copying_as_recorded() -> None:
    item = replication.item(body("protectedItem.get.initialReplicationInProgress"))
    assert item.protection_state == "InitialReplicationInProgress" and not item.is_protected
    assert item.rpo_seconds is None and item.allowed_operations == ("DisableProtection",)


@recorded
def test_a_running_job_as_recorded() -> None:
    job = replication.job(body("job.get.enableDr.inProgress"))
    assert (job.scenario, job.state, job.is_finished, job.succeeded) == ("EnableDr", "InProgress", False, False)
    assert [task.state for task in job.tasks] == ["Succeeded", "InProgress", "NotStarted", "NotStarted", "NotStarted"]
    assert job.tasks[1].title == "Installing Mobility Service and preparing target"
    assert job.tasks[1].started is not None and job.tasks[1].ended is None
    assert job.ended is None


@recorded
def test_a_job_completed_with_remarks_has_succeeded() -> None:
    job = replication.job(body("job.get.reprotect.completedWithInformation"))
    assert job.succeeded and job.is_finished
    assert [(error.code, error.level) for error in job.errors] == [("150407", "Info")]


@recorded
def test_set_up_objects_as_recorded() -> None:
    fabric = replication.fabric(body("fabric.get"))
    assert fabric.location == "eastus"
    container = replication.container(body("protectionContainer.get.notPaired"))
    assert container.fabric_id == fabric.id and container.pairing == "NotPaired"
    policy = replication.policy(body("policy.get"))
    assert (policy.retention_minutes, policy.crash_consistent_minutes, policy.multi_vm_sync) == (0, 5, True)
    mapping = replication.container_mapping(body("containerMapping.get.paired"))
    assert mapping.source_container_id == container.id and mapping.state == "Paired"
    assert arm_id.name(mapping.target_container_id) == "cli-test-container-A2A-2"
    networks = replication.network_mapping(body("networkMapping.get.paired"))
    assert arm_id.name(networks.target_network_id) == "cli-test-vnet-a2a-2"
    assert recovery.vault(body("vault.get.succeeded")).provisioning_state == "Succeeded"


@recorded
def test_recovery_points_as_recorded() -> None:
    points = [replication.recovery_point(entry) for entry in body("recoveryPoints.list.a2a")["value"]]
    assert all(point is not None and point.kind == "CrashConsistent" and point.disk_ids for point in points)


def test_a_recovery_point_without_a_time_cannot_be_chosen() -> None:
    assert replication.recovery_point({"id": "x", "properties": {"recoveryPointTime": "0001-01-01T00:00:00"}}) is None


@recorded
def test_eligibility_as_recorded() -> None:
    good = body("eligibility.list.eligible")["value"][0]
    assert recovery.eligibility(good, "vm").errors == ()


def rule(**properties: Any) -> SecurityRule:
    document = {
        "id": "/nsg",
        "name": "nsg",
        "properties": {"securityRules": [{"name": "r", "properties": {"priority": 100, **properties}}]},
    }
    return network.security_group(document).rules[0]


def test_a_rule_has_its_addresses_and_ports_in_one_form_or_the_other() -> None:
    one = rule(
        sourceAddressPrefix="Internet", destinationAddressPrefixes=["10.0.0.0/8", "Storage"], destinationPortRange="443"
    )
    assert one.sources == ("Internet",) and one.destinations == ("10.0.0.0/8", "Storage")
    assert one.destination_ports == ("443",) and one.source_ports == ("*",)
    many = rule(destinationPortRanges=["80", "443"], sourceApplicationSecurityGroups=[{"id": "/asg"}])
    assert many.destination_ports == ("80", "443")
    assert many.sources == () and many.source_application_groups == ("/asg",)
    assert many.destinations == ("*",)


def test_a_subnet_has_one_prefix_or_several() -> None:
    assert network.subnet({"id": "s", "properties": {"addressPrefix": "10.0.0.0/24"}}).prefixes == ("10.0.0.0/24",)
    several = {
        "id": "s",
        "properties": {"addressPrefixes": ["10.0.0.0/24", "10.0.1.0/24"], "ipConfigurations": [{}, {}]},
    }
    assert network.subnet(several).prefixes == ("10.0.0.0/24", "10.0.1.0/24")
    assert network.subnet(several).used_addresses == 2


def test_without_an_instance_view_a_vms_state_is_not_known() -> None:
    vm = compute.virtual_machine({"id": "/vm", "name": "vm", "location": "westeurope", "properties": {}})
    assert vm.power_state is None and vm.extensions is None and vm.agent_status is None and vm.encrypted_disks is None
    with_view = compute.virtual_machine(
        {
            "id": "/vm",
            "properties": {
                "instanceView": {"statuses": [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/stopped"}]}
            },
        }
    )
    assert with_view.power_state == "stopped" and with_view.extensions == ()


def test_the_primary_interface_is_the_marked_one() -> None:
    nics = [{"id": "/a"}, {"id": "/b", "properties": {"primary": True}}]
    vm = compute.virtual_machine({"id": "/vm", "properties": {"networkProfile": {"networkInterfaces": nics}}})
    assert vm.nic_ids == ("/a", "/b") and vm.primary_nic_id == "/b"


def test_a_lock_stands_on_what_its_id_extends() -> None:
    lock = governance.lock(
        {
            "id": "/subscriptions/s/resourceGroups/RG/providers/Microsoft.Authorization/locks/keep",
            "name": "keep",
            "properties": {"level": "CanNotDelete"},
        }
    )
    assert (lock.level, lock.scope) == ("CanNotDelete", "/subscriptions/s/resourceGroups/RG")


@pytest.mark.parametrize(
    ("effect", "assigned", "known"),
    [
        ("deny", {}, "deny"),
        ("[parameters('effect')]", {"effect": {"value": "Audit"}}, "Audit"),
        ("[parameters('effect')]", {}, "Deny"),
        ("[parameters('other')]", {}, None),
    ],
)
def test_the_effect_of_an_assignment(effect: str, assigned: dict[str, Any], known: str | None) -> None:
    definition = {
        "properties": {"policyRule": {"then": {"effect": effect}}, "parameters": {"effect": {"defaultValue": "Deny"}}}
    }
    assert governance.assigned_effect({"properties": {"parameters": assigned}}, definition) == known


def test_sizes_tell_what_is_restricted_where() -> None:
    size = compute.vm_size(
        {
            "name": "Standard_D2s_v5",
            "family": "standardDSv5Family",
            "capabilities": [
                {"name": "vCPUs", "value": "2"},
                {"name": "MemoryGB", "value": "8"},
                {"name": "PremiumIO", "value": "True"},
            ],
            "locationInfo": [{"location": "NorthEurope", "zones": ["3", "1"]}],
            "restrictions": [
                {"type": "Zone", "reasonCode": "NotAvailableForSubscription", "restrictionInfo": {"zones": ["3"]}},
                {"type": "Location", "reasonCode": "NotAvailableForSubscription"},
            ],
        },
        "northeurope",
    )
    assert (size.vcpus, size.memory_gib, size.premium_io, size.zones) == (2, 8.0, True, ("1", "3"))
    assert size.restricted == "NotAvailableForSubscription" and size.restricted_zones == ("3",)


def test_a_firewall_that_lets_nobody_through_has_no_bypass() -> None:
    account = recovery.storage_account(
        {
            "id": "/a",
            "properties": {
                "networkAcls": {"bypass": "None", "defaultAction": "Deny", "virtualNetworkRules": [{"id": "/subnet"}]}
            },
        }
    )
    assert account.bypass == () and account.default_action == "Deny" and account.subnet_ids == ("/subnet",)
    assert account.shared_key is None


def test_a_deny_assignment_tells_what_it_denies() -> None:
    found = governance.deny_assignment(
        {
            "id": "/subscriptions/s/providers/Microsoft.Authorization/denyAssignments/d",
            "name": "d",
            "properties": {
                "denyAssignmentName": "kept by a stack",
                "scope": "/subscriptions/s",
                "permissions": [{"actions": ["*/delete"], "notActions": ["Microsoft.Sql/servers/delete"]}],
            },
        }
    )
    assert (found.name, found.scope) == ("kept by a stack", "/subscriptions/s")
    assert found.denied == (Permission("/subscriptions/s", ("*/delete",), ("Microsoft.Sql/servers/delete",)),)
