"""Cases of the subscription, of governance and of quota."""

from __future__ import annotations

from dataclasses import replace

from asr_tui.model.compute import Usage
from asr_tui.model.governance import (
    DenyAssignment,
    Lock,
    Permission,
    PolicyAssignment,
    PolicyVerdict,
    Provider,
    ReplicaVerdict,
    Subscription,
)
from asr_tui.model.plan import NetworkChoice, PolicyChoice, TargetDefaults
from asr_tui.model.recovery import Vault
from asr_tui.model.replication import ReplicatedDisk, SiteRecovery
from asr_tui.rules import replica_kinds
from asr_tui.rules.policy_questions import NIC_TYPE, VM_TYPE
from tests.rules import makers
from tests.rules.cases.situations import (
    NO_DISKS,
    NO_SIZES,
    both,
    case,
    disks,
    est,
    missing,
    nic,
    planned,
    vault,
    vm,
)
from tests.rules.makers import SUB, TARGET
from tests.rules.portal import portal_estate, portal_vault

OTHER = "99999999-2222-3333-4444-555555555555"
ELSEWHERE = f"/subscriptions/{OTHER}/resourceGroups/x/providers/Microsoft.Storage/storageAccounts/theirs"
READER = (Permission(f"/subscriptions/{SUB}", ("*/read",)),)
OWNER = (Permission(f"/subscriptions/{SUB}", ("*",)),)
ALMOST = (Permission(f"/subscriptions/{SUB}", ("*",), ("Microsoft.Storage/storageAccounts/listKeys/action",)),)
UNREAD = est()
VM = makers.vm_id("web01")
GROUP = makers.gid("shop")


def denies(action: str, scope: str) -> DenyAssignment:
    return DenyAssignment(f"{scope}/d", "blueprint", scope, (Permission(scope, (action,)),))


def subscription(**changes: object) -> Subscription:
    return replace(Subscription(SUB, "Shop", "tenant-1", "Enabled", "Off"), **changes)  # type: ignore[arg-type]


def locked(level: str, scope: str) -> tuple[object, object]:
    return est(locks=(Lock("keep", level, scope),))


def provider(namespace: str, state: str) -> tuple[Provider, ...]:
    return (Provider(namespace, state),)


def denied(name: str, scope: str = f"/subscriptions/{SUB}", *parameters: tuple[str, str]) -> PolicyAssignment:
    return PolicyAssignment(name, scope, "def", "Deny", parameters)


def verdicts(*denied_by: str) -> tuple[ReplicaVerdict, ...]:
    """What Azure Policy says to the replica disks of the default plan."""
    plan = makers.plan("web01")
    kinds = replica_kinds.wanted(makers.estate(), plan)
    return tuple(ReplicaVerdict(group.upper(), disk_type, denied_by) for group, disk_type in kinds)


def answer(resource_type: str, *denied_by: str) -> PolicyVerdict:
    return PolicyVerdict(makers.gid("shop-asr"), resource_type, "thing", denied_by)


def replicated() -> tuple[object, object]:
    """web01 replicated by the portal's vault."""
    return replace(portal_estate(), policies=()), makers.plan("web01")


def usage(name: str, current: int, limit: int) -> tuple[Usage, ...]:
    return (*(u for u in makers.usages() if u.name != name), Usage(name, TARGET, current, limit))


def many_disks() -> SiteRecovery:
    held = portal_vault().site_recovery
    assert held is not None
    disk = ReplicatedDisk("d", "d", True, "Protected", 1)
    return replace(held, items=(replace(held.items[0], vm_id=makers.vm_id("gone"), disks=(disk,) * 2999),))


CROWDED = tuple(Vault(makers.vault_id(f"v{n}"), f"v{n}", TARGET, site_recovery=SiteRecovery()) for n in range(500))
SECRET_VAULT = Vault(makers.vault_id("theirs"), "theirs", TARGET)

