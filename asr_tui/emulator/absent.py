"""Kinds of resources that no estate holds: they can be listed (there are none) and asked for (404), not written.

A write answers 501 like everything that is not emulated; a list that says "none" is the truth.
"""

from __future__ import annotations

from asr_tui.emulator.compute.machines import COMPUTE_VERSIONS
from asr_tui.emulator.families import Family, plain, register_reads
from asr_tui.emulator.network.views import NETWORK_VERSIONS
from asr_tui.emulator.registry import ANY_VERSION

_COMPUTE = ("snapshots", "images", "hostGroups", "capacityReservationGroups", "diskAccesses")
_NETWORK = ("azureFirewalls", "privateEndpoints", "bastionHosts", "networkWatchers")
_DNS = ("privateDnsZones",)

for _kind in _COMPUTE:
    register_reads(Family(f"Microsoft.Compute/{_kind}", COMPUTE_VERSIONS, plain))
for _kind in _NETWORK:
    register_reads(Family(f"Microsoft.Network/{_kind}", NETWORK_VERSIONS, plain))
for _kind in _DNS:
    register_reads(Family(f"Microsoft.Network/{_kind}", ANY_VERSION, plain))
