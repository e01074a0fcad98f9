"""Replicated items as a list shows them.

A thousand entries are 10 MB of text, of which a few figures have moved since the last list. So an entry is kept as the text
between its figures, for as long as nothing that it was made from is written and no moment comes at which more than figures
changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from asr_tui.emulator.compute.views import next_power_change
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery import item_body
from asr_tui.emulator.site_recovery.consequences.steady import READ_TYPES
from asr_tui.emulator.site_recovery.item_course import Course, Figures
from asr_tui.emulator.site_recovery.timeline import state as folded
from asr_tui.emulator.site_recovery.timestamps import loaded
from asr_tui.emulator.site_recovery.vault_scope import Record, VaultScope, record_of
from asr_tui.emulator.store import Resource, Store, encode

_TYPES = (*READ_TYPES, ids.VAULT)
_HOLE = re.compile(rb'"\\u0000(\d+)\\u0000"')


@dataclass(frozen=True, slots=True)
class _Entry:
    """The text of an item between its figures, good from ``since`` until just before ``until`` (None: for ever).

    ``texts`` has one part more than ``holes``, which tell what stands between each two: places in :meth:`Figures.values`.
    """

    version: int
    since: datetime
    until: datetime | None
    course: Course
    texts: tuple[bytes, ...]
    holes: tuple[int, ...]

    def holds(self, version: int, now: datetime) -> bool:
        """Whether only figures have changed since."""
        return self.version == version and self.since <= now and (self.until is None or now < self.until)

    def filled(self, now: datetime) -> bytes:
        """The entry at a moment."""
        figures = [_written(value) for value in self.course.at(now).values()]
        parts = [self.texts[0]]
        for place, text in zip(self.holes, self.texts[1:], strict=True):
            parts += (figures[place], text)
        return b"".join(parts)


def _written(figure: str | int | None) -> bytes:
    """A figure as JSON: a number, a time (which needs no escaping), or null."""
    if figure is None:
        return b"null"
    return b"%d" % figure if isinstance(figure, int) else b'"%s"' % figure.encode("ascii")


def renderer(scope: VaultScope) -> Callable[[Resource], bytes]:
    """What makes entries of items, as JSON, at the moment of ``scope``."""
    store, now = scope.call.store, scope.now
    version = store.version(_TYPES)
    turn: list[datetime | None] = []

    def render(item: Resource) -> bytes:
        entry = item.kept
        if not (isinstance(entry, _Entry) and entry.holds(version, now)):
            if not turn:
                turn.append(_next_turn(store, now))
            entry = item.kept = _made(scope, item, version, turn[0])
        return entry.filled(now)

    return render


def _made(scope: VaultScope, item: Resource, version: int, turn: datetime | None) -> _Entry:
    record = record_of(item)
    state = folded(record, scope.now)
    course = Course.of(record, state)
    holes = tuple(f"\0{place}\0" for place in range(len(course.at(scope.now).values())))
    text = encode(item_body.body(item_body.Shown(scope, item, record, state, course, Figures.of(holes), slim=True)))
    parts = _HOLE.split(text)
    ahead = [moment for moment in _turns(scope, record, course) if moment > scope.now]
    return _Entry(
        version=version,
        since=scope.now,
        until=min([*ahead, *([turn] if turn else [])], default=None),
        course=course,
        texts=tuple(parts[::2]),
        holes=tuple(int(place) for place in parts[1::2]),
    )


def _turns(scope: VaultScope, record: Record, course: Course) -> Iterator[datetime]:
    """Moments at which the item changes by itself: what jobs bring, the course of its copy and its faults, the VM's power."""
    yield from (loaded(change["at"]) for change in record["changes"])
    yield from course.turns()
    vm = scope.call.store.get(record["vm"], scope.now)
    power = next_power_change(vm.shared) if vm is not None else None
    if power is not None:
        yield power


def _next_turn(store: Store, now: datetime) -> datetime | None:
    """When the next resource that items are made from comes into being or ceases to be."""
    bounds = (bound for kind in _TYPES for found in store.recorded(kind) for bound in (found.born, found.dies))
    return min((bound for bound in bounds if bound is not None and bound > now), default=None)
