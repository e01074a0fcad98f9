from __future__ import annotations

from dataclasses import replace

import pytest

from asr_tui.model.governance import Region
from asr_tui.model.plan import VaultChoice
from asr_tui.model.recovery import RegionTargets
from asr_tui.model.replication import SiteRecovery
from asr_tui.rules import figures, regions, vaults
from tests.rules import makers
from tests.rules.cases.situations import vault
from tests.rules.makers import SOURCE, TARGET


def test_sources_are_the_regions_that_hold_vms() -> None:
    machines = (makers.vm("a"), makers.vm("b"), makers.vm("c", location="brazilsoutheast"))
    found = regions.sources(makers.estate(vms=machines))
    assert [(r.name, r.vms, bool(r.refused)) for r in found] == [(SOURCE, 2, False), ("brazilsoutheast", 1, True)]
    assert found[1].title == "Brazil Southeast"


def test_targets_come_paired_first_and_refused_last() -> None:
    found = regions.targets(makers.estate(), SOURCE)
    assert [r.name for r in found] == [TARGET, "switzerlandwest", "ukwest", "eastus", "brazilsouth"]
    assert found[0].paired
    assert "allow-listing" in found[1].remark
    assert "not Europe: check data residency" in found[2].remark
    assert "no availability zones" in found[2].remark
    assert found[4].refused == "Site Recovery takes it as a source only."


def test_the_service_s_own_list_goes_before_the_table() -> None:
    told = vault(region_mappings=(RegionTargets(SOURCE, frozenset({"brazilsouth", "eastus"})),))
    estate = makers.estate(vaults=(told, vault(id="/other", region_mappings=None)))
    refused = {choice.name: choice.refused for choice in regions.targets(estate, SOURCE)}
    assert refused["brazilsouth"] == refused["eastus"] == ""
    assert refused[TARGET] == "Site Recovery does not list it among the targets of West Europe."
    assert regions.listed(estate, "EastUS", SOURCE) is None, "the list does not know this source"


def test_the_same_geography_comes_before_the_same_part_of_the_world() -> None:
    near = Region("germanywestcentral", "Germany West Central", "Europe", "Europe")
    estate = makers.estate(regions=(*makers.regions(), near))
    names = [r.name for r in regions.targets(estate, SOURCE)]
    assert names.index("germanywestcentral") < names.index("ukwest")


def test_without_a_pair_in_the_list_the_table_tells_it() -> None:
    unpaired = tuple(replace(region, paired=()) for region in makers.regions())
    found = regions.targets(makers.estate(regions=unpaired), SOURCE)
    assert [r.name for r in found if r.paired] == [TARGET]


def test_a_source_that_no_list_names_still_has_targets() -> None:
    found = regions.targets(makers.estate(), "atlantis")
    assert {r.name for r in found if not r.refused} >= {SOURCE, TARGET}
    assert regions.title(makers.estate(), "atlantis") == "atlantis"


@pytest.mark.parametrize(
    ("source", "target", "part"),
    [
        (SOURCE, SOURCE, "different regions"),
        (SOURCE, "atlantis", "list of regions"),
        (SOURCE, "usgovtexas", "another Azure cloud"),
        ("brazilsoutheast", SOURCE, "target only"),
        (SOURCE, "brazilsouth", "source only"),
        ("brazilsouth", SOURCE, "eight American regions"),
        ("brazilsouth", "eastus", ""),
        (SOURCE, TARGET, ""),
    ],
)
def test_refusals(source: str, target: str, part: str) -> None:
    extra = (Region("usgovtexas", "US Gov Texas"), Region("logical", "Logical", region_type="Logical"))
    estate = makers.estate(regions=(*makers.regions(), *extra))
    refused = regions.refusal(estate, source, target)
    assert part in refused
    assert bool(refused) is bool(part)


