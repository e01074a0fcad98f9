"""Microsoft.Insights: metrics of VMs, as the published form has them, and as the estate's facts want them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.emulator.conftest import Cloud

GROUP = "rg-estate"
ESTATE = """
name: measured
networks: {vnet: {space: 10.1.0.0/16, subnets: {web: 10.1.1.0/24}}}
vm_defaults: {subnet: vnet/web}
vms:
  db: {os_disk: {churn: 0.5}, disks: [{size: 256, churn: 6, write_kib: 8}, {size: 128, churn: 1}]}
  idle: {power: deallocated}
"""
WEEK = "2026-02-23T09:00:00Z/2026-03-02T09:00:00Z"
MEGABYTE = 1024 * 1024


@pytest.fixture
def measured(make_cloud: Callable[..., Cloud], tmp_path: Path) -> Cloud:
    file = tmp_path / "measured.yaml"
    file.write_text(ESTATE, encoding="utf-8")
    return make_cloud(str(file), strict=True)


def ask(cloud: Cloud, vm: str = "db", **query: str) -> Any:
    path = f"{cloud.subscription}/resourceGroups/{GROUP}/providers/Microsoft.Compute/virtualMachines/{vm}"
    wanted = {"timespan": WEEK, "interval": "PT1H", "metricnames": "Percentage CPU"} | query
    return cloud.send("GET", f"{path}/providers/Microsoft.Insights/metrics?{urlencode(wanted)}", version="2023-10-01")


def averages(answer: Any) -> dict[tuple[str, str], float]:
    """By metric and LUN: the mean of all points."""
    found = {}
    for metric in answer.body["value"]:
        for series in metric["timeseries"]:
            points = [point["average"] for point in series["data"]]
            lun = next((label["value"] for label in series["metadatavalues"]), "")
            found[metric["name"]["value"], lun] = sum(points) / len(points)
    return found


def test_a_week_averages_to_the_facts_of_the_disk(measured: Cloud) -> None:
    system = averages(ask(measured, metricnames="OS Disk Write Bytes/sec,OS Disk Write Operations/Sec"))
    assert system["OS Disk Write Bytes/sec", ""] == pytest.approx(0.5 * MEGABYTE, rel=1e-6)
    assert system["OS Disk Write Operations/Sec", ""] == pytest.approx(0.5 * MEGABYTE / 32 / 1024, rel=1e-6)
    names = "Data Disk Write Bytes/sec,Data Disk Write Operations/Sec"
    data = averages(ask(measured, metricnames=names, **{"$filter": "LUN eq '*'"}))
    assert data["Data Disk Write Bytes/sec", "0"] == pytest.approx(6 * MEGABYTE, rel=1e-6)
    assert data["Data Disk Write Operations/Sec", "0"] == pytest.approx(6 * MEGABYTE / 8 / 1024, rel=1e-6)
    assert data["Data Disk Write Bytes/sec", "1"] == pytest.approx(MEGABYTE, rel=1e-6)
    whole = averages(ask(measured, metricnames="Data Disk Write Bytes/sec"))
    assert whole == {("Data Disk Write Bytes/sec", ""): pytest.approx(3.5 * MEGABYTE, rel=1e-6)}


def test_the_form_is_the_published_one(measured: Cloud) -> None:
    query = {"metricnames": "data disk write bytes/sec", "$filter": "LUN eq '1' or LUN eq '7'"}
    body = ask(measured, aggregation="Average,maximum", **query).body
    assert (body["timespan"], body["interval"]) == (WEEK, "PT1H")
    assert body["resourceregion"] == "westeurope"
    (metric,) = body["value"]
    assert metric["id"].endswith("/providers/Microsoft.Insights/metrics/Data Disk Write Bytes/sec")
    assert (metric["type"], metric["unit"], metric["errorCode"]) == (
        "Microsoft.Insights/metrics",
        "BytesPerSecond",
        "Success",
    )
    (series,) = metric["timeseries"]
    assert series["metadatavalues"] == [{"name": {"value": "lun", "localizedValue": "lun"}, "value": "1"}]
    assert len(series["data"]) == 168
    assert series["data"][0].keys() == {"timeStamp", "average", "maximum"}
    assert series["data"][0]["timeStamp"] == "2026-02-23T09:00:00Z"
    assert all(point["maximum"] >= point["average"] for point in series["data"])


def test_the_past_does_not_change(measured: Cloud) -> None:
    before = ask(measured, metricnames="Percentage CPU,Available Memory Bytes").content
    measured.clock.advance(3600)
    measured.token = None
    assert json.loads(before) == ask(measured, metricnames="Percentage CPU,Available Memory Bytes").body


def test_longer_intervals_and_few_series(measured: Cloud) -> None:
    query = {"metricnames": "Data Disk Write Bytes/sec", "$filter": "LUN eq '*'", "top": "1"}
    (metric,) = ask(measured, interval="P1D", **query).body["value"]
    assert [len(series["data"]) for series in metric["timeseries"]] == [7]


def test_a_machine_that_is_off_has_times_without_figures(measured: Cloud) -> None:
    (metric,) = ask(measured, "idle").body["value"]
    assert {tuple(point) for point in metric["timeseries"][0]["data"]} == {("timeStamp",)}
    old = ask(measured, timespan="2025-11-01T00:00:00Z/2025-11-02T00:00:00Z").body["value"][0]
    assert {tuple(point) for point in old["timeseries"][0]["data"]} == {("timeStamp",)}, "kept for 93 days only"
    none = ask(measured, "idle", metricnames="Data Disk Write Bytes/sec").body["value"][0]
    assert none["timeseries"] == []


def test_without_a_timespan_it_is_the_last_hour(measured: Cloud) -> None:
    body = ask(measured, timespan="").body
    assert body["timespan"] == "2026-03-02T08:00:00Z/2026-03-02T09:00:00Z"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"metricnames": "Network In"}, 400, "BadRequest"),
        ({"interval": "PT7M"}, 400, "BadRequest"),
        ({"interval": "PT1M"}, 501, "NotEmulated"),
        ({"aggregation": "median"}, 400, "BadRequest"),
        ({"timespan": "yesterday"}, 400, "BadRequest"),
        ({"timespan": "2026-03-02T09:00:00Z/2026-03-02T08:00:00Z"}, 400, "BadRequest"),
        ({"top": "few"}, 400, "BadRequest"),
        ({"$filter": "LUN eq '*'"}, 400, "BadRequest"),
        ({"metricnames": "Data Disk Write Bytes/sec", "$filter": "SlotId eq '*'"}, 400, "BadRequest"),
        ({"metricnames": "Data Disk Write Bytes/sec", "$filter": "LUN is 3"}, 400, "BadRequest"),
    ],
)
def test_what_is_refused(measured: Cloud, query: dict[str, str], status: int, code: str) -> None:
    answer = ask(measured, **query)
    assert (answer.status, answer.code) == (status, code)


def test_a_filter_that_does_not_fit_is_left_out_on_request(measured: Cloud) -> None:
    answer = ask(measured, ValidateDimensions="false", **{"$filter": "LUN eq '*'"})
    assert answer.status == 200


def test_a_machine_that_does_not_exist_has_none(measured: Cloud) -> None:
    assert ask(measured, "nobody").status == 404
