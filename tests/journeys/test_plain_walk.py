"""The unattended walk as its users run it: installed, as a process, with the practice cloud behind it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.journeys.installed import PATIENCE_SECONDS, Installed, Walked

pytestmark = pytest.mark.timeout(600)

STEPS = ["architecture", "prerequisites", "networking", "vault", "replication", "test-failover"]
STARTER = ["db-01", "web-01", "web-02"]


@pytest.fixture(scope="module")
def starter(command: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installed, Walked]]:
    """The starter estate, walked once."""
    program = Installed(command, tmp_path_factory.mktemp("starter"))
    yield program, program.walk("starter")
    program.stop()


def test_starter_is_walked_to_a_finished_drill(starter: tuple[Installed, Walked]) -> None:
    installed, walked = starter
    assert walked.code == 0, walked.out[-3000:]
    summary = walked.summary
    assert summary["state"] == "succeeded"
    counts = {name: summary[name] for name in summary if name.startswith("vms_")}
    assert counts == {"vms_total": 3, "vms_eligible": 3, "vms_protected": 3, "vms_tested": 3, "vms_cleaned_up": 3}
    assert set(summary["findings"]) == {"blocker", "warning", "unknown", "info"}
    assert (summary["findings"]["blocker"], summary["findings"]["warning"]) == (0, 0), (
        "nothing is wrong with this estate"
    )

    holdings = installed.cloud("starter").holdings()
    assert [vault["location"] for vault in holdings.vaults] == ["northeurope"]
    assert len(holdings.lists["replicationFabrics"]) == 2
    assert len(holdings.lists["replicationProtectionContainers"]) == 2
    assert len(holdings.lists["replicationProtectionContainerMappings"]) == 2
    assert len(holdings.lists["replicationNetworkMappings"]) == 2
    assert holdings.protected == STARTER
    assert holdings.test_vms == []


def test_every_line_is_an_event_of_the_contract(starter: tuple[Installed, Walked]) -> None:
    _, walked = starter
    for event in walked.events:
        assert list(event)[:6] == ["time", "step", "kind", "subject", "state", "message"]
        assert event["step"] in {*STEPS, "walkthrough"}
        assert datetime.fromisoformat(event["time"]).utcoffset() == timedelta(0)
    begun = [event["step"] for event in walked.of("step") if event["state"] == "running"]
    ended = [event["step"] for event in walked.of("step") if event["state"] == "succeeded"]
    assert begun == ended == STEPS


def test_a_second_walk_writes_nothing_up_to_the_test_failover(starter: tuple[Installed, Walked]) -> None:
    installed, walked = starter
    cloud = installed.cloud("starter")
    before = cloud.writes()
    assert walked.summary["arm_writes"] <= len(before)
    again = installed.walk("starter", "--until", "replication")
    assert again.code == 0
    assert again.summary["arm_writes"] == 0
    assert cloud.writes() == before

    installed.stop()  # a new worker knows only what Azure tells it
    afresh = installed.walk("starter", "--until", "replication")
    assert afresh.code == 0
    assert afresh.summary["arm_writes"] == 0
    assert cloud.writes() == before
    assert afresh.summary["vms_protected"] == 3


def test_the_counts_of_the_summary_are_the_clouds_own(installed: Installed) -> None:
    walked = installed.walk("starter", "--until", "vault")
    cloud = installed.cloud("starter")
    counted = walked.summary["arm_requests"]

    def served() -> int:
        return sum(
            entry["path"].lower().startswith(("/subscriptions", "/tenants", "/providers")) for entry in cloud.log()
        )

    # A request is counted when it is sent and logged when it is served, and the worker goes on reading after the walk.
    deadline = time.monotonic() + PATIENCE_SECONDS
    while served() < counted:
        assert time.monotonic() < deadline, (served(), counted)
    assert served() <= counted + 100
    assert walked.summary["arm_writes"] == len(cloud.writes())


@pytest.mark.parametrize("step", ["architecture", "networking", "vault"])
def test_until_stops_after_that_step(installed: Installed, step: str) -> None:
    walked = installed.walk("starter", "--until", step)
    assert walked.code == 0
    assert [event["step"] for event in walked.of("step") if event["state"] == "succeeded"] == STEPS[
        : STEPS.index(step) + 1
    ]
    wrote = installed.cloud("starter").writes()
    assert bool(wrote) == (step == "vault"), wrote


def test_contoso_is_walked_and_its_unfit_vms_are_named_with_reasons(installed: Installed) -> None:
    walked = installed.walk("contoso")
    assert walked.code == 0, walked.out[-3000:]
    summary = walked.summary
    assert summary["vms_total"] >= 12
    assert summary["vms_eligible"] >= 7
    assert summary["vms_eligible"] == summary["vms_protected"] == summary["vms_tested"] == summary["vms_cleaned_up"]
    refused = walked.of("vm", "prerequisites")
    assert len(refused) == summary["vms_total"] - summary["vms_eligible"]
    assert all(event["message"].startswith("cannot be protected: ") for event in refused)
    grave = {event["check"] for event in walked.of("finding") if event["state"] in {"blocker", "warning"}}
    assert len(grave) >= 8
    assert [event for event in walked.of("tag", "networking") if event["state"] == "denied"]

    holdings = installed.cloud("contoso").holdings()
    assert len(holdings.protected) == summary["vms_protected"]
    assert not set(holdings.protected) & {event["subject"] for event in refused}
    assert holdings.test_vms == []


def test_text_of_azure_cannot_act_on_the_terminal(installed: Installed) -> None:
    """Contoso's tags hold markup, escape sequences and right-to-left marks."""
    for arguments in ([], ["--json"]):
        walked = installed.run(
            "walkthrough", "--practice", "--yes", "--estate", "contoso", "--until", "networking", *arguments
        )
        assert walked.code == 0
        for text in (walked.out, walked.err):
            assert not {character for character in text if ord(character) < 32 and character != "\n"}
            assert not set(text) & set("\x7f\x9b\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f")


