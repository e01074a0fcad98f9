"""How the tables of cases write down an estate and a plan: the clean estate with one thing changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from asr_tui.model import arm_id
from asr_tui.model.compute import AttachedDisk
from asr_tui.model.estate import Estate
from asr_tui.model.governance import Unreadable
from asr_tui.model.network import NetworkSecurityGroup, SecurityRule
from asr_tui.model.plan import Plan, VmOverride
from asr_tui.model.recovery import StorageAccount, Vault
from asr_tui.model.replication import SiteRecovery
from tests.rules import makers
from tests.rules.makers import SOURCE, TARGET

Situation = tuple[Estate, Plan]


@dataclass(frozen=True)
class Case:
    """``unknown`` None: nothing that the check needs could be missing (it looks at the plan, or at what every list tells)."""

    trips: tuple[Situation, ...]
    passes: tuple[Situation, ...] = ()
    unknown: Situation | None = None
    more_unknown: tuple[Situation, ...] = ()


def case(
    *trips: Situation,
    passes: Situation | None = None,
    unknown: Situation | None = None,
    more: tuple[Situation, ...] = (),
    more_unknown: tuple[Situation, ...] = (),
) -> Case:
    """``more`` are more situations that pass."""
    return Case(trips, (*((passes,) if passes else ()), *more), unknown, more_unknown)


def est(**changes: Any) -> Situation:
    """The clean estate with some parts replaced; both VMs selected."""
    return makers.estate(**changes), makers.plan("web01", "web02")


def planned(**changes: Any) -> Situation:
    """The clean estate under another plan."""
    return makers.estate(), makers.plan("web01", "web02", **changes)


def both(estate: dict[str, Any], **changes: Any) -> Situation:
    """Parts of the estate and of the plan replaced; one VM selected."""
    return makers.estate(**estate), makers.plan("web01", **changes)


def override(**changes: Any) -> dict[str, VmOverride]:
    """A plan's override for web01."""
    return {arm_id.key(makers.vm_id("web01")): VmOverride(**changes)}


def vm(*, plan: dict[str, Any] | None = None, more: dict[str, Any] | None = None, **changes: Any) -> Situation:
    """web01 changed."""
    return makers.estate(vms=(makers.vm("web01", **changes),), **(more or {})), makers.plan("web01", **(plan or {}))


def disks(
    *,
    os: dict[str, Any] | None = None,
    plan: dict[str, Any] | None = None,
    attached: dict[str, Any] | None = None,
    machine: dict[str, Any] | None = None,
    more: dict[str, Any] | None = None,
    **data: Any,
) -> Situation:
    """web01 with an OS disk and a data disk, one of them changed."""
    on_vm = (
        AttachedDisk("web01-os", makers.disk_id("web01-os"), is_os=True),
        AttachedDisk("web01-d0", makers.disk_id("web01-d0"), **({"lun": 0} | (attached or {}))),
    )
    estate = makers.estate(
        vms=(makers.vm("web01", disks=on_vm, **(machine or {})),),
        disks=(makers.disk("web01-os", **(os or {})), makers.disk("web01-d0", **data)),
        **(more or {}),
    )
    return estate, makers.plan("web01", **(plan or {}))


def nic(
    *,
    plan: dict[str, Any] | None = None,
    more: dict[str, Any] | None = None,
    address: dict[str, Any] | None = None,
    **changes: Any,
) -> Situation:
    """web01's interface, or its address, changed."""
    made = makers.nic("web01-nic", **changes)
    if address:
        made = replace(made, ip_configurations=(replace(made.ip_configurations[0], **address),))
    return makers.estate(vms=(makers.vm("web01"),), nics=(made,), **(more or {})), makers.plan("web01", **(plan or {}))


def subnet(
    *,
    plan: dict[str, Any] | None = None,
    more: dict[str, Any] | None = None,
    net: dict[str, Any] | None = None,
    **changes: Any,
) -> Situation:
    """The subnet ``web``, or its network, changed."""
    web = makers.subnet("shop-vnet", "web", "10.0.1.0/24", **changes)
    network = makers.network(**({"subnets": (web,)} | (net or {})))
    parts = {"vms": (makers.vm("web01"),), "networks": (network,)} | (more or {})
    return makers.estate(**parts), makers.plan("web01", **(plan or {}))


def guarded(*rules: SecurityRule, plan: dict[str, Any] | None = None, more: dict[str, Any] | None = None) -> Situation:
    """A security group with these rules on the subnet."""
    group = NetworkSecurityGroup(makers.nsg_id("web-nsg"), "web-nsg", SOURCE, rules)
    return subnet(plan=plan, more={"security_groups": (group,)} | (more or {}), security_group_id=group.id)


def unread_group(plan: dict[str, Any] | None = None, more: dict[str, Any] | None = None) -> Situation:
    """A security group that was not read stands on the subnet."""
    return subnet(plan=plan, more=more, security_group_id=makers.nsg_id("secret"))


def deny(*destinations: str) -> SecurityRule:
    return SecurityRule("deny-out", 200, "Outbound", "Deny", destinations=destinations or ("Internet",))


def vault(held: SiteRecovery | None = None, **changes: Any) -> Vault:
    """The vault of our default name."""
    values = {"id": makers.vault_id(), "name": "vault-asr-northeurope", "location": TARGET, "site_recovery": held}
    return Vault(**(values | changes))


def with_vault(**changes: Any) -> Situation:
    """The vault is there, empty, and changed."""
    return est(vaults=(vault(changes.pop("held", SiteRecovery()), **changes),))


UNREAD_VAULT = est(vaults=(vault(None),))


def account(name: str = "cacheacct", **changes: Any) -> StorageAccount:
    values: dict[str, Any] = {
        "id": makers.account_id(name),
        "name": name,
        "location": SOURCE,
        "kind": "StorageV2",
        "sku": "Standard_LRS",
        "soft_delete": False,
        "versioning": False,
    }
    return StorageAccount(**(values | changes))


def cache(*, plan: dict[str, Any] | None = None, more: dict[str, Any] | None = None, **changes: Any) -> Situation:
    """An account chosen as cache, changed."""
    made = account(**changes)
    defaults = {"defaults": {"cache_account": made.id}} | (plan or {})
    parts = {"vms": (makers.vm("web01"),), "storage_accounts": (made,)} | (more or {})
    return makers.estate(**parts), Plan.model_validate(makers.plan("web01").model_dump() | defaults)


def missing(part: str, reason: str = "HTTP 403") -> tuple[Unreadable, ...]:
    return (Unreadable(part, "", reason),)


NO_DISKS = est(disks=())
NO_NICS = est(nics=())
NO_SIZES = est(vm_sizes=())
NO_REGIONS = est(regions=())
NO_VIEW = vm(power_state=None)
