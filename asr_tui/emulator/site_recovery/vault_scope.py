"""What every Site Recovery operation starts from: the vault of the request and the records under it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asr_tui.emulator.call import Call
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import refusals
from asr_tui.emulator.site_recovery.timestamps import loaded, saved
from asr_tui.emulator.store import Resource

Record = dict[str, Any]

VAULT_PATH = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.RecoveryServices/vaults/{vault}"
FABRIC_PATH = VAULT_PATH + "/replicationFabrics/{fabric}"
CONTAINER_PATH = FABRIC_PATH + "/replicationProtectionContainers/{container}"
ITEM_PATH = CONTAINER_PATH + "/replicationProtectedItems/{item}"


def record_of(resource: Resource) -> Record:
    """The private record that an object under a vault is rendered from (a fresh copy)."""
    record: Record = resource.private["_record"]
    return record


@dataclass(frozen=True, slots=True)
class VaultScope:
    """The vault named in the request's path, in the service's casing."""

    call: Call
    vault: Resource
    path: ids.VaultPath

    @classmethod
    def of(cls, call: Call) -> VaultScope:
        """The scope of a call.

        Raises:
            ArmError: 404 when the vault or its resource group is missing.
        """
        wanted = (
            f"/subscriptions/{call.subscription}/resourceGroups/{call.params['rg']}"
            f"/providers/{ids.VAULT}/{call.params['vault']}"
        )
        vault = call.require(wanted, ids.VAULT)
        return cls(call, vault, ids.VaultPath(vault.id))

    @property
    def now(self) -> datetime:
        """The one instant of this request."""
        return self.call.now

    @property
    def present(self) -> datetime:
        """The real now of the request; :attr:`now` may lie ahead of it when a recovery plan looks into its future."""
        return min(self.call.now, self.call.clock.now())

    def at(self, moment: datetime) -> VaultScope:
        """The same scope as it will be at a later moment."""
        return VaultScope(replace(self.call, now=moment), self.vault, self.path)

    def rng(self, *parts: str) -> random.Random:
        """A source of durations that only depends on the seed, the vault and ``parts``."""
        return ids.seeded(self.call.settings.seed, self.path.arm_id, *parts)

    # ------------------------------------------------------------------ reading

    def find(self, arm_id: str) -> Resource | None:
        """The object under the vault, if it exists now."""
        return self.call.store.get(_plain(arm_id), self.now)

    def peek(self, arm_id: str) -> Resource | None:
        """The record even if it is not born yet or has died."""
        return self.call.store.peek(_plain(arm_id))

    def children(self, parent: str, kind: str) -> list[Resource]:
        """Objects of the full type ``kind`` below ``parent``, oldest first."""
        return self.call.store.children(_plain(parent), kind, self.now)

    def all(self, kind: str) -> list[Resource]:
        """Objects of the full type ``kind`` anywhere under the vault."""
        return self.children(self.path.arm_id, kind)

    def coming(self, kind: str) -> list[Resource]:
        """Objects of that kind under the vault that exist now or will, once a running job has made them."""
        prefix = self.path.arm_id.lower() + "/"
        return [
            resource
            for resource in self.call.store.recorded(kind)
            if resource.key.startswith(prefix) and (resource.dies is None or self.now < resource.dies)
        ]

    def records(self, kind: str) -> Iterator[Record]:
        """Their records."""
        return (record_of(resource) for resource in self.all(kind))

    def fabric(self) -> Resource:
        """The fabric of the path.

        Raises:
            SiteRecoveryError: 404, or 400 when the vault never did Site Recovery work.
        """
        name = self.call.params["fabric"]
        return self.find(self.path.fabric(name)) or self._missing(refusals.fabric_missing(name))

    def container(self) -> Resource:
        """The protection container of the path, after its fabric."""
        fabric = self.fabric()
        name = self.call.params["container"]
        found = self.find(ids.container_id(fabric.id, name))
        return found or self._container_by_guid(fabric, name)

    def _container_by_guid(self, fabric: Resource, name: str) -> Resource:
        """Recovery point ids name the container by its internal GUID; both forms mean the same one."""
        for found in self.children(fabric.id, ids.CONTAINER):
            if record_of(found)["guid"] == name.lower():
                return found
        return self._missing(refusals.container_missing(name))

    def policy(self) -> Resource:
        """The replication policy of the path."""
        name = self.call.params["policy"]
        return self.find(self.path.policy(name)) or self._missing(refusals.policy_missing(name))

    def item(self) -> Resource:
        """The replicated item of the path, after its fabric and container."""
        container = self.container()
        name = self.call.params["item"]
        found = self.find(ids.item_id(container.id, name))
        return found or self._missing(refusals.item_missing(name))

    def _missing(self, error: Exception) -> Resource:
        if not self.used:
            raise refusals.vault_not_registered(ids.internal_id(self.path.arm_id))
        raise error

    # ------------------------------------------------------------------ writing

    @property
    def used(self) -> bool:
        """Whether the vault has ever done Site Recovery work."""
        return bool(self.vault.private.get("_site_recovery"))

    def mark_used(self) -> None:
        """Remember that the vault does Site Recovery work: its single GETs answer 404 instead of 400 from now on."""
        fresh = self.call.store.peek(self.vault.id)
        if fresh is not None and not fresh.private.get("_site_recovery"):
            self.call.store.put(fresh.changed({**fresh.doc, "_site_recovery": True}))

    def save(
        self,
        arm_id: str,
        kind: str,
        record: Record,
        born: datetime | None = None,
        dies: datetime | None = None,
    ) -> Resource:
        """Store an object under the vault; ``born`` defaults to now, ``dies`` to never."""
        resource = Resource(_plain(arm_id), kind, {"_record": record}, born or self.now, dies)
        self.call.store.put(resource)
        return resource

    def update(self, resource: Resource, record: Record, dies: datetime | None = None) -> None:
        """Replace the record of a stored object; ``dies`` ends it then."""
        changed = resource.changed({"_record": record})
        self.call.store.put(changed if dies is None else changed.dying(dies))

    def ensure_free(self, arm_id: str) -> None:
        """That no other operation runs on the object.

        Raises:
            SiteRecoveryError: 409.
        """
        known = self.peek(arm_id)
        if known is None:
            return
        busy = record_of(known).get("busy")
        coming = known.born > self.now
        going = known.dies is not None and self.now < known.dies
        if coming or going or (busy is not None and self.now < loaded(busy["until"])):
            raise refusals.conflict(ids.last(arm_id), (busy or {}).get("job", ""))


def busy(job: str, until: datetime) -> Record:
    """What a record keeps while the job of that name runs on its object."""
    return {"job": job, "until": saved(until)}


def _plain(arm_id: str) -> str:
    """Records are kept under ``/subscriptions/...``; only what is rendered starts with a capital."""
    return ids.other_service(arm_id)
