"""The bar chart of a drill: for each VM the tasks of its test failover over time, in one scale for all VMs."""

from __future__ import annotations

from dataclasses import dataclass

from asr_tui.model.drill_record import DrillRecord, TaskRecord, VmRecord

LEFT = 160
"""Pixels for the names of the VMs."""
WIDTH = 560
"""Pixels that the longest VM's tasks take."""
RIGHT = 110
"""Pixels for the length of time behind each row's bars."""
ROW = 28
TOP = 24
MOST_TICKS = 8

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_COLOURS = ("#2f6fb0", "#5a97cf", "#8fbce4", "#bcd8ef", "#7d6fb0", "#b0a6d6", "#4f8f8a", "#9cc9c4")
_FAILED = "#a3162a"


@dataclass(frozen=True, slots=True)
class Bar:
    """A task: where it begins, how wide it is (pixels), and its colour."""

    task: TaskRecord
    x: float
    width: float
    colour: str


@dataclass(frozen=True, slots=True)
class Row:
    """A VM, its bars, and how many seconds they span in all."""

    vm: VmRecord
    y: int
    bars: tuple[Bar, ...]
    seconds: float
    end: float


@dataclass(frozen=True, slots=True)
class Chart:
    """``ticks``: position in pixels and seconds; ``legend``: title of a task and its colour, in the order of the work."""

    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, int], ...]
    legend: tuple[tuple[str, str], ...]
    height: int
    width: int = LEFT + WIDTH + RIGHT


def chart(record: DrillRecord) -> Chart | None:
    """The chart, None where no task has both begun and ended."""
    longest = max((_seconds(vm) for vm in record.vms), default=0.0)
    if longest <= 0:
        return None
    titles = dict.fromkeys(task.title for vm in record.vms for task in vm.tasks if task.started and task.ended)
    colours = {title: _COLOURS[number % len(_COLOURS)] for number, title in enumerate(titles)}
    scale = WIDTH / longest
    rows = tuple(_row(vm, TOP + number * ROW, scale, colours) for number, vm in enumerate(record.vms))
    step = next((step for step in _STEPS if longest / step <= MOST_TICKS), _STEPS[-1])
    ticks = tuple((LEFT + at * scale, at) for at in range(0, int(longest) + 1, step))
    return Chart(rows, ticks, tuple(colours.items()), TOP + len(rows) * ROW + 4)


def _row(vm: VmRecord, y: int, scale: float, colours: dict[str, str]) -> Row:
    starts = [task.started for task in vm.tasks if task.started]
    begin = min(starts) if starts else None
    bars = tuple(
        Bar(
            task,
            LEFT + (task.started - begin).total_seconds() * scale,
            max(1.0, task.seconds * scale),
            _FAILED if task.state == "Failed" else colours[task.title],
        )
        for task in vm.tasks
        if begin is not None and task.started is not None and task.seconds is not None
    )
    seconds = _seconds(vm)
    return Row(vm, y, bars, seconds, LEFT + seconds * scale)


def _seconds(vm: VmRecord) -> float:
    """From the first task's start to the last one's end; 0 where none has both."""
    starts = [task.started for task in vm.tasks if task.started]
    ends = [task.ended for task in vm.tasks if task.ended]
    return (max(ends) - min(starts)).total_seconds() if starts and ends else 0.0
