"""Step 3 for each source network: what it can reach, how it gets out, where it leads to, what does not follow its VMs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.network import VirtualNetwork
from asr_tui.model.plan import Plan
from asr_tui.rules import addresses, egress, interfaces, outbound, regions, target_networks
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.nsg import TagVerdict, Verdict
from asr_tui.rules.outbound import RequiredTag
from asr_tui.rules.resolved import ResolvedNetwork


@dataclass(frozen=True, slots=True)
class TagAssessment:
    """Whether a tag is reached from a part of a network. ``subject`` names that part; ``deciding_rule`` what decides."""

    tag: str
    port: int
    purpose: str
    verdict: Verdict
    deciding_rule: str
    level: str
    subject: str
    share: float | None


@dataclass(frozen=True, slots=True)
class SubnetAssessment:
    """A source subnet with its counterpart; ``vms`` counts the plan's VMs in it."""

    source: str
    target: str
    why: str
    vms: int
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetOption:
    """An existing network of the target region; ``remark`` says what to know before choosing it."""

    id: str
    name: str
    address_space: str
    remark: str


@dataclass(frozen=True, slots=True)
class NetworkAssessment:
    """``egress_ok`` None: it depends on something outside the management plane. ``not_carried``: one line for each thing."""

    id: str
    name: str
    resource_group: str
    address_space: tuple[str, ...]
    vms: int
    tags: tuple[TagAssessment, ...]
    egress: str
    egress_ok: bool | None
    target_id: str
    target_name: str
    target_is_new: bool
    target_address_space: tuple[str, ...]
    remark: str
    subnets: tuple[SubnetAssessment, ...]
    options: tuple[TargetOption, ...]
    not_carried: tuple[str, ...]


def assess(estate: Estate, plan: Plan) -> tuple[NetworkAssessment, ...]:
    """Every source network that holds selected VMs; while none is selected, every one that holds VMs."""
    return assessed(Facts(estate, all_vms_if_none(estate, plan)))


def assessed(facts: Facts) -> tuple[NetworkAssessment, ...]:
    """As :func:`assess`, for whoever has the facts of such a plan at hand."""
    rows = []
    for planned in facts.resolved.networks:
        network = facts.estate.network_by_id[arm_id.key(planned.source_id)]
        vms = [vm for vm in facts.selected if vm.network is not None and arm_id.same(vm.network.id, network.id)]
        rows.append(_assess(facts, network, planned, vms))
    return tuple(rows)


def all_vms_if_none(estate: Estate, plan: Plan) -> Plan:
    """``plan``; with every VM of the source region selected while none is."""
    if plan.vms:
        return plan
    return plan.model_copy(update={"vms": tuple(vm.id for vm in estate.vms_in(plan.source_region))})


def _assess(facts: Facts, network: VirtualNetwork, planned: ResolvedNetwork, vms: list[VmFacts]) -> NetworkAssessment:
    ways = _ways(facts, network, vms)
    blocked = next((way for way in ways if way.ok is False), None)
    doubtful = next((way for way in ways if way.ok is None), None)
    way = blocked or doubtful or (ways[0] if ways else None)
    return NetworkAssessment(
        id=network.id,
        name=network.name,
        resource_group=arm_id.resource_group(network.id) or "",
        address_space=network.address_space,
        vms=len(vms),
        tags=tuple(row for tag in outbound.required(facts) for row in _tag(facts, tag, vms)),
        egress=" ".join(dict.fromkeys(each.sentence for each in ways)),
        egress_ok=way.ok if way else None,
        target_id=planned.target.id,
        target_name=planned.target.name,
        target_is_new=not planned.target.exists,
        target_address_space=planned.address_space,
        remark=_remark(network, planned),
        subnets=_subnets(planned, vms),
        options=options(facts.estate, facts.plan, network),
        not_carried=not_carried(facts, vms),
    )


def _ways(facts: Facts, network: VirtualNetwork, vms: list[VmFacts]) -> list[egress.Egress]:
    """Each way out that these VMs have, once for each subnet and kind."""
    places = [(vm.subnet, (vm.nic,) if vm.nic else ()) for vm in vms if vm.subnet is not None]
    found: dict[tuple[str, str], egress.Egress] = {}
    for subnet, nics in places:
        way = egress.assess(facts.estate, network, subnet, nics)
        found.setdefault((arm_id.key(subnet.id), way.kind), way)
    return list(found.values())


