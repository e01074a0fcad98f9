"""A vault as the portal makes it: two protected VMs, names that are not our defaults, ids in the service's own casing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from asr_tui.model.estate import Estate
from asr_tui.model.recovery import StorageAccount, Vault
from asr_tui.model.replication import (
    ContainerMapping,
    Fabric,
    NetworkMapping,
    ProtectionContainer,
    ReplicatedDisk,
    ReplicatedItem,
    ReplicationPolicy,
    SiteRecovery,
)
from tests.rules import makers
from tests.rules.makers import SOURCE, TARGET


def portal_vault(**changed: Any) -> Vault:
    """Two VMs protected by the portal, under names that are not our defaults, ids in the service's casing."""
    vault = makers.vault_id("Corp-Vault", "corp").replace("/subscriptions/", "/Subscriptions/")
    east, west = f"{vault}/replicationFabrics/fab1", f"{vault}/replicationFabrics/fab2"
    here, there = f"{east}/replicationProtectionContainers/c1", f"{west}/replicationProtectionContainers/c2"
    policy = f"{vault}/replicationPolicies/corp-policy"
    mirror = makers.net_id("dr-net", "corp-dr")
    source_net = makers.net_id("shop-vnet").lower()
    items = tuple(
        ReplicatedItem(
            f"{here}/replicationProtectedItems/{name}",
            name,
            makers.vm_id(vm).lower(),
            vm,
            here,
            "Protected",
            "Protected",
            policy_id=policy,
            target_group_id=makers.gid("corp-dr"),
            target_network_id=mirror,
            disks=(
                ReplicatedDisk(
                    makers.disk_id(f"{vm}-os").lower(),
                    f"{vm}-os",
                    True,
                    "Protected",
                    1,
                    cache_account_id=makers.account_id("corpcache", "corp"),
                ),
            ),
        )
        for vm, name in (("web01", "20yNCJytW0HBUYGHL4YE"), ("web02", "Bm7QQ-qYqY0"))
    )
    held = SiteRecovery(
        fabrics=(Fabric(east, "fab1", SOURCE), Fabric(west, "fab2", TARGET)),
        containers=(ProtectionContainer(here, "c1", east, "Paired"), ProtectionContainer(there, "c2", west, "Paired")),
        policies=(ReplicationPolicy(policy, "corp-policy", 4320, 240),),
        container_mappings=(
            ContainerMapping(f"{here}/m1", "m1", here, there, policy, agent_auto_update=True),
            ContainerMapping(f"{there}/m2", "m2", there, here, policy, agent_auto_update=True),
        ),
        network_mappings=(
            NetworkMapping(f"{east}/replicationNetworks/azureNetwork/x/nm1", "nm1", source_net, mirror.lower()),
            NetworkMapping(f"{west}/replicationNetworks/azureNetwork/x/nm2", "nm2", mirror.lower(), source_net),
        ),
        items=items,
    )
    return Vault(makers.vault_id("Corp-Vault", "corp"), "Corp-Vault", TARGET, site_recovery=replace(held, **changed))


def portal_estate(vault: Vault | None = None) -> Estate:
    base = makers.estate()
    dr_net = makers.network("dr-net", "corp-dr", location=TARGET)
    groups = tuple(
        replace(base.resource_groups[0], id=makers.gid(n), name=n, location=TARGET) for n in ("corp", "corp-dr")
    )
    return replace(
        base,
        vaults=(vault or portal_vault(),),
        networks=(*base.networks, dr_net),
        resource_groups=(*base.resource_groups, *groups),
        storage_accounts=(
            replace(app_account(), id=makers.account_id("corpcache", "corp"), name="corpcache"),
            app_account(),
        ),
    )


def app_account() -> StorageAccount:
    return StorageAccount(makers.account_id("appdata"), "appdata", SOURCE, "StorageV2", "Standard_LRS")