def test_a_region_whose_sizes_are_all_restricted_is_refused() -> None:
    estate = makers.estate(
        vm_sizes=(makers.size(), makers.size(region=TARGET, restricted="NotAvailableForSubscription"))
    )
    assert "may not create VMs" in regions.refusal(estate, SOURCE, TARGET)


def test_problems_of_a_pair_name_the_field() -> None:
    assert regions.pair_problems(makers.estate(), SOURCE, TARGET) == ()
    found = regions.pair_problems(makers.estate(), "eastus", "eastus")
    assert [p.where for p in found] == ["source_region", "target_region"]
    assert all(p.remedy for p in found)


def test_every_region_and_figure_names_a_source() -> None:
    for region in figures.regions().values():
        assert figures.source(region.source).url.startswith("https://")
        assert region.role in {"source", "target", "both"}
        assert not region.pair or region.pair in figures.regions()
    for row in figures.document("limits")["limits"].values():
        assert figures.source(row["source"])
        assert row["unit"]
    for name, table in (("tags", "tags"), ("os", "systems"), ("disks", "throughput"), ("permissions", "needs")):
        for row in figures.document(name)[table]:
            assert figures.source(row["source"])
    with pytest.raises(KeyError):
        figures.source("no-such-page")


# -- vaults -----------------------------------------------------------------------------------------------------------


def test_vaults_are_offered_with_the_reason_why_not() -> None:
    group = replace(makers.estate().resource_groups[0], id=makers.gid("here"), name="here")
    estate = makers.estate(
        resource_groups=(group,),
        vaults=(
            vault(SiteRecovery(), name="b-good"),
            vault(name="a-moving", move_state="InProgress"),
            vault(name="c-failed", provisioning_state="Failed"),
            vault(name="d-here", location=SOURCE),
            vault(name="e-group", id=makers.vault_id("e-group", "here")),
        ),
    )
    found = {row.name: row for row in vaults.options(estate, SOURCE)}
    assert next(iter(found)) == "b-good"
    assert found["b-good"].refused == ""
    assert found["a-moving"].refused == "It is being moved."
    assert "Failed" in found["c-failed"].refused
    assert "source region" in found["d-here"].refused
    assert "resource group" in found["e-group"].refused


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        (VaultChoice(), []),
        (VaultChoice(name="1x"), ["vault.name"]),
        (VaultChoice(name="ok-vault", resource_group="bad."), ["vault.resource_group"]),
        (VaultChoice(name="ok-vault", region=SOURCE), ["vault.region"]),
        (VaultChoice(name="ok-vault", region="atlantis"), ["vault.region"]),
        (VaultChoice(name="ok-vault", resource_group="shop"), ["vault.resource_group"]),
        (VaultChoice(name="gone", create=False), ["vault.name"]),
    ],
)
def test_problems_of_a_new_vault(choice: VaultChoice, where: list[str]) -> None:
    found = vaults.vault_problems(makers.estate(), makers.plan("web01", vault=choice))
    assert [p.where for p in found] == where
    assert all(p.remedy for p in found)


def test_problems_of_a_vault_that_is_there() -> None:
    name = VaultChoice(name="vault-asr-northeurope", resource_group="rg-asr-northeurope", region="ukwest")
    plan = makers.plan("web01", vault=name)
    elsewhere = makers.estate(vaults=(vault(SiteRecovery()),))
    assert [p.where for p in vaults.vault_problems(elsewhere, plan)] == ["vault.region"]
    moving = makers.estate(vaults=(vault(move_state="InProgress"),))
    assert [p.where for p in vaults.vault_problems(moving, makers.plan("web01"))] == ["vault.name"]
    group = replace(makers.estate().resource_groups[0], id=makers.gid("rg-asr-northeurope"), name="rg-asr-northeurope")
    grouped = makers.estate(vaults=(vault(),), resource_groups=(group,))
    assert [p.where for p in vaults.vault_problems(grouped, makers.plan("web01"))] == ["vault.resource_group"]
