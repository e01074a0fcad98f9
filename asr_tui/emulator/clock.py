"""Virtual Azure time: every answer is a function of (what was asked, when, now), and this is the *now*.

Azure time runs ``speed`` times as fast as the wall clock and flows on while the emulator is down, because the
anchors are kept in the state file. Nothing ticks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class TimeSource(Protocol):
    """What an operation may ask about time."""

    @property
    def speed(self) -> float:
        """Seconds of Azure per second of the wall clock, above 0."""

    def now(self) -> datetime:
        """Azure's now, aware UTC; never goes backwards."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """The pair of instants that ties Azure time to the wall clock.

    ``virtual`` and ``real`` are POSIX seconds; ``speed`` is above 0.
    """

    virtual: float
    real: float
    speed: float

    def at(self, real: float) -> float:
        """Azure time (POSIX seconds) at wall-clock time ``real``."""
        return self.virtual + (real - self.real) * self.speed


class Clock:
    """Azure time derived from the wall clock.

    Args:
        anchors: where Azure time stood at a known wall-clock time, and how fast it runs.
        real: the wall clock in POSIX seconds.
    """

    def __init__(self, anchors: Anchors, real: Callable[[], float] = time.time) -> None:
        self._anchors = anchors
        self._real = real
        self._latest = float("-inf")

    @classmethod
    def starting_now(cls, speed: float = 1.0, real: Callable[[], float] = time.time) -> Clock:
        """A clock that shows the wall clock's time now and runs ``speed`` times as fast."""
        instant = real()
        return cls(Anchors(instant, instant, speed), real)

    @property
    def anchors(self) -> Anchors:
        """What to keep so that a restart goes on where time has got to."""
        return self._anchors

    @property
    def speed(self) -> float:
        """Seconds of Azure per second of the wall clock."""
        return self._anchors.speed

    def now(self) -> datetime:
        """Azure's now, aware UTC. A wall clock set back makes it stand still, never go back."""
        self._latest = max(self._latest, self._anchors.at(self._real()))
        return datetime.fromtimestamp(self._latest, UTC)

    def advance(self, seconds: float) -> None:
        """Jump ahead by ``seconds`` (0 or more) of Azure time.

        Raises:
            ValueError: ``seconds`` is negative; Azure time never goes backwards.
        """
        if seconds < 0:
            raise ValueError("Azure time can only be advanced")
        self._anchors = Anchors(self._anchors.virtual + seconds, self._anchors.real, self._anchors.speed)

    def change_speed(self, speed: float) -> None:
        """Run at another speed from now on, without a jump."""
        real = self._real()
        self._anchors = Anchors(self._anchors.at(real), real, speed)


class ManualClock:
    """A clock that stands still until it is advanced; for tests that decide what time it is."""

    def __init__(self, now: datetime, speed: float = 1.0) -> None:
        self._now = now
        self._speed = speed

    @property
    def speed(self) -> float:
        """Seconds of Azure per second of the wall clock; scales waiting times only."""
        return self._speed

    def now(self) -> datetime:
        """The time that was set."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move ahead by ``seconds`` of Azure time."""
        if seconds < 0:
            raise ValueError("Azure time can only be advanced")
        self._now += timedelta(seconds=seconds)

    def change_speed(self, speed: float) -> None:
        """Scale waiting times by another speed from now on."""
        self._speed = speed


def timestamp(moment: datetime) -> str:
    """UTC with up to 7 fractional digits, trailing zeros cut, and a Z: how Site Recovery writes times."""
    whole = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06d}".rstrip("0")
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"


def whole_seconds(moment: datetime) -> str:
    """UTC with the fraction cut off and seven zeros, as job end times are written on the wire."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
