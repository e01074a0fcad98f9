"""What proves that a test VM is right: each thing by itself, and the addresses that the service's rule foretells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from asr_tui.model.compute import AttachedDisk, Disk
from asr_tui.model.network import IpConfiguration, NetworkInterface
from asr_tui.model.replication import ReplicatedDisk, ReplicatedItem
from asr_tui.rules import drill_evidence
from asr_tui.rules.drill_evidence import Found, Source
from tests.rules import makers
from tests.rules.makers import TARGET

GIB = 1024**3
NETWORK = makers.net_id("drill")
WEB = makers.subnet("drill", "web", "10.0.1.0/24")
OTHER = makers.subnet("drill", "alpha", "10.9.0.0/24")
ITEM = ReplicatedItem(
    id="/item",
    name="web01",
    vm_id=makers.vm_id("web01"),
    vm_name="web01",
    container_id="/c",
    protection_state="Protected",
    protection_description="",
    target_zone="2",
    disks=(
        ReplicatedDisk("/disks/os", "os", True, "Protected", 30 * GIB + 512, target_type="Premium_LRS"),
        ReplicatedDisk("/disks/data", "data", False, "Protected", 256 * GIB + 512, target_type="StandardSSD_LRS"),
    ),
)
SOURCE_DISKS = (
    AttachedDisk("os", "/disks/os", is_os=True, size_gib=30),
    AttachedDisk("data", "/disks/data", lun=3, size_gib=256),
    AttachedDisk("scratch", "/disks/scratch", lun=4, size_gib=64),
)
TEST_DISKS = (
    AttachedDisk("os-t", "/disks/os-t", is_os=True, size_gib=30),
    AttachedDisk("data-t", "/disks/data-t", lun=3, size_gib=256),
)
DISKS = (
    Disk("/disks/os-t", "os-t", TARGET, "Premium_LRS", 30),
    Disk("/disks/data-t", "data-t", TARGET, "StandardSSD_LRS", 256),
)


def nic(address: str = "10.0.1.10", subnet: str | None = WEB.id, public: str | None = None) -> NetworkInterface:
    made = IpConfiguration("one", subnet, address, public_ip_id=public)
    return replace(makers.nic("x"), ip_configurations=(made,))


def evidence(**changed: Any) -> dict[str, tuple[str, str]]:
    """State and words by what was looked at; ``test``, ``item``, ``found`` and ``source`` change these."""
    source_vm = makers.vm("web01", tags=(("Owner", "shop"),), disks=SOURCE_DISKS)
    source = Source(
        source_vm, replace(ITEM, **changed.get("item", {})), nic(), makers.subnet("shop-vnet", "web", "10.0.1.0/24")
    )
    test = makers.vm(
        "web01-test",
        "shop-asr",
        **{"tags": (("owner", "shop"),), "disks": TEST_DISKS, "zones": ("2",)} | changed.get("test", {}),
    )
    network = makers.network("drill", location=TARGET, subnets=(OTHER, WEB))
    found = Found(test, (nic(),), DISKS, NETWORK, network)
    proofs = drill_evidence.evidence(
        replace(source, **changed.get("source", {})), replace(found, **changed.get("found", {}))
    )
    return {each.what: (each.state, each.detail) for each in proofs}


def test_a_test_vm_that_is_right() -> None:
    found = evidence(test={"boot_diagnostics": True})
    assert {state for state, _ in found.values()} == {"passed"}
    assert list(found) == [
        "Running",
        "Operating system up",
        "Size",
        "Zone or availability set",
        "Disks",
        "Network",
        "Subnet",
        "IP address",
        "Tags",
        "Boot diagnostics",
    ]
    assert found["Disks"][1] == "2: OS disk 30 GiB Premium_LRS, LUN 3 256 GiB StandardSSD_LRS"


@pytest.mark.parametrize(
    ("changed", "what", "state", "words"),
    [
        ({"test": {"power_state": "stopped"}}, "Running", "failed", "stopped"),
        ({"test": {"power_state": None}}, "Running", "unknown", "not read"),
        ({"test": {"agent_status": None}}, "Operating system up", "unknown", "not reported"),
        ({"test": {"agent_status": "Not Ready"}}, "Operating system up", "failed", "Not Ready"),
        ({"item": {"target_vm_size": "Standard_D8s_v5"}}, "Size", "failed", "not Standard_D8s_v5"),
        ({"test": {"zones": ("1",)}}, "Zone or availability set", "failed", "zone 1, not zone 2"),
        ({"test": {"zones": ()}}, "Zone or availability set", "failed", "neither, not zone 2"),
        (
            {"item": {"target_zone": None, "target_availability_set": "/x/set-asr"}, "test": {"zones": ()}},
            "Zone or availability set",
            "failed",
            "not availability set set-asr",
        ),
        ({"test": {"disks": TEST_DISKS[:1]}}, "Disks", "failed", "LUN 3 is missing"),
        (
            {"test": {"disks": (TEST_DISKS[0], replace(TEST_DISKS[1], lun=5))}},
            "Disks",
            "failed",
            "LUN 3 is missing; LUN 5 was not to be there",
        ),
        ({"found": {"disks": (DISKS[0], replace(DISKS[1], size_gib=128))}}, "Disks", "failed", "128 GiB, not 256"),
        (
            {"found": {"disks": (DISKS[0], replace(DISKS[1], sku="Standard_LRS"))}},
            "Disks",
            "failed",
            "not StandardSSD_LRS",
        ),
        (
            {"test": {"disks": (TEST_DISKS[0], replace(TEST_DISKS[1], size_gib=None))}, "found": {"disks": DISKS[:1]}},
            "Disks",
            "unknown",
            "? GiB",
        ),
        ({"found": {"nics": (nic(public="/x/pip"),)}}, "Network", "failed", "public address pip"),
        ({"found": {"nics": (nic("10.0.1.11"),)}}, "IP address", "failed", "10.0.1.11, not 10.0.1.10"),
        ({"source": {"nic": None}}, "IP address", "unknown", "not known"),
    ],
)
def test_a_test_vm_that_is_not(changed: dict[str, Any], what: str, state: str, words: str) -> None:
    found = evidence(**changed)
    assert found[what][0] == state
    assert words in found[what][1]
    assert [name for name, (other, _) in found.items() if other != "passed"] == [what]


def test_an_interface_elsewhere_or_unread() -> None:
    strayed = evidence(found={"nics": (nic("10.0.1.10", makers.subnet_id("shop-vnet", "web")),)})
    assert strayed["Network"][0] == "failed"
    assert evidence(found={"nics": (nic("10.0.1.10", None),)})["Network"][0] == "failed"
    unread = evidence(found={"nics": ()})
    assert unread["Network"][0] == "unknown"
    assert "IP address" not in unread


def test_a_range_without_the_sources_address_gives_another_of_its_own() -> None:
    inside = evidence(found={"nics": (nic("10.9.0.254", OTHER.id),)}, source={"wanted_subnet": "alpha"})
    assert inside["Subnet"] == ("passed", "alpha")
    assert inside["IP address"][0] == "passed"
    assert "does not hold the source's 10.0.1.10" in inside["IP address"][1]
    outside = evidence(found={"nics": (nic("10.8.0.4", OTHER.id),)}, source={"wanted_subnet": "alpha"})
    assert outside["IP address"][0] == "failed"
    taken = evidence(found={"nics": (nic("10.0.1.254"),), "taken": frozenset({"10.0.1.10"})})
    assert taken["IP address"] == ("passed", "10.0.1.254: the source's 10.0.1.10 was taken there")


def test_a_subnet_by_another_name_is_the_first_in_the_alphabet() -> None:
    network = makers.network("drill", location=TARGET, subnets=(makers.subnet("drill", "zulu", "10.0.1.0/24"), OTHER))
    wrong = evidence(found={"network": network})
    assert wrong["Subnet"] == ("failed", "web, not alpha")
    assert evidence(found={"network": None})["Subnet"][0] == "unknown"


def test_lost_tags_are_left_to_the_engineer() -> None:
    assert evidence(test={"tags": ()})["Tags"][0] == "unknown"
