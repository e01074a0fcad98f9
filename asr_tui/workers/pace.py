"""How often to ask. The service says how long to wait; a practice cloud that runs N times faster says an N-th of it."""

from __future__ import annotations

from collections.abc import Callable

NATURAL_RETRY_SECONDS = 30.0
"""What Site Recovery asks for on a real cloud between two looks at an operation."""

SHORTEST_SECONDS = 0.05
"""Never ask more often than this (local seconds), however fast the cloud's clock runs."""


class Pace:
    """Turns Azure's seconds into local ones. ``speed`` gives the estimate from Azure's clock; answers that say how long to
    wait are the better witness."""

    def __init__(self, speed: Callable[[], float]) -> None:
        self._speed = speed
        self._told: float | None = None

    def heard(self, retry_after: float | None, natural: float = NATURAL_RETRY_SECONDS) -> None:
        """An answer told how long to wait (local seconds) where a real cloud would say ``natural``."""
        if retry_after is not None and retry_after > 0:
            self._told = min(1.0, retry_after / natural)

    @property
    def scale(self) -> float:
        """Local seconds for one of Azure's: 1.0 on a real cloud."""
        by_clock = min(1.0, 1.0 / self._speed()) if self._speed() > 0 else 1.0
        return self._told if self._told is not None else by_clock

    def local(self, azure_seconds: float) -> float:
        """How long ``azure_seconds`` of the service's time last here, but not below :data:`SHORTEST_SECONDS`."""
        return max(SHORTEST_SECONDS, azure_seconds * self.scale)
