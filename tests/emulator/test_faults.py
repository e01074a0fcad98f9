"""Faults on purpose: what they match, what they do, and that a seed repeats a run."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import DecodeError, HttpResponseError
from azure.core.pipeline.policies import RetryPolicy
from azure.identity import ClientSecretCredential
from azure.mgmt.resource.resources import ResourceManagementClient
from hypothesis import given, settings
from hypothesis import strategies as st

from asr_tui.emulator.faults import FaultError, FaultPlan, glob_pattern, parse_faults, read_faults

GROUP = "/subscriptions/8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37/resourceGroups/rg-starter"


def rule(then: dict[str, Any], **when: Any) -> dict[str, Any]:
    return {"when": when, "then": then}


def arm(cloud: Any, *rules: dict[str, Any]) -> Any:
    answer = cloud.post("/emulator/faults", {"faults": list(rules)})
    assert answer.status == 200, answer.body
    return answer


# ---------------------------------------------------------------- matching


def test_nth_every_and_times_count_the_requests_that_match(cloud: Any) -> None:
    arm(cloud, rule({"status": 503}, path="**/rg-starter", nth=[2, 4]))
    cloud.get("/subscriptions")
    assert [cloud.get(GROUP).status for _ in range(5)] == [200, 503, 200, 503, 200]
    cloud.delete("/emulator/faults")
    arm(cloud, rule({"status": 500}, path="**/rg-starter", every=2, times=2))
    assert [cloud.get(GROUP).status for _ in range(7)] == [200, 500, 200, 500, 200, 200, 200]


def test_a_rule_may_be_about_one_method_and_one_caller(cloud: Any) -> None:
    arm(cloud, rule({"status": 500}, method="patch", principal=cloud.practice.client_id))
    assert cloud.get(GROUP).status == 200
    assert cloud.send("PATCH", GROUP, {"tags": {}}).status == 500


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("**/virtualMachines/*", "/a/b/virtualmachines/vm1", True),
        ("**/virtualMachines/*", "/a/b/virtualMachines/vm1/start", False),
        ("/subscriptions/*", "/subscriptions/x", True),
        ("/subscriptions/*", "/subscriptions/x/y", False),
        ("**/vm-*", "/x/vm-01", True),
        ("**/a.b", "/x/a.b", True),
        ("**/a.b", "/x/axb", False),
    ],
)
def test_path_patterns(pattern: str, path: str, matches: bool) -> None:
    assert bool(glob_pattern(pattern).fullmatch(path)) is matches


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), rate=st.floats(0, 1))
def test_the_same_seed_gives_the_same_run(seed: int, rate: float) -> None:
    def run() -> list[bool]:
        plan = FaultPlan(seed)
        plan.add(parse_faults({"faults": [rule({"status": 500}, rate=rate), rule({"hang": True}, rate=0.5)]}))
        return [(hit.effect if (hit := plan.strike("GET", "/x", ())) else "") for _ in range(40)]

    assert run() == run()


def test_another_seed_gives_another_run() -> None:
    runs = set()
    for seed in range(10):
        plan = FaultPlan(seed)
        plan.add(parse_faults({"faults": [rule({"status": 500}, rate=0.5)]}))
        runs.add(tuple(plan.strike("GET", "/x", ()) is not None for _ in range(40)))
    assert len(runs) == 10


# ---------------------------------------------------------------- effects


def test_a_status_with_its_own_body_and_headers(cloud: Any) -> None:
    then = {"status": 418, "body": {"odd": True}, "headers": {"x-odd": "yes"}}
    arm(cloud, rule(then, times=1))
    answer = cloud.get(GROUP)
    assert (answer.status, answer.body, answer.headers["x-odd"]) == (418, {"odd": True}, "yes")
    arm(cloud, rule({"status": 409, "code": "AnotherOperationInProgress", "message": "busy"}, times=1))
    assert cloud.get(GROUP).body == {"error": {"code": "AnotherOperationInProgress", "message": "busy"}}


def test_throttle_tells_the_waiting_time_in_azure_seconds(make_cloud: Callable[..., Any]) -> None:
    cloud = make_cloud("starter", speed=2.0)
    arm(cloud, rule({"throttle": 34}, times=1))
    answer = cloud.get(GROUP)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "17")


def test_reset_before_and_after_differ_in_what_took_effect(cloud: Any) -> None:
    body = {"location": "westeurope"}
    arm(cloud, rule({"reset": "before"}, method="PUT", times=1))
    assert cloud.put(f"{cloud.subscription}/resourceGroups/rg-a", body).delivery.transmission == "reset"
    assert cloud.get(f"{cloud.subscription}/resourceGroups/rg-a").status == 404
    arm(cloud, rule({"reset": "after"}, method="PUT", times=1))
    assert cloud.put(f"{cloud.subscription}/resourceGroups/rg-a", body).delivery.transmission == "reset"
    assert cloud.get(f"{cloud.subscription}/resourceGroups/rg-a").status == 200


def test_delay_hang_cut_and_malformed_reach_the_transport(cloud: Any) -> None:
    arm(cloud, *[rule({k: v}, nth=n) for n, (k, v) in enumerate(_TRANSPORT.items(), 1)])
    first, second, third, fourth = (cloud.get(GROUP).delivery for _ in range(4))
    assert (first.delay, first.answer.status) == (2.5, 200)
    assert second.transmission == "hang"
    assert third.transmission == "cut"
    with pytest.raises(json.JSONDecodeError):
        json.loads(fourth.answer.body)


_TRANSPORT = {"delay": 2.5, "hang": True, "cut_body": True, "malformed_json": True}


def test_clock_skew_moves_the_date_header_only(cloud: Any) -> None:
    arm(cloud, rule({"clock_skew": -3600}, times=1))
    assert cloud.get(GROUP).headers["Date"] == "Mon, 02 Mar 2026 08:00:00 GMT"
    assert cloud.get(GROUP).headers["Date"] == "Mon, 02 Mar 2026 09:00:00 GMT"


def test_an_operation_can_be_made_to_fail_or_never_to_end(cloud: Any) -> None:
    arm(cloud, rule({"fail_job": {"code": "499", "message": "broken"}}, method="DELETE", nth=1))
    arm(cloud, rule({"never_ends": True}, method="DELETE", nth=2))
    for name in ("rg-a", "rg-b"):
        cloud.put(f"{cloud.subscription}/resourceGroups/{name}", {"location": "westeurope"})
    failing = cloud.delete(f"{cloud.subscription}/resourceGroups/rg-a").headers["Location"]
    endless = cloud.delete(f"{cloud.subscription}/resourceGroups/rg-b").headers["Location"]
    cloud.clock.advance(365 * 24 * 3600)
    assert cloud.get(failing).body["error"] == {"code": "499", "message": "broken"}
    assert cloud.get(endless).status == 202
    kept = [g["name"] for g in cloud.get(f"{cloud.subscription}/resourceGroups").body["value"]]
    assert kept == ["rg-starter", "rg-a", "rg-b"]


def test_faults_are_listed_with_their_counts_and_taken_out_of_force(cloud: Any) -> None:
    arm(cloud, rule({"status": 500}, path="**/rg-starter", nth=2))
    cloud.get(GROUP)
    cloud.get(GROUP)
    (listed,) = cloud.get("/emulator/faults").body["faults"]
    assert (listed["matched"], listed["fired"]) == (2, 1)
    assert cloud.delete("/emulator/faults").body == {"faults": []}
    assert cloud.get(GROUP).status == 200


@pytest.mark.parametrize(
    ("then", "status", "fault"),
    [
        ({"hang": True}, 0, "hang"),
        ({"reset": "before"}, 0, "reset"),
        ({"reset": "after"}, 200, "reset"),
        ({"status": 503}, 503, "status"),
        ({"status": 200, "body": {"value": "odd"}}, 200, "status"),
        ({"throttle": 3}, 429, "throttle"),
        ({"cut_body": True}, 200, "cut_body"),
        ({"delay": 1}, 200, "delay"),
        ({"revoke_token": True}, 401, "revoke_token"),
    ],
)
def test_a_struck_request_is_in_the_log_with_its_caller_and_fault(
    cloud: Any, then: dict[str, Any], status: int, fault: str
) -> None:
    caller = cloud.get(GROUP) and cloud.log()[-1]["principal"]
    arm(cloud, rule(then, times=1))
    cloud.get(GROUP)
    entry = cloud.log()[-1]
    assert (entry["path"], entry["status"], entry["fault"]) == (GROUP, status, fault)
    assert entry["principal"] == caller != ""


# ---------------------------------------------------------------- over TLS


def raw_get(served: Any, path: str) -> http.client.HTTPResponse:
    parts = urlsplit(served.base_url)
    context = ssl.create_default_context(cafile=str(served.ca))
    connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, context=context, timeout=5)
    connection.request("GET", path)
    return connection.getresponse()


def test_cut_and_reset_break_the_connection(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    served.fault(when={"path": "/metadata/endpoints", "nth": 1}, then={"cut_body": True})
    with pytest.raises(http.client.IncompleteRead):
        raw_get(served, "/metadata/endpoints?api-version=2022-09-01").read()
    served.fault(when={"path": "/metadata/endpoints"}, then={"reset": "after"})
    with pytest.raises((ConnectionError, http.client.HTTPException, ssl.SSLError)):
        raw_get(served, "/metadata/endpoints?api-version=2022-09-01")


def test_a_hanging_answer_ends_with_the_callers_patience(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    served.fault(when={"path": "/metadata/**"}, then={"hang": True})
    parts = urlsplit(served.base_url)
    context = ssl.create_default_context(cafile=str(served.ca))
    connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, context=context, timeout=0.3)
    connection.request("GET", "/metadata/endpoints?api-version=2022-09-01")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    assert served.control("GET", "status")["estate"] == "starter"


def test_the_sdk_survives_what_it_retries_and_reports_what_it_cannot_read(serve: Callable[..., Any]) -> None:
    served = serve("starter", speed=600)
    practice = served.practice
    credential = ClientSecretCredential(
        practice.tenant,
        practice.client_id,
        practice.client_secret,
        authority=served.authority,
        disable_instance_discovery=True,
    )
    client = ResourceManagementClient(
        credential,
        practice.subscription,
        base_url=served.base_url,
        credential_scopes=["https://management.azure.com/.default"],
        retry_policy=RetryPolicy(retry_backoff_factor=0.001),
    )
    served.fault(when={"path": "**/rg-starter", "nth": [1, 2]}, then={"status": 503})
    assert client.resource_groups.get("rg-starter").name == "rg-starter"
    assert served.statuses("/rg-starter") == [503, 503, 200]
    served.fault(when={"path": "**/rg-starter", "nth": 1}, then={"malformed_json": True})
    with pytest.raises((DecodeError, HttpResponseError)):
        client.resource_groups.get("rg-starter")


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("faults:\n- then: {status: 99}\n", "faults.0.then.status"),
        ("faults:\n- when: {nth: 1}\n  then: {hang: true, status: 500}\n", "one effect is needed, found 2"),
        ("faults:\n- then: {}\n", "one effect is needed, found 0"),
        ("faults:\n- when: {colour: red}\n  then: {hang: true}\n", ":2: faults.0.when.colour"),
        ("faults: 7\n", ":1: faults"),
        ("- a\n", "mapping"),
        ("faults: [\n", "not valid YAML"),
    ],
)
def test_an_error_in_a_fault_file_names_file_line_and_field(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    with pytest.raises(FaultError, match=r"faults\.yaml") as caught:
        read_faults(file)
    assert told in str(caught.value)


def test_a_fault_file_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match=r"cannot be read: No such file or directory\.$"):
        read_faults(tmp_path / "none.yaml")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"faults": [{"then": {"status": "x"}}]}', b"\xff"])
def test_a_bad_posted_fault_is_a_400_and_changes_nothing(cloud: Any, content: bytes) -> None:
    answer = cloud.send("POST", "/emulator/faults", content=content)
    assert answer.status == 400
    assert cloud.get("/emulator/faults").body == {"faults": []}
