"""Step 3's view of the ways to on-premises: what was found, and the guideline that applies to each under the plan.

Guidelines: https://learn.microsoft.com/azure/site-recovery/azure-vm-disaster-recovery-with-expressroute and
.../site-recovery-retain-ip-azure-vm-failover.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from asr_tui.model import arm_id
from asr_tui.model.connectivity import Circuit, Connection, Connectivity, Gateway
from asr_tui.model.network import VirtualNetwork
from asr_tui.rules import addresses
from asr_tui.rules.addresses import Ranges
from asr_tui.rules.facts import Facts
from asr_tui.rules.resolved import ResolvedNetwork

READY = "Have a gateway and its connection ready in the target region: making one in a disaster adds most of an hour to the RTO."
THERE = "It stands in the target region: test that it carries the users' traffic before a disaster does."
KEEP_APART = (
    "VMs keep their addresses: leave the target's connection off until failover, then end this one and switch over."
)
BOTH_UP = "VMs get other addresses: the target's connection can stay up all the time."
PAIRED_CIRCUITS = "Circuits in two peering locations protect best: connect the target to the one in the other location."
SAME_PLACE = (
    "Another circuit of the same peering location cannot serve the same network: one of the two has to be elsewhere."
)
SECOND = "Heavy traffic needs a second circuit for the target, best in another peering location."
PREMIUM = "A network in another geopolitical region needs the Premium tier."
NOT_FOR_REPLICATION = "Replication stays inside Azure: this is for users only."
HUB = "For a hub in the target: spokes with forwarded traffic and remote gateways, the hub with gateway transit."
SPREAD = "Its peering is not carried over: make the same one in the target."
OVERLAP_PAIR = (
    "Keep the target apart from what the source is connected with until failover, then connect it in its place."
)
OVERLAP_OTHER = "Give the target other addresses: it could not be connected there, before or after a failover."


@dataclass(frozen=True, slots=True)
class Way:
    """Something that was found. ``kind`` gateway, connection, circuit, peering or overlap; ``state`` Azure's own word."""

    kind: str
    name: str
    region: str
    detail: str
    guideline: str
    state: str = ""
    id: str = ""


def found(facts: Facts) -> tuple[Way, ...]:
    """The ways of the source and target networks of the plan, and the circuits of the subscription."""
    known = facts.estate.connectivity or Connectivity()
    planned = facts.resolved.networks
    return (
        *(way for gateway in known.gateways for way in _gateway(facts, known, gateway)),
        *(_circuit(facts, known, circuit) for circuit in known.circuits),
        *(way for each in planned for way in _peerings(facts, each)),
        *(way for each in planned for way in _overlaps(facts, known, each)),
    )


def unread(facts: Facts) -> str:
    """What of it was not read, and why; "" where all of it was."""
    if facts.estate.connectivity is None:
        return facts.estate.why_unreadable("connectivity") or "Gateways and circuits were not read."
    count = facts.estate.connectivity.unread_groups
    return f"The gateways of {count} more resource groups were not read." if count else ""


def _gateway(facts: Facts, known: Connectivity, gateway: Gateway) -> Iterator[Way]:
    network = facts.estate.network_by_id.get(arm_id.key(gateway.network_id or ""))
    where = f" in {network.name}" if network else ""
    in_target = gateway.location.lower() == facts.target and not facts.zonal
    detail = f"{'ExpressRoute' if gateway.kind == 'ExpressRoute' else 'VPN'} gateway{where}."
    guideline = THERE if in_target else f"{READY} {NOT_FOR_REPLICATION}"
    yield Way("gateway", gateway.name, gateway.location, detail, guideline, gateway.state, gateway.id)
    for connection in known.connections:
        if arm_id.same(connection.gateway_id, gateway.id):
            yield _connection(facts, known, connection, network)


