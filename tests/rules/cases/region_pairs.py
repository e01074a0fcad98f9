"""Cases of the region pair, of zonal recovery and of sizes at the target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from asr_tui.model.compute import DiskSku
from asr_tui.model.governance import Region, Unreadable
from asr_tui.model.plan import TargetDefaults, VaultChoice
from asr_tui.model.recovery import RegionTargets
from tests.rules import makers
from tests.rules.cases.situations import (
    NO_DISKS,
    NO_REGIONS,
    NO_SIZES,
    both,
    case,
    disks,
    est,
    override,
    planned,
    subnet,
    vault,
    vm,
    with_vault,
)
from tests.rules.makers import SOURCE, TARGET


def pair(
    source: str, target: str, *, listed: tuple[str, ...] | None = None, zonal: bool = False, **changes: Any
) -> Any:
    """The VMs stand in ``source`` and are to replicate to ``target``; ``listed`` are the targets that the service lists."""
    machine = makers.vm("web01", location=source, **changes)
    sizes = (makers.size(region=source), makers.size(region=target))
    told = () if listed is None else (vault(region_mappings=(RegionTargets(source, frozenset(listed)),)),)
    estate = {"vms": (machine,), "vm_sizes": sizes, "vaults": told}
    return both(estate, source_region=source, target_region=target, zonal=zonal)


def zonal(**changes: Any) -> Any:
    """web01 under a plan from zone to zone."""
    plan = {"zonal": True, "target_region": SOURCE} | changes.pop("plan", {})
    return vm(plan=plan, **({"zones": ("1",)} | changes))


def target(*sizes: Any) -> dict[str, Any]:
    """The sizes of the target region, beside the source's."""
    return {"vm_sizes": (makers.size(), *(replace(size, region=TARGET) for size in sizes))}


FEW = est(vm_sizes=(makers.size(),))
SMALL = makers.size("Standard_D8s_v5", vcpus=8)
ZONED = {"zones": ("1",)}

