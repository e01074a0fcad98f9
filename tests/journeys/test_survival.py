"""What a walk survives: the death of the face, of the worker, of the cloud's process. Nothing is created twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.installed import Cloud, Installed, Walked, wait_for_end

pytestmark = pytest.mark.timeout(600)

SPEED = "600"
"""Initial replication takes some seconds at this speed: time enough to strike."""
SLOW = "60"
"""Initial replication takes the better part of a minute: it is still under way after a command that takes its time."""


def begin(installed: Installed, speed: str = SPEED) -> subprocess.Popen[str]:
    """A walk in the background."""
    return installed.start(
        "walkthrough",
        "--practice",
        "--yes",
        "--json",
        "--estate",
        "starter",
        "--speed",
        speed,
        "--until",
        "replication",
    )


def events(walk: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert walk.stdout is not None
    for line in walk.stdout:
        yield json.loads(line)


def until_seeding(walk: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """Read events until the first VM is in initial replication."""
    seen = []
    for event in events(walk):
        seen.append(event)
        if event["kind"] == "item" and event["state"] == "seeding":
            return seen
    raise AssertionError(f"the walk ended before anything was seeding: {seen[-3:]}")


def finish(walk: subprocess.Popen[str]) -> Walked:
    """Wait for the end of a walk; its remaining events."""
    out, err = walk.communicate(timeout=150)
    return Walked(walk.returncode, out, err)


def assert_set_up_once(cloud: Cloud) -> None:
    """All VMs are protected, there is one of everything, and every object was asked for once."""
    holdings = cloud.holdings()
    assert holdings.protected == ["db-01", "web-01", "web-02"]
    assert len(holdings.vaults) == 1
    assert len(holdings.lists["replicationProtectedItems"]) == 3
    assert len(holdings.lists["replicationFabrics"]) == 2
    assert len(holdings.lists["replicationNetworkMappings"]) == 2
    creations = Counter(write for write in cloud.writes() if write.startswith("PUT"))
    assert max(creations.values()) <= 2
    assert sum(creations.values()) <= len(creations) + 1


@pytest.mark.parametrize("blow", [signal.SIGHUP, signal.SIGKILL])
def test_a_face_that_dies_leaves_the_worker_running_and_the_next_one_shows_it(
    installed: Installed, blow: signal.Signals
) -> None:
    walk = begin(installed)
    until_seeding(walk)
    cloud = installed.cloud("starter")
    worker, emulator = cloud.worker_pid, cloud.record["pid"]
    os.killpg(walk.pid, blow)
    walk.communicate(timeout=30)
    assert walk.returncode == -blow
    os.kill(worker, 0)
    os.kill(emulator, 0)

    watched = installed.run("watch", "--json", "--until-idle")
    assert watched.code == 0
    first = watched.events[0]
    assert (first["kind"], first["worker_pid"]) == ("session", worker)
    assert {event["subject"] for event in watched.of("item")} == {"db-01", "web-01", "web-02"}
    assert {event["subject"] for event in watched.of("item") if event["state"] == "protected"} == {
        "db-01",
        "web-01",
        "web-02",
    }

    again = installed.run(
        "walkthrough", "--practice", "--yes", "--json", "--estate", "starter", "--until", "replication"
    )
    assert again.code == 0
    assert again.summary["arm_writes"] == 0
    assert cloud.worker_pid == worker
    assert_set_up_once(cloud)


def test_a_worker_that_is_killed_is_started_again_by_the_walk_and_finishes(installed: Installed) -> None:
    walk = begin(installed)
    until_seeding(walk)
    cloud = installed.cloud("starter")
    before = cloud.worker_pid
    cloud.kill_worker()
    walked = finish(walk)
    assert walked.code == 0, walked.out[-2000:] + walked.err
    assert walked.summary["vms_protected"] == 3
    assert "worker ended unexpectedly" in walked.err
    assert cloud.worker_pid != before
    assert_set_up_once(cloud)


def test_face_and_worker_killed_together_the_next_walk_finishes(installed: Installed) -> None:
    walk = begin(installed)
    for event in events(walk):
        if event["kind"] == "change" and event["step"] == "replication" and event["state"] == "running":
            break
    cloud = installed.cloud("starter")
    os.killpg(walk.pid, signal.SIGKILL)
    cloud.kill_worker()
    walk.communicate(timeout=30)
    again = installed.run(
        "walkthrough", "--practice", "--yes", "--json", "--estate", "starter", "--until", "replication"
    )
    assert again.code == 0, again.out[-2000:] + again.err
    assert again.summary["vms_protected"] == 3
    assert_set_up_once(cloud)


def test_a_cloud_that_is_killed_and_started_again_ends_in_the_same_state(installed: Installed) -> None:
    walk = begin(installed)
    until_seeding(walk)
    cloud = installed.cloud("starter")
    endpoint = cloud.record["endpoint"]
    cloud.kill()
    attached = installed.start("watch", "--practice", "--estate", "starter", "--json", "--until-idle")
    walked = finish(walk)
    assert walked.code == 0, walked.out[-2000:] + walked.err
    attached.communicate(timeout=60)
    assert attached.returncode == 0
    assert cloud.record["endpoint"] == endpoint
    assert_set_up_once(cloud)


def test_stop_says_what_goes_on_and_the_walk_says_why_it_ended(installed: Installed) -> None:
    walk = begin(installed, SLOW)
    until_seeding(walk)
    cloud = installed.cloud("starter")
    worker, emulator = cloud.worker_pid, cloud.record["pid"]
    stopped = installed.run("stop")
    assert stopped.code == 0
    assert stopped.out == ""
    assert "practice-starter: worker and practice cloud ended" in stopped.err
    assert "initial replication of" in stopped.err
    wait_for_end(worker)
    wait_for_end(emulator)
    walked = finish(walk)
    assert walked.code == 1
    assert walked.summary["state"] == "failed"
    assert "The worker was ended" in walked.of("problem")[-1]["message"]
    again = installed.walk("starter", "--until", "replication", speed=int(SPEED))
    assert again.code == 0, again.out[-2000:] + again.err
    assert_set_up_once(cloud)


def test_an_interrupted_walk_leaves_with_130_and_its_summary(installed: Installed) -> None:
    walk = begin(installed)
    until_seeding(walk)
    worker = installed.cloud("starter").worker_pid
    os.kill(walk.pid, signal.SIGINT)
    walked = finish(walk)
    assert walked.code == 130
    assert walked.summary["state"] == "failed"
    assert len(walked.err.strip().splitlines()[-1:]) == 1
    assert "What runs in Azure goes on" in walked.err
    assert "Traceback" not in walked.err
    os.kill(worker, 0)


def test_two_walks_at_once_start_one_of_everything(installed: Installed) -> None:
    walks = [begin(installed) for _ in range(2)]
    ended = [finish(walk) for walk in walks]
    codes = sorted(walked.code for walked in ended)
    assert codes in ([0, 0], [0, 1])
    for walked in ended:
        if walked.code == 1:  # the other one holds the pen, and it is said who that is
            assert "holds the pen" in walked.out
    assert_set_up_once(installed.cloud("starter"))
