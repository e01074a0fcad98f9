"""The ways in, and what has to be shown of each: four outcomes, each at both faces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.practice import PracticeCloud
from tests.sign_in.people import (
    ADA,
    IDENTITY,
    ROBOT,
    being,
    with_az,
    with_certificate,
    with_federation,
    with_identity,
    without_principal,
)

OUTCOMES = ("success", "refusal", "expiry", "revocation")
FACES = ("screens", "lines")


@dataclass(frozen=True, slots=True)
class WayIn:
    """One way in: its id for ``--auth``, who signs in by it, and what a machine needs for it.

    ``expired`` is the AADSTS number with which Entra ID refuses a renewal once what it rests on has run out, ``asks`` whether a
    claims challenge takes a person.
    """

    name: str
    option: str
    principal: str
    shown_as: str
    expired: str
    asks: bool
    environ: Callable[[PracticeCloud, Path], dict[str, str]]


WAYS_IN = (
    WayIn("az", "cli", "robot", ROBOT, "70043", True, with_az),
    WayIn("device-code", "device-code", ADA, ADA, "70043", True, lambda cloud, _: without_principal(cloud)),
    WayIn(
        "system-identity",
        "managed-identity",
        "identity",
        IDENTITY,
        "700016",
        False,
        lambda cloud, _: with_identity(cloud),
    ),
    WayIn(
        "user-identity",
        "managed-identity",
        "identity",
        IDENTITY,
        "700016",
        False,
        lambda cloud, _: with_identity(cloud) | {"AZURE_CLIENT_ID": IDENTITY},
    ),
    WayIn("workload-identity", "workload-identity", "robot", ROBOT, "700024", False, with_federation),
    WayIn("secret", "environment", "robot", ROBOT, "7000222", False, lambda cloud, _: being(cloud, ROBOT, "one")),
    WayIn("certificate", "environment", "robot", ROBOT, "700027", False, with_certificate),
)