def test_the_plain_lines_say_the_same_for_people(installed: Installed) -> None:
    walked = installed.run("walkthrough", "--practice", "--yes", "--estate", "starter", "--speed", "600", "--ascii")
    assert walked.code == 0, walked.out[-3000:]
    assert walked.out.isascii()
    headings = [line for line in walked.out.splitlines() if line.startswith("Step ")]
    assert headings == [
        "Step 1 of 6: Architecture",
        "Step 2 of 6: Prerequisites",
        "Step 3 of 6: Networking",
        "Step 4 of 6: Vault",
        "Step 5 of 6: Replication",
        "Step 6 of 6: Test failover",
    ]
    assert "The walkthrough succeeded" in walked.out.splitlines()[-1]
    assert walked.err.startswith("Starting the practice cloud")


def test_check_answers_with_its_exit_code_and_writes_nothing(installed: Installed) -> None:
    clean = installed.run("check", "--practice", "--estate", "starter", "--format", "json")
    assert clean.code == 0, clean.err
    assert '"blocker": 0' in clean.out
    blocked = installed.run("check", "--practice", "--estate", "contoso", "--format", "junit")
    assert blocked.code == 1
    assert blocked.out.startswith("<?xml")
    assert "<failure" in blocked.out
    assert installed.cloud("starter").writes() == installed.cloud("contoso").writes() == []


def test_check_says_3_where_something_could_not_be_evaluated(installed: Installed) -> None:
    assert installed.run("check", "--practice", "--estate", "starter").code == 0
    cloud = installed.cloud("starter")
    cloud.fault({"path": "**/usages"}, {"status": 403, "code": "AuthorizationFailed"})
    unknown = installed.run("check", "--practice", "--estate", "starter")
    assert unknown.code == 3, unknown.out[-2000:]
    assert "unknown" in unknown.out


