"""How network documents are rendered: stored members plus the references that point at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asr_tui.emulator.call import Call
from asr_tui.emulator.families import Document, Render, public, settle
from asr_tui.emulator.network.references import References, references
from asr_tui.emulator.registry import Versions
from asr_tui.emulator.store import Resource

NETWORK_VERSIONS = Versions("2015-06-15", "2026-12-31", ("2024-05-01", "2024-01-01", "2023-09-01"))
"""Network's api-versions."""


def referring(change: Callable[[Document, References], None]) -> Callable[[Call], Render]:
    """A view that works out the references of the subscription once per request and lets ``change`` use them."""

    def view(call: Call) -> Render:
        known: list[References] = []

        def render(resource: Resource) -> Document:
            if not known:
                known.append(references(call.store, call.subscription, call.now))
            body = public(settle(resource.doc, call.now))
            change(body, known[0])
            return body

        return render

    return view


def _ids(identifiers: Sequence[str]) -> list[Document]:
    return [{"id": one} for one in identifiers]


def add_subnet_references(subnet: Document, known: References) -> Document:
    """Give a subnet its ``ipConfigurations``."""
    held = known.subnet_configurations.get(subnet["id"].lower())
    if held:
        subnet["properties"]["ipConfigurations"] = _ids(held)
    return subnet


def _network(body: Document, known: References) -> None:
    for subnet in body["properties"].get("subnets") or ():
        add_subnet_references(subnet, known)


def _security_group(body: Document, known: References) -> None:
    key = body["id"].lower()
    if known.nsg_nics.get(key):
        body["properties"]["networkInterfaces"] = _ids(known.nsg_nics[key])
    if known.nsg_subnets.get(key):
        body["properties"]["subnets"] = _ids(known.nsg_subnets[key])


def _route_table(body: Document, known: References) -> None:
    held = known.table_subnets.get(body["id"].lower())
    if held:
        body["properties"]["subnets"] = _ids(held)


def _gateway(body: Document, known: References) -> None:
    held = known.gateway_subnets.get(body["id"].lower())
    if held:
        body["properties"]["subnets"] = _ids(held)


def _public_ip(body: Document, known: References) -> None:
    holder = known.public_ip_holders.get(body["id"].lower())
    if holder and "/natgateways/" in holder.lower():
        body["properties"]["natGateway"] = {"id": holder}
    elif holder:
        body["properties"]["ipConfiguration"] = {"id": holder}


def _balancer(body: Document, known: References) -> None:
    for pool in body["properties"].get("backendAddressPools") or ():
        held = known.pool_members.get(pool["id"].lower())
        if held:
            pool["properties"]["backendIPConfigurations"] = _ids(held)


network_view = referring(_network)
security_group_view = referring(_security_group)
route_table_view = referring(_route_table)
gateway_view = referring(_gateway)
public_ip_view = referring(_public_ip)
balancer_view = referring(_balancer)


def nic_view(call: Call) -> Render:
    """NICs: the VM that holds one is shown as long as it exists."""

    def render(resource: Resource) -> Document:
        body = public(settle(resource.doc, call.now))
        holder = body["properties"].get("virtualMachine")
        if holder and call.store.get(holder["id"], call.now) is None:
            del body["properties"]["virtualMachine"]
        return body

    return render
