"""Checks of the region pair."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import figures, gaps, regions
from asr_tui.rules.facts import Facts
from asr_tui.rules.registry import Hit, check, on_vm, unknown, unknown_vms

ANOTHER = "Choose another target region."


def _target(facts: Facts) -> tuple[str, str]:
    return regions.title(facts.estate, facts.target), facts.target


def _source(facts: Facts) -> tuple[str, str]:
    return regions.title(facts.estate, facts.source), facts.source


@check(
    id="region-distinct",
    scope=Scope.REGION_PAIR,
    title="Source and target are different regions",
    severity=Severity.BLOCKER,
    source="ER",
)
def region_distinct(facts: Facts) -> Iterator[Hit]:
    if facts.zonal and not facts.plan.zonal:
        yield Hit(*_target(facts), "It is the source region too.", "Choose another target region, or zonal recovery.")


@check(
    id="region-known",
    scope=Scope.REGION_PAIR,
    title="The subscription has both regions",
    severity=Severity.BLOCKER,
    source="SM",
)
def region_known(facts: Facts) -> Iterator[Hit]:
    for title, name in (_source(facts), _target(facts)) if facts.estate.regions else ():
        region = facts.estate.region_by_name.get(name)
        if region is None:
            yield Hit(title, name, "It is not in this subscription's list of regions.", "Ask for access to the region.")
        elif region.region_type != "Physical":
            yield Hit(title, name, f"It is a {region.region_type.lower()} region.", "Choose a physical region.")
    yield from gaps.regions(facts)


@check(
    id="region-target-vm-allowed",
    scope=Scope.REGION_PAIR,
    title="The subscription may create VMs in the target region",
    severity=Severity.BLOCKER,
    source="TE",
    prevents="150097",
)
def region_target_vm_allowed(facts: Facts) -> Iterator[Hit]:
    sizes = facts.target_sizes
    if sizes and all(size.restricted for size in sizes):
        evidence = f"All {len(sizes)} sizes are restricted ({sizes[0].restricted})."
        yield Hit(*_target(facts), evidence, "Ask Azure support for access to the region, or choose another one.")
    yield from gaps.target_sizes(facts)


@check(
    id="region-pair-oracle",
    scope=Scope.REGION_PAIR,
    title="The service itself lists the region pair",
    severity=Severity.BLOCKER,
    source="API",
)
def region_pair_oracle(facts: Facts) -> Iterator[Hit]:
    vault = facts.vault
    if facts.pair_listed is None and vault is not None:
        why = facts.estate.why_unreadable("region mappings")
        if why is None:
            silent = "does not know the source region" if vault.region_mappings else "was not told for this vault"
            why = f"The service's list of region pairs {silent}."
        remedy = "Nothing need be done: the documented table of regions decides. Read again to ask once more."
        yield unknown(vault.name, vault.id, why, remedy)
    elif facts.pair_listed is False and not facts.zonal:
        evidence = f"The service does not list it among the targets of {_source(facts)[0]}."
        yield Hit(*_target(facts), evidence, ANOTHER, from_service=True)


@check(
    id="region-restricted",
    scope=Scope.REGION_PAIR,
    title="Neither region needs allow-listing",
    severity=Severity.WARNING,
    source="REG",
    prevents="150097",
)
def region_restricted(facts: Facts) -> Iterator[Hit]:
    for title, name in dict.fromkeys((_source(facts), _target(facts))):
        if regions.facts(name).restricted:
            yield Hit(
                title,
                name,
                "Azure keeps it for customers of its country; source and target subscription need access.",
                "File a region access request, or choose another region.",
            )


@check(
    id="region-brazil-south-source-only",
    scope=Scope.REGION_PAIR,
    title="Brazil South is a source only, towards eight American regions",
    severity=Severity.BLOCKER,
    source="SM",
)
def region_brazil_south_source_only(facts: Facts) -> Iterator[Hit]:
    if facts.pair_listed is not None:
        return  # the service's own word wins
    if facts.target == "brazilsouth":
        yield Hit(*_target(facts), "Brazil South cannot be a target.", ANOTHER)
    elif facts.source == "brazilsouth" and facts.target not in figures.brazil_south_targets():
        allowed = ", ".join(sorted(figures.brazil_south_targets()))
        yield Hit(*_target(facts), "Brazil South does not replicate to this region.", f"Choose one of: {allowed}.")


@check(
    id="region-brazil-southeast-target-only",
    scope=Scope.REGION_PAIR,
    title="Brazil Southeast is a target only",
    severity=Severity.BLOCKER,
    source="SM",
)
def region_brazil_southeast_target_only(facts: Facts) -> Iterator[Hit]:
    if facts.pair_listed is None and facts.source == "brazilsoutheast":
        yield Hit(*_source(facts), "Nothing can replicate out of it.", "Choose another source region.")


@check(
    id="region-newzealand-vault",
    scope=Scope.REGION_PAIR,
    title="The vault is not to stand in New Zealand",
    severity=Severity.WARNING,
    source="SM",
)
def region_newzealand_vault(facts: Facts) -> Iterator[Hit]:
    vault = facts.resolved.vault
    if vault.region == "newzealandnorth" and not vault.exists:
        yield Hit(vault.name, vault.id, "A 2025 page says that no vault can be made there.", "Put it elsewhere.")


@check(
    id="region-gov-dod",
    scope=Scope.REGION_PAIR,
    title="Trusted launch VMs stay within US Gov or within US DoD",
    severity=Severity.BLOCKER,
    source="TL",
)
def region_gov_dod(facts: Facts) -> Iterator[Hit]:
    if not (facts.source.startswith("us") and facts.target.startswith("us")):
        return
    if {facts.source[2:5], facts.target[2:5]} == {"gov", "dod"}:
        for vm in facts.vms:
            if vm.vm.security_type == "TrustedLaunch":
                evidence = f"It uses trusted launch; {facts.source} and {facts.target} belong to different groups."
                yield on_vm(vm, evidence, "Choose a target within the same group of regions.")


@check(
    id="region-china-roles",
    scope=Scope.REGION_PAIR,
    title="China North is a source only, China East a target only",
    severity=Severity.WARNING,
    source="SMCN",
)
def region_china_roles(facts: Facts) -> Iterator[Hit]:
    if facts.pair_listed is not None:
        return  # the service's own word wins
    if facts.source == "chinaeast":
        yield Hit(*_source(facts), "China East can be a target only.", "Use China East 2.")
    if facts.target == "chinanorth":
        yield Hit(*_target(facts), "China North can be a source only.", "Use China North 2 or 3.")


@check(
    id="region-china-premiumv2",
    scope=Scope.REGION_PAIR,
    title="No Premium SSD v2 or Ultra disks in China North and China East",
    severity=Severity.BLOCKER,
    source="SM",
)
def region_china_premiumv2(facts: Facts) -> Iterator[Hit]:
    if not {facts.source, facts.target} & {"chinanorth", "chinaeast"}:
        return
    for vm in facts.vms:
        found = [disk.name for _, disk in vm.disks if disk and disk.sku in {"PremiumV2_LRS", "UltraSSD_LRS"}]
        if found:
            yield on_vm(vm, f"Disk {found[0]} needs block blobs, which these regions lack.", "Choose other regions.")
    yield from gaps.disks(facts)


@check(
    id="region-pair-hint",
    scope=Scope.REGION_PAIR,
    title="The target is the paired region",
    severity=Severity.INFO,
    source="SM",
)
def region_pair_hint(facts: Facts) -> Iterator[Hit]:
    region = facts.estate.region_by_name.get(facts.source)
    if region is not None and region.paired and facts.target not in {name.lower() for name in region.paired}:
        paired = ", ".join(regions.title(facts.estate, name) for name in region.paired)
        yield Hit(*_target(facts), f"{region.display_name} is paired with {paired}.", "Any pair works: nothing to do.")
    yield from gaps.regions(facts)


@check(
    id="region-geography-residency",
    scope=Scope.REGION_PAIR,
    title="The target lies in the same geography",
    severity=Severity.WARNING,
    source="SM",
)
def region_geography_residency(facts: Facts) -> Iterator[Hit]:
    here = facts.estate.region_by_name.get(facts.source)
    there = facts.estate.region_by_name.get(facts.target)
    if here and there and here.geography and there.geography and here.geography != there.geography:
        yield Hit(
            *_target(facts),
            f"Data would leave {here.geography} for {there.geography}.",
            "Confirm that the data may be kept there, and accept this finding with the reason.",
        )
    yield from gaps.regions(facts)


# -- zonal recovery ---------------------------------------------------------------------------------------------------


@check(
    id="zonal-region-supported",
    scope=Scope.REGION_PAIR,
    title="The region supports recovery from zone to zone",
    severity=Severity.BLOCKER,
    source="Z2Z",
)
def zonal_region_supported(facts: Facts) -> Iterator[Hit]:
    if not facts.plan.zonal:
        return
    region = facts.estate.region_by_name.get(facts.source)
    if region is not None and not region.zones:
        yield Hit(*_source(facts), "It has no availability zones.", "Use recovery to another region.")
    elif not facts.pair_listed and not regions.facts(facts.source).zonal:
        evidence = "It is not in the list of 2023 for zonal recovery; the list may have grown since."
        yield Hit(*_source(facts), evidence, "Try one VM first.", severity=Severity.WARNING)


@check(
    id="zonal-vm-in-zone",
    scope=Scope.REGION_PAIR,
    title="The VM stands in a zone",
    severity=Severity.BLOCKER,
    source="Z2Z",
)
def zonal_vm_in_zone(facts: Facts) -> Iterator[Hit]:
    if facts.plan.zonal:
        for vm in facts.vms:
            if not vm.vm.zones:
                yield on_vm(vm, "It is in no availability zone.", "Move the VM into a zone first.")


@check(
    id="zonal-physical-zones-differ",
    scope=Scope.REGION_PAIR,
    title="Source and target zone are different places",
    severity=Severity.BLOCKER,
    source="FAQ",
)
def zonal_physical_zones_differ(facts: Facts) -> Iterator[Hit]:
    if not facts.plan.zonal:
        return
    region = facts.estate.region_by_name.get(facts.source)
    physical = dict(region.zones) if region else {}
    unsure = []
    for vm in facts.vms:
        wanted = facts.override(vm).zone
        own = vm.vm.zones[0] if vm.vm.zones else ""
        if not wanted or not own:
            continue
        if own not in physical or wanted not in physical:
            unsure.append(vm)
        elif physical[own] == physical[wanted]:
            yield on_vm(vm, f"Zones {own} and {wanted} are both {physical[own]}.", "Choose another target zone.")
    why = "The physical zones behind the zone numbers are not known."
    yield from unknown_vms(facts, unsure, why, "Read the subscription's list of regions.")


@check(
    id="zonal-no-zrs",
    scope=Scope.REGION_PAIR,
    title="No zone-redundant disks in zonal recovery",
    severity=Severity.BLOCKER,
    source="Z2Z",
)
def zonal_no_zrs(facts: Facts) -> Iterator[Hit]:
    if facts.plan.zonal:
        for vm in facts.vms:
            found = next((disk for _, disk in vm.disks if disk and disk.sku.endswith("_ZRS")), None)
            if found is not None:
                yield on_vm(vm, f"Disk {found.name} is {found.sku}.", "Use recovery to another region.")


@check(
    id="zonal-no-ultra",
    scope=Scope.REGION_PAIR,
    title="No Ultra disks in zonal recovery",
    severity=Severity.BLOCKER,
    source="SM",
)
def zonal_no_ultra(facts: Facts) -> Iterator[Hit]:
    if facts.plan.zonal:
        for vm in facts.vms:
            found = next((disk for _, disk in vm.disks if disk and disk.sku == "UltraSSD_LRS"), None)
            if found is not None:
                yield on_vm(vm, f"Disk {found.name} is an Ultra disk.", "Use recovery to another region.")


@check(
    id="zonal-target-rg-differs",
    scope=Scope.REGION_PAIR,
    title="In zonal recovery the target group is not the source's",
    severity=Severity.BLOCKER,
    source="Z2Z",
)
def zonal_target_rg_differs(facts: Facts) -> Iterator[Hit]:
    if not facts.plan.zonal:
        return
    for vm in facts.selected:
        item = facts.resolved.item_by_vm.get(vm.key)
        if item is not None and item.group.name.lower() == vm.vm.resource_group.lower():
            yield on_vm(vm, f"Both are {item.group.name}.", "Choose another target resource group.")


@check(
    id="zonal-spare-ip",
    scope=Scope.REGION_PAIR,
    title="In zonal recovery the subnet has a spare address for each VM",
    severity=Severity.WARNING,
    source="Z2Z",
)
def zonal_spare_ip(facts: Facts) -> Iterator[Hit]:
    if not facts.plan.zonal:
        return
    for vms in facts.selected_by_subnet.values():
        subnet = vms[0].subnet
        assert subnet is not None  # selected_by_subnet holds no others
        free = facts.free_addresses(subnet)
        if free < len(vms):
            yield Hit(
                subnet.name,
                subnet.id,
                f"{free} addresses are free, and {len(vms)} VMs need a spare one each to keep theirs.",
                "Give the subnet a larger range.",
                tuple(vm.id for vm in vms),
            )
