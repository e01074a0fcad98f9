"""Whether the mobility agent of a VM gets out to the four endpoints it needs: security groups, then the way itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asr_tui.emulator.regions import region_named
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.consequences import filtering
from asr_tui.emulator.site_recovery.source_vm import Document, SourceVm
from asr_tui.emulator.store import Store

ENTRA = "AzureActiveDirectory"
SITE_RECOVERY_TAG = "AzureSiteRecovery"


@dataclass(frozen=True, slots=True)
class Denied:
    """The rule that keeps a service tag out. ``level`` is ``NIC`` or ``subnet``."""

    tag: str
    rule: str
    priority: int
    group: str
    level: str

    def sentence(self) -> str:
        """As the detail of an error tells it."""
        return (
            f"Outbound {filtering.PORT} to {self.tag} is denied by the rule '{self.rule}' (priority {self.priority}) of the "
            f"network security group '{self.group}' on the {self.level}."
        )


def storage_tag(location: str) -> str:
    """``Storage.WestEurope`` for ``westeurope``."""
    return f"Storage.{_suffix(location)}"


def event_hub_tag(location: str) -> str:
    """``EventHub.WestEurope`` for ``westeurope``."""
    return f"EventHub.{_suffix(location)}"


def _suffix(location: str) -> str:
    region = region_named(location)
    return region.tag if region else location


def denied(store: Store, vm: SourceVm, tag: str, now: datetime) -> Denied | None:
    """The rule that denies the VM's primary NIC outbound 443 to ``tag``; None when it gets through.

    Outbound goes through the NIC's group first, then the subnet's; both must allow.
    """
    if not vm.nics:
        return None
    nic = vm.nics[0]
    for level, group_id in (("NIC", _nic_group(nic)), ("subnet", _subnet_group(store, nic, now))):
        group = store.get(group_id, now) if group_id else None
        if group is None:
            continue
        rule = filtering.denying(group.shared, tag, nic)
        if rule is not None:
            return Denied(tag, rule["name"], int(rule["properties"]["priority"]), group.name, level)
    return None


def _nic_group(nic: Document) -> str | None:
    return (nic["properties"].get("networkSecurityGroup") or {}).get("id")


def subnet_of(store: Store, nic: Document, now: datetime) -> Document | None:
    """The subnet of a NIC's first IP configuration."""
    for config in nic["properties"].get("ipConfigurations", []):
        wanted = (config["properties"].get("subnet") or {}).get("id")
        if not wanted:
            continue
        vnet = store.get(wanted.rsplit("/subnets/", 1)[0], now)
        for subnet in vnet.shared["properties"].get("subnets", []) if vnet else []:
            if ids.same(subnet["id"], wanted):
                found: Document = subnet
                return found
    return None


def _subnet_group(store: Store, nic: Document, now: datetime) -> str | None:
    subnet = subnet_of(store, nic, now)
    if subnet is None:
        return None
    group: str | None = (subnet["properties"].get("networkSecurityGroup") or {}).get("id")
    return group


def no_way_out(store: Store, vm: SourceVm, now: datetime) -> str:
    """Why the VM has no outbound path, as a sentence; an empty text when it has one.

    A default route decides first; then NAT gateway, public address, a public load balancer; last Azure's implicit
    access, which a private subnet and a Standard internal load balancer take away.
    """
    nic = vm.nics[0] if vm.nics else None
    subnet = subnet_of(store, nic, now) if nic else None
    if nic is None or subnet is None:
        return "The virtual machine has no network interface in a subnet."
    hop = _default_route(store, subnet, now)
    if hop is not None:
        return f"The default route of the subnet '{subnet['name']}' leads nowhere." if hop == "none" else ""
    properties = subnet["properties"]
    if (properties.get("natGateway") or {}).get("id"):
        return ""
    configs = [config["properties"] for config in nic["properties"].get("ipConfigurations", [])]
    if any((config.get("publicIPAddress") or {}).get("id") for config in configs):
        return ""
    balancers = _balancers(store, configs, now)
    if any(_is_public(balancer) for balancer in balancers):
        return ""
    if properties.get("defaultOutboundAccess") is False:
        return f"The subnet '{subnet['name']}' is private and has no NAT gateway."
    standard = [b for b in balancers if (b.get("sku") or {}).get("name") == "Standard"]
    if standard:
        return f"The virtual machine is behind the Standard internal load balancer '{standard[0]['name']}' only."
    return ""


def _default_route(store: Store, subnet: Document, now: datetime) -> str | None:
    table_id = (subnet["properties"].get("routeTable") or {}).get("id")
    table = store.get(table_id, now) if table_id else None
    for route in table.body["properties"].get("routes", []) if table else []:
        if route["properties"].get("addressPrefix") == "0.0.0.0/0":
            hop = str(route["properties"].get("nextHopType", "")).lower()
            return None if hop == "internet" else hop
    return None


def _balancers(store: Store, configs: list[dict[str, Any]], now: datetime) -> list[Document]:
    found = []
    for config in configs:
        for pool in config.get("loadBalancerBackendAddressPools") or []:
            balancer = store.get(pool["id"].rsplit("/backendAddressPools/", 1)[0], now)
            if balancer is not None:
                found.append(balancer.body)
    return found


def _is_public(balancer: Document) -> bool:
    fronts = balancer["properties"].get("frontendIPConfigurations", [])
    return any((front["properties"].get("publicIPAddress") or {}).get("id") for front in fronts)
