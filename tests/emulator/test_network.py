"""Microsoft.Network: reads, writes, refusals, effective rules and routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SUBSCRIPTION = "/subscriptions/8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37"
NET = SUBSCRIPTION + "/resourceGroups/rg-starter/providers/Microsoft.Network"
VNET = NET + "/virtualNetworks/vnet-starter"
SUBNET = VNET + "/subnets/snet-web"
WE = "westeurope"


def nic_body(subnet: str = SUBNET, **more: Any) -> dict[str, Any]:
    inner = {"subnet": {"id": subnet}, **more}
    return {"location": WE, "properties": {"ipConfigurations": [{"name": "one", "properties": inner}]}}


def network_body(space: str = "10.50.0.0/16", **subnets: str) -> dict[str, Any]:
    made = [{"name": name, "properties": {"addressPrefix": prefix}} for name, prefix in subnets.items()]
    return {"location": WE, "properties": {"addressSpace": {"addressPrefixes": [space]}, "subnets": made}}


def settle(cloud: Any, answer: Any) -> Any:
    """Let a write finish and give its operation's status document."""
    assert answer.status in (200, 201, 202), answer.body
    operation = answer.headers["Azure-AsyncOperation"]
    assert cloud.get(operation).body["status"] == "InProgress"
    cloud.clock.advance(60)
    status = cloud.get(operation).body
    assert status["status"] == "Succeeded", status
    return answer


# ---------------------------------------------------------------- reads


def test_a_network_shows_who_uses_its_subnets(cloud: Any) -> None:
    body = cloud.get(VNET.lower()).body
    assert body["id"] == VNET
    web = next(one for one in body["properties"]["subnets"] if one["name"] == "snet-web")
    assert [one["id"].split("/")[8] for one in web["properties"]["ipConfigurations"]] == ["web-01-nic", "web-02-nic"]
    assert cloud.get(SUBNET).body == web


def test_lists_by_group_and_subscription_agree(cloud: Any) -> None:
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
    group = cloud.get(f"{NET}/networkSecurityGroups/nsg-starter").body["properties"]
    assert {one["id"].rsplit("/", 1)[-1] for one in group["subnets"]} == {"snet-web", "snet-data"}
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


# ---------------------------------------------------------------- networks


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
    assert cloud.delete(VNET).code == "InUseSubnetCannotBeDeleted"
    assert cloud.delete(SUBNET).code == "InUseSubnetCannotBeDeleted"
    without = network_body("10.10.0.0/16", **{"snet-data": "10.10.2.0/24"})
    assert cloud.put(VNET, without).code == "InUseSubnetCannotBeDeleted"
    moved = network_body("10.10.0.0/16", **{"snet-web": "10.10.9.0/24", "snet-data": "10.10.2.0/24"})
    assert cloud.put(VNET, moved).code == "InUsePrefixCannotBeDeleted"
    assert cloud.delete(f"{NET}/networkSecurityGroups/nsg-starter").code == "InUseNetworkSecurityGroupCannotBeDeleted"
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


@pytest.mark.parametrize(
    ("address", "available", "reserved"),
    [("10.10.1.4", False, False), ("10.10.1.77", True, False), ("10.10.1.1", False, True)],
)
def test_whether_an_address_is_free(cloud: Any, address: str, available: bool, reserved: bool) -> None:
    body = cloud.get(f"{VNET}/CheckIPAddressAvailability?ipAddress={address}").body
    assert (body["available"], body["isPlatformReserved"]) == (available, reserved)
    assert ("availableIPAddresses" in body) is not available


# ---------------------------------------------------------------- NICs


def test_a_nic_gets_the_next_free_address_and_keeps_it(cloud: Any) -> None:
    path = f"{NET}/networkInterfaces/nic-new"
    made = settle(cloud, cloud.put(path, nic_body()))
    assert made.status == 201
    inner = made.body["properties"]["ipConfigurations"][0]["properties"]
    assert (inner["privateIPAddress"], inner["privateIPAllocationMethod"]) == ("10.10.1.6", "Dynamic")
    again = settle(cloud, cloud.put(path, nic_body()))
    assert again.body["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] == "10.10.1.6"
    settle(cloud, cloud.delete(path))
    assert cloud.get(path).status == 404


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"privateIPAllocationMethod": "Static", "privateIPAddress": "10.10.1.4"}, "PrivateIPAddressIsAllocated"),
        ({"privateIPAllocationMethod": "Static", "privateIPAddress": "10.99.1.4"}, "PrivateIPAddressNotInSubnet"),
        ({"privateIPAllocationMethod": "Static", "privateIPAddress": "10.10.1.2"}, "PrivateIPAddressInReservedRange"),
        ({"privateIPAllocationMethod": "Static"}, "PrivateIPAddressMissing"),
        ({"privateIPAllocationMethod": "Sometimes"}, "InvalidRequestContent"),
    ],
)
def test_a_wrong_address_is_refused(cloud: Any, more: dict[str, Any], code: str) -> None:
    assert cloud.put(f"{NET}/networkInterfaces/nic-new", nic_body(**more)).code == code


