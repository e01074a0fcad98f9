"""The catalogue of checks: importing this registers them all."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.estate import Estate
from asr_tui.model.finding import CheckInfo, Finding
from asr_tui.model.plan import Plan
from asr_tui.rules import registry
from asr_tui.rules.checks import (
    agent,
    cache,
    cache_settings,
    churn,
    denial,
    disk,
    disk_settings,
    governance,
    guest,
    guest_ways,
    kernel,
    keys,
    network,
    nic,
    operating_system,
    policy,
    quota,
    region_pair,
    service_tags,
    subscription,
    target_size,
    vault,
    vm,
)
from asr_tui.rules.registry import Check

#: The modules whose import fills the registry.
MODULES = (
    subscription,
    governance,
    denial,
    keys,
    region_pair,
    target_size,
    quota,
    vault,
    vm,
    agent,
    operating_system,
    kernel,
    guest,
    guest_ways,
    churn,
    disk,
    disk_settings,
    nic,
    network,
    service_tags,
    cache,
    cache_settings,
    policy,
)

CHECKS: tuple[Check, ...] = registry.registered()


def by_id(check_id: str) -> Check | None:
    """The check of that id, or None."""
    return next((check for check in CHECKS if check.id == check_id), None)


def run_all(estate: Estate, plan: Plan) -> Iterator[tuple[CheckInfo, tuple[Finding, ...]]]:
    """Every check with its findings, one by one."""
    return registry.evaluate(CHECKS, estate, plan)
