"""Azure's own rules: what makes a job fail or an item unhealthy, at which task and with which code.

The emulator knows these rules by itself, from the published sources, and decides at request time: it reads the
VM, its disks, NICs and network, the target, locks, quotas and policies from the store, and the facts about the
guest that the estate gives.
"""

from __future__ import annotations

from asr_tui.emulator.site_recovery.consequences.enabling import Verdict, eligibility, enabling
from asr_tui.emulator.site_recovery.consequences.failing_over import TargetVm, cleaning, failing_over
from asr_tui.emulator.site_recovery.consequences.steady import steady_faults, steady_future, stuck_replication

__all__ = [
    "TargetVm",
    "Verdict",
    "cleaning",
    "eligibility",
    "enabling",
    "failing_over",
    "steady_faults",
    "steady_future",
    "stuck_replication",
]
