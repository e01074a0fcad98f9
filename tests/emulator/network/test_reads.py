"""Microsoft.Network as a reader sees it: bodies, lists, service tags, usages, free addresses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.network.nets import NET, SUBNET, SUBSCRIPTION, VNET, WE, guard


def test_a_network_shows_who_uses_its_subnets(cloud: Any) -> None:
    body = cloud.get(VNET.lower()).body
    assert body["id"] == VNET
    web = next(one for one in body["properties"]["subnets"] if one["name"] == "snet-web")
    assert [one["id"].split("/")[8] for one in web["properties"]["ipConfigurations"]] == ["web-01-nic", "web-02-nic"]
    assert cloud.get(SUBNET).body == web


def test_lists_by_group_and_subscription_agree(cloud: Any) -> None:
    guard(cloud)
    for kind in ("virtualNetworks", "networkInterfaces", "networkSecurityGroups", "publicIPAddresses", "natGateways"):
        here = cloud.get(f"{NET}/{kind}").body["value"]
        assert here
        assert here == cloud.get(f"{SUBSCRIPTION}/providers/Microsoft.Network/{kind}").body["value"]


def test_a_missing_resource_and_a_missing_child_are_404(cloud: Any) -> None:
    missing = cloud.get(f"{NET}/virtualNetworks/nope")
    assert (missing.status, missing.code) == (404, "ResourceNotFound")
    assert missing.headers["x-ms-failure-cause"] == "gateway"
    assert cloud.get(f"{VNET}/subnets/nope").code == "NotFound"
    other = cloud.get(VNET.replace("rg-starter", "rg-other"))
    assert (other.status, other.code) == (404, "ResourceGroupNotFound")


def test_security_group_route_table_and_gateway_name_their_subnets(cloud: Any) -> None:
    group = cloud.get(guard(cloud)).body["properties"]
    assert [one["id"] for one in group["subnets"]] == [SUBNET]
    assert [one["name"] for one in group["defaultSecurityRules"]][-1] == "DenyAllOutBound"
    gateway = cloud.get(f"{NET}/natGateways/ng-starter").body["properties"]
    assert len(gateway["subnets"]) == 2
    address = cloud.get(gateway["publicIpAddresses"][0]["id"]).body["properties"]
    assert address["natGateway"]["id"].endswith("natGateways/ng-starter")


def test_service_tags_cover_each_other(cloud: Any) -> None:
    body = cloud.get(f"{SUBSCRIPTION}/providers/Microsoft.Network/locations/{WE}/serviceTags").body
    tags = {one["name"]: set(one["properties"]["addressPrefixes"]) for one in body["values"]}
    assert tags["Storage.WestEurope"] <= tags["Storage"]
    assert "AzureSiteRecovery" in tags
    assert not any(name.startswith("AzureSiteRecovery.") for name in tags)
    assert tags["AzureActiveDirectory"] <= tags["AzureCloud"]


def test_usages_count_what_is_there(cloud: Any) -> None:
    found = cloud.get(f"{SUBSCRIPTION}/providers/Microsoft.Network/locations/{WE}/usages").body["value"]
    counts = {one["name"]["value"]: one["currentValue"] for one in found}
    assert counts["NetworkInterfaces"] == 3
    assert counts["VirtualNetworks"] == 1


def test_a_network_tells_how_full_its_subnets_are(cloud: Any) -> None:
    found = cloud.get(f"{VNET}/usages").body["value"]
    used = {one["id"].rsplit("/", 1)[-1]: (one["currentValue"], one["limit"]) for one in found}
    assert used == {"snet-web": (2, 251), "snet-data": (1, 251)}


def test_what_no_estate_holds_is_listed_as_none_and_cannot_be_written(cloud: Any) -> None:
    for kind in ("Microsoft.Network/azureFirewalls", "Microsoft.Compute/capacityReservationGroups"):
        assert cloud.get(f"{SUBSCRIPTION}/providers/{kind}").body == {"value": []}
        group = f"{SUBSCRIPTION}/resourceGroups/rg-starter/providers/{kind}"
        assert cloud.get(group).body == {"value": []}
        assert cloud.get(f"{group}/one").code == "ResourceNotFound"
        assert cloud.put(f"{group}/one", {"location": WE}).status == 501
    assert cloud.get(f"{SUBSCRIPTION}/providers/Microsoft.Network/virtualNetworkGateways").status == 501


@pytest.mark.parametrize(
    ("address", "available", "reserved"),
    [("10.10.1.4", False, False), ("10.10.1.77", True, False), ("10.10.1.1", False, True)],
)
def test_whether_an_address_is_free(cloud: Any, address: str, available: bool, reserved: bool) -> None:
    body = cloud.get(f"{VNET}/CheckIPAddressAvailability?ipAddress={address}").body
    assert (body["available"], body["isPlatformReserved"]) == (available, reserved)
    assert ("availableIPAddresses" in body) is not available
