"""The disks that Site Recovery makes in the target group: replicas while it replicates, copies of a point later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asr_tui.emulator.estates.disk_factory import clone_disk
from asr_tui.emulator.estates.names import Place
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.source_vm import DISK_TYPE, Document, SourceDisk
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope
from asr_tui.emulator.store import Resource

REPLICA_TAG = "ASR-ReplicaDisk"
"""Tag by which the service knows its own replica disks again."""


def place(group: str, location: str) -> Place:
    """A resource group (id) and a region as the estate's builders take them."""
    return Place(ids.segment(group, "subscriptions"), ids.segment(group, "resourcegroups"), location)


def replica(record: Record, disk: Record, source: SourceDisk, born: datetime) -> Resource:
    """The replica of one disk; the service holds an access token on it, so its state is ``ActiveSAS``."""
    doc = clone_disk(
        source.doc,
        place(disk["group"], record["recovery_location"]),
        ids.last(disk["replica"]),
        created=born,
        sku=disk["replica_type"],
        disk_encryption_set=disk["encryption_set"],
        tags={REPLICA_TAG: record["lifecycle"]},
    )
    doc["properties"]["diskState"] = "ActiveSAS"
    doc["_data"] = dict(source.doc.get("_data") or {})
    return Resource(doc["id"], DISK_TYPE, doc, born)


def from_point(
    scope: VaultScope,
    record: Record,
    disk: Record,
    name: str,
    born: datetime,
    owner: str,
    zone: str | None,
    group: str | None = None,
) -> Resource:
    """A disk made from a recovery point for a test or a failover, held by the VM of id ``owner``."""
    source = scope.call.store.peek(disk["replica"]) or scope.call.store.peek(disk["id"])
    if source is None:
        raise LookupError(f"neither replica nor source of {disk['name']} was ever stored")
    doc: Document = clone_disk(
        source.doc,
        place(group or disk["group"], record["recovery_location"]),
        name,
        created=born,
        sku=disk["target_type"],
        zone=zone,
        managed_by=owner,
        disk_encryption_set=disk["encryption_set"],
    )
    doc["tags"].pop(REPLICA_TAG, None)
    doc["_data"] = dict(source.doc.get("_data") or {})
    return Resource(doc["id"], DISK_TYPE, doc, born)


def retire(scope: VaultScope, arm_ids: list[str], at: datetime) -> None:
    """End the resources with these ids at ``at``; those that are not there are left out."""
    for arm_id in arm_ids:
        found = scope.call.store.peek(arm_id)
        if found is not None and found.exists(scope.now):
            scope.call.store.put(found.dying(at))


def names(resources: list[Resource]) -> tuple[str, ...]:
    """Their ids."""
    return tuple(resource.id for resource in resources)


def attached(disk: Record, arm_id: str, doc: Document) -> dict[str, Any]:
    """How a VM holds a disk made for it, as the estate's builder takes it."""
    return {
        "id": arm_id,
        "name": ids.last(arm_id),
        "size_gb": doc["properties"]["diskSizeGB"],
        "sku": doc["sku"]["name"],
        "lun": disk["lun"],
    }
