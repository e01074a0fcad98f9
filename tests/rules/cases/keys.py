"""Cases of keys, roles, and settings of cache accounts and interfaces that are allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from asr_tui.model.governance import KeyVault, RoleAssignment
from asr_tui.model.network import LoadBalancer
from asr_tui.model.plan import Attestation, PolicyChoice
from asr_tui.model.recovery import HealthIssue
from tests.rules import makers
from tests.rules.cases.networks import UNREAD_ACCOUNT
from tests.rules.cases.situations import (
    NO_DISKS,
    NO_NICS,
    Situation,
    both,
    cache,
    case,
    est,
    missing,
    nic,
    planned,
    with_vault,
)
from tests.rules.makers import SOURCE, TARGET

VM = makers.vm_id("web01")


def encrypted(vaults: tuple[KeyVault, ...] | None = (), plan: dict[str, Any] | None = None, **more: Any) -> Situation:
    """web01 with Azure Disk Encryption, and these key vaults."""
    parts = {"vms": (makers.vm("web01", encrypted_disks=True),), "key_vaults": vaults} | more
    return both(parts, **(plan or {}))


def key_vault(name: str, location: str = TARGET, *, opened: bool = False) -> KeyVault:
    return KeyVault(makers.rid("Microsoft.KeyVault/vaults", name), name, location, opened)


def behind(*skus: str) -> Situation:
    """Two VMs of one availability set, each behind a load balancer of its own."""
    avset = makers.availability_set("avset").id
    pools = [makers.rid("Microsoft.Network/loadBalancers", f"lb{n}") + "/backendAddressPools/p" for n in range(2)]
    balancers = tuple(
        LoadBalancer(f"/lb{n}", f"lb{n}", SOURCE, sku, False, (pool,))
        for n, (sku, pool) in enumerate(zip(skus, pools, strict=True))
    )
    addresses = [
        replace(makers.nic(f"web0{n + 1}-nic").ip_configurations[0], load_balancer_pool_ids=(pool.upper(),))
        for n, pool in enumerate(pools)
    ]
    nics = tuple(makers.nic(f"web0{n + 1}-nic", ip_configurations=(each,)) for n, each in enumerate(addresses))
    vms = (makers.vm("web01", availability_set_id=avset), makers.vm("web02", availability_set_id=avset))
    return est(vms=vms, nics=nics, load_balancers=balancers)


ATTESTED = {"attested": (Attestation(check_id="rbac-keyvault-ade", vm_id=VM),)}
ALONE = nic(address={"load_balancer_pool_ids": ("/p",)})
ON_VM = RoleAssignment(VM.upper(), "somebody", "/roles/reader")
ON_GROUP = RoleAssignment(makers.gid("shop"), "somebody", "/roles/reader")

CASES = {
    "vault-health": case(
        with_vault(health=(HealthIssue("153007", "Error", "Replication", "replicationProtectedItems", 3),)),
        with_vault(health=(HealthIssue("1", "Warning", message="The quota is short.", action="Ask for more."),)),
        passes=with_vault(health=(HealthIssue("2", "Information"),)),
        more=(est(),),
        unknown=with_vault(),
    ),
    "rbac-keyvault-ade": case(passes=encrypted(plan=ATTESTED), more=(est(),), unknown=encrypted()),
    "disk-ade-vault-flag": case(
        encrypted((key_vault("shut"), key_vault("near", SOURCE, opened=True))),
        encrypted((key_vault("shut"), key_vault("shut-too"))),
        passes=encrypted((key_vault("shut"), key_vault("open", opened=True))),
        more=(est(key_vaults=(key_vault("shut"),)), encrypted()),
        unknown=encrypted(None, unreadable=missing("key_vaults")),
        more_unknown=(encrypted(None), NO_DISKS),
    ),
    "rbac-target-lacks-inherit": case(
        est(role_assignments=(ON_VM, ON_VM, ON_GROUP)),
        passes=est(role_assignments=(ON_GROUP,)),
        unknown=est(role_assignments=None, unreadable=missing("role_assignments")),
        more_unknown=(est(role_assignments=None),),
    ),
    "entra-app-role": case(planned(policy=PolicyChoice(agent_auto_update=True))),
    "nic-count": case(both({"vms": (makers.vm("web01", nic_ids=(makers.nic_id("a"), makers.nic_id("b"))),)})),
    "nic-avset-sku-match": case(
        behind("Basic", "Standard"),
        passes=behind("Standard", "Standard"),
        more=(nic(), ALONE),
        unknown=NO_NICS,
    ),
    "cache-cmk": case(cache(customer_key=True), passes=cache(), unknown=UNREAD_ACCOUNT),
    "cache-private-endpoint": case(
        cache(private_endpoints=2),
        cache(private_endpoints=1, kind="BlockBlobStorage", sku="Premium_LRS"),
        passes=cache(),
        unknown=UNREAD_ACCOUNT,
    ),
    "cache-key-rotation": case(cache(key_days=90), passes=cache(), unknown=UNREAD_ACCOUNT),
    "vm-backup-coexist": case(planned(zonal=True)),
}
