"""Region pairs: which region may be a target of which, and why not.

The subscription's own location list comes first; ``assets/rules/regions.yaml`` adds what it does not tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from asr_tui.model.estate import Estate
from asr_tui.model.governance import Region
from asr_tui.model.problem import Problem
from asr_tui.rules import figures
from asr_tui.rules.figures import RegionFacts

_UNKNOWN = RegionFacts("", "", "", "", "", "", None, None, None, None, "both", "", "K")


@dataclass(frozen=True, slots=True)
class RegionChoice:
    """A region as a choice. ``refused`` says why it cannot be chosen ("" when it can); ``remark`` what to know of it."""

    name: str
    title: str
    geography: str
    zones: int
    vms: int
    paired: bool
    refused: str
    remark: str


def facts(name: str) -> RegionFacts:
    """What is known of a region; an empty row for one that no list names."""
    return figures.regions().get(name.lower(), _UNKNOWN)


def sources(estate: Estate) -> tuple[RegionChoice, ...]:
    """The regions that hold VMs, most VMs first."""
    counts: dict[str, int] = {}
    for vm in estate.vms:
        counts[vm.location.lower()] = counts.get(vm.location.lower(), 0) + 1
    rows = []
    for name, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        region = estate.region_by_name.get(name)
        known = facts(name)
        refused = "Site Recovery takes it as a target only." if known.role == "target" else ""
        rows.append(_choice(name, region, count, False, refused, known.remark))
    return tuple(rows)


def targets(estate: Estate, source: str) -> tuple[RegionChoice, ...]:
    """Every region but ``source``: the paired one first, then the same geography, the same part of the world, the rest."""
    origin = estate.region_by_name.get(source.lower())
    rows = []
    for region in estate.regions:
        if region.name.lower() == source.lower() or region.region_type != "Physical":
            continue
        refused = refusal(estate, source, region.name)
        paired = _is_paired(origin, source, region.name)
        rows.append((_rank(origin, region, paired, refused), _choice(
            region.name.lower(), region, 0, paired, refused, remark(estate, source, region.name)
        )))  # fmt: skip
    return tuple(choice for _, choice in sorted(rows, key=lambda row: (row[0], row[1].name)))


def _rank(origin: Region | None, region: Region, paired: bool, refused: str) -> int:
    if refused:
        return 4
    if paired:
        return 0
    if origin is None:
        return 3
    if region.geography and region.geography == origin.geography:
        return 1
    return 2 if region.geography_group and region.geography_group == origin.geography_group else 3


def _choice(name: str, region: Region | None, vms: int, paired: bool, refused: str, remark: str) -> RegionChoice:
    known = facts(name)
    return RegionChoice(
        name=name,
        title=(region.display_name if region else known.title) or name,
        geography=(region.geography if region else "") or known.geography,
        zones=len(region.zones) if region else 0,
        vms=vms,
        paired=paired,
        refused=refused,
        remark=remark,
    )


def title(estate: Estate, name: str) -> str:
    """The display name of a region, or its name where none is known."""
    region = estate.region_by_name.get(name.lower())
    return (region.display_name if region else facts(name).title) or name


def _is_paired(origin: Region | None, source: str, target: str) -> bool:
    if origin is not None and origin.paired:
        return target.lower() in {name.lower() for name in origin.paired}
    return facts(source).pair == target.lower()


def refusal(estate: Estate, source: str, target: str) -> str:
    """Why ``target`` cannot be the target of ``source``, in one sentence; "" where it can. The service's own list of pairs
    goes before the documented table.

    Source: https://learn.microsoft.com/azure/site-recovery/azure-to-azure-support-matrix (read 2026-01-01).
    """
    start, end = source.lower(), target.lower()
    if start == end:
        return "Source and target must be different regions."
    region = estate.region_by_name.get(end)
    if region is None or region.region_type != "Physical":
        return "It is not in this subscription's list of regions."
    told = listed(estate, start, end)
    if told is False:
        return f"Site Recovery does not list it among the targets of {title(estate, start)}."
    by_table = _refused_by_table(estate, start, end) if told is None else ""
    if by_table:
        return by_table
    if _without_sizes(estate, end):
        return "This subscription may not create VMs there."
    return ""


def _refused_by_table(estate: Estate, start: str, end: str) -> str:
    here, there = facts(start), facts(end)
    if here.cloud and there.cloud and here.cloud != there.cloud:
        return "It belongs to another Azure cloud."
    if here.role == "target":
        return f"{title(estate, start)} can be a target only, so nothing can replicate out of it."
    if there.role == "source":
        return "Site Recovery takes it as a source only."
    if start == "brazilsouth" and end not in figures.brazil_south_targets():
        return "Brazil South can replicate to eight American regions only; this is not one of them."
    return ""


def listed(estate: Estate, source: str, target: str) -> bool | None:
    """Whether the service itself lists the pair (a region with itself: from zone to zone), by any vault that it told its list
    for. None where it did not, or where the list does not know the source at all: then the documented table decides.
    """
    told = [
        entry.targets
        for vault in estate.vaults
        for entry in vault.region_mappings or ()
        if entry.source == source.lower()
    ]
    return any(target.lower() in targets for targets in told) if told else None


def _without_sizes(estate: Estate, region: str) -> bool:
    """Whether sizes of the region were read and every one is restricted for the subscription."""
    offered = [size for size in estate.vm_sizes if size.region.lower() == region]
    return bool(offered) and all(size.restricted for size in offered)


def remark(estate: Estate, source: str, target: str) -> str:
    """What an engineer should know before choosing ``target``; "" where there is nothing."""
    start, end = estate.region_by_name.get(source.lower()), estate.region_by_name.get(target.lower())
    there = facts(target)
    remarks = []
    if there.restricted:
        remarks.append("Needs allow-listing for both subscriptions.")
    if start and end and start.geography and end.geography and start.geography != end.geography:
        remarks.append(f"Geography {end.geography}, not {start.geography}: check data residency.")
    if end is not None and start is not None and start.zones and not end.zones:
        remarks.append("Has no availability zones.")
    if there.remark:
        remarks.append(there.remark)
    return " ".join(remarks)


def pair_problems(estate: Estate, source: str, target: str) -> tuple[Problem, ...]:
    """What makes the pair impossible; empty for a legal pair."""
    problems = []
    if not any(vm.location.lower() == source.lower() for vm in estate.vms):
        problems.append(
            Problem(
                what=f"{title(estate, source)} holds no VMs of this subscription.",
                remedy="Choose a source region that holds VMs.",
                where="source_region",
            )
        )
    refused = refusal(estate, source, target)
    if refused:
        problems.append(
            Problem(
                what=f"{title(estate, target)} cannot be the target of {title(estate, source)}.",
                cause=refused,
                remedy="Choose another target region.",
                where="target_region",
            )
        )
    return tuple(problems)
