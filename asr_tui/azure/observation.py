"""What the adapter sees of each request: a record for the log, counters, the remaining budget, and Azure's own clock."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

_BUDGET_PREFIX: Final = "x-ms-ratelimit-remaining-"
_CLOCK_SAMPLES: Final = 32
_SHORTEST_SPAN: Final = 0.5
# Samples nearer to each other than this would only shorten the span that the slope is taken over.
_SAMPLE_DISTANCE: Final = 0.25
# A Date header has whole seconds, so over a short span the slope is off by up to two seconds; nearer than this to 1 it is
# taken for a clock that runs like ours.
_LIKE_OURS: Final = 0.25


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One HTTP request as it went out, and what came back.

    ``path`` has no query: poll URLs carry signatures there. ``status`` None: no answer came (``error`` says the kind).
    ``remaining`` are the budgets that the answer told (``subscription-reads`` -> 249). ``seconds`` is local time.
    """

    method: str
    host: str
    path: str
    status: int | None
    client_request_id: str
    request_id: str
    seconds: float
    is_write: bool
    is_arm: bool
    error: str = ""
    remaining: Mapping[str, int] | None = None
    retry_after: float | None = None


Observer = Callable[[RequestRecord], None]


@dataclass(frozen=True, slots=True)
class WriteNotice:
    """A write that is about to leave: journal it now."""

    method: str
    path: str
    client_request_id: str


BeforeWrite = Callable[[WriteNotice], Awaitable[None]]


class AzureClock:
    """Azure's own time, taken from the Date headers of its answers.

    The practice cloud may run faster than we do, so the rate is estimated from the headers too. Before the first answer the
    local clock stands in.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, datetime]] = deque(maxlen=_CLOCK_SAMPLES)
        self._latest: tuple[float, datetime] | None = None
        self._rate = 1.0

    @property
    def speed(self) -> float:
        """How many of Azure's seconds pass in one of ours; 1.0 on a real cloud."""
        return self._rate

    def note(self, date_header: str | None) -> None:
        """Take in a Date header; one that cannot be read is left out."""
        if not date_header:
            return
        try:
            told = parsedate_to_datetime(date_header)
        except ValueError:
            return
        if told.tzinfo is None:
            told = told.replace(tzinfo=UTC)
        now = time.monotonic()
        self._latest = (now, told)
        if self._samples and told < self._samples[-1][1] - timedelta(seconds=2):
            self._samples.clear()  # the clock was set back: the old slope says nothing
        if not self._samples or now - self._samples[-1][0] >= _SAMPLE_DISTANCE:
            self._samples.append((now, told))
        first_at, first = self._samples[0]
        span = now - first_at
        if span >= _SHORTEST_SPAN:
            rate = (told - first).total_seconds() / span
            self._rate = 1.0 if abs(rate - 1.0) < _LIKE_OURS + 2.0 / span else max(rate, 0.0)

    def now(self) -> datetime:
        """Azure's time at this moment (UTC, to a second or so)."""
        if self._latest is None:
            return datetime.now(UTC)
        at, told = self._latest
        return told + timedelta(seconds=(time.monotonic() - at) * self._rate)

    def skew(self) -> timedelta | None:
        """Azure's time minus the local one, None before the first answer."""
        return self.now() - datetime.now(UTC) if self._latest else None


def budgets(headers: Mapping[str, str]) -> dict[str, int]:
    """The remaining budgets in an answer's headers, keyed by what follows ``x-ms-ratelimit-remaining-``."""
    found: dict[str, int] = {}
    for name, value in headers.items():
        lowered = name.lower()
        if lowered.startswith(_BUDGET_PREFIX) and value.isdigit():
            found[lowered.removeprefix(_BUDGET_PREFIX)] = int(value)
    return found


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the service asks to wait, in local seconds, or None: ``Retry-After``, else ``x-ms-retry-after-ms``."""
    lowered = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after", 1.0), ("retry-after-ms", 1000.0), ("x-ms-retry-after-ms", 1000.0)):
        value = lowered.get(name, "")
        try:
            return max(0.0, float(value) / unit)
        except ValueError:
            continue
    return None
