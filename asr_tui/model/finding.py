"""What is wrong, or could not be known, with an estate under a plan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from asr_tui.model.change import Change


class Severity(StrEnum):
    """In order of gravity. ``unknown``: the check could not be evaluated; it never counts as passed."""

    BLOCKER = "blocker"
    WARNING = "warning"
    UNKNOWN = "unknown"
    INFO = "info"


class Scope(StrEnum):
    SUBSCRIPTION = "subscription"
    REGION_PAIR = "region-pair"
    VAULT = "vault"
    VM = "vm"
    DISK = "disk"
    NIC = "nic"
    NETWORK = "network"
    CACHE = "cache"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """What is known of a check before it runs.

    ``prevents`` is the error code that an engineer meets who skips it ("" where none is documented); ``source`` a
    page address; ``read_on`` the ISO date on which that page was read.
    """

    id: str
    scope: Scope
    title: str
    severity: Severity
    prevents: str
    source: str
    read_on: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with one subject.

    ``subject_id`` is an ARM id, or a region or subscription name; ``subject`` its short name. ``vm_ids`` are the source
    VMs that it concerns (all selected ones when empty). ``cause`` groups findings that one repair would clear.
    ``fixes`` are changes that would clear it; the plan takes them up by their keys.
    """

    check_id: str
    severity: Severity
    scope: Scope
    title: str
    subject: str
    subject_id: str
    evidence: str
    remedy: str
    code: str = ""
    source: str = ""
    vm_ids: tuple[str, ...] = ()
    cause: str = ""
    from_service: bool = False
    fixes: tuple[Change, ...] = ()

    @property
    def key(self) -> str:
        """Stable identity of this finding over re-runs."""
        return f"{self.check_id}|{self.subject_id.lower()}|{self.cause}"
