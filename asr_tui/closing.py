"""What is told at the end: what is protected, when to rehearse again, what no failover carries over, and how a real one goes.

Faces show it; nothing in it is decided by them. The rhythm of drills is the one that Azure's own monitoring asks for:
https://learn.microsoft.com/azure/site-recovery/site-recovery-monitor-and-troubleshoot (read 2025-02-11).
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from asr_tui.model.arm_id import key
from asr_tui.session.running_views import ItemRow
from asr_tui.session.views import View
from asr_tui.wording import count, duration

MONTHS_BETWEEN_DRILLS = 6
CERTIFICATE_WARNING = timedelta(days=60)
MOST_NAMES = 8

REAL_FAILOVER = (
    "Decide: a failover moves production. If the source still answers, stop writes to it and choose to shut it down.",
    "Portal: the vault, Replicated items, the VM (or a recovery plan for many), Failover. Choose the recovery point.",
    "Look at the VM in the target region: the checks of your drill report are the list to go by.",
    "Point users to it: DNS, load balancers and what else is listed as not carried over.",
    "Commit: until then another recovery point can be taken, afterwards not.",
    "Re-protect, so that the VM replicates back; fail back the same way when the source region is well.",
)
LINKS = (
    ("Fail over and back", "https://learn.microsoft.com/azure/site-recovery/azure-to-azure-tutorial-failover-failback"),
    ("Re-protect", "https://learn.microsoft.com/azure/site-recovery/azure-to-azure-how-to-reprotect"),
    ("Test failover", "https://learn.microsoft.com/azure/site-recovery/azure-to-azure-tutorial-dr-drill"),
    ("Problems", "https://learn.microsoft.com/azure/site-recovery/azure-to-azure-troubleshoot-errors"),
)


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to tell. ``tone``: plain, good, warn, bad, dim, strong; ``label`` "" continues the one before."""

    text: str
    label: str = ""
    tone: str = "plain"


def remarks(view: View) -> tuple[Remark, ...]:
    """Everything, in the order of reading."""
    protected = [row for row in view.replication.items if row.milestone in {"protected", "failed-over"}]
    return (
        *_protected(protected),
        *_next_drill(view, protected),
        *_reports(view),
        *_not_carried(view),
        *_agents(view, protected),
        *_real_failover(),
        *(Remark(address, title, "dim") for title, address in LINKS),
    )


def due(tested: datetime) -> datetime:
    """When the next drill of a VM that was tested then is due."""
    month = tested.month - 1 + MONTHS_BETWEEN_DRILLS
    year, month = tested.year + month // 12, month % 12 + 1
    return tested.replace(year=year, month=month, day=min(tested.day, calendar.monthrange(year, month)[1]))


def _names(rows: list[ItemRow]) -> str:
    more = f" and {len(rows) - MOST_NAMES} more" if len(rows) > MOST_NAMES else ""
    return ", ".join(row.vm_name for row in rows[:MOST_NAMES]) + more


def _protected(rows: list[ItemRow]) -> Iterator[Remark]:
    if not rows:
        yield Remark("no VM yet", "Protected", "warn")
        return
    oldest = max((row.rpo_seconds for row in rows if row.rpo_seconds is not None), default=None)
    rpo = f"; newest point at most {duration(oldest)} old" if oldest is not None else ""
    yield Remark(f"{count(len(rows), 'VM')}: {_names(rows)}{rpo}", "Protected", "good")


def _next_drill(view: View, rows: list[ItemRow]) -> Iterator[Remark]:
    """By the service's own record of the last test failover; one that this drill has just ended may not be in it yet."""
    ended = {key(row.vm_id): row.cleaned_at for row in view.drill.rows if row.cleaned_at is not None and row.running_at}
    tested = {key(row.vm_id): ended.get(key(row.vm_id)) or row.last_tested for row in rows}
    never = [row for row in rows if tested[key(row.vm_id)] is None]
    if never:
        yield Remark(f"now: never tested were {_names(never)}", "Next drill", "warn")
    known = [when for when in tested.values() if when is not None]
    if known:
        first = due(min(known))
        late = view.session.azure_now is not None and first < view.session.azure_now
        yield Remark(
            f"{'the others ' if never else ''}{'were due on' if late else 'by'} {first:%Y-%m-%d}: "
            f"{MONTHS_BETWEEN_DRILLS} months after the last one",
            "" if never else "Next drill",
            "warn" if late else "plain",
        )


def _reports(view: View) -> Iterator[Remark]:
    if view.drill.reports:
        first, *others = view.drill.reports
        endings = [f".{path.rpartition('.')[2]}" for path in others]
        yield Remark(", ".join([first, *endings]), "Report")


def _not_carried(view: View) -> Iterator[Remark]:
    left = dict.fromkeys(one for network in view.networking.networks for one in network.not_carried)
    for number, one in enumerate(left):
        yield Remark(one, "" if number else "Not carried", "warn")


def _agents(view: View, rows: list[ItemRow]) -> Iterator[Remark]:
    versions = Counter(row.agent_version or "of a version not told" for row in rows)
    if versions:
        told = ", ".join(f"{version} on {count(number, 'VM')}" for version, number in sorted(versions.items()))
        yield Remark(told, "Agents")
    ends = sorted((row.certificate_expires, row.vm_name) for row in rows if row.certificate_expires is not None)
    if ends:
        when, name = ends[0]
        now = view.session.azure_now
        soon = now is not None and when - now < CERTIFICATE_WARNING
        yield Remark(f"the first one ends on {when:%Y-%m-%d} ({name})", "Certificates", "warn" if soon else "plain")


def _real_failover() -> Iterator[Remark]:
    for number, step in enumerate(REAL_FAILOVER, 1):
        yield Remark(f"{number}. {step}", "" if number > 1 else "For real")
