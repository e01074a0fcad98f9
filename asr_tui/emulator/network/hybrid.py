"""What connects a network on-premises: gateways, local network gateways, connections and circuits. To be read only."""

from __future__ import annotations

from asr_tui.emulator.families import Family, plain, register_reads
from asr_tui.emulator.network.views import NETWORK_VERSIONS

GATEWAYS = Family("Microsoft.Network/virtualNetworkGateways", NETWORK_VERSIONS, plain)
LOCAL_GATEWAYS = Family("Microsoft.Network/localNetworkGateways", NETWORK_VERSIONS, plain)
CONNECTIONS = Family("Microsoft.Network/connections", NETWORK_VERSIONS, plain)
CIRCUITS = Family("Microsoft.Network/expressRouteCircuits", NETWORK_VERSIONS, plain)

# Network lists the first three by resource group only.
for _kind in (GATEWAYS, LOCAL_GATEWAYS, CONNECTIONS):
    register_reads(_kind, by_subscription=False)
register_reads(CIRCUITS)
