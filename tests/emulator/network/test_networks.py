"""Networks, subnets and peerings are written, refused and kept while in use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.network.nets import NET, SUBNET, VNET, WE, guard, network_body, settle


def test_a_network_is_created_changed_and_deleted(cloud: Any) -> None:
    path = f"{NET}/virtualNetworks/vnet-new"
    created = cloud.put(path, network_body(a="10.50.1.0/24"))
    assert created.status == 201
    assert created.body["properties"]["provisioningState"] == "Updating"
    settle(cloud, created)
    body = cloud.get(path).body
    assert body["properties"]["provisioningState"] == "Succeeded"
    assert [one["name"] for one in body["properties"]["subnets"]] == ["a"]
    again = settle(cloud, cloud.put(path, network_body(a="10.50.1.0/24", b="10.50.2.0/24")))
    assert again.status == 200
    assert again.body["properties"]["resourceGuid"] == body["properties"]["resourceGuid"]
    assert again.body["etag"] != body["etag"]
    assert cloud.send("PATCH", path, {"tags": {"owner": "me"}}).body["tags"] == {"owner": "me"}
    gone = cloud.delete(path)
    assert gone.status == 202
    assert gone.content == b""
    assert cloud.get(path).body["properties"]["provisioningState"] == "Deleting"
    settle(cloud, gone)
    assert cloud.get(path).status == 404
    assert cloud.delete(path).status == 204


def test_while_a_write_runs_the_next_is_asked_to_retry(cloud: Any) -> None:
    path = f"{NET}/virtualNetworks/vnet-new"
    cloud.put(path, network_body())
    busy = cloud.put(path, network_body())
    assert (busy.status, busy.code) == (429, "RetryableError")
    assert busy.body["error"]["details"][0]["code"] == "RetryableErrorDueToAnotherOperation"
    assert int(busy.headers["Retry-After"]) > 0
    cloud.clock.advance(10)
    assert cloud.put(path, network_body()).status == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (network_body("10.50.0.1/16"), "InvalidCIDRNotation"),
        (network_body("ten"), "InvalidAddressPrefixFormat"),
        (network_body(a="10.51.0.0/24"), "NetcfgInvalidSubnet"),
        (network_body(a="10.50.0.0/30"), "NetcfgInvalidSubnet"),
        (network_body(a="10.50.1.0/24", b="10.50.1.128/25"), "NetcfgSubnetRangesOverlap"),
        ({"location": WE, "properties": {}}, "InvalidRequestFormat"),
        ({"location": "atlantis", "properties": {}}, "LocationNotAvailableForResourceType"),
        ({"properties": {}}, "InvalidRequestContent"),
        ({"location": WE, "properties": {"addressSpace": 7}}, "InvalidRequestContent"),
    ],
)
def test_a_wrong_network_is_refused_and_not_made(cloud: Any, body: Any, code: str) -> None:
    answer = cloud.put(f"{NET}/virtualNetworks/vnet-new", body)
    assert (answer.status, answer.code) == (400, code)
    assert cloud.get(f"{NET}/virtualNetworks/vnet-new").status == 404


def test_a_network_in_another_region_than_before_is_refused(cloud: Any) -> None:
    moved = network_body("10.10.0.0/16") | {"location": "northeurope"}
    answer = cloud.put(VNET, moved)
    assert (answer.status, answer.code) == (409, "InvalidResourceLocation")


def test_what_is_in_use_stays(cloud: Any) -> None:
    group = guard(cloud)
    assert cloud.delete(VNET).code == "InUseSubnetCannotBeDeleted"
    assert cloud.delete(SUBNET).code == "InUseSubnetCannotBeDeleted"
    without = network_body("10.10.0.0/16", **{"snet-data": "10.10.2.0/24"})
    assert cloud.put(VNET, without).code == "InUseSubnetCannotBeDeleted"
    moved = network_body("10.10.0.0/16", **{"snet-web": "10.10.9.0/24", "snet-data": "10.10.2.0/24"})
    assert cloud.put(VNET, moved).code == "InUsePrefixCannotBeDeleted"
    assert cloud.delete(group).code == "InUseNetworkSecurityGroupCannotBeDeleted"
    assert cloud.delete(f"{NET}/natGateways/ng-starter").code == "InUseNatGatewayCannotBeDeleted"
    assert cloud.delete(f"{NET}/publicIPAddresses/pip-ng-starter").code == "PublicIPAddressCannotBeDeleted"
    assert cloud.delete(f"{NET}/networkInterfaces/web-01-nic").code == "NicInUse"


def test_a_subnet_is_added_and_removed(cloud: Any) -> None:
    path = f"{VNET}/subnets/extra"
    added = cloud.put(path, {"properties": {"addressPrefix": "10.10.9.0/24"}})
    assert added.status == 201
    settle(cloud, added)
    assert cloud.get(path).body["properties"]["addressPrefix"] == "10.10.9.0/24"
    assert cloud.put(path, {"properties": {"addressPrefix": "10.10.1.0/24"}}).code == "NetcfgSubnetRangesOverlap"
    unknown = {"addressPrefix": "10.10.9.0/24", "networkSecurityGroup": {"id": f"{NET}/networkSecurityGroups/no"}}
    assert cloud.put(path, {"properties": unknown}).code == "InvalidResourceReference"
    settle(cloud, cloud.delete(path))
    assert cloud.get(path).status == 404


def test_peering_connects_both_sides(cloud: Any) -> None:
    other = f"{NET}/virtualNetworks/vnet-other"
    settle(cloud, cloud.put(other, network_body("10.60.0.0/16")))
    body = {"properties": {"remoteVirtualNetwork": {"id": other}}}
    first = settle(cloud, cloud.put(f"{VNET}/virtualNetworkPeerings/to-other", body))
    assert first.body["properties"]["peeringState"] == "Initiated"
    back = {"properties": {"remoteVirtualNetwork": {"id": VNET}}}
    second = settle(cloud, cloud.put(f"{other}/virtualNetworkPeerings/back", back))
    assert second.body["properties"]["peeringState"] == "Connected"
    assert cloud.get(f"{VNET}/virtualNetworkPeerings/to-other").body["properties"]["peeringState"] == "Connected"
    overlapping = f"{NET}/virtualNetworks/vnet-same"
    settle(cloud, cloud.put(overlapping, network_body("10.10.128.0/17")))
    clash = {"properties": {"remoteVirtualNetwork": {"id": overlapping}}}
    assert cloud.put(f"{VNET}/virtualNetworkPeerings/clash", clash).code == "VnetAddressSpacesOverlap"
    settle(cloud, cloud.delete(f"{other}/virtualNetworkPeerings/back"))
    assert cloud.get(f"{VNET}/virtualNetworkPeerings/to-other").body["properties"]["peeringState"] == "Disconnected"
