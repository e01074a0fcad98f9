"""``GET {vm}/providers/Microsoft.Insights/metrics``: platform metrics of a VM, an hour at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.insights import history
from asr_tui.emulator.insights.history import HOUR, Sample, Series
from asr_tui.emulator.registry import Versions, operation
from asr_tui.emulator.site_recovery import source_vm
from asr_tui.emulator.site_recovery.source_vm import SourceDisk, SourceVm

VERSIONS = Versions("2017-05-01-preview", "2026-12-31", ("2023-10-01", "2021-05-01", "2018-01-01"))
"""The api-versions of metrics."""

_PATH = (
    "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Compute/virtualMachines/{vm}"
    "/providers/Microsoft.Insights/metrics"
)
_INTERVALS: Mapping[str, int] = {"PT1H": 1, "PT6H": 6, "PT12H": 12, "P1D": 24}
_SHORTER = ("PT1M", "PT5M", "PT15M", "PT30M")
_AGGREGATIONS = ("average", "minimum", "maximum")
_LUN = "lun"
_SERIES_SHOWN = 10
"""How many series a ``$filter`` gives unless ``top`` asks for more."""

_TERM = re.compile(r"\s*(\w+)\s+eq\s+'([^']*)'\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Metric:
    """A metric that VMs have: ``of_disk`` for those of data disks, which are split by LUN, ``of_vm`` for the others."""

    name: str
    unit: str
    of_vm: Callable[[Call, SourceVm], Series | None] | None = None
    of_disk: Callable[[SourceDisk], Series] | None = None


def _of_system_disk(make: Callable[[SourceDisk], Series]) -> Callable[[Call, SourceVm], Series | None]:
    def series(_: Call, vm: SourceVm) -> Series | None:
        return next((make(disk) for disk in vm.disks if disk.lun is None), None)

    return series


_METRICS = {
    metric.name.lower(): metric
    for metric in (
        _Metric("OS Disk Write Bytes/sec", "BytesPerSecond", of_vm=_of_system_disk(history.written_bytes)),
        _Metric("OS Disk Write Operations/Sec", "CountPerSecond", of_vm=_of_system_disk(history.write_operations)),
        _Metric("Data Disk Write Bytes/sec", "BytesPerSecond", of_disk=history.written_bytes),
        _Metric("Data Disk Write Operations/Sec", "CountPerSecond", of_disk=history.write_operations),
        _Metric("Percentage CPU", "Percent", of_vm=lambda _, vm: history.processor(vm)),
        _Metric(
            "Available Memory Bytes", "Bytes", of_vm=lambda call, vm: history.free_memory(call.store, vm, call.now)
        ),
    )
}


@dataclass(frozen=True, slots=True)
class _Question:
    """A checked request: ``hours`` an interval; ``luns`` None without a filter, empty for every LUN."""

    metrics: tuple[_Metric, ...]
    begin: datetime
    end: datetime
    interval: str
    hours: int
    shown: tuple[str, ...]
    luns: tuple[str, ...] | None
    most: int


@operation(
    "GET",
    _PATH,
    versions=VERSIONS,
    action="Microsoft.Insights/metrics/read",
    evidence="examples",
    note="Disk writes, processor and memory, by the hour or longer. Figures follow from the estate's facts.",
)
def read_metrics(call: Call) -> Reply:
    """The metrics that were asked for, each with its series."""
    wanted = (
        f"/subscriptions/{call.subscription}/resourceGroups/{call.params['rg']}"
        f"/providers/Microsoft.Compute/virtualMachines/{call.params['vm']}"
    )
    resource = call.require(wanted, source_vm.VM_TYPE)
    vm = source_vm.read(call.store, resource.id, call.now)
    if vm is None:
        raise LookupError(f"{resource.id} is no VM")
    asked = _question(call)
    there = history.has_figures(vm, call.now)
    return Reply(
        200,
        {
            "cost": int((asked.end - asked.begin) / timedelta(minutes=1)) * len(asked.metrics),
            "timespan": f"{_zulu(asked.begin)}/{_zulu(asked.end)}",
            "interval": asked.interval,
            "value": [
                {
                    "id": f"{resource.id}/providers/Microsoft.Insights/metrics/{metric.name}",
                    "type": "Microsoft.Insights/metrics",
                    "name": {"value": metric.name, "localizedValue": metric.name},
                    "unit": metric.unit,
                    "timeseries": [
                        {"metadatavalues": labels, "data": _points(parts, asked, there)}
                        for labels, parts in _series(call, vm, metric, asked)
                    ],
                    "errorCode": "Success",
                }
                for metric in asked.metrics
            ],
            "namespace": "Microsoft.Compute/virtualMachines",
            "resourceregion": vm.location,
        },
    )


def _series(
    call: Call, vm: SourceVm, metric: _Metric, asked: _Question
) -> Iterator[tuple[list[dict[str, Any]], Sequence[Series]]]:
    """The series of a metric with their labels: one for each LUN where a filter splits them, else one over all."""
    if metric.of_vm is not None:
        found = metric.of_vm(call, vm)
        if found is not None:
            yield [], (found,)
        return
    make = metric.of_disk
    if make is None:
        raise LookupError(f"{metric.name} is of nothing")
    disks = [disk for disk in vm.disks if disk.lun is not None]
    if asked.luns is None:
        if disks:
            yield [], [make(disk) for disk in disks]
        return
    chosen = [disk for disk in disks if not asked.luns or str(disk.lun) in asked.luns]
    for disk in chosen[: asked.most]:
        yield [{"name": {"value": _LUN, "localizedValue": _LUN}, "value": str(disk.lun)}], (make(disk),)


def _points(parts: Sequence[Series], asked: _Question, there: Callable[[datetime], bool]) -> list[dict[str, Any]]:
    """A point for each interval; an interval without figures has a time and nothing else."""
    points = []
    at = asked.begin
    while at < asked.end:
        hours = [at + HOUR * number for number in range(asked.hours)]
        samples = [part(hour) for hour in hours if hour < asked.end and there(hour) for part in parts]
        points.append({"timeStamp": _zulu(at), **(_figures(samples, asked.shown) if samples else {})})
        at += HOUR * asked.hours
    return points


def _figures(samples: Sequence[Sample], shown: Sequence[str]) -> dict[str, float]:
    figures = {
        "average": sum(sample.average for sample in samples) / len(samples),
        "minimum": min(sample.minimum for sample in samples),
        "maximum": max(sample.maximum for sample in samples),
    }
    return {name: round(figures[name], 6) for name in shown}


# ---------------------------------------------------------------- what was asked


def _question(call: Call) -> _Question:
    """The request's query, checked.

    Raises:
        ArmError: 400 for what the service does not take, 501 for what is not emulated.
    """
    metrics = _metrics(call.query.get("metricnames", ""))
    luns = _luns(call.query.get("$filter"))
    split = [metric for metric in metrics if metric.of_disk is None] if luns is not None else []
    if split and call.query.get("validatedimensions", "true").lower() != "false":
        raise _bad(f"Metric: {split[0].name} does not support requested dimension combination: {_LUN}.")
    interval = call.query.get("interval", "PT1M").upper()
    if interval in _SHORTER:
        raise ArmError(501, "NotEmulated", f"The asr-tui emulator keeps metrics by the hour, not by {interval}.")
    if interval not in _INTERVALS:
        raise _bad(
            f"Detected invalid time grain input with value: {interval}. Please use a valid time grain: "
            f"{', '.join((*_SHORTER, *_INTERVALS))}."
        )
    begin, end = _timespan(call)
    top = call.query.get("top", str(_SERIES_SHOWN))
    if not (top.isascii() and top.isdigit() and int(top) > 0):
        raise _bad(f"The value '{top}' of the parameter 'top' is not a number above 0.")
    return _Question(
        metrics, begin, end, interval, _INTERVALS[interval], _shown(call.query.get("aggregation", "")), luns, int(top)
    )


def _metrics(names: str) -> tuple[_Metric, ...]:
    found = []
    for name in (part.strip() for part in names.split(",")):
        metric = _METRICS.get(name.lower())
        if metric is None:
            raise _bad(
                "Failed to find metric configuration for provider: Microsoft.Compute, resource Type: virtualMachines, "
                f"metric: {name}, Valid metrics: {','.join(known.name for known in _METRICS.values())}"
            )
        found.append(metric)
    return tuple(found)


def _luns(text: str | None) -> tuple[str, ...] | None:
    """``LUN eq '*'``, or several LUNs with ``or``; None without a filter.

    Raises:
        ArmError: 400 for another dimension or syntax.
    """
    if not text:
        return None
    values = []
    for part in re.split(r"\bor\b", text, flags=re.IGNORECASE):
        found = _TERM.fullmatch(part)
        if found is None:
            raise _bad(f"Invalid filter: '{text}'.")
        if found.group(1).lower() != _LUN:
            raise _bad(f"The dimension {found.group(1)} is not supported, supported ones are: {_LUN}.")
        values.append(found.group(2))
    return () if "*" in values else tuple(values)


def _shown(text: str) -> tuple[str, ...]:
    wanted = tuple(part.strip().lower() for part in text.split(",") if part.strip()) or ("average",)
    for one in wanted:
        if one not in _AGGREGATIONS:
            raise _bad(f"Invalid aggregation: '{one}'. Supported ones are: {', '.join(_AGGREGATIONS)}.")
    return wanted


def _timespan(call: Call) -> tuple[datetime, datetime]:
    text = call.query.get("timespan")
    if not text:
        return call.now - HOUR, call.now
    first, _, second = text.partition("/")
    try:
        begin, end = (datetime.fromisoformat(part).replace(second=0, microsecond=0) for part in (first, second))
    except ValueError as error:
        raise _bad(f"Invalid timespan: '{text}'. It is to be start/end in ISO 8601.") from error
    begin, end = (each if each.tzinfo else each.replace(tzinfo=UTC) for each in (begin, end))
    if begin >= end:
        raise _bad(f"Start time can not be bigger than or equal to end time: '{text}'.")
    return begin.astimezone(UTC), end.astimezone(UTC)


def _bad(message: str) -> ArmError:
    return ArmError(400, "BadRequest", message)


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
