"""Builds what connects an estate on-premises: circuits, gateways, and what they are connected with."""

from __future__ import annotations

from . import edge_factory
from .hybrid import Gateway
from .network_factory import network_document
from .workshop import BUILT, Workshop
from .yaml_lines import Location


def build(shop: Workshop) -> None:
    """Build circuits, gateways and what they are connected with."""
    circuits = {}
    for name, circuit in shop.estate.circuits.items():
        document = network_document(shop.place(circuit, ("circuits", name)), "expressRouteCircuits", name, BUILT, None)
        document["sku"] = {"name": f"{circuit.tier}_MeteredData", "tier": circuit.tier, "family": "MeteredData"}
        peering = {
            "name": "AzurePrivatePeering",
            "id": f"{document['id']}/peerings/AzurePrivatePeering",
            "properties": {"peeringType": "AzurePrivatePeering", "state": "Enabled", "provisioningState": "Succeeded"},
        }
        document["properties"] |= {
            "circuitProvisioningState": "Enabled",
            "serviceProviderProvisioningState": "Provisioned",
            "serviceProviderProperties": {"peeringLocation": circuit.location, "bandwidthInMbps": 1000},
            "peerings": [peering] if circuit.peered else [],
        }
        circuits[name] = str(shop.add(document)["id"])
    for name, gateway in shop.estate.gateways.items():
        _gateway(shop, name, gateway, circuits)


def _gateway(shop: Workshop, name: str, spec: Gateway, circuits: dict[str, str]) -> None:
    at: Location = ("gateways", name)
    place = shop.place(spec, at)
    subnet = shop.refer_subnet(f"{spec.network}/GatewaySubnet", (*at, "network"))
    address = shop.add(edge_factory.public_ip(place, f"pip-{name}", created=BUILT))
    document = network_document(place, "virtualNetworkGateways", name, BUILT, None)
    configuration = {
        "name": "default",
        "id": f"{document['id']}/ipConfigurations/default",
        "properties": {"subnet": {"id": subnet}, "publicIPAddress": {"id": address["id"]}},
    }
    sku = "ErGw1AZ" if spec.kind == "ExpressRoute" else "VpnGw1AZ"
    document["properties"] |= {
        "gatewayType": spec.kind,
        "vpnType": "RouteBased",
        "sku": {"name": sku, "tier": sku},
        "activeActive": False,
        "ipConfigurations": [configuration],
    }
    shop.add(document)
    for key, one in spec.connections.items():
        connection = network_document(place, "connections", key, BUILT, None)
        connection["properties"] |= {
            "connectionType": "ExpressRoute" if one.circuit else "IPsec",
            "connectionStatus": one.status,
            "virtualNetworkGateway1": {"id": document["id"]},
        }
        if one.circuit:
            if one.circuit not in circuits:
                shop.wrong((*at, "connections", key, "circuit"), f"there is no {one.circuit!r} in 'circuits'")
            connection["properties"]["peer"] = {"id": circuits.get(one.circuit, "")}
        else:
            local = network_document(place, "localNetworkGateways", f"lgw-{key}", BUILT, None)
            local["properties"] |= {"localNetworkAddressSpace": {"addressPrefixes": one.site}}
            connection["properties"]["localNetworkGateway2"] = {"id": shop.add(local)["id"]}
        shop.add(connection)