def _connection(facts: Facts, known: Connectivity, connection: Connection, network: VirtualNetwork | None) -> Way:
    site = next((each for each in known.sites if arm_id.same(each.id, connection.other_id)), None)
    far = site.name if site else arm_id.name(connection.other_id or "an end that is not known")
    prefixes = f" ({', '.join(site.prefixes)})" if site else ""
    detail = f"{connection.kind} to {far}{prefixes}."
    planned = [each for each in facts.resolved.networks if network and arm_id.same(each.source_id, network.id)]
    keeps = any(_common(network.address_space if network else (), each.address_space) for each in planned)
    guideline = KEEP_APART if keeps else BOTH_UP
    return Way("connection", connection.name, connection.location, detail, guideline, connection.status, connection.id)


def _circuit(facts: Facts, known: Connectivity, circuit: Circuit) -> Way:
    places = Counter(each.place.lower() for each in known.circuits)
    peerings = ", ".join(circuit.peerings) or "none"
    detail = f"{circuit.tier} circuit in {circuit.place}; peerings: {peerings}."
    if len(known.circuits) == 1:
        parts = [SECOND]
    elif len(places) > 1:
        parts = [PAIRED_CIRCUITS]
    else:
        parts = [SAME_PLACE]
    if circuit.tier != "Premium" and not _same_geography(facts):
        parts.append(PREMIUM)
    return Way("circuit", circuit.name, circuit.location, detail, " ".join(parts), circuit.state, circuit.id)


def _same_geography(facts: Facts) -> bool:
    """Whether source and target lie in one geopolitical region; so they do where it is not known."""
    groups = [
        region.geography_group.lower()
        for name in (facts.source, facts.target)
        if (region := facts.estate.region_by_name.get(name)) is not None and region.geography_group
    ]
    return len(set(groups)) < 2


def _peerings(facts: Facts, planned: ResolvedNetwork) -> Iterator[Way]:
    source = facts.estate.network_by_id[arm_id.key(planned.source_id)]
    for peering in source.peerings:
        settings = [
            name
            for name, on in (
                ("forwarded traffic", peering.allow_forwarded),
                ("remote gateways", peering.use_remote_gateways),
            )
            if on
        ]
        remote = arm_id.name(peering.remote_network_id)
        detail = f"{source.name} with {remote}{', ' + ' and '.join(settings) + ' on' if settings else ''}."
        guideline = f"{SPREAD} {HUB}" if peering.use_remote_gateways else SPREAD
        yield Way("peering", peering.name, source.location, detail, guideline, peering.state, source.id)


def _overlaps(facts: Facts, known: Connectivity, planned: ResolvedNetwork) -> Iterator[Way]:
    """The target's addresses against its source's, those of sites, and those of networks that the target is peered with."""
    source = facts.estate.network_by_id[arm_id.key(planned.source_id)]
    name = planned.target.name
    if not facts.zonal and (common := _common(source.address_space, planned.address_space)):
        yield _overlap(facts, f"{source.name} and {name}", common, OVERLAP_PAIR, planned.target.id)
    for site in known.sites:
        if common := _common(site.prefixes, planned.address_space):
            yield _overlap(facts, f"{site.name} and {name}", common, OVERLAP_OTHER, planned.target.id)
    target = facts.estate.network_by_id.get(arm_id.key(planned.target.id))
    for peering in target.peerings if target else ():
        remote = facts.estate.network_by_id.get(arm_id.key(peering.remote_network_id))
        if remote is not None and (common := _common(remote.address_space, planned.address_space)):
            yield _overlap(facts, f"{remote.name} and {name}", common, OVERLAP_OTHER, planned.target.id)


def _overlap(facts: Facts, name: str, common: Ranges, guideline: str, subject_id: str) -> Way:
    return Way(
        "overlap", name, facts.target, f"{addresses.count(common):,} addresses are in both.", guideline, "", subject_id
    )


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> Ranges:
    return addresses.intersection(addresses.of(one), addresses.of(other))
