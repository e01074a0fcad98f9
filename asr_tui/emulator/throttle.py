"""Request limits: token buckets per subscription and principal, refilled in Azure time.

Figures: learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling (2024 on):
reads 250 refilled at 25 a second, writes and deletes 200 at 10. The global headers are 15 times the bucket.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from asr_tui.emulator.call import retry_after
from asr_tui.emulator.clock import TimeSource
from asr_tui.emulator.errors import ArmError


@dataclass(frozen=True, slots=True)
class Limit:
    """Size of a bucket and its refill a second of Azure time."""

    size: int
    refill: float


LIMITS = {"reads": Limit(250, 25), "writes": Limit(200, 10), "deletes": Limit(200, 10)}
_GLOBAL_FACTOR = 15


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime


class Throttle:
    """The buckets of all subscriptions and principals. Not kept over a restart, as nothing depends on it."""

    def __init__(self, clock: TimeSource) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    def take(self, method: str, path: str, subscription: str, principal: str, now: datetime) -> dict[str, str]:
        """Count one request and return the remaining-requests headers.

        Raises:
            ArmError: 429 with the waiting time, when the bucket is empty.
        """
        kind = _kind(method)
        limit = LIMITS[kind]
        key = (subscription.lower(), principal, kind)
        bucket = self._buckets.setdefault(key, _Bucket(limit.size, now))
        elapsed = max(0.0, (now - bucket.at).total_seconds())
        bucket.tokens = min(limit.size, bucket.tokens + elapsed * limit.refill)
        bucket.at = now
        if bucket.tokens < 1:
            raise self._throttled(method, path, subscription, (1 - bucket.tokens) / limit.refill)
        bucket.tokens -= 1
        remaining = int(bucket.tokens)
        scope = "subscription" if subscription else "tenant"
        used = limit.size - remaining
        return {
            f"x-ms-ratelimit-remaining-{scope}-{kind}": str(remaining),
            f"x-ms-ratelimit-remaining-{scope}-global-{kind}": str(limit.size * _GLOBAL_FACTOR - used),
            "x-ms-throttling-version": "v2",
        }

    def _throttled(self, method: str, path: str, subscription: str, seconds: float) -> ArmError:
        wait = max(1, math.ceil(seconds))
        operation = _operation_name(method, path)
        return ArmError(
            429,
            "SubscriptionRequestsThrottled",
            f"Number of requests for subscription '{subscription}' and operation '{operation}' exceeded the "
            f"backend storage limit. Please try again after '{wait}' seconds.",
            headers={"x-ms-failure-cause": "gateway", **retry_after(wait, self._clock.speed)},
        )


def _kind(method: str) -> str:
    if method in ("GET", "HEAD"):
        return "reads"
    return "deletes" if method == "DELETE" else "writes"


def _operation_name(method: str, path: str) -> str:
    """``GET/SUBSCRIPTIONS/RESOURCEGROUPS/PROVIDERS/MICROSOFT.COMPUTE/...``: the path without names."""
    parts = path.strip("/").upper().split("/")
    kept: list[str] = []
    at = 0
    while at < len(parts):
        kept.append(parts[at])
        if parts[at] == "PROVIDERS" and at + 1 < len(parts):
            kept.append(parts[at + 1])
        at += 2
    return "/".join([method, *kept])
