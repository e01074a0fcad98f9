"""An onboarding of 20 VMs whose worker, or face, or both are killed (SIGKILL) at the k-th request, started again, and finished.

Each time the end state in Azure is that of an undisturbed run, nothing is made twice, no VM is lost, and at most one more
write was sent. ``CHAOS=all`` (``make chaos``) tries every k, and the worker's death there both before the request took effect
and after it did; without it a sample that is spread over the whole run, in which the two take turns: of the worker's death
``CHAOS_SAMPLES`` (60), of the others a fifteenth of that.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.nights import Night, Template
from tests.nursery import Nursery, kill

ALL = os.environ.get("CHAOS") == "all"
SAMPLES = int(os.environ.get("CHAOS_SAMPLES", "60"))
FACE_SAMPLES = max(1, SAMPLES // 15)
SCREEN_SAMPLES = max(1, SAMPLES // 30)
PARTS = 4
FACE_PARTS = PARTS if ALL else 1
"""The sample is cut into so many tests, so that they run side by side."""

NEVER_ARRIVES: dict[str, Any] = {"hang": True}
ANSWER_IS_LOST: dict[str, Any] = {"delay": 600}
"""The request took effect, but whoever sent it is dead before the answer comes."""
NOTHING_HAPPENS: dict[str, Any] = {"delay": 0.01}
"""Only says when to strike."""

pytestmark = pytest.mark.timeout(7200 if ALL else 900)


def strikes(requests: int, samples: int, part: int, parts: int) -> list[int]:
    """At which requests this part of a test strikes: a sample over the whole run, or every one."""
    count = requests if ALL else min(samples, requests)
    return sorted({1 + number * requests // count for number in range(count)})[part::parts]


def blows(requests: int, samples: int, part: int, parts: int) -> list[tuple[int, dict[str, Any]]]:
    """The same with what becomes of the request: of every one both, of a sample one after the other in turn."""
    hit = strikes(requests, samples, part, parts)
    if ALL:
        return [(strike, effect) for strike in hit for effect in (NEVER_ARRIVES, ANSWER_IS_LOST)]
    return [(strike, (NEVER_ARRIVES, ANSWER_IS_LOST)[(number + part) % 2]) for number, strike in enumerate(hit)]


@pytest.mark.parametrize("part", range(PARTS))
def test_the_worker_killed_at_any_request_the_night_ends_as_if_nothing_had_been(
    template: Template, nursery: Nursery, tmp_path: Path, part: int
) -> None:
    failures = []
    for strike, effect in blows(template.requests, SAMPLES, part, PARTS):
        night = Night.of(template, nursery, tmp_path / f"k{strike}-{next(iter(effect))}")
        night.strike(effect, nth=strike)
        pid = night.start_worker()
        night.wait(lambda night=night: night.has_struck() or night.ended())  # type: ignore[misc]
        kill(pid)
        night.calm()
        if not night.ended():
            pid = night.start_worker()
            night.wait(night.ended)
            kill(pid)
        failures += _told(night, f"worker killed at request {strike} ({next(iter(effect))})")
    assert not failures, "\n".join(failures)


@pytest.fixture(scope="module")
def walked_requests(template: Template, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many requests a walk takes that nobody disturbs, from the reading of the estate to the last VM protected."""
    night = Night.of(template, nursery, tmp_path_factory.mktemp("walked") / "night", confirmed=False)
    worker, face = night.start_worker(), night.start_face()
    night.wait_for_face(face)
    assert night.face_ended() == "succeeded"
    kill(worker)
    assert not night.difference()
    return len(night.requests())


@pytest.mark.parametrize("part", range(FACE_PARTS))
@pytest.mark.parametrize("both", [False, True], ids=["face", "face-and-worker"])
def test_the_face_killed_at_any_request_the_night_ends_as_if_nothing_had_been(
    template: Template, nursery: Nursery, tmp_path: Path, walked_requests: int, both: bool, part: int
) -> None:
    failures = []
    for number, strike in enumerate(strikes(walked_requests, FACE_SAMPLES, part, FACE_PARTS)):
        effect = NOTHING_HAPPENS if not both else (NEVER_ARRIVES, ANSWER_IS_LOST)[(number + part) % 2]
        night = Night.of(template, nursery, tmp_path / f"k{strike}", confirmed=False)
        night.strike(effect, nth=strike)
        worker, face = night.start_worker(), night.start_face()
        night.wait(lambda night=night: night.has_struck() or night.face_ended())  # type: ignore[misc]
        kill(face)
        if both:
            kill(worker)
            worker = night.start_worker()
        night.calm()
        night.wait_for_face(night.start_face())
        kill(worker)
        what = "face and worker" if both else "face"
        if night.face_ended() != "succeeded":
            failures.append(f"{what} killed at request {strike}: {night.face_output.read_text()[-2000:]}")
        failures += _told(night, f"{what} killed at request {strike}")
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("both", [False, True], ids=["screens", "screens-and-worker"])
def test_the_screens_killed_at_any_request_the_night_ends_as_if_nothing_had_been(
    template: Template, nursery: Nursery, tmp_path: Path, both: bool
) -> None:
    """The wizard only looks on here, so ``all`` strikes at every tenth request."""
    failures = []
    for strike in strikes(template.requests, SCREEN_SAMPLES, 0, 10 if ALL else 1):
        night = Night.of(template, nursery, tmp_path / f"k{strike}")
        night.strike(NEVER_ARRIVES if both else NOTHING_HAPPENS, nth=strike)
        screens, worker = night.start_screens(), night.start_worker()
        night.wait(lambda night=night: night.has_struck() or night.ended())  # type: ignore[misc]
        kill(screens)
        if both:
            kill(worker)
            worker = night.start_worker()
        night.calm()
        night.wait(night.ended)
        kill(worker)
        failures += _told(night, f"screens{' and worker' if both else ''} killed at request {strike}")
    assert not failures, "\n".join(failures)


def _told(night: Night, blow: str) -> list[str]:
    """What is wrong after a night, told with the blow that it was dealt."""
    problem = night.difference() or night.complaints()
    shutil.rmtree(night.paths.directory.parent.parent)
    return [f"{blow}: {problem}"] if problem else []