def test_a_full_subnet_has_no_address_left(cloud: Any) -> None:
    settle(cloud, cloud.put(f"{VNET}/subnets/tiny", {"properties": {"addressPrefix": "10.10.9.0/29"}}))
    for number in range(3):
        settle(cloud, cloud.put(f"{NET}/networkInterfaces/n{number}", nic_body(f"{VNET}/subnets/tiny")))
    assert cloud.put(f"{NET}/networkInterfaces/n9", nic_body(f"{VNET}/subnets/tiny")).code == "SubnetIsFull"


def test_a_nic_in_a_missing_subnet_or_another_region_is_refused(cloud: Any) -> None:
    path = f"{NET}/networkInterfaces/nic-new"
    assert cloud.put(path, nic_body(f"{VNET}/subnets/nope")).code == "InvalidResourceReference"
    assert cloud.put(path, nic_body() | {"location": "northeurope"}).code == "InvalidResourceReference"


def test_nics_are_limited_by_quota(make_cloud: Callable[..., Any]) -> None:
    estate = """
name: tight
networks: {vnet: {space: 10.0.0.0/16, subnets: {a: 10.0.0.0/24}}}
quotas: {westeurope: {NetworkInterfaces: 1}}
vms: {one: {}}
"""
    tight = make_cloud(estate)
    group = f"{tight.subscription}/resourceGroups/rg-estate/providers/Microsoft.Network"
    answer = tight.put(f"{group}/networkInterfaces/n", nic_body(f"{group}/virtualNetworks/vnet/subnets/a"))
    assert (answer.status, answer.code) == (400, "NetworkInterfaceCountLimitReached")


# ---------------------------------------------------------------- security groups and routes


def rule(priority: int = 200, **more: Any) -> dict[str, Any]:
    base = {
        "protocol": "Tcp",
        "access": "Deny",
        "direction": "Outbound",
        "priority": priority,
        "sourcePortRange": "*",
        "destinationPortRange": "443",
        "sourceAddressPrefix": "*",
        "destinationAddressPrefix": "Internet",
    }
    return base | more


def test_rules_are_written_one_by_one_and_together(cloud: Any) -> None:
    path = f"{NET}/networkSecurityGroups/nsg-new"
    whole = {"location": WE, "properties": {"securityRules": [{"name": "a", "properties": rule()}]}}
    settle(cloud, cloud.put(path, whole))
    settle(cloud, cloud.put(f"{path}/securityRules/b", {"properties": rule(300)}))
    assert [one["name"] for one in cloud.get(f"{path}/securityRules").body["value"]] == ["a", "b"]
    assert cloud.put(f"{path}/securityRules/c", {"properties": rule(300)}).code == "SecurityRuleConflict"
    settle(cloud, cloud.delete(f"{path}/securityRules/a"))
    assert [one["name"] for one in cloud.get(path).body["properties"]["securityRules"]] == ["b"]
    settle(cloud, cloud.delete(path))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (rule(99), "SecurityRuleInvalidPriority"),
        (rule(destinationPortRange="70000"), "SecurityRuleInvalidPortRange"),
        (rule(destinationAddressPrefix="Nowhere"), "SecurityRuleInvalidAddressPrefix"),
        (rule(destinationAddressPrefixes=["10.0.0.0/8"]), "SecurityRuleParameterConflict"),
        (rule(destinationAddressPrefix=None), "SecurityRuleParameterMissing"),
        (rule(access="Maybe"), "InvalidRequestContent"),
    ],
)
def test_a_wrong_rule_is_refused(cloud: Any, wrong: dict[str, Any], code: str) -> None:
    path = f"{NET}/networkSecurityGroups/nsg-starter/securityRules/x"
    answer = cloud.put(path, {"properties": wrong})
    assert (answer.status, answer.code) == (400, code)


