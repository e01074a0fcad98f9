"""The schema of an estate file: what the practice cloud holds when it starts.

An estate is a YAML file in ``assets/estates/`` or anywhere else. Everything has a default, names are the keys of
mappings, and what belongs together is written on one line:

    name: my-estate
    region: westeurope
    resource_groups: {rg-web: {}}
    networks:
      vnet-web:
        space: 10.1.0.0/16
        subnets: {snet-web: 10.1.1.0/24}
    vms:
      web: {count: 3, os: ubuntu-22.04, disks: [128 Premium_LRS]}

``docs/estates.md`` is generated from these models: every field, its default, and the error of Site Recovery that it
provokes. The facts that only the inside of a VM knows stand in :mod:`.guest`. Where they end up:

* VM document: ``_guest`` (:class:`.guest.Guest`), ``_instance`` (power, agent, extensions);
* disk document: ``_data`` (:class:`.guest.DiskData`); a leftover replica disk has no tags and the replica's name;
* storage account document: ``_blob`` (soft delete, versioning);
* stale links: resources of type ``Microsoft.Resources/links``;
* facts of the store: ``quotas`` ``{region: {counter: limit}}``, ``restricted_sizes``, ``closed_regions``;
* tenants, principals, role assignments, locks, policies: see :mod:`asr_tui.emulator.tenancy`.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from .guest import Facts, provokes
from .hybrid import Circuit, Gateway
from .machines import SINGLE_NIC_FIELDS, DiskLine, Texts, Vm
from .surroundings import (
    AvailabilitySet,
    EncryptionSet,
    KeyVault,
    LoadBalancer,
    Located,
    NatGateway,
    Network,
    Policy,
    Principal,
    ResourceGroup,
    RestrictedSize,
    RouteTable,
    SecurityGroup,
    StorageAccount,
    Subscription,
    Tenant,
    Vault,
)

PRACTICE_CLIENT_ID = "7e1c5a94-2b6d-4f03-8a9e-d4c7b1f05e62"
"""Application id of the practice sign-in. Public sample data."""

PRACTICE_SECRET = "practice-only-not-a-real-secret"  # noqa: S105 - public sample data, worth nothing outside
"""Client secret of the practice sign-in. Public sample data."""

_PERSON_CLIENT_ID = "5c0e7d18-93b4-4a2f-8e61-b7d2f40a9c35"
_JUMP_BOX_CLIENT_ID = "e24f8b60-71cd-4935-a08e-3d96c5f1b727"


def _practice() -> dict[str, Principal]:
    """One principal for each way to sign in: a secret, a device code, a managed identity."""
    principals = {
        "practice": {"client_id": PRACTICE_CLIENT_ID, "secret": PRACTICE_SECRET, "roles": ["Owner"]},
        "megan@contoso.onmicrosoft.com": {"client_id": _PERSON_CLIENT_ID, "kind": "user", "roles": ["Owner"]},
        "jump-box": {"client_id": _JUMP_BOX_CLIENT_ID, "kind": "managedIdentity", "roles": ["Contributor"]},
    }
    return {name: Principal.model_validate(fields) for name, fields in principals.items()}


class EstateFile(Facts):
    """The whole file."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,40}$", description="Name of the estate.")
    description: str = Field("", description="What it is for.")
    region: str = Field("westeurope", description="Region of everything that names none.")
    tenant: Tenant = Field(default_factory=Tenant, description="The Entra tenant.")
    subscriptions: list[Subscription] = Field(
        default_factory=lambda: [Subscription()], min_length=1, description="Subscriptions; the first is the default."
    )
    principals: dict[str, Principal] = Field(
        default_factory=_practice,
        min_length=1,
        description="Who can sign in, by name. Default: a service principal and a person who own everything, and a managed identity.",
    )
    resource_groups: dict[str, ResourceGroup] = Field(
        default_factory=lambda: {"rg-estate": ResourceGroup()}, min_length=1, description="Resource groups by name."
    )
    networks: dict[str, Network] = Field(default_factory=dict, description="Virtual networks by name.")
    nsgs: dict[str, SecurityGroup] = Field(default_factory=dict, description="Network security groups by name.")
    route_tables: dict[str, RouteTable] = Field(default_factory=dict, description="Route tables by name.")
    nat_gateways: dict[str, NatGateway] = Field(default_factory=dict, description="NAT gateways by name.")
    gateways: dict[str, Gateway] = Field(
        default_factory=dict, description="Virtual network gateways by name, with their connections on-premises."
    )
    circuits: dict[str, Circuit] = Field(default_factory=dict, description="ExpressRoute circuits by name.")
    load_balancers: dict[str, LoadBalancer] = Field(default_factory=dict, description="Load balancers by name.")
    asgs: dict[str, Located] = Field(default_factory=dict, description="Application security groups by name.")
    availability_sets: dict[str, AvailabilitySet] = Field(
        default_factory=dict, description="Availability sets by name."
    )
    storage_accounts: dict[str, StorageAccount] = Field(default_factory=dict, description="Storage accounts by name.")
    key_vaults: dict[str, KeyVault] = Field(default_factory=dict, description="Key vaults by name.")
    disk_encryption_sets: dict[str, EncryptionSet] = Field(
        default_factory=dict, description="Disk encryption sets by name."
    )
    disks: dict[str, DiskLine] = Field(
        default_factory=dict, description="Disks that no VM makes for itself: unattached ones and shared ones."
    )
    vm_defaults: dict[str, Any] = Field(
        default_factory=dict, description="Fields of a VM that all VMs of the file share unless they say otherwise."
    )
    vms: dict[str, Vm] = Field(
        default_factory=dict, description="VMs by name; `<group>/<name>` names the group as well."
    )
    vaults: dict[str, Vault] = Field(default_factory=dict, description="Recovery Services vaults that exist already.")
    policies: dict[str, Policy] = Field(
        default_factory=dict,
        description="Policy assignments by name.",
        json_schema_extra=provokes("RequestDisallowedByPolicy", "28031"),
    )
    quotas: dict[str, dict[str, int]] = Field(
        default_factory=dict,
        description="Limits by region and counter (`cores`, `standardDSv5Family`, `PremiumDiskCount`, "
        "`NetworkInterfaces` ...), where they differ from the defaults.",
        json_schema_extra=provokes("150097", "28031", "28092"),
    )
    restricted_sizes: list[RestrictedSize] = Field(
        default_factory=list,
        description="Sizes that the subscription may not use.",
        json_schema_extra=provokes("150097"),
    )
    closed_regions: Texts = Field(
        default_factory=list,
        description="Regions in which the subscription may create no VM.",
        json_schema_extra=provokes("150097"),
    )

    @model_validator(mode="before")
    @classmethod
    def _share_defaults(cls, value: Any) -> Any:
        """Lay ``vm_defaults`` under every VM, so that an error in it is reported as that VM's field."""
        if not isinstance(value, dict) or not isinstance(value.get("vm_defaults"), dict):
            return value
        vms = value.get("vms")
        if not isinstance(vms, dict):
            return value
        shared = value["vm_defaults"]
        return {**value, "vms": {name: _laid_under(shared, spec) for name, spec in vms.items()}}


def _laid_under(shared: dict[str, Any], spec: Any) -> Any:
    """A VM's fields over the shared ones; the shared fields of a single NIC give way to ``nics``."""
    own = {} if spec is None else spec
    if not isinstance(own, dict):
        return spec
    fitting = {name: one for name, one in shared.items() if "nics" not in own or name not in SINGLE_NIC_FIELDS}
    return {**fitting, **own}