def _tag(facts: Facts, tag: RequiredTag, vms: list[VmFacts]) -> list[TagAssessment]:
    """One row for each way in which the tag is decided, the worst first; nothing where no VM needs it."""
    rows: dict[str, tuple[TagVerdict, list[VmFacts]]] = {}
    for vm in vms:
        verdict = outbound.verdict(facts, vm, tag) if outbound.is_needed(tag, facts, vm) else None
        if verdict is not None:
            by = verdict.decision.sentence() if verdict.decision else verdict.why
            rows.setdefault(f"{verdict.verdict}|{by}", (verdict, []))[1].append(vm)
    worst = (Verdict.DENIED, Verdict.PARTIAL, Verdict.UNKNOWN, Verdict.ALLOWED)
    ordered = sorted(rows.values(), key=lambda row: worst.index(row[0].verdict))
    return [_tag_row(tag, verdict, found, whole=len(rows) == 1) for verdict, found in ordered]


def _tag_row(tag: RequiredTag, verdict: TagVerdict, vms: list[VmFacts], *, whole: bool) -> TagAssessment:
    decision = verdict.decision
    rule = decision.sentence() if decision else verdict.why
    if verdict.verdict is Verdict.UNKNOWN and verdict.why:
        rule = verdict.why
    subnets = sorted({vm.subnet.name for vm in vms if vm.subnet is not None})
    subject = "every subnet" if whole else f"{', '.join(subnets)} ({len(vms)} {'VM' if len(vms) == 1 else 'VMs'})"
    level = decision.level if decision else ""
    return TagAssessment(tag.tag, tag.port, tag.purpose, verdict.verdict, rule, level, subject, verdict.share)


def _remark(network: VirtualNetwork, planned: ResolvedNetwork) -> str:
    parts = [planned.target.why] if planned.target.why else []
    space = addresses.of(network.address_space)
    if addresses.intersection(space, addresses.of(planned.address_space)):
        parts.append("Same addresses: VMs keep theirs, and the two networks cannot be connected to each other.")
    else:
        parts.append("Other addresses: VMs get new ones, and the two networks can be connected.")
    if planned.reverse is None:
        parts.append("The target already leads back to another source network.")
    return " ".join(parts)


def _subnets(planned: ResolvedNetwork, vms: list[VmFacts]) -> tuple[SubnetAssessment, ...]:
    counts = Counter(vm.subnet.name.lower() for vm in vms if vm.subnet is not None)
    return tuple(
        SubnetAssessment(subnet.source, subnet.target, subnet.why, counts[subnet.source.lower()], subnet.choices)
        for subnet in planned.subnets
        if subnet.source.lower() not in target_networks.SERVICE_SUBNETS
    )


def options(estate: Estate, plan: Plan, source: VirtualNetwork) -> tuple[TargetOption, ...]:
    """The networks of the target region that ``source`` could lead to."""
    target = plan.target_region.lower()
    found = [network for network in estate.networks if network.location.lower() == target]
    return tuple(
        TargetOption(network.id, network.name, ", ".join(network.address_space), _option_remark(source, network))
        for network in sorted(found, key=lambda each: each.name.lower())
        if not arm_id.same(network.id, source.id)
    )


def _option_remark(source: VirtualNetwork, network: VirtualNetwork) -> str:
    parts = []
    usable = target_networks.usable_subnets(network)
    if not usable:
        parts.append("It has no subnet that could hold a VM.")
    names = {subnet.name.lower() for subnet in usable}
    missing = [s.name for s in target_networks.usable_subnets(source) if s.name.lower() not in names]
    if usable and missing:
        parts.append(f"It has no subnet {', '.join(missing)}.")
    space = addresses.of(source.address_space)
    if not addresses.covers(addresses.of(network.address_space), space):
        parts.append("Its addresses differ: VMs get new ones.")
    if network.peerings:
        parts.append(f"It is peered with {len(network.peerings)} networks.")
    return " ".join(parts)


def not_carried(facts: Facts, vms: list[VmFacts]) -> tuple[str, ...]:
    """What of the VMs' networking stays behind, one line for each thing and VM or group of VMs."""
    lines: dict[str, list[str]] = {}

    def note(what: str, vm: VmFacts) -> None:
        names = lines.setdefault(what, [])
        if vm.name not in names:
            names.append(vm.name)

    for vm in vms:
        for what in interfaces.left_behind(vm):
            note(what, vm)
    return tuple(f"{what}: {_names(names)}" for what, names in lines.items())


def _names(names: list[str], shown: int = 4) -> str:
    if len(names) <= shown:
        return ", ".join(names)
    return f"{', '.join(names[:shown])} and {len(names) - shown} more"


def source_and_target(estate: Estate, plan: Plan) -> str:
    """``West Europe -> North Europe``."""
    return f"{regions.title(estate, plan.source_region)} -> {regions.title(estate, plan.target_region)}"
