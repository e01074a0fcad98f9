"""What a replicated item in the vault's list shows of the request that made it: accepted is not yet applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from asr_tui.model import arm_id
from asr_tui.model.change import Change
from asr_tui.model.replication import ReplicatedItem


def differences(change: Change, item: ReplicatedItem) -> tuple[str, ...]:
    """Fields that differ from what was asked, as short texts; what the list does not tell is left out, never guessed.

    The list serves all VMs at once, where a read of each item would cost a request a VM.
    """
    return tuple(_differences(change, item))


def _differences(change: Change, item: ReplicatedItem) -> Iterator[str]:
    wanted: Mapping[str, Any] = change.body.get("properties", {})
    details: Mapping[str, Any] = wanted.get("providerSpecificDetails", {})
    yield from _id("replication policy", wanted.get("policyId"), item.policy_id)
    yield from _id("target resource group", details.get("recoveryResourceGroupId"), item.target_group_id)
    yield from _id("target network", details.get("recoveryAzureNetworkId"), item.target_network_id)
    told = {arm_id.key(disk.disk_id): disk for disk in item.disks}
    for disk in details.get("vmManagedDisks", ()) if told else ():
        found = told.get(arm_id.key(disk["diskId"]))
        name = arm_id.name(disk["diskId"])
        if found is None:
            yield f"disk {name} is not protected"
            continue
        yield from _id(
            f"cache account of disk {name}", disk.get("primaryStagingAzureStorageAccountId"), found.cache_account_id
        )
        asked = disk.get("recoveryTargetDiskAccountType")
        if asked and found.target_type and asked.lower() != found.target_type.lower():
            yield f"target type of disk {name} is {found.target_type}, asked for was {asked}"


def _id(what: str, asked: str | None, found: str | None) -> Iterator[str]:
    if asked and found and not arm_id.same(asked, found):
        yield f"{what} is {arm_id.name(found)}, asked for was {arm_id.name(asked)}"
