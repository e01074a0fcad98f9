"""Rules for a test failover: which network, which VMs, which recovery point, and what proves that the test VM is right.

Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-tutorial-dr-drill (read 2020-01-16).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from asr_tui.model import arm_id
from asr_tui.model.change import Action, Change, ChangeSet, Kind
from asr_tui.model.compute import VirtualMachine
from asr_tui.model.estate import Estate
from asr_tui.model.network import NetworkInterface, RouteTable, VirtualNetwork
from asr_tui.model.plan import Plan, RecoveryPointKind
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import RecoveryPoint, ReplicatedItem
from asr_tui.model.step import Step
from asr_tui.rules import bodies, isolation, naming, target_networks
from asr_tui.rules.defaults import resolve
from asr_tui.rules.resolved import Resolved, ResolvedNetwork

DRILL_SUFFIX = "-drill"


@dataclass(frozen=True, slots=True)
class TestNetwork:
    """A network that a drill could use; ``danger`` says why it is not isolated ("" when it is)."""

    __test__ = False  # not a test class, whatever its name looks like to pytest

    id: str
    name: str
    address_space: str
    danger: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing verified of a test VM; ``state``: passed, failed, unknown."""

    what: str
    state: str
    detail: str


def test_networks(estate: Estate, plan: Plan) -> tuple[TestNetwork, ...]:
    """The networks of the target region, isolated ones first."""
    resolved = resolve(estate, plan)
    production = {arm_id.key(network.target.id) for network in resolved.networks}
    rows = [
        TestNetwork(
            network.id,
            network.name,
            ", ".join(network.address_space),
            danger(network, production, estate.route_table_by_id),
        )
        for network in estate.networks
        if network.location.lower() == resolved.target
    ]
    return tuple(sorted(rows, key=lambda row: (bool(row.danger), row.name.lower())))


test_networks.__test__ = False  # type: ignore[attr-defined]


def danger(network: VirtualNetwork, production: Iterable[str], tables: Mapping[str, RouteTable] | None = None) -> str:
    """Why a network is not fit for a drill; "" when it is. ``production`` are keys of networks that VMs would fail over
    into; ``tables`` the route tables that are known, by key."""
    unsafe = isolation.danger(network, set(production), tables or {})
    if not unsafe and not target_networks.usable_subnets(network):
        return "It has no subnet that could hold a VM."
    return unsafe


def refusal(item: ReplicatedItem) -> str:
    """Why an item cannot be tested now; "" when it can."""
    if not item.is_protected:
        return f"It is not protected yet: {item.protection_description or item.protection_state}."
    if item.test_failover_state not in {"None", ""}:
        return "An earlier test failover waits for its clean-up."
    if item.active_location.lower() != "primary":
        return "It has failed over."
    if item.replication_health == "Critical":
        return "Its replication health is critical."
    if item.allowed_operations and "TestFailover" not in item.allowed_operations:
        return "The service does not offer a test failover for it now."
    return ""


def refusals(estate: Estate, plan: Plan, items: Iterable[ReplicatedItem]) -> Mapping[str, str]:
    """By VM key: why a VM of ``items`` cannot be tested now; VMs that can are left out."""
    found, known = {}, tuple(items)
    for item in known:
        why = refusal(item)
        if not why and arm_id.key(item.vm_id) not in estate.vm_by_id:
            why = "Its source VM is no longer in the subscription."
        if why:
            found[arm_id.key(item.vm_id)] = why
    wanted = {arm_id.key(vm_id) for vm_id in plan.drill.vms} - {arm_id.key(item.vm_id) for item in known}
    return found | dict.fromkeys(sorted(wanted), "The vault holds no replicated item of it.")


def drill_networks(estate: Estate, plan: Plan) -> Mapping[str, str]:
    """By VM key: the id of the network that its test VM is put into. The plan's, or an isolated twin of its own network."""
    resolved = resolve(estate, plan)
    chosen = {}
    for item in resolved.items:
        if plan.drill.network_id:
            chosen[arm_id.key(item.vm_id)] = plan.drill.network_id
        elif item.network is not None and plan.drill.create_network:
            chosen[arm_id.key(item.vm_id)] = _isolated_id(item.network)
    return chosen


def _isolated_id(network: ResolvedNetwork) -> str:
    name = naming.fitted(network.source_name + DRILL_SUFFIX, naming.NETWORK_MAX)
    return f"{network.group.id}/providers/{target_networks.NETWORKS}/{name}"


def drill_network_change(estate: Estate, plan: Plan) -> ChangeSet:
    """The isolated networks that the drill needs, one for each source network of its VMs; reused where they are there.

    They have the target network's subnets and addresses, no peering, no gateway and no DNS servers of their own, so that
    addresses and subnet choice are those of a real failover.
    """
    if plan.drill.network_id or not plan.drill.create_network:
        return ChangeSet()
    resolved = resolve(estate, plan)
    tested = {arm_id.key(vm_id) for vm_id in plan.drill.vms} or set(resolved.item_by_vm)
    wanted = {
        arm_id.key(item.network.source_id): item.network
        for item in resolved.items
        if item.network is not None and arm_id.key(item.vm_id) in tested
    }
    changes: dict[str, Change] = {}
    for network in wanted.values():
        for change in _isolated(estate, resolved, network):
            changes.setdefault(change.key, change)
    return ChangeSet(tuple(sorted(changes.values(), key=lambda change: list(Kind).index(change.kind))))


