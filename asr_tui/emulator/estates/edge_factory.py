"""Builders of public IPs, NAT gateways, load balancers, application security groups, storage accounts and Key Vaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Address
from typing import Any
from uuid import UUID

from .names import KEY_VAULT, STORAGE, Place, derived_guid, zulu_time
from .network_factory import Document, child, network_document, with_references


def public_address(identifier: str) -> str:
    """An address of the documentation range 198.51.100.0/24 or 203.0.113.0/24, fixed by the id."""
    number = UUID(derived_guid(identifier, "address")).int
    base = IPv4Address("198.51.100.0") if number % 2 else IPv4Address("203.0.113.0")
    return str(base + 1 + (number >> 8) % 254)


def public_ip(
    place: Place,
    name: str,
    *,
    created: datetime,
    sku: str = "Standard",
    static: bool = True,
    zones: Sequence[str] = (),
    dns_label: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Document:
    """A public IPv4 address of SKU ``Standard`` or ``Basic``."""
    document = network_document(place, "publicIPAddresses", name, created, tags)
    document["sku"] = {"name": sku, "tier": "Regional"}
    document["properties"] |= {
        "ipAddress": public_address(document["id"]),
        "publicIPAddressVersion": "IPv4",
        "publicIPAllocationMethod": "Static" if static else "Dynamic",
        "idleTimeoutInMinutes": 4,
        "ipTags": [],
    }
    if dns_label:
        document["properties"]["dnsSettings"] = {
            "domainNameLabel": dns_label,
            "fqdn": f"{dns_label}.{place.location}.cloudapp.azure.com",
        }
    if zones:
        document["zones"] = list(zones)
    return document


def nat_gateway(
    place: Place, name: str, *, public_ips: Sequence[str], created: datetime, tags: Mapping[str, str] | None = None
) -> Document:
    """A NAT gateway over public IPs (ids); its subnets are worked out when it is rendered."""
    document = network_document(place, "natGateways", name, created, tags)
    document["sku"] = {"name": "Standard"}
    document["properties"] |= {"idleTimeoutInMinutes": 4, "publicIpAddresses": [{"id": ip} for ip in public_ips]}
    return document


def load_balancer(
    place: Place,
    name: str,
    *,
    pools: Sequence[str],
    created: datetime,
    sku: str = "Standard",
    subnet: str | None = None,
    address: str | None = None,
    public: str | None = None,
    outbound_rule: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Document:
    """A load balancer: internal over ``subnet`` (with ``address``), or public over the public IP id ``public``.

    ``outbound_rule`` adds an outbound rule over the first pool, which gives its members a way to the Internet.
    """
    document = network_document(place, "loadBalancers", name, created, tags)
    document["sku"] = {"name": sku, "tier": "Regional"}
    frontend: Document = {"privateIPAllocationMethod": "Dynamic"}
    frontend |= with_references(subnet=subnet, publicIPAddress=public)
    if address:
        frontend |= {"privateIPAddress": address, "privateIPAllocationMethod": "Static"}
    frontends = [child(document, "frontendIPConfigurations", "frontend", frontend)]
    backends = [child(document, "backendAddressPools", pool, {}) for pool in pools]
    document["properties"] |= {
        "frontendIPConfigurations": frontends,
        "backendAddressPools": backends,
        "loadBalancingRules": [],
        "probes": [],
        "inboundNatRules": [],
        "outboundRules": [],
        "inboundNatPools": [],
    }
    if outbound_rule:
        document["properties"]["outboundRules"] = [_outbound_rule(document, frontends[0], backends[0])]
    return document


def _outbound_rule(balancer: Document, frontend: Document, pool: Document) -> Document:
    return child(
        balancer,
        "outboundRules",
        "outbound",
        {
            "allocatedOutboundPorts": 0,
            "protocol": "All",
            "enableTcpReset": True,
            "idleTimeoutInMinutes": 4,
            "backendAddressPool": {"id": pool["id"]},
            "frontendIPConfigurations": [{"id": frontend["id"]}],
        },
    )


def application_security_group(
    place: Place, name: str, *, created: datetime, tags: Mapping[str, str] | None = None
) -> Document:
    """An application security group."""
    return network_document(place, "applicationSecurityGroups", name, created, tags)


def storage_account(
    place: Place,
    name: str,
    *,
    created: datetime,
    sku: str = "Standard_LRS",
    kind: str = "StorageV2",
    shared_key: bool | None = None,
    default_action: str = "Allow",
    bypass: str = "AzureServices",
    subnets: Sequence[str] = (),
    public_access: str = "Enabled",
    tags: Mapping[str, str] | None = None,
) -> Document:
    """A storage account. ``shared_key`` None leaves ``allowSharedKeyAccess`` unset (allowed); ``subnets`` are the
    ids of the virtual network rules; ``_blob`` holds the blob service's settings.
    """
    moment = zulu_time(created)
    properties: Document = {
        "privateEndpointConnections": [],
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": False,
        "publicNetworkAccess": public_access,
        "networkAcls": {
            "bypass": bypass,
            "virtualNetworkRules": [{"id": one, "action": "Allow", "state": "Succeeded"} for one in subnets],
            "ipRules": [],
            "defaultAction": default_action,
        },
        "supportsHttpsTrafficOnly": True,
        "encryption": _encryption(moment),
        "provisioningState": "Succeeded",
        "creationTime": moment,
        "primaryEndpoints": storage_endpoints(name, kind),
        "primaryLocation": place.location,
        "statusOfPrimary": "available",
    }
    if kind != "BlockBlobStorage":
        properties["accessTier"] = "Hot"
    if shared_key is not None:
        properties["allowSharedKeyAccess"] = shared_key
    return {
        "sku": {"name": sku, "tier": sku.split("_", 1)[0]},
        "kind": kind,
        "id": place.id(f"{STORAGE}/storageAccounts", name),
        "name": name,
        "type": f"{STORAGE}/storageAccounts",
        "location": place.location,
        "tags": dict(tags or {}),
        "properties": properties,
        "_blob": {},
    }


def _encryption(moment: str) -> Document:
    service = {"keyType": "Account", "enabled": True, "lastEnabledTime": moment}
    return {"services": {"file": service, "blob": dict(service)}, "keySource": "Microsoft.Storage"}


def storage_endpoints(name: str, kind: str) -> Document:
    """``primaryEndpoints`` of an account: premium block blob accounts have blob only."""
    services = ("blob",) if kind in ("BlockBlobStorage", "BlobStorage") else ("blob", "queue", "table", "file")
    return {service: f"https://{name}.{service}.core.windows.net/" for service in services}


def key_vault(
    place: Place,
    name: str,
    *,
    tenant: str,
    for_disk_encryption: bool = False,
    rbac: bool = True,
    tags: Mapping[str, Any] | None = None,
) -> Document:
    """A Key Vault; ``for_disk_encryption`` lets Azure Disk Encryption use it."""
    return {
        "id": place.id(f"{KEY_VAULT}/vaults", name),
        "name": name,
        "type": f"{KEY_VAULT}/vaults",
        "location": place.location,
        "tags": dict(tags or {}),
        "properties": {
            "sku": {"family": "A", "name": "standard"},
            "tenantId": tenant,
            "accessPolicies": [],
            "enabledForDeployment": False,
            "enabledForDiskEncryption": for_disk_encryption,
            "enabledForTemplateDeployment": False,
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": 90,
            "enableRbacAuthorization": rbac,
            "vaultUri": f"https://{name}.vault.azure.net/",
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Enabled",
        },
    }
