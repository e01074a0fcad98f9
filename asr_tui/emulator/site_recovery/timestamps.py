"""Times as Site Recovery writes them, and the placeholders it uses where there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOT_YET = "0001-01-01T00:00:00"
"""A task that has not started or not ended: year 1, and no Z."""

NO_SCENARIO = "1753-01-01T01:01:01Z"
"""``currentScenario.startTime`` of an item on which nothing runs."""

NEVER_EXPIRES = "9999-12-31T23:59:59.9999999Z"
"""``agentExpiryDate`` of an agent that never expires (2025 form, with a Z)."""

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)


def precise(moment: datetime) -> str:
    """``moment`` with up to seven fractional digits and a Z, trailing zeros cut.

    Python counts microseconds; the seventh digit is derived from them so that the same moment always reads the same.
    """
    moment = moment.astimezone(UTC)
    fraction = f"{moment.microsecond:06d}{(moment.microsecond * 7 + moment.second) % 10}"
    fraction = "" if moment.microsecond == 0 else "." + fraction.rstrip("0")
    return moment.isoformat(timespec="seconds")[:19] + fraction + "Z"


def whole(moment: datetime) -> str:
    """``moment`` cut to whole seconds: how a job's ``endTime`` reads."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def operation_end(moment: datetime) -> str:
    """``endTime`` of an operation status: whole seconds, seven zeros written out."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


def ticks(moment: datetime) -> int:
    """.NET ticks (100 ns since year 1): poll-URL signatures and event names count time so."""
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1) * 10


def saved(moment: datetime) -> str:
    """The form in which records keep a moment (ISO 8601 with microseconds)."""
    return moment.astimezone(UTC).isoformat()


def loaded(text: str) -> datetime:
    """The moment that :func:`saved` wrote."""
    return datetime.fromisoformat(text)
