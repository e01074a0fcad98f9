"""Whether a replicating VM changes more than the service carries: by VM, and by disk.

Ceilings in MB/s, from the service's pages on the support matrix (normal churn) and on high churn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asr_tui.emulator.estates.sizes import size_named
from asr_tui.emulator.site_recovery.error_catalogue import Fault
from asr_tui.emulator.site_recovery.source_vm import SourceDisk, SourceVm
from asr_tui.emulator.site_recovery.timeline import State
from asr_tui.emulator.site_recovery.vault_scope import Record

_NORMAL_VM = 54.0
_HIGH = ((256, 500.0, 250.0), (32, 100.0, 50.0), (0, 54.0, 20.0))
"""With high churn: GiB of memory from which on, the VM's ceiling, and that of any one disk (what the page says beyond that,
by size and type of the disk, is not emulated)."""

_STANDARD = (2.0, 2.0, 2.0)
_PREMIUM = (2.0, 4.0, 8.0)
_LARGE_PREMIUM = (5.0, 20.0, 20.0)
_LARGE_FROM_GIB = 512
"""Normal churn, by the replica's type and size; columns are writes of less than 16 KiB, less than 32 KiB, and more."""


def change_faults(record: Record, state: State, vm: SourceVm) -> Iterator[Fault]:
    """What the service reports of a VM whose data change too fast; nothing where it keeps up."""
    replicas = {entry["id"].lower(): entry["replica_type"] for entry in state["disks"]}
    disks = [disk for disk in vm.disks if disk.id.lower() in replicas]
    high = _high_tier(vm) if record["churn"] == "High" else None
    ceiling = high[0] if high else _NORMAL_VM
    total = sum(disk.data.churn for disk in disks)
    fast = [disk.name for disk in disks if disk.data.churn > (high[1] if high else _normal(disk, replicas))]
    if total > ceiling:
        yield Fault(
            "SourceMachineChurnRateExceeded",
            f"It changes {total:.0f} MB/s; the ceiling of the machine is {ceiling:.0f} MB/s.",
        )
        yield Fault("153007", "The data change rate is above the ceiling.")
    elif fast:
        yield Fault("153007", f"The data change rate is above the ceiling of: {', '.join(sorted(fast))}.")


def _high_tier(vm: SourceVm) -> tuple[float, float]:
    size = size_named(vm.size)
    memory = size.memory_gb if size is not None else 0
    return next((whole, one) for least, whole, one in _HIGH if memory >= least)


def _normal(disk: SourceDisk, replicas: Mapping[str, str]) -> float:
    if replicas[disk.id.lower()].lower().startswith("standard"):
        row = _STANDARD
    else:
        row = _LARGE_PREMIUM if disk.size_gb >= _LARGE_FROM_GIB else _PREMIUM
    return row[0 if disk.data.write_kib < 16 else 1 if disk.data.write_kib < 32 else 2]
