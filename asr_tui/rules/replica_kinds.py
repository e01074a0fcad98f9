"""Which replica disks a plan would have made: what Azure Policy is asked about beforehand."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan
from asr_tui.rules.defaults import resolve
from asr_tui.rules.resolved import Resolved


def by_vm(resolved: Resolved) -> Iterator[tuple[str, str, str]]:
    """Target group's id, disk type and VM id, for each kind of replica disk of each VM that is not replicated yet."""
    for item in resolved.items:
        if item.existing is None:
            for disk_type in dict.fromkeys(disk.replica_type for disk in item.disks):
                yield item.group.id, disk_type, item.vm_id


def wanted(estate: Estate, plan: Plan) -> tuple[tuple[str, str], ...]:
    """Target group's id and disk type of every replica disk that ``plan`` needs, each once."""
    return tuple(dict.fromkeys((group, disk_type) for group, disk_type, _ in by_vm(resolve(estate, plan))))
