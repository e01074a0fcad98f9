"""NICs get addresses by the service's rules; public addresses, gateways, balancers around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.network.nets import NET, SUBNET, VNET, WE, nic_body, settle


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
