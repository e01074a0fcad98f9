"""Step 4: the vaults there are, and where a new one may stand."""

from __future__ import annotations

from collections import Counter

from asr_tui.model.change import Kind
from asr_tui.model.estate import Estate
from asr_tui.model.step import Step
from asr_tui.rules import naming, vaults
from asr_tui.session.planning_views import RegionRow, VaultOption, VaultView
from asr_tui.workers.state import Picture, State


def vault(state: State) -> VaultView:
    """``ready`` once the chosen vault exists; ``creating`` while the run that makes it goes on."""
    picture = state.picture
    if picture is None:
        return VaultView()
    estate = picture.estate
    return VaultView(
        state=_stand(state, picture),
        default_name=naming.vault(picture.plan.target_region) if picture.plan.target_region else "",
        default_group=naming.vault_group(picture.plan.target_region) if picture.plan.target_region else "",
        options=tuple(
            VaultOption(
                id=one.id,
                name=one.name,
                resource_group=one.resource_group,
                region=one.region,
                items=one.items,
                refused=one.refused,
            )
            for one in vaults.options(estate, picture.plan.source_region)
        ),
        regions=_regions(estate, picture.plan.source_region),
        groups=tuple(sorted((group.name for group in estate.resource_groups), key=str.lower)),
        vault_id=picture.resolved.vault.id,
        problems=tuple(vaults.vault_problems(estate, picture.plan)) if picture.plan.vault.name else (),
    )


def _stand(state: State, picture: Picture) -> str:
    if picture.plan.vault.name and picture.resolved.vault.exists and not picture.resolved.vault.provisioning:
        return "ready"
    work = state.work
    if work is not None:
        made = [progress for progress in work.progress.values() if progress.change.kind is Kind.VAULT]
        if any(progress.state in {"failed", "skipped"} for progress in made):
            return "failed"
        if made and work.is_active:
            return "creating"
        if made and work.scope is Step.VAULT and work.state == "finished":
            return "creating"  # made, and about to be read
    return "choosing"


def _regions(estate: Estate, source: str) -> tuple[RegionRow, ...]:
    """Where a vault may stand: anywhere but in the source region."""
    counted = Counter(vm.location.lower() for vm in estate.vms)
    return tuple(
        RegionRow(
            name=name,
            title=region.display_name,
            geography=region.geography,
            zones=len(region.zones),
            vms=counted[name],
            refused="A vault must stand outside the source region." if name == source else "",
        )
        for name, region in sorted(estate.region_by_name.items(), key=lambda pair: pair[1].display_name)
    )