def test_a_wrong_region_pair_is_one_sentence(installed: Installed) -> None:
    walked = installed.walk("starter", "--target", "westeurope")
    assert walked.code == 1
    failed = [event for event in walked.of("step") if event["state"] == "failed"]
    assert [event["step"] for event in failed] == ["architecture"]
    assert "westeurope" in failed[0]["message"].lower() or "West Europe" in failed[0]["message"]
    nowhere = installed.walk("starter", "--source", "atlantis")
    assert nowhere.code == 1
    assert "westeurope" in nowhere.of("step")[-1]["message"]  # the closed set is named
    assert installed.cloud("starter").writes() == []


def test_another_speed_is_taken_over_by_a_running_cloud(installed: Installed) -> None:
    assert installed.walk("starter", "--until", "architecture", speed=60).code == 0
    first = installed.cloud("starter").record
    assert installed.walk("starter", "--until", "architecture", speed=600).code == 0
    second = installed.cloud("starter").record
    assert (first["speed"], second["speed"]) == (60, 600)
    assert first["endpoint"] == second["endpoint"]


def test_two_estates_are_two_sessions(installed: Installed) -> None:
    assert installed.walk("starter", "--until", "architecture").code == 0
    assert installed.walk("contoso", "--until", "architecture").code == 0
    refused = installed.run("stop")
    assert refused.code == 2
    assert "practice-contoso, practice-starter" in refused.err
    stopped = installed.run("stop", "--all")
    assert stopped.code == 0
    assert stopped.out == ""
    assert len(stopped.err.splitlines()) == 2


PLAN = """\
version: 1
source_region: westeurope
target_region: northeurope
vault: {name: rsv-of-the-plan, resource_group: rg-of-the-plan, region: northeurope}
policy: {name: two-days, retention_minutes: 2880}
"""


def test_a_plan_that_is_named_is_followed(installed: Installed) -> None:
    (installed.home / "dr.yaml").write_text(PLAN)
    walked = installed.walk("starter", "--plan", "dr.yaml", "--until", "replication")
    assert walked.code == 0, walked.out[-2000:] + walked.err
    holdings = installed.cloud("starter").holdings()
    assert [vault["name"] for vault in holdings.vaults] == ["rsv-of-the-plan"]
    assert "two-days" in {event["subject"] for event in walked.of("review", "replication")}

    (installed.home / "other.yaml").write_text(PLAN.replace("rsv-of-the-plan", "rsv-another"))
    again = installed.walk("starter", "--plan", "other.yaml", "--until", "vault")  # the worker runs already
    assert again.code == 0, again.out[-2000:] + again.err
    names = {vault["name"] for vault in installed.cloud("starter").holdings().vaults}
    assert names == {"rsv-of-the-plan", "rsv-another"}


def test_a_plan_with_an_error_is_named_with_file_line_and_field(installed: Installed) -> None:
    (installed.home / "dr.yaml").write_text(PLAN.replace("2880", "two days"))
    walked = installed.walk("starter", "--plan", "dr.yaml")
    assert walked.code == 2
    assert walked.out == ""
    sentence = walked.err.splitlines()[-1]
    assert "dr.yaml" in sentence
    assert "line 5" in sentence
    assert "retention_minutes" in sentence
    assert installed.cloud("starter").writes() == []


def test_read_only_writes_nothing_and_says_so(installed: Installed) -> None:
    walked = installed.walk("starter", "--read-only")
    assert walked.code == 1
    failed = [event for event in walked.of("step") if event["state"] == "failed"]
    assert [event["step"] for event in failed] == ["vault"]
    assert "read-only" in failed[0]["message"].lower() or "look" in failed[0]["message"].lower()
    assert installed.cloud("starter").writes() == []
    installed.stop()
    assert installed.walk("starter", "--until", "architecture").code == 0
    refused = installed.walk("starter", "--read-only")
    assert refused.code == 2
    assert "may write" in refused.err
