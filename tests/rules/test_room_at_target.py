"""What the target region has room for: sizes by zone, and the largest drill that a quota holds."""

from __future__ import annotations

from asr_tui.model.compute import Usage
from asr_tui.rules import catalogue
from asr_tui.rules.facts import Facts
from tests.rules import makers
from tests.rules.makers import TARGET


def test_sizes_are_offered_for_the_zone_that_the_vm_gets() -> None:
    """A size that the region has in other zones only is no way out."""
    sizes = (
        makers.size("Standard_D4s_v5", region=TARGET, zones=("2",)),
        makers.size("Standard_D4as_v5", region=TARGET, zones=("2", "3")),
        makers.size("Standard_D8s_v5", region=TARGET, zones=("1",), vcpus=8),
    )
    check = catalogue.by_id("target-size-available")
    assert check is not None
    machine = makers.vm("web01", zones=("1",))
    estate = makers.estate(vms=(machine,), vm_sizes=(makers.size("Standard_D4s_v5"), *sizes))
    (hit,) = check.evaluate(Facts(estate, makers.plan("web01")))
    assert "not offered in zone 1" in hit.evidence
    assert hit.remedy == "Choose another zone, or a size of this one: Standard_D8s_v5."


def test_the_largest_drill_that_the_quota_holds_is_told() -> None:
    usage = Usage("cores", TARGET, 10, 17)
    machines = tuple(makers.vm(name) for name in ("a", "b", "c"))
    check = catalogue.by_id("target-quota-regional")
    assert check is not None
    estate = makers.estate(vms=machines, usages=(usage,))
    (hit, *_) = check.evaluate(Facts(estate, makers.plan("a", "b", "c")))
    needed = 3 * makers.size().vcpus
    fitting = 7 // makers.size().vcpus
    assert f"needs {needed} for all selected VMs" in hit.evidence
    assert f"a failover or drill of {fitting} of them at once" in hit.evidence
