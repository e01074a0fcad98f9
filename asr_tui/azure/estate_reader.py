"""Reads an estate: by list calls only, so that ten thousand VMs cost tens of requests, and page by page, to stay small.

A part that cannot be read becomes :class:`~asr_tui.model.governance.Unreadable` under the name of its field in
:class:`~asr_tui.model.estate.Estate`, and the rest goes on: rules then answer ``unknown`` for what needs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final, TypeVar

from asr_tui.azure import versions
from asr_tui.azure.clients import Clients
from asr_tui.azure.connectivity_reader import read_connectivity
from asr_tui.azure.documents import compute, governance, network, recovery
from asr_tui.azure.documents.fields import Document, text
from asr_tui.azure.problems import NEVER_USED
from asr_tui.azure.region_reader import read_region
from asr_tui.azure.vault_reader import read_health, read_region_mappings, read_supported_systems, read_vault_contents
from asr_tui.azure.vm_reader import list_states, list_vms
from asr_tui.model.compute import VirtualMachine
from asr_tui.model.estate import Estate
from asr_tui.model.governance import Provider, Subscription, Tenant, Unreadable
from asr_tui.model.network import VirtualNetwork
from asr_tui.model.problem import ProblemError
from asr_tui.model.recovery import StorageAccount, Vault

Read = TypeVar("Read")
Progress = Callable[[str, int], None]

# Lists of one entry a VM or more: one at a time, for a page of them takes tens of MB while it is being read.
_HEAVY_AT_ONCE: Final = 1
_LIGHT_AT_ONCE: Final = 3
# Six list calls a vault: beyond this many, contents are read for the chosen vault only.
_VAULTS_READ: Final = 6
# Accounts whose blob settings are read; those of further ones stay unknown.
_ACCOUNTS_READ: Final = 20

# Parts that are read for the chosen regions, all together.
_REGIONAL: Final = frozenset({"vm_sizes", "disk_skus", "usages", "service_tags"})

# What is read of each vault: the name under which it is told unreadable, the field, and how.
_OF_A_VAULT: Final[tuple[tuple[str, str, Callable[[Clients, str], Awaitable[Any]]], ...]] = (
    ("vault contents", "site_recovery", read_vault_contents),
    ("supported systems", "supported_systems", read_supported_systems),
    ("region mappings", "region_mappings", read_region_mappings),
    ("vault health", "health", read_health),
)

# What is read together with the VMs, by the name under which it is told unreadable.
_WITH_VMS: Final = ("instance_views",)

NAMESPACES: Final = (
    "Microsoft.RecoveryServices",
    "Microsoft.Compute",
    "Microsoft.Network",
    "Microsoft.Storage",
    "Microsoft.KeyVault",
    "Microsoft.Automation",
    "Microsoft.Insights",
    "Microsoft.PolicyInsights",
)


async def read_subscriptions(clients: Clients) -> tuple[Subscription, ...]:
    """Every subscription that the signed-in principal can see, in the service's order.

    Raises:
        ProblemError: the list cannot be read.
    """
    found: list[Subscription] = []
    async for page in clients.pages("/subscriptions", version=versions.SUBSCRIPTIONS):
        found.extend(governance.subscription(entry) for entry in page)
    return tuple(found)


async def read_tenants(clients: Clients) -> tuple[Tenant, ...]:
    """Every tenant that the signed-in account can enter (a token is for one of them: sign in again to enter another).

    Raises:
        ProblemError: the list cannot be read.
    """
    found: list[Tenant] = []
    async for page in clients.pages("/tenants", version=versions.SUBSCRIPTIONS):
        found.extend(governance.tenant(entry) for entry in page)
    return tuple(found)


async def read_estate(
    clients: Clients,
    *,
    source_region: str | None = None,
    target_region: str | None = None,
    vault_ids: Sequence[str] = (),
    progress: Progress | None = None,
) -> Estate:
    """Everything in the subscription that the rules look at, as of Azure's now.

    Sizes, quotas and service tags are read for the given regions; what vaults hold for ``vault_ids``, and for all vaults where
    there are few. ``progress(part, count)`` is called as parts arrive.

    Raises:
        ProblemError: the subscription itself cannot be read; anything else becomes ``unreadable``.
    """
    first = clients.requests
    subscription = governance.subscription(await clients.get(clients.subscription))
    reading = _Reading(clients, progress)
    await reading.read(reading.known, source_region, target_region)
    await reading.read_vaults(vault_ids)
    await reading.read_connectivity(reading.parts.get("networks", ()))
    if source_region:
        await reading.read_blob_settings(source_region)
    return Estate(
        read_at=clients.azure_clock.now(),
        subscription=subscription,
        unreadable=tuple(reading.unreadable),
        principal=await clients.principal() or None,
        requests=clients.requests - first,
        **reading.parts,
    )


async def read_again(
    clients: Clients,
    estate: Estate,
    parts: Collection[str],
    *,
    source_region: str | None = None,
    target_region: str | None = None,
    vault_ids: Sequence[str] = (),
) -> Estate:
    """The estate with only ``parts`` (field names: ``vms``, ``security_groups`` ...) read anew; ``read_at`` moves on.

    A part that cannot be read now is left out of the new estate and named in ``unreadable``, for the old one may be wrong.

    Raises:
        ValueError: a name is not that of a part.
    """
    reading = _Reading(clients, None)
    unknown = set(parts) - reading.known
    if unknown:
        raise ValueError(f"no part of an estate is named {', '.join(sorted(unknown))}")
    first = clients.requests
    await reading.read(parts, source_region, target_region)
    if "vaults" in parts:
        await reading.read_vaults(vault_ids)
    if "connectivity" in parts:
        await reading.read_connectivity(reading.parts.get("networks", estate.networks))
    if "storage_accounts" in parts and source_region:
        await reading.read_blob_settings(source_region)
    blank = {field.name: field.default for field in fields(Estate) if field.name in parts}
    again = {*parts, *(_WITH_VMS if "vms" in parts else ())}
    kept = tuple(entry for entry in estate.unreadable if entry.what not in again)
    return replace(
        estate,
        read_at=clients.azure_clock.now(),
        unreadable=kept + tuple(reading.unreadable),
        requests=clients.requests - first,
        **{**blank, **reading.parts},
    )


class _Reading:
    """One pass over a subscription: collects the parts of an estate by field name."""

    def __init__(self, clients: Clients, progress: Progress | None) -> None:
        self.clients = clients
        self.parts: dict[str, Any] = {}
        self.unreadable: list[Unreadable] = []
        self._progress = progress
        self._heavy = asyncio.Semaphore(_HEAVY_AT_ONCE)
        self._light = asyncio.Semaphore(_LIGHT_AT_ONCE)

    @property
    def known(self) -> frozenset[str]:
        """The names of all parts."""
        return frozenset({*self._heavy_parts(), *self._light_parts(), *_REGIONAL, "connectivity"})

    async def read(self, parts: Collection[str], source_region: str | None, target_region: str | None) -> None:
        """Read the named parts, at most a few lists at a time."""
        async with asyncio.TaskGroup() as group:
            for turn, fetches in ((self._heavy, self._heavy_parts()), (self._light, self._light_parts())):
                for part, fetch in fetches.items():
                    if part in parts:
                        group.create_task(self._part(part, turn, fetch))
            regions = tuple(dict.fromkeys(region.lower() for region in (source_region, target_region) if region))
            if regions and not _REGIONAL.isdisjoint(parts):
                group.create_task(self._regions(regions))

    def _heavy_parts(self) -> Mapping[str, Callable[[], Awaitable[Any]]]:
        return {
            "vms": self._vms,
            "disks": lambda: self._list("Microsoft.Compute/disks", compute.disk),
            "nics": lambda: self._list("Microsoft.Network/networkInterfaces", network.network_interface),
        }

    def _light_parts(self) -> Mapping[str, Callable[[], Awaitable[Any]]]:
        return {
            "regions": self._regions_list,
            "providers": self._providers,
            "resource_groups": self._groups,
            "networks": lambda: self._list("Microsoft.Network/virtualNetworks", network.virtual_network),
            "security_groups": lambda: self._list("Microsoft.Network/networkSecurityGroups", network.security_group),
            "route_tables": lambda: self._list("Microsoft.Network/routeTables", network.route_table),
            "load_balancers": lambda: self._list("Microsoft.Network/loadBalancers", network.load_balancer),
            "storage_accounts": lambda: self._list("Microsoft.Storage/storageAccounts", recovery.storage_account),
            "availability_sets": lambda: self._list("Microsoft.Compute/availabilitySets", compute.availability_set),
            "scale_sets": lambda: self._list("Microsoft.Compute/virtualMachineScaleSets", compute.scale_set),
            "encryption_sets": lambda: self._list("Microsoft.Compute/diskEncryptionSets", compute.encryption_set),
            "key_vaults": lambda: self._list("Microsoft.KeyVault/vaults", governance.key_vault),
            "role_assignments": lambda: self._list(
                "Microsoft.Authorization/roleAssignments", governance.role_assignment
            ),
            "deny_assignments": lambda: self._list(
                "Microsoft.Authorization/denyAssignments", governance.deny_assignment
            ),
            "subscriptions": lambda: read_subscriptions(self.clients),
            "vaults": lambda: self._list("Microsoft.RecoveryServices/vaults", recovery.vault),
            "locks": lambda: self._list("Microsoft.Authorization/locks", governance.lock),
            "permissions": self._permissions,
            "links": lambda: self._list("Microsoft.Resources/links", governance.resource_link),
            "policies": self._policies,
        }

    async def read_vaults(self, vault_ids: Sequence[str]) -> None:
        """What vaults hold: of the named ones, and of all where there are few."""
        vaults: tuple[Vault, ...] = self.parts.get("vaults", ())
        wanted = {vault_id.lower() for vault_id in vault_ids}
        chosen = [vault for vault in vaults if len(vaults) <= _VAULTS_READ or vault.id.lower() in wanted]
        found: dict[str, Vault] = {}

        async def read(vault: Vault) -> None:
            """The contents, and what the service itself says of the vault: each may be refused without the others."""
            for what, field, fetch in _OF_A_VAULT:
                try:
                    vault = replace(vault, **{field: await fetch(self.clients, vault.id)})
                except ProblemError as error:
                    if error.problem.code != NEVER_USED:
                        self._cannot_read(what, vault.id, error)
            found[vault.id] = vault

        async with asyncio.TaskGroup() as group:
            for vault in chosen:
                group.create_task(read(vault))
        self.parts["vaults"] = tuple(found.get(vault.id, vault) for vault in vaults)

    async def read_connectivity(self, networks: Sequence[VirtualNetwork]) -> None:
        """Gateways, circuits and what they are connected with: after the networks, which tell where gateways stand."""
        try:
            self.parts["connectivity"] = await read_connectivity(self.clients, networks)
        except ProblemError as error:
            self._cannot_read("connectivity", self.clients.subscription, error)

    async def read_blob_settings(self, region: str) -> None:
        """Soft delete and versioning of the accounts that could be caches: those of the source region (one read each)."""
        accounts: tuple[StorageAccount, ...] = self.parts.get("storage_accounts", ())
        there = [account for account in accounts if account.location.lower() == region.lower()]
        settings: dict[str, StorageAccount] = {}

        async def read(account: StorageAccount) -> None:
            async with self._light:
                try:
                    found = await self.clients.find(f"{account.id}/blobServices/default")
                except ProblemError as error:
                    self._cannot_read("blob settings", account.id, error)
                    return
            if found is not None:
                settings[account.id] = recovery.with_blob_settings(account, found)

        async with asyncio.TaskGroup() as group:
            for account in there[:_ACCOUNTS_READ]:
                group.create_task(read(account))
        self.parts["storage_accounts"] = tuple(settings.get(account.id, account) for account in accounts)

    async def _part(self, part: str, turn: asyncio.Semaphore, fetch: Callable[[], Awaitable[Any]]) -> None:
        async with turn:
            try:
                found = await fetch()
            except ProblemError as error:
                self._cannot_read(part, self.clients.subscription, error)
                return
        self.parts[part] = found
        self._tell(part, len(found))

    async def _regions(self, regions: Sequence[str]) -> None:
        """Sizes, quotas and service tags of a few regions: read one after the other, for their lists are long."""
        gathered: dict[str, list[Any]] = {}
        for region in regions:
            async with self._heavy:  # sizes and service tags are as large as a page of VMs
                read = await read_region(self.clients, region)
            for part, found in read.parts.items():
                gathered.setdefault(part, []).extend(found)
                self._tell(part, len(found))
            self.unreadable.extend(read.unreadable)
        self.parts.update({part: _distinct(found) for part, found in gathered.items()})

    async def _vms(self) -> tuple[VirtualMachine, ...]:
        """The VMs with their instance views; without those where they cannot be read, which is told."""
        try:
            states = await list_states(self.clients)
        except ProblemError as error:
            self._cannot_read("instance_views", self.clients.subscription, error)
            states = {}
        return await list_vms(self.clients, states)

    async def _list(self, resource_type: str, read: Callable[[Document], Read]) -> tuple[Read, ...]:
        found: list[Read] = []
        path = f"{self.clients.subscription}/providers/{resource_type}"
        async for page in self.clients.pages(path, version=versions.of(resource_type)):
            found.extend(read(entry) for entry in page)
            page.clear()  # not beside the next one
        return tuple(found)

    async def _regions_list(self) -> tuple[Any, ...]:
        path = f"{self.clients.subscription}/locations"
        return tuple(
            [
                governance.region(entry)
                async for page in self.clients.pages(path, version=versions.SUBSCRIPTIONS)
                for entry in page
            ]
        )

    async def _groups(self) -> tuple[Any, ...]:
        path = f"{self.clients.subscription}/resourcegroups"
        version = versions.of("Microsoft.Resources/subscriptions/resourceGroups")
        return tuple(
            [
                governance.resource_group(entry)
                async for page in self.clients.pages(path, version=version)
                for entry in page
            ]
        )

    async def _providers(self) -> tuple[Provider, ...]:
        """One read for each namespace that matters: the list of all of them is many megabytes of resource types."""

        async def read(namespace: str) -> Provider | None:
            body = await self.clients.find(f"{self.clients.subscription}/providers/{namespace}")
            return governance.provider(body) if body else None

        found = await asyncio.gather(*(read(namespace) for namespace in NAMESPACES))
        return tuple(provider for provider in found if provider)

    async def _permissions(self) -> tuple[Any, ...]:
        path = f"{self.clients.subscription}/providers/Microsoft.Authorization/permissions"
        version = versions.of("Microsoft.Authorization/permissions")
        return tuple(
            [
                governance.permission(entry, self.clients.subscription)
                async for page in self.clients.pages(path, version=version)
                for entry in page
            ]
        )

    async def _policies(self) -> tuple[Any, ...]:
        """The assignments, each with the effect of its definition where that can be read (one read a definition)."""
        path = f"{self.clients.subscription}/providers/Microsoft.Authorization/policyAssignments"
        version = versions.of("Microsoft.Authorization/policyAssignments")
        assignments = [entry async for page in self.clients.pages(path, version=version) for entry in page]
        definitions: dict[str, Document | None] = {}
        for assignment in assignments:
            definition_id = text(assignment, "properties", "policyDefinitionId")
            if definition_id and definition_id not in definitions:
                definitions[definition_id] = await self._definition(definition_id)
        return tuple(
            governance.policy_assignment(
                assignment,
                governance.assigned_effect(assignment, definition)
                if (definition := definitions.get(text(assignment, "properties", "policyDefinitionId")))
                else None,
            )
            for assignment in assignments
        )

    async def _definition(self, definition_id: str) -> Document | None:
        if "/policydefinitions/" not in definition_id.lower():
            return None  # an initiative: it has many effects
        try:
            return await self.clients.find(definition_id)
        except ProblemError as error:
            self._cannot_read("policy definition", definition_id, error)
            return None

    def _cannot_read(self, what: str, scope: str, error: ProblemError) -> None:
        self.unreadable.append(Unreadable(what=what, scope=scope, reason=error.problem.sentence()))

    def _tell(self, part: str, count: int) -> None:
        if self._progress is not None:
            self._progress(part, count)


def _distinct(found: Sequence[Any]) -> tuple[Any, ...]:
    """Without repetitions: global service tags are told by every region."""
    return tuple(dict.fromkeys(found))
