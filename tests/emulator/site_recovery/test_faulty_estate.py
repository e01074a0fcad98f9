"""The estate ``faulty``: each of its VMs provokes the error that its tag names, at the stage that its tag names."""

from __future__ import annotations

from typing import Any

import pytest

from asr_tui.emulator import estates
from asr_tui.emulator.estates import reference
from tests.emulator.conftest import build_cloud
from tests.emulator.site_recovery.walk import Walk

TAGS = {name: spec.tags for name, spec in estates.load("faulty").file.vms.items()}
ELSEWHERE = {
    # Answers of the front door, shown in test_front_door.py.
    "AuthorizationFailed",
    "MissingSubscriptionRegistration",
    "RequestDisallowedByPolicy",
    "ScopeLocked",
    # Needs a cache account of the estate, or an older recovery point: shown with the life of an item.
    "LogStorageAccountNotAccessible",
    "BookmarkNotFound",
    # Inner codes of 153006.
    "2147221164",
    "2147754756",
    "2147943458",
}


def named(stage: str) -> list[str]:
    return [name for name, tags in TAGS.items() if tags["stage"] == stage]


class Prepared(Walk):
    """A walk whose target group the estate has already."""

    def make_group(self) -> None:
        return None


@pytest.fixture(scope="module")
def walk() -> Walk:
    """One vault for all VMs of the estate."""
    return Prepared(build_cloud("faulty")).set_up()


def codes(job: dict[str, Any]) -> list[str]:
    return [str(error["serviceErrorDetails"]["code"]) for error in job["properties"]["errors"]]


@pytest.mark.parametrize("name", named("enable"))
def test_enabling_fails_with_the_code(walk: Walk, name: str) -> None:
    job = walk.finish(walk.enable(name))
    assert job["properties"]["state"] == "Failed"
    assert codes(job) == [TAGS[name]["provokes"]]


def test_the_sound_vm_is_protected_and_rehearsed(walk: Walk) -> None:
    assert walk.protect("sound-01")["properties"]["protectionState"] == "Protected"
    assert walk.test_failover("sound-01")["properties"]["state"] == "Succeeded"
    assert walk.cleanup("sound-01")["properties"]["state"] == "Succeeded"


@pytest.mark.parametrize("name", named("steady"))
def test_the_protected_item_becomes_unhealthy_with_the_code(walk: Walk, name: str) -> None:
    walk.protect(name)
    walk.advance(hours=30)
    errors = walk.get(walk.item(name))["properties"]["healthErrors"]
    assert TAGS[name]["provokes"] in [error["errorCode"] for error in errors]


@pytest.mark.parametrize("name", named("failover"))
def test_the_drill_fails_with_the_code(walk: Walk, name: str) -> None:
    walk.protect(name)
    job = walk.test_failover(name)
    assert job["properties"]["state"] == "Failed"
    assert codes(job) == [TAGS[name]["provokes"]]


@pytest.mark.parametrize("name", [*named("update"), *named("disable")])
def test_the_last_steps_complain_with_the_code(walk: Walk, name: str) -> None:
    walk.protect(name)
    if TAGS[name]["stage"] == "update":
        job = walk.run("POST", f"{walk.item(name)}/updateMobilityService", {"properties": {"runAsAccountId": ""}})
    else:
        provider = {"instanceType": "DisableProtectionProviderSpecificInput"}
        asked = {"disableProtectionReason": "NotSpecified", "replicationProviderInput": provider}
        job = walk.run("POST", f"{walk.item(name)}/remove", {"properties": asked})
    assert TAGS[name]["provokes"] in codes(job)


def test_every_documented_code_is_provoked_somewhere() -> None:
    table = reference.render().split("## Which field provokes which error")[1].split("## Images")[0]
    documented = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
    shown = {tags["provokes"] for tags in TAGS.values() if "provokes" in tags}
    assert documented - shown - ELSEWHERE == set()
    assert len(shown) >= 25
