"""Loads an estate by name or path and writes it into the store of a fresh emulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from asr_tui.emulator import tenancy
from asr_tui.emulator.access import role_named
from asr_tui.emulator.store import Resource, Store
from asr_tui.resources import assets

from .build_disks import build_disks
from .build_machines import build_machines
from .build_network import build_all, register_all
from .generator import generate, is_generated
from .names import derived_guid
from .schema import EstateFile
from .surroundings import Policy, RoleOn, Vault
from .vaults import vault_document
from .workshop import Workshop
from .yaml_lines import EstateError, Location, Source, read

NAMESPACES = (
    "Microsoft.Authorization",
    "Microsoft.Automation",
    "Microsoft.Compute",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.PolicyInsights",
    "Microsoft.RecoveryServices",
    "Microsoft.Resources",
    "Microsoft.Storage",
)
"""Namespaces that every subscription has registered unless its ``unregistered`` names them."""


@dataclass(frozen=True, slots=True)
class Estate:
    """A checked estate, ready to be written into a store: its resources, whose beginning is still to be set.

    ``locks`` gives the level of the lock on each locked resource, by id.
    """

    name: str
    file: EstateFile
    resources: tuple[Resource, ...]
    locks: Mapping[str, str]

    @property
    def documents(self) -> tuple[Mapping[str, Any], ...]:
        """The ARM bodies with their private members; fresh copies each time."""
        return tuple(one.doc for one in self.resources)

    def populate(self, store: Store, now: datetime) -> None:
        """Write everything inside the open transaction; all of it exists from ``now`` on."""
        _populate_tenancy(self.file, store, now)
        store.put_all(one.born_at(now) for one in self.resources)
        _populate_scopes(self, store, now)
        limits = {region.lower(): counters for region, counters in self.file.quotas.items()}
        store.put_fact("quotas", limits)
        store.put_fact("restricted_sizes", [entry.model_dump() for entry in self.file.restricted_sizes])
        store.put_fact("closed_regions", [region.lower() for region in self.file.closed_regions])


def names() -> list[str]:
    """Names of the sample estates that come with the package."""
    return sorted(path.stem for path in (assets() / "estates").glob("*.yaml"))


def load(name: str, seed: int = 0) -> Estate:
    """Load an estate.

    Args:
        name: name of a sample estate, path of a YAML file, or ``generated:N`` for N generated VMs
            (``generated-clean:N`` for N without faults).
        seed: seed of what is generated; the same seed gives the same estate.

    Raises:
        EstateError: unknown name, unreadable file, or errors in it (each with file, line and field).
    """
    if is_generated(name):
        return build(generate(name, seed), Source(name, {}, {(): 1}))
    path = _path_of(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise EstateError(f"The estate file {path} cannot be read: {reason}.") from error
    return parse(text, str(path))


def _path_of(name: str) -> Path:
    if "/" in name or name.endswith((".yaml", ".yml")):
        return Path(name)
    sample = assets() / "estates" / f"{name}.yaml"
    if not sample.is_file():
        raise EstateError(
            f"There is no estate {name!r}. Use one of {', '.join(names())}, the path of a YAML file, or generated:N."
        )
    return sample


def parse(text: str, file: str) -> Estate:
    """Check the text of an estate file and build its documents.

    Raises:
        EstateError: what is wrong, one line each, with ``file``, line and field.
    """
    source = read(text, file)
    try:
        estate = EstateFile.model_validate(source.value)
    except ValidationError as error:
        raise EstateError.of(source.problems(error)) from error
    return build(estate, source)


def build(estate: EstateFile, source: Source) -> Estate:
    """Build the documents of a checked estate file.

    Raises:
        EstateError: a name that refers to nothing, an address that is not free and the like.
    """
    shop = Workshop(source, estate)
    _check_groups(shop)
    register_all(shop)
    build_all(shop)
    build_disks(shop)
    build_machines(shop)
    for name, vault in estate.vaults.items():
        _vault(shop, name, vault)
    if shop.problems:
        raise EstateError.of(shop.problems)
    return Estate(estate.name, estate, shop.packed(), shop.locks)


def _check_groups(shop: Workshop) -> None:
    estate = shop.estate
    shop.region(estate.region, ("region",), "westeurope")
    known = {namespace.lower() for namespace in NAMESPACES}
    for number, one in enumerate(estate.subscriptions):
        for index, namespace in enumerate(one.unregistered):
            if namespace.lower() not in known:
                message = f"there is no namespace {namespace!r}; known: {', '.join(NAMESPACES)}"
                shop.wrong(("subscriptions", number, "unregistered", index), message)
    for name, group in estate.resource_groups.items():
        at: Location = ("resource_groups", name)
        shop.region(group.region, (*at, "region"), "westeurope")
        shop.subscription_named(group.subscription, (*at, "subscription"))
    for name, principal in estate.principals.items():
        for index, role in enumerate(principal.roles):
            at = ("principals", name, "roles", index)
            try:
                role_named(role.role)
            except LookupError as error:
                shop.wrong(at, str(error))
            if role.group is not None and role.group not in estate.resource_groups:
                shop.wrong(at, f"there is no resource group {role.group!r}")
            shop.subscription_named(role.subscription, at)
    for name, policy in estate.policies.items():
        if policy.group is not None and policy.group not in estate.resource_groups:
            shop.wrong(("policies", name, "group"), f"there is no resource group {policy.group!r}")
    for region in estate.quotas:
        shop.region(region, ("quotas", region), "westeurope")
    for index, region in enumerate(estate.closed_regions):
        shop.region(region, ("closed_regions", index), "westeurope")


def _vault(shop: Workshop, name: str, spec: Vault) -> None:
    at: Location = ("vaults", name)
    place = shop.place(spec, at)
    document = vault_document(place, name, spec)
    shop.register("vaults", name, document["id"], at)
    shop.add(document)


# ---------------------------------------------------------------- the store


def _populate_tenancy(file: EstateFile, store: Store, now: datetime) -> None:
    home = file.tenant
    others = sorted({one.tenant for one in file.subscriptions if one.tenant} - {home.id})
    tenants = [tenancy.Tenant(home.id, home.name, home.domain)]
    tenants += [tenancy.Tenant(one, "Fabrikam", "fabrikam.onmicrosoft.com") for one in others]
    tenancy.put_tenants(store, tenants)
    for one in file.subscriptions:
        store.put(tenancy.subscription(one.id, one.tenant or home.id, one.name, now, one.state))
        missing = {namespace.lower() for namespace in one.unregistered}
        for namespace in NAMESPACES:
            state = "NotRegistered" if namespace.lower() in missing else "Registered"
            store.put(tenancy.registration(one.id, namespace, state, now))
    subscriptions = {one.name: one.id for one in file.subscriptions}
    for name, group in file.resource_groups.items():
        subscription = subscriptions.get(group.subscription or "", file.subscriptions[0].id)
        region = group.region or file.region
        store.put(tenancy.resource_group(subscription, name, region, now, group.tags or None))
    _populate_principals(file, store, now, subscriptions)


def _populate_principals(file: EstateFile, store: Store, now: datetime, subscriptions: Mapping[str, str]) -> None:
    accounts = []
    for name, principal in file.principals.items():
        object_id = principal.object_id or derived_guid(file.tenant.id, principal.client_id, name)
        secrets = [principal.secret] if principal.secret else []
        accounts.append(
            tenancy.Account(
                tenant=file.tenant.id,
                object_id=object_id,
                client_id=principal.client_id,
                name=name,
                kind=principal.kind,
                secrets=[] if principal.expired_secret else secrets,
                expired_secrets=secrets if principal.expired_secret else [],
                token_seconds=principal.token_seconds,
                certificates=["*"],
                federated=[{"issuer": "*", "subject": "*", "audience": "*"}],
                refusal=principal.refused,
            )
        )
        for role in principal.roles:
            for scope in _scopes(file, role, subscriptions):
                store.put(tenancy.role_assignment(scope, role_named(role.role).id, object_id, now))
    tenancy.put_accounts(store, accounts)
    first = next(iter(file.principals.values()))
    tenancy.put_practice(
        store,
        tenancy.Practice(file.tenant.id, file.subscriptions[0].id, first.client_id, first.secret or ""),
    )


def _scopes(file: EstateFile, role: RoleOn, subscriptions: Mapping[str, str]) -> list[str]:
    """Where a role holds: in a resource group, in one subscription, or in all of them."""
    if role.group is not None:
        home = subscriptions.get(file.resource_groups[role.group].subscription or "", file.subscriptions[0].id)
        return [f"/subscriptions/{home}/resourceGroups/{role.group}"]
    chosen = [subscriptions[role.subscription]] if role.subscription else subscriptions.values()
    return [f"/subscriptions/{one}" for one in chosen]


def _populate_scopes(estate: Estate, store: Store, now: datetime) -> None:
    file = estate.file
    subscriptions = {one.name: one.id for one in file.subscriptions}

    def group_id(name: str) -> str:
        home = subscriptions.get(file.resource_groups[name].subscription or "", file.subscriptions[0].id)
        return f"/subscriptions/{home}/resourceGroups/{name}"

    for name, group in file.resource_groups.items():
        if group.lock:
            store.put(tenancy.lock(group_id(name), f"lock-{name}", group.lock, now))
    for identifier, level in estate.locks.items():
        store.put(tenancy.lock(identifier, f"lock-{identifier.rsplit('/', 1)[-1]}", level, now))
    for name, policy in file.policies.items():
        scope = group_id(policy.group) if policy.group else f"/subscriptions/{file.subscriptions[0].id}"
        store.put(tenancy.policy_assignment(scope, name, policy.description or name, _rule(policy), now))


def _rule(policy: Policy) -> dict[str, Any]:
    parts = {
        "resourceTypes": policy.types,
        "locations": policy.allowed_regions,
        "requiredTags": policy.required_tags,
        "deniedSkus": policy.denied_skus,
    }
    return {name: value for name, value in parts.items() if value}
