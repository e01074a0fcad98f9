"""Which outbound rule keeps a NIC from a service tag."""

from __future__ import annotations

from typing import Any

import pytest

from asr_tui.emulator.site_recovery.consequences.filtering import denying

ASG = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationSecurityGroups/web"
TAG = "Storage.WestEurope"


def nic(*asgs: str) -> dict[str, Any]:
    config = {"privateIPAddress": "10.1.0.4", "applicationSecurityGroups": [{"id": asg} for asg in asgs]}
    return {"properties": {"ipConfigurations": [{"properties": config}]}}


def rule(priority: int, access: str, destination: str, **more: Any) -> dict[str, Any]:
    properties = {"direction": "Outbound", "priority": priority, "access": access, "protocol": "*"}
    where = {"sourceAddressPrefix": "*", "destinationAddressPrefix": destination, "destinationPortRange": "*"}
    return {"name": f"rule-{priority}", "properties": properties | where | more}


def denies(*rules: dict[str, Any], tag: str = TAG, asgs: tuple[str, ...] = ()) -> str | None:
    found = denying({"properties": {"securityRules": list(rules)}}, tag, nic(*asgs))
    return None if found is None else str(found["name"])


DENY = rule(300, "Deny", "Internet")


@pytest.mark.parametrize(
    "source",
    [
        {"sourceAddressPrefix": "10.1.0.0/24"},
        {"sourceAddressPrefix": "VirtualNetwork"},
        {"sourceAddressPrefix": "", "sourceAddressPrefixes": ["192.168.0.0/16", "10.1.0.4"]},
    ],
)
def test_a_rule_for_the_nic_s_own_address_holds(source: dict[str, Any]) -> None:
    assert denies(rule(200, "Deny", "*", **source)) == "rule-200"


@pytest.mark.parametrize(
    "source", [{"sourceAddressPrefix": "10.2.0.0/24"}, {"sourceApplicationSecurityGroups": [{"id": ASG}]}]
)
def test_a_rule_for_others_does_not(source: dict[str, Any]) -> None:
    assert denies(rule(200, "Deny", "*", **source)) is None


def test_an_application_security_group_holds_its_members() -> None:
    closed = rule(200, "Deny", "*", sourceAddressPrefix=None, sourceApplicationSecurityGroups=[{"id": ASG.upper()}])
    assert denies(closed, asgs=(ASG,)) == "rule-200"


def test_a_prefix_that_holds_the_whole_tag_counts_as_the_tag() -> None:
    assert denies(rule(200, "Allow", "20.0.0.0/8"), DENY) is None
    assert denies(rule(200, "Deny", "20.0.0.0/8")) == "rule-200"
    assert denies(rule(200, "Allow", "51.0.0.0/8"), DENY) == "rule-300"


def test_a_tag_that_is_reached_in_part_is_not_denied() -> None:
    assert denies(rule(200, "Deny", "0.0.0.0/1"), rule(210, "Deny", "128.0.0.0/1")) == "rule-200"
    assert denies(rule(200, "Deny", "20.20.32.0/19"), tag="AzureActiveDirectory") is None


@pytest.mark.parametrize("name", ["Storage", "storage.westeurope", "AzureCloud", "AzureCloud.WestEurope"])
def test_a_tag_is_named_by_itself_and_by_what_holds_it(name: str) -> None:
    assert denies(rule(200, "Allow", name), DENY) is None
    assert denies(rule(200, "Deny", name)) == "rule-200"


@pytest.mark.parametrize(
    "other",
    [
        rule(200, "Deny", "Storage.NorthEurope"),
        rule(200, "Deny", "VirtualNetwork"),
        rule(200, "Deny", "*", protocol="Udp"),
        rule(200, "Deny", "*", destinationPortRange="80"),
        rule(200, "Deny", "*", destinationPortRange=None, destinationPortRanges=["1-442", "444"]),
        rule(200, "Deny", "*", direction="Inbound"),
    ],
)
def test_other_traffic_is_not_looked_at(other: dict[str, Any]) -> None:
    assert denies(other) is None
