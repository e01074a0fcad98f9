"""Gateways, connections, local network gateways and circuits, as Microsoft.Network tells them."""

from __future__ import annotations

from asr_tui.azure.documents.fields import Document, documents, member, optional, text, texts, word
from asr_tui.model.connectivity import Circuit, Connection, Gateway, Site


def gateway(document: Document) -> Gateway:
    """A virtual network gateway; its network is that of the subnet which it stands in."""
    configurations = documents(document, "properties", "ipConfigurations")
    subnet = next((text(each, "properties", "subnet", "id") for each in configurations), "")
    return Gateway(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        kind=word(document, "properties", "gatewayType", default="Vpn"),
        network_id=subnet.partition("/subnets/")[0] or None,
        state=word(document, "properties", "provisioningState"),
    )


def connection(document: Document) -> Connection:
    """A connection; ``other_id`` is the site, the circuit or the gateway at its far end."""
    properties = member(document, "properties") or {}
    far = ("localNetworkGateway2", "peer", "virtualNetworkGateway2")
    return Connection(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        kind=word(properties, "connectionType"),
        gateway_id=text(properties, "virtualNetworkGateway1", "id"),
        other_id=next((found for name in far if (found := optional(properties, name, "id"))), None),
        status=word(properties, "connectionStatus"),
    )


def site(document: Document) -> Site:
    """A local network gateway: a place on-premises with its addresses."""
    return Site(
        id=text(document, "id"),
        name=text(document, "name"),
        prefixes=texts(document, "properties", "localNetworkAddressSpace", "addressPrefixes"),
    )


def circuit(document: Document) -> Circuit:
    """An ExpressRoute circuit with the types of its peerings."""
    properties = member(document, "properties") or {}
    return Circuit(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        place=text(properties, "serviceProviderProperties", "peeringLocation"),
        tier=word(document, "sku", "tier"),
        state=word(properties, "serviceProviderProvisioningState"),
        peerings=tuple(
            word(each, "properties", "peeringType", default=text(each, "name"))
            for each in documents(properties, "peerings")
        ),
    )
