"""The kinds of network resources and their reads; sub-resources are read out of their parent's document."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asr_tui.emulator import errors
from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.families import Document, Family, Render, plain, register_reads
from asr_tui.emulator.network import views
from asr_tui.emulator.network.views import NETWORK_VERSIONS
from asr_tui.emulator.registry import operation


def _family(kind: str, view: Callable[[Call], Render] = plain) -> Family:
    return Family(f"Microsoft.Network/{kind}", NETWORK_VERSIONS, view)


NETWORKS = _family("virtualNetworks", views.network_view)
NICS = _family("networkInterfaces", views.nic_view)
SECURITY_GROUPS = _family("networkSecurityGroups", views.security_group_view)
ROUTE_TABLES = _family("routeTables", views.route_table_view)
PUBLIC_IPS = _family("publicIPAddresses", views.public_ip_view)
NAT_GATEWAYS = _family("natGateways", views.gateway_view)
BALANCERS = _family("loadBalancers", views.balancer_view)
ASGS = _family("applicationSecurityGroups")

for _kind in (NETWORKS, NICS, SECURITY_GROUPS, ROUTE_TABLES, PUBLIC_IPS, NAT_GATEWAYS, BALANCERS, ASGS):
    register_reads(_kind)


def children(call: Call, family: Family, member: str) -> Sequence[Document]:
    """The rendered sub-resources of the parent that the path names.

    Raises:
        ArmError: 404 for a missing parent.
    """
    body = family.view(call)(family.find(call))
    found: Sequence[Document] = body["properties"].get(member) or []
    return found


def find_child(call: Call, family: Family, member: str, name: str) -> Document:
    """One rendered sub-resource.

    Raises:
        ArmError: 404 ``ResourceNotFound`` for the parent, ``NotFound`` for the child, as Network answers.
    """
    for one in children(call, family, member):
        if one["name"].lower() == name.lower():
            return one
    missing = f"{family.id_in(call)}/{member}/{name}"
    raise errors.ArmError(404, "NotFound", f"Resource {missing} not found.", details=[])


def _register_child(family: Family, member: str, action: str) -> None:
    path = f"{family.item_path}/{member}"

    def get(call: Call) -> Reply:
        return Reply(200, find_child(call, family, member, call.params["child"]))

    def list_all(call: Call) -> Reply:
        return call.page(children(call, family, member))

    for where, handler in ((path, list_all), (path + "/{child}", get)):
        operation("GET", where, versions=NETWORK_VERSIONS, action=action, evidence="documentation")(handler)


for _parent, _member in (
    (NETWORKS, "subnets"),
    (NETWORKS, "virtualNetworkPeerings"),
    (SECURITY_GROUPS, "securityRules"),
    (SECURITY_GROUPS, "defaultSecurityRules"),
    (ROUTE_TABLES, "routes"),
    (BALANCERS, "backendAddressPools"),
    (BALANCERS, "frontendIPConfigurations"),
    (NICS, "ipConfigurations"),
):
    _register_child(_parent, _member, f"{_parent.type}/{_member}/read")