CASES = {
    "region-distinct": case(planned(target_region=SOURCE), passes=zonal()),
    "region-known": case(
        planned(target_region="atlantis"),
        both({"regions": (*makers.regions()[:1], Region(TARGET, "North Europe", region_type="Logical"))}),
        unknown=NO_REGIONS,
    ),
    "region-target-vm-allowed": case(est(**target(makers.size(restricted="NotAvailableForSubscription"))), unknown=FEW),
    "region-restricted": case(planned(target_region="switzerlandwest")),
    "region-brazil-south-source-only": case(
        pair("westeurope", "brazilsouth"),
        pair("brazilsouth", "westeurope"),
        passes=pair("brazilsouth", "eastus"),
        more=(
            pair("westeurope", "brazilsouth", listed=("brazilsouth",)),
            pair("westeurope", "brazilsouth", listed=("eastus",)),
        ),
    ),
    "region-brazil-southeast-target-only": case(
        pair("brazilsoutheast", "eastus"), passes=pair("brazilsoutheast", "eastus", listed=("eastus",))
    ),
    "region-pair-oracle": case(
        pair(SOURCE, TARGET, listed=("uksouth",)),
        passes=pair(SOURCE, TARGET, listed=(TARGET,)),
        more=(est(), pair(SOURCE, SOURCE, listed=("uksouth",), zonal=True)),
        unknown=with_vault(),
        more_unknown=(
            with_vault(region_mappings=(RegionTargets("eastus", frozenset({"westus"})),)),
            est(vaults=(vault(),), unreadable=(Unreadable("region mappings", "/v", "It answers 404."),)),
        ),
    ),
    "region-newzealand-vault": case(planned(vault=VaultChoice(region="newzealandnorth"))),
    "region-gov-dod": case(
        pair("usgovvirginia", "usdodeast", security_type="TrustedLaunch"),
        passes=pair("usgovvirginia", "usdodeast"),
        more=(pair("usgovvirginia", "usgovtexas", security_type="TrustedLaunch"),),
    ),
    "region-china-roles": case(
        pair("chinaeast", "chinaeast2"),
        pair("chinanorth2", "chinanorth"),
        passes=pair("chinaeast", "chinaeast2", listed=("chinaeast2",)),
    ),
    "region-china-premiumv2": case(
        both(
            {
                "vms": (makers.vm("web01", location="chinanorth"),),
                "disks": (makers.disk("web01-os", sku="UltraSSD_LRS"),),
            },
            source_region="chinanorth",
            target_region="chinaeast",
        ),
        passes=pair("chinanorth", "chinaeast"),
        unknown=both({"vms": (makers.vm("web01", location="chinanorth"),), "disks": ()}, source_region="chinanorth"),
    ),
    "region-pair-hint": case(planned(target_region="ukwest"), unknown=NO_REGIONS),
    "region-geography-residency": case(planned(target_region="ukwest"), unknown=NO_REGIONS),
    "zonal-region-supported": case(
        vm(plan={"zonal": True, "source_region": "ukwest", "target_region": "ukwest"}, location="ukwest"),
        vm(
            plan={"zonal": True, "source_region": "spaincentral", "target_region": "spaincentral"},
            location="spaincentral",
        ),
        passes=zonal(),
        more=(pair("spaincentral", "spaincentral", listed=("spaincentral",), zonal=True, zones=("1",)),),
    ),
    "zonal-vm-in-zone": case(zonal(zones=()), passes=zonal()),
    "zonal-physical-zones-differ": case(
        zonal(
            plan={"overrides": override(zone="2")},
            more={"regions": (Region(SOURCE, "West Europe", zones=(("1", "az1"), ("2", "az1"))),)},
        ),
        passes=zonal(plan={"overrides": override(zone="2")}),
        more=(zonal(),),
        unknown=zonal(plan={"overrides": override(zone="7")}),
    ),
    "zonal-no-zrs": case(zonal(more={"disks": (makers.disk("web01-os", sku="Premium_ZRS"),)}), passes=zonal()),
    "zonal-no-ultra": case(zonal(more={"disks": (makers.disk("web01-os", sku="UltraSSD_LRS"),)}), passes=zonal()),
    "zonal-target-rg-differs": case(zonal(plan={"defaults": TargetDefaults(resource_group="Shop")}), passes=zonal()),
    "zonal-spare-ip": case(
        subnet(plan={"zonal": True, "target_region": SOURCE}, used_addresses=251),
        passes=subnet(plan={"zonal": True, "target_region": SOURCE}),
    ),
    # -- sizes
    "target-size-available": case(
        est(**target(makers.size("Standard_E2_v5", family="e"))),
        est(**target(SMALL)),
        est(**target(makers.size(restricted="NotAvailableForSubscription"), SMALL)),
        both(target(SMALL), overrides=override(target_size="Standard_X")),
        vm(**ZONED, more=target(makers.size(zones=("2",)))),
        vm(**ZONED, more=target(makers.size(restricted_zones=("1",)))),
        vm(**ZONED, more=target(makers.size(zones=("2",)), makers.size("Standard_D4s_v6", zones=("1", "2")))),
        both({"vms": (makers.vm("web01", size="Odd"),), **target(makers.size())}),
        passes=vm(**ZONED, more=target(makers.size())),
        unknown=FEW,
    ),
    "target-size-generation": case(
        disks(
            os={"hyper_v_generation": "V2"},
            more=target(makers.size(generations=("V1",)), makers.size("B", generations=("V2",))),
        ),
        passes=disks(os={"hyper_v_generation": "V2"}),
        unknown=FEW,
    ),
    "target-size-family-match": case(
        both(target(makers.size("Standard_E4s_v5", family="e")), overrides=override(target_size="Standard_E4s_v5")),
        unknown=NO_SIZES,
    ),
    "target-size-nics": case(
        est(**target(makers.size(max_nics=0), makers.size("Arm", architecture="Arm64"))), unknown=FEW
    ),
    "target-size-disks": case(
        disks(more=target(makers.size(max_data_disks=0))),
        est(**target(makers.size(premium_io=False))),
        unknown=NO_DISKS,
    ),
    "target-disk-sku": case(
        est(disk_skus=(DiskSku("Standard_LRS", TARGET),)),
        est(disk_skus=(DiskSku("Premium_LRS", TARGET, restricted="NotAvailableForSubscription"),)),
        planned(defaults=TargetDefaults(target_disk_type="Premium_ZRS")),
        passes=disks(sku="Odd", plan={"overrides": override(excluded_disks=("web01-d0",))}),
        unknown=est(disk_skus=()),
    ),
}
