"""What of an estate a check looks at: found out by letting it look, so that it cannot go out of date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan
from asr_tui.rules import registry
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.registry import Check

_FIELDS = frozenset(field.name for field in fields(Estate))
_OF_VM = tuple(field.name for field in fields(VmFacts))
_BEHIND: Mapping[str, tuple[str, ...]] = {
    "nics": ("nics",),
    "nic": ("nics",),
    "disks": ("disks",),
    "size": ("vm_sizes",),
    "network": ("networks", "nics"),
    "subnet": ("networks", "nics"),
}
"""What stands behind an attribute of :class:`VmFacts`, beside the VMs themselves."""


class _Watched(Estate):
    """An estate that remembers which of its parts were asked for. Indexes over a part ask for that part."""

    asked: set[str]

    def __getattribute__(self, name: str) -> Any:
        if name in _FIELDS:
            object.__getattribute__(self, "asked").add(name)
        return object.__getattribute__(self, name)


def parts_of(checks: Iterable[Check], estate: Estate, plan: Plan) -> frozenset[str]:
    """The fields of :class:`Estate` that ``checks`` ask for under this plan.

    What the plan's defaults come from counts as given: they are spelled out before, so that a check that only wants to know
    the name of the target group does not depend on everything.
    """
    watched = object.__new__(_Watched)
    asked: set[str] = set()
    object.__setattr__(watched, "asked", asked)
    for name in _FIELDS:
        watched.__dict__[name] = getattr(estate, name)
    plain, facts = Facts(estate, plan), Facts(watched, plan)
    facts.__dict__["resolved"] = plain.resolved
    facts.__dict__["vms"] = _watched_vms(plain.vms, asked)
    for each in checks:
        registry.run(each, facts)
    return frozenset(asked)


def _watched_vms(vms: Iterable[VmFacts], asked: set[str]) -> tuple[VmFacts, ...]:
    class WatchedVm(VmFacts):
        __slots__ = ()

        def __getattribute__(self, name: str) -> Any:
            if name in _OF_VM:
                asked.add("vms")
                asked.update(_BEHIND.get(name, ()))
            return VmFacts.__getattribute__(self, name)

    return tuple(WatchedVm(*(getattr(vm, name) for name in _OF_VM)) for vm in vms)
