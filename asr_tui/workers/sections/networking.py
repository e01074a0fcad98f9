"""Step 3: what each source network can reach, and where it fails over to."""

from __future__ import annotations

from asr_tui.model import arm_id
from asr_tui.model.change import Kind
from asr_tui.rules import interfaces, on_premises
from asr_tui.rules import networking as rules
from asr_tui.rules.facts import Facts
from asr_tui.session.planning_views import (
    ConnectionRow,
    InterfaceRow,
    NetworkingView,
    NetworkRow,
    SubnetRow,
    TagRow,
    TargetNetworkOption,
    VmNetworkRow,
)
from asr_tui.workers.sections.prerequisites import fix_row
from asr_tui.workers.state import State

MOST_UNSELECTED = 500
"""So many VMs are listed one by one while none is selected; of more, it waits for the selection."""


def networking(state: State) -> NetworkingView:
    """One row for each source network that holds VMs of the plan (of the region, while none is selected)."""
    picture = state.picture
    if picture is None:
        return NetworkingView()
    taken = frozenset(arm_id.key(each) for each in picture.plan.fixes)
    offered = {
        change.key: change
        for finding in state.checks.findings
        for change in finding.fixes
        if change.kind is Kind.SECURITY_RULE
    }
    facts = Facts(picture.estate, rules.all_vms_if_none(picture.estate, picture.plan))
    return NetworkingView(
        networks=tuple(_row(one) for one in rules.assessed(facts)),
        vms=_vms(facts) if picture.plan.vms or len(facts.selected) <= MOST_UNSELECTED else (),
        missing=tuple(fix_row(change, taken) for change in offered.values()),
        opinions=state.opinions,
        connections=tuple(
            ConnectionRow(
                kind=way.kind,
                name=way.name,
                region=way.region,
                detail=way.detail,
                guideline=way.guideline,
                state=way.state,
                id=way.id,
            )
            for way in on_premises.found(facts)
        ),
        unread=on_premises.unread(facts),
    )


def _vms(facts: Facts) -> tuple[VmNetworkRow, ...]:
    return tuple(
        VmNetworkRow(
            vm_id=vm.vm_id,
            name=vm.name,
            network_id=vm.network_id,
            interfaces=tuple(
                InterfaceRow(name=nic.name, source=nic.source, target=nic.target, why=nic.why, address=nic.address)
                for nic in vm.interfaces
            ),
            not_carried=vm.not_carried,
        )
        for vm in interfaces.of_selected(facts)
    )


def _row(one: rules.NetworkAssessment) -> NetworkRow:
    return NetworkRow(
        id=one.id,
        name=one.name,
        resource_group=one.resource_group,
        address_space=", ".join(one.address_space),
        vms=one.vms,
        tags=tuple(
            TagRow(
                tag=tag.tag,
                port=str(tag.port),
                purpose=tag.purpose,
                verdict=tag.verdict,
                deciding_rule=tag.deciding_rule,
                level=tag.level,
                subject=tag.subject,
            )
            for tag in one.tags
        ),
        egress=one.egress,
        egress_ok=one.egress_ok,
        target_id=one.target_id,
        target_name=one.target_name,
        target_is_new=one.target_is_new,
        target_address_space=", ".join(one.target_address_space),
        remark=one.remark,
        subnets=tuple(
            SubnetRow(
                source=subnet.source, target=subnet.target, why=subnet.why, vms=subnet.vms, choices=subnet.choices
            )
            for subnet in one.subnets
        ),
        options=tuple(
            TargetNetworkOption(id=each.id, name=each.name, address_space=each.address_space, remark=each.remark)
            for each in one.options
        ),
        not_carried=one.not_carried,
    )
