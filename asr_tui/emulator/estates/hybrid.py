"""The part of the estate schema that connects on-premises."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .guest import Facts
from .machines import Texts


class Connection(Facts):
    """A connection of a gateway: to a site by its addresses, or to a circuit."""

    site: Texts = Field(default_factory=list, description="Address ranges on-premises (VPN).")
    circuit: str | None = Field(None, description="Name of a circuit (ExpressRoute).")
    status: Literal["Connected", "NotConnected", "Connecting", "Unknown"] = Field(
        "Connected", description="Its status."
    )


class Gateway(Facts):
    """A virtual network gateway; its network needs a subnet `GatewaySubnet`."""

    group: str | None = Field(None, description="Resource group; default the first one.")
    region: str | None = Field(None, description="Region; default that of the resource group.")
    network: str = Field(description="The network that it stands in.")
    kind: Literal["Vpn", "ExpressRoute"] = Field("Vpn", description="Kind.")
    connections: dict[str, Connection] = Field(default_factory=dict, description="Connections by name.")


class Circuit(Facts):
    """An ExpressRoute circuit."""

    group: str | None = Field(None, description="Resource group; default the first one.")
    region: str | None = Field(None, description="Region; default that of the resource group.")
    location: str = Field("Amsterdam", description="Peering location.")
    tier: Literal["Local", "Standard", "Premium"] = Field("Standard", description="Tier.")
    peered: bool = Field(True, description="It has a private peering.")