CASES = {
    "sub-enabled": case(
        est(subscription=subscription(state="Disabled")),
        est(subscription=subscription(spending_limit="CurrentPeriodOn")),
    ),
    "sub-same-tenant": case(
        both(
            {"subscriptions": (subscription(id=OTHER, name="Theirs", tenant_id="tenant-2"),)},
            defaults=TargetDefaults(cache_account=ELSEWHERE),
        ),
        passes=both({"subscriptions": (subscription(id=OTHER),)}, networks={"n": NetworkChoice(target_id=ELSEWHERE)}),
        unknown=planned(defaults=TargetDefaults(cache_account=ELSEWHERE)),
    ),
    "sub-cloud-match": case(planned(target_region="usgovvirginia")),
    "provider-recoveryservices": case(
        est(providers=provider("Microsoft.RecoveryServices", "NotRegistered")), unknown=est(providers=())
    ),
    "provider-compute-network-storage": case(
        est(providers=(*provider("Microsoft.Compute", "Registering"), *est()[0].providers[2:])),
        unknown=est(providers=(), unreadable=missing("providers")),
    ),
    "provider-optional": case(
        both(
            {"providers": provider("Microsoft.Automation", "NotRegistered")},
            policy=PolicyChoice(agent_auto_update=True),
        ),
        vm(encrypted_disks=True, more={"providers": provider("Microsoft.KeyVault", "NotRegistered")}),
        passes=vm(encrypted_disks=True),
        unknown=NO_DISKS,
    ),
    "sub-protected-disk-cap": case(
        est(vaults=(vault(many_disks()),)),
        passes=(portal_estate(), makers.plan("web01")),
        unknown=est(vaults=(SECRET_VAULT,)),
    ),
    "sub-vault-cap": case(est(vaults=CROWDED), unknown=est(unreadable=missing("vaults"))),
    # -- permissions
    "rbac-vault-create": case(
        est(permissions=READER),
        est(permissions=READER, providers=provider("Microsoft.Network", "NotRegistered")),
        passes=est(permissions=OWNER),
        unknown=UNREAD,
    ),
    "rbac-asr-operate": case(est(permissions=READER), passes=est(permissions=OWNER), unknown=UNREAD),
    "rbac-asr-failover": case(est(permissions=READER), passes=est(permissions=OWNER), unknown=UNREAD),
    "rbac-source-vm": case(est(permissions=()), passes=est(permissions=OWNER), unknown=UNREAD),
    "rbac-target-compute": case(
        est(permissions=READER),
        vm(
            availability_set_id=makers.availability_set("avset").id,
            more={"permissions": READER, "availability_sets": (makers.availability_set("avset"),)},
        ),
        passes=est(permissions=OWNER),
        unknown=est(unreadable=missing("permissions")),
    ),
    "rbac-storage-keys": case(est(permissions=ALMOST), passes=est(permissions=OWNER), unknown=UNREAD),
    "rbac-deny-assignments": case(
        passes=est(deny_assignments=(denies("Microsoft.Sql/*", GROUP), denies("*", "/subscriptions/other"))),
        unknown=est(deny_assignments=None),
        more_unknown=(
            est(deny_assignments=(denies("Microsoft.Compute/virtualMachines/write", GROUP),)),
            est(deny_assignments=(denies("*", f"/subscriptions/{SUB}"),)),
            est(deny_assignments=(denies("*/write", VM),)),
        ),
    ),
    # -- locks
    "lock-source-readonly": case(
        locked("ReadOnly", VM),
        locked("ReadOnly", makers.gid("shop")),
        passes=locked("ReadOnly", makers.gid("sho")),
        unknown=est(locks=None),
    ),
    "lock-source-delete": case(
        locked("CanNotDelete", f"/subscriptions/{SUB}"), passes=locked("ReadOnly", VM), unknown=est(locks=None)
    ),
    "lock-target": case(
        locked("ReadOnly", makers.gid("shop-asr")),
        locked("CanNotDelete", makers.gid("rg-asr-northeurope")),
        passes=locked("ReadOnly", VM),
        unknown=est(locks=None, unreadable=missing("locks")),
    ),
    # -- policies
    "policy-change-set": case(
        est(policies=(), policy_verdicts=(answer("Microsoft.Network/virtualNetworks", "no-networks"),)),
        passes=est(policies=(), policy_verdicts=(answer("Microsoft.Network/virtualNetworks"), answer(VM_TYPE, "x"))),
        unknown=est(policies=None),
    ),
    "policy-vault-network": case(
        est(policies=(denied("Recovery Services vaults without public access"),)),
        more=(
            est(
                policies=(denied("Recovery Services vaults without public access"),),
                policy_verdicts=(answer("Microsoft.RecoveryServices/vaults"),),
            ),
        ),
        passes=est(policies=(denied("vaults"),), vaults=(vault(SiteRecovery()),)),
        unknown=est(policies=None),
    ),
    "policy-disk-public-access": case(
        est(policies=(denied("Disks must be private"),)),
        est(policies=(), replica_verdicts=verdicts("no-premium")),
        passes=est(policies=(denied("Disks must be private", makers.gid("elsewhere")),)),
        more=(est(policies=(denied("Disks must be private"),), replica_verdicts=verdicts()), replicated()),
        unknown=est(policies=None),
    ),
    "policy-storage-sharedkey": case(
        est(policies=(denied("No shared key"),)),
        more=(
            est(
                policies=(denied("No shared key"),),
                policy_verdicts=(answer("Microsoft.Storage/storageAccounts"),),
            ),
        ),
        passes=est(policies=(PolicyAssignment("No shared key", f"/subscriptions/{SUB}", "d", "Audit"),)),
        unknown=est(policies=None),
    ),
    "policy-vm-create": case(
        est(policies=(denied("Allowed images"),)),
        est(policies=(), policy_verdicts=(answer(VM_TYPE, "few-sizes"), answer(NIC_TYPE))),
        more=(est(policies=(denied("Allowed images"),), policy_verdicts=(answer(VM_TYPE),)),),
        passes=est(policies=(PolicyAssignment("Allowed images", f"/subscriptions/{SUB}", "d", None),)),
        unknown=est(policies=None),
    ),
    "policy-allowed-locations": case(
        est(
            policies=(
                denied("Allowed locations", f"/subscriptions/{SUB}", ("listOfAllowedLocations", '["westeurope"]')),
            )
        ),
        passes=est(
            policies=(
                denied(
                    "Allowed locations", f"/subscriptions/{SUB}", ("listOfAllowedLocations", "westeurope, northeurope")
                ),
                denied("Allowed locations of something", f"/subscriptions/{SUB}", ("other", "x")),
            )
        ),
        unknown=est(policies=None, unreadable=missing("policies")),
    ),
    "policy-asr-dine": case(
        est(policies=(PolicyAssignment("Configure disaster recovery on VMs", f"/subscriptions/{SUB}", "d"),)),
        passes=est(policies=(denied("Something else"),)),
        unknown=est(policies=None),
    ),
    # -- quota
    "target-quota-family": case(
        est(usages=usage("standardDSv5Family", 3, 10)),
        both({"usages": usage("standardDSv5Family", 8, 10)}, vms=()),
        both({"usages": usage("standardDSv5Family", 4, 10)}),
        passes=est(usages=usage("standardDSv5Family", 2, 10)),
        unknown=est(usages=()),
        more_unknown=(NO_SIZES,),
    ),
    "target-quota-regional": case(
        est(usages=usage("cores", 3, 10)),
        passes=est(usages=usage("cores", 2, 10)),
        unknown=est(usages=(), unreadable=missing("usages")),
    ),
    "target-quota-nics": case(est(usages=usage("NetworkInterfaces", 9, 10)), unknown=est(usages=())),
    "target-quota-disks": case(
        est(usages=usage("PremiumDiskCount", 9, 10)),
        est(usages=usage("PremiumDiskCount", 5, 10)),
        (replace(portal_estate(), usages=usage("PremiumDiskCount", 7, 10)), makers.plan("web01", "web02")),
        passes=disks(sku="Custom_LRS", os={"sku": "Custom_LRS"}),
        unknown=est(usages=()),
    ),
    "target-quota-pip-lb": case(
        nic(address={"public_ip_id": "/pip"}, more={"usages": usage("StandardSkuPublicIpAddresses", 10, 10)}),
        unknown=nic(address={"public_ip_id": "/pip"}, more={"usages": ()}),
    ),
    "target-capacity": case(est(), passes=planned(vms=())),
}
