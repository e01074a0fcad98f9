"""What a peer is given, and what it tells at its end."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Enablement:
    """One VM to be replicated: the request that enables it, as the worker's own review shows it."""

    vm_id: str
    item_id: str
    body: dict[str, Any]

    def segment(self, name: str) -> str:
        """The name that follows ``name`` in the item's id, in any casing.

        Raises:
            ValueError: the id holds no such segment.
        """
        parts = self.item_id.split("/")
        return parts[[part.lower() for part in parts].index(name.lower()) + 1]


@dataclass(frozen=True)
class Task:
    """``speed``: seconds of Azure in one of ours, by which a peer's own pauses are cut."""

    speed: float
    enablements: tuple[Enablement, ...]

    @classmethod
    def from_arguments(cls) -> Task:
        """The task in the file that the first argument names."""
        data = json.loads(Path(sys.argv[1]).read_text())
        return cls(data["speed"], tuple(Enablement(**entry) for entry in data["enablements"]))

    def write(self, path: Path) -> None:
        """Leave the task in a file for a peer."""
        path.write_text(json.dumps(asdict(self)))


@dataclass(frozen=True)
class Outcome:
    """``failures``: how often each kind of error ended the work on a VM. CPU in seconds, memory in MiB."""

    failures: dict[str, int]
    cpu_seconds: float
    most_memory_mib: float

    @classmethod
    def of(cls, errors: list[BaseException]) -> Outcome:
        """The end of this process's work."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        kinds = Counter(str(getattr(error, "status_code", "") or type(error).__name__) for error in errors)
        return cls(dict(kinds), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)

    def tell(self) -> None:
        """Print it for whoever started the peer."""
        print(json.dumps(asdict(self)))


def setting(name: str) -> str:
    """A value that the emulator told to export.

    Raises:
        KeyError: it is not in the environment.
    """
    return os.environ[name]
