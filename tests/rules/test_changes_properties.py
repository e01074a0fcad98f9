"""What holds of every change set, over generated estates and plans."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from asr_tui.model.change import Action, ChangeSet, Kind
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan, VmOverride
from asr_tui.rules.changes import changes
from tests.rules.application import applied, without
from tests.rules.change_sets import sent
from tests.rules.plans_over_estates import plans, situations


@given(situations())
def test_a_second_run_writes_nothing(situation: tuple[Estate, Plan]) -> None:
    estate, plan = situation
    after = applied(estate, changes(estate, plan))
    again = changes(after, plan)
    assert again.writes == ()
    assert all(change.action is Action.REUSE for change in again)


@given(situations(later=True))
def test_what_waits_for_protection_is_sent_then_and_never_again(situation: tuple[Estate, Plan]) -> None:
    estate, plan = situation
    protected = applied(estate, changes(estate, plan))
    second = changes(protected, plan)
    assert {(change.kind, change.action) for change in second.writes} <= {(Kind.ITEM, Action.UPDATE)}
    wanted = {key for key, one in plan.overrides.items() if one.target_name or one.target_size or _has_address(one)}
    assert {(change.vm_id or "").lower() for change in second.writes} == wanted
    assert changes(applied(protected, second), plan).writes == ()


def _has_address(override: VmOverride) -> bool:
    """The subnet of the primary interface is in the first request already."""
    return any(nic.address for nic in override.nics.values())


@given(situations(later=True))
def test_each_change_comes_after_all_that_it_depends_on(situation: tuple[Estate, Plan]) -> None:
    found = changes(*situation)
    seen: set[str] = set()
    for change in found:
        assert set(change.depends_on) <= seen
        assert change.key not in seen
        assert change.key == change.resource_id.lower()
        seen.add(change.key)


@given(situations(), st.data())
def test_any_order_that_respects_the_dependencies_ends_alike(
    situation: tuple[Estate, Plan], data: st.DataObject
) -> None:
    """The runner works side by side what depends on nothing that is still to come; ``applied`` refuses what is too early."""
    estate, plan = situation
    waiting = list(changes(estate, plan).writes)
    state = estate
    while waiting:
        keys = {change.key for change in waiting}
        ready = [change for change in waiting if not keys.intersection(change.depends_on)]
        change = data.draw(st.sampled_from(ready))
        state = applied(state, ChangeSet((change,)))
        waiting.remove(change)
    assert changes(state, plan).writes == ()


@settings(max_examples=60)
@given(situations(), st.data())
def test_what_was_removed_is_made_again_and_nothing_else(situation: tuple[Estate, Plan], data: st.DataObject) -> None:
    estate, plan = situation
    first = changes(estate, plan)
    after = applied(estate, first)
    # A set is placed only while a VM is being enabled: removing it changes nothing for a VM that is replicated already.
    candidates = [c for c in first.writes if c.kind not in {Kind.PROVIDER, Kind.AVAILABILITY_SET}]
    lost = data.draw(st.sampled_from(candidates))
    again = changes(without(after, lost.resource_id), plan)
    below = {
        c.key
        for c in first.writes
        if (c.key == lost.key or c.key.startswith(lost.key + "/")) and c.kind is not Kind.AVAILABILITY_SET
    }
    assert {c.key for c in again.writes if c.kind is not Kind.AVAILABILITY_SET} == below


@given(situations(), st.data())
def test_an_interrupted_run_goes_on_where_it_stopped(situation: tuple[Estate, Plan], data: st.DataObject) -> None:
    estate, plan = situation
    first = changes(estate, plan)
    done = data.draw(st.integers(0, len(first.writes)))
    halfway = applied(estate, ChangeSet(first.writes[:done]))
    rest = changes(halfway, plan)
    assert [c.key for c in rest.writes] == [c.key for c in first.writes[done:]]
    for one, other in zip(rest.writes, first.writes[done:], strict=True):
        assert sent(one) == sent(other)
    assert changes(applied(halfway, rest), plan).writes == ()


@given(situations(), st.data())
def test_vms_that_join_later_leave_alone_what_is_there(situation: tuple[Estate, Plan], data: st.DataObject) -> None:
    estate, plan = situation
    after = applied(estate, changes(estate, plan))
    more = data.draw(plans(estate, later=False))
    joined = plan.model_copy(update={"vms": tuple(dict.fromkeys((*plan.vms, *more.vms)))})
    found = changes(after, joined)
    assert all(change.action is Action.CREATE for change in found.writes)
    assert not {change.key for change in found.writes} & {change.key for change in changes(after, plan)}
    assert changes(applied(after, found), joined).writes == ()