def _isolated(estate: Estate, resolved: Resolved, network: ResolvedNetwork) -> Iterable[Change]:
    group = network.group
    yield Change(
        arm_id.key(group.id),
        Action.REUSE if group.exists else Action.CREATE,
        Kind.RESOURCE_GROUP,
        Step.TEST_FAILOVER,
        group.id,
        group.name,
        "The drill's network goes here.",
        {} if group.exists else {"location": group.location},
    )
    network_id = _isolated_id(network)
    there = arm_id.key(network_id) in estate.network_by_id
    yield Change(
        arm_id.key(network_id),
        Action.REUSE if there else Action.CREATE,
        Kind.NETWORK,
        Step.TEST_FAILOVER,
        network_id,
        arm_id.name(network_id),
        "Test VMs run here, cut off from everything else.",
        {} if there else _isolated_body(estate, resolved, network),
        (arm_id.key(group.id),),
    )


def _isolated_body(estate: Estate, resolved: Resolved, network: ResolvedNetwork) -> bodies.Body:
    existing = estate.network_by_id.get(arm_id.key(network.target.id))
    if existing is None:
        source = estate.network_by_id.get(arm_id.key(network.source_id))
        body = bodies.network(source, network, resolved.target)
    else:
        subnets = [bodies.subnet(each.name, each.prefixes) for each in existing.subnets]
        space = {"addressPrefixes": list(existing.address_space)}
        body = {"location": resolved.target, "properties": {"addressSpace": space, "subnets": subnets}}
    kept = [s for s in body["properties"]["subnets"] if s["name"].lower() not in target_networks.SERVICE_SUBNETS]
    body["properties"]["subnets"] = kept
    return body


def pick_point(points: Sequence[RecoveryPoint], kind: RecoveryPointKind, custom_id: str = "") -> RecoveryPoint | None:
    """The recovery point to start from. None for ``latest``: the service then processes what it has and takes that.

    Points come in no promised order, so they are compared by time.

    Raises:
        ProblemError: there is no such point.
    """
    if kind is RecoveryPointKind.LATEST:
        return None
    if kind is RecoveryPointKind.CUSTOM:
        found = [point for point in points if arm_id.same(point.id, custom_id) or arm_id.name(point.id) == custom_id]
        missing = "The chosen recovery point is no longer there."
    elif kind is RecoveryPointKind.LATEST_APP_CONSISTENT:
        found = [point for point in points if point.kind == "AppConsistent"]
        missing = "There is no app-consistent recovery point."
    else:
        found = list(points)
        missing = "There is no recovery point yet."
    if not found:
        raise ProblemError(
            Problem(
                what=missing,
                remedy="Choose another kind of recovery point, or wait for the next one.",
                retry=kind is not RecoveryPointKind.CUSTOM,
                where="recovery_point",
            )
        )
    return max(found, key=lambda point: point.time)


def evidence(
    source: VirtualMachine,
    test: VirtualMachine | None,
    nics: Sequence[NetworkInterface],
    network_id: str,
    *,
    size: str = "",
    disks: int | None = None,
) -> tuple[Evidence, ...]:
    """What shows that a test VM came up as it should. ``network_id`` is where it was to be; ``size`` what it was to have
    (the source's by default); ``disks`` how many (the source's managed ones by default)."""
    if test is None:
        return (Evidence("Test VM", "failed", "It was not found."),)
    wanted_disks = sum(1 for disk in source.disks if disk.disk_id) if disks is None else disks
    wanted_size = size or source.size
    return (
        _state("Running", test.power_state, "running"),
        _agent(test),
        _equal("Size", test.size, wanted_size),
        _equal("Disks", len(test.disks), wanted_disks),
        _placed(nics, network_id),
        _tags(source, test),
    )


def _equal(what: str, found: str | int, wanted: str | int) -> Evidence:
    same = str(found).lower() == str(wanted).lower()
    return Evidence(what, "passed" if same else "failed", str(found) if same else f"{found}, not {wanted}")


def _state(what: str, found: str | None, wanted: str) -> Evidence:
    if found is None:
        return Evidence(what, "unknown", "The instance view was not read.")
    return Evidence(what, "passed" if found == wanted else "failed", found)


def _agent(test: VirtualMachine) -> Evidence:
    """The agent answers only once the operating system is up."""
    if test.agent_status is None:
        return Evidence("Operating system up", "unknown", "The VM agent has not reported yet.")
    ready = test.agent_status.lower() == "ready"
    return Evidence("Operating system up", "passed" if ready else "failed", f"VM agent: {test.agent_status}")


def _placed(nics: Sequence[NetworkInterface], network_id: str) -> Evidence:
    addresses = [nic.primary_ip for nic in nics if nic.primary_ip is not None]
    if not addresses:
        return Evidence("Network", "unknown", "Its network interfaces were not read.")
    wanted = arm_id.key(network_id) + "/subnets/"
    strays = [each for each in addresses if not arm_id.key(each.subnet_id or "").startswith(wanted)]
    if strays:
        return Evidence("Network", "failed", f"An interface stands in {strays[0].subnet_id or 'no subnet'}.")
    subnets = ", ".join(sorted({arm_id.name(each.subnet_id or "") for each in addresses}))
    private = ", ".join(each.private_ip for each in addresses if each.private_ip)
    return Evidence("Network", "passed", f"{arm_id.name(network_id)}/{subnets} {private}".strip())


def _tags(source: VirtualMachine, test: VirtualMachine) -> Evidence:
    """The service copies tags, but writes the first letter of their names small."""
    found = {name.lower(): value for name, value in test.tags}
    lost = [name for name, value in source.tags if found.get(name.lower()) != value]
    if lost:
        return Evidence("Tags", "unknown", f"{len(lost)} of {len(source.tags)} tags differ or are missing.")
    return Evidence("Tags", "passed", f"{len(source.tags)} tags")