def test_a_route_table_is_attached_and_then_kept(cloud: Any) -> None:
    path = f"{NET}/routeTables/rt-new"
    routes = [{"name": "nva", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance"}}]
    assert cloud.put(path, {"location": WE, "properties": {"routes": routes}}).code == "InvalidNextHopIpAddress"
    routes[0]["properties"]["nextHopIpAddress"] = "10.10.0.4"  # type: ignore[index]
    settle(cloud, cloud.put(path, {"location": WE, "properties": {"routes": routes}}))
    subnet = {"addressPrefix": "10.10.1.0/24", "routeTable": {"id": path}}
    settle(cloud, cloud.put(SUBNET, {"properties": subnet}))
    assert cloud.delete(path).code == "InUseRouteTableCannotBeDeleted"
    assert cloud.get(path).body["properties"]["subnets"] == [{"id": SUBNET}]


# ---------------------------------------------------------------- what is effective


def effective(cloud: Any, nic: str, what: str) -> list[dict[str, Any]]:
    started = cloud.post(f"{NET}/networkInterfaces/{nic}/{what}")
    assert started.status == 202, started.body
    location = started.headers["Location"]
    assert cloud.get(location).status == 202
    cloud.clock.advance(60)
    value: list[dict[str, Any]] = cloud.get(location).body["value"]
    return value


def test_effective_rules_expand_tags(cloud: Any) -> None:
    settle(
        cloud,
        cloud.put(
            f"{NET}/networkSecurityGroups/nsg-starter/securityRules/storage",
            {"properties": rule(150, access="Allow", destinationAddressPrefix="Storage.WestEurope")},
        ),
    )
    found = effective(cloud, "web-01-nic", "effectiveNetworkSecurityGroups")
    assert found[0]["association"] == {"subnet": {"id": SUBNET}}
    rules = {one["name"]: one for one in found[0]["effectiveSecurityRules"]}
    storage = rules["securityRules/storage"]
    assert storage["destinationPortRange"] == "443-443"
    assert len(storage["expandedDestinationAddressPrefix"]) > 1
    assert "10.10.0.0/16" in rules["defaultSecurityRules/AllowVnetOutBound"]["expandedDestinationAddressPrefix"]


def test_effective_routes_override_the_default_route(cloud: Any) -> None:
    table = f"{NET}/routeTables/rt-new"
    forced = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualNetworkGateway"}
    routes = {"routes": [{"name": "forced", "properties": forced}]}
    settle(cloud, cloud.put(table, {"location": WE, "properties": routes}))
    settle(cloud, cloud.put(SUBNET, {"properties": {"addressPrefix": "10.10.1.0/24", "routeTable": {"id": table}}}))
    found = effective(cloud, "web-01-nic", "effectiveRouteTable")
    everything = [one for one in found if one["addressPrefix"] == ["0.0.0.0/0"]]
    assert {(one["source"], one["state"]) for one in everything} == {("Default", "Invalid"), ("User", "Active")}


def test_effective_views_need_a_running_vm(cloud: Any) -> None:
    settle(cloud, cloud.put(f"{NET}/networkInterfaces/loose", nic_body()))
    answer = cloud.post(f"{NET}/networkInterfaces/loose/effectiveRouteTable")
    assert answer.status == 400


# ---------------------------------------------------------------- edges


def test_public_ip_gateway_balancer_and_group(cloud: Any) -> None:
    address = f"{NET}/publicIPAddresses/pip"
    dynamic = {"location": WE, "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Dynamic"}}
    assert cloud.put(address, dynamic).code == "StandardSkuPublicIPAddressesMustBeStatic"
    dynamic["properties"] = {"publicIPAllocationMethod": "Static"}
    settle(cloud, cloud.put(address, dynamic))
    assert "ipAddress" in cloud.get(address).body["properties"]
    gateway = f"{NET}/natGateways/ng"
    settle(cloud, cloud.put(gateway, {"location": WE, "properties": {"publicIpAddresses": [{"id": address}]}}))
    assert cloud.delete(address).code == "PublicIPAddressCannotBeDeleted"
    balancer = f"{NET}/loadBalancers/lb"
    front = [{"name": "f", "properties": {"subnet": {"id": SUBNET}}}]
    parts = {"frontendIPConfigurations": front, "backendAddressPools": [{"name": "pool"}]}
    settle(cloud, cloud.put(balancer, {"location": WE, "sku": {"name": "Standard"}, "properties": parts}))
    pool = f"{balancer}/backendAddressPools/pool"
    group = f"{NET}/applicationSecurityGroups/asg"
    settle(cloud, cloud.put(group, {"location": WE, "properties": {}}))
    nic = nic_body(loadBalancerBackendAddressPools=[{"id": pool}], applicationSecurityGroups=[{"id": group}])
    settle(cloud, cloud.put(f"{NET}/networkInterfaces/member", nic))
    members = cloud.get(balancer).body["properties"]["backendAddressPools"][0]["properties"]
    assert members["backendIPConfigurations"][0]["id"].endswith("member/ipConfigurations/one")
    assert cloud.delete(group).code == "ApplicationSecurityGroupInUse"
    settle(cloud, cloud.delete(balancer))
    left = cloud.get(f"{NET}/networkInterfaces/member").body["properties"]["ipConfigurations"][0]["properties"]
    assert left["loadBalancerBackendAddressPools"] == []
