"""Everything the emulated cloud holds: one SQLite file, and an index over it in memory.

Resources are kept as JSON text, in memory too: ten thousand VMs stay small, a list is a join of ready-made
pieces, and a document that was read can be changed freely without touching what is stored. A resource exists
from ``born`` to ``dies`` (virtual Azure time), so a write can decide at once what will appear and vanish later.

Writes happen inside ``with store.transaction():``; leaving it normally makes them durable, leaving it with an
exception undoes them in the file and in the index. The server wraps every request in one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from asr_tui.emulator.state_file import lock_file, open_database

# An update keeps its row, so that lists come in the order of creation after a restart too.
_UPSERT = """
INSERT INTO resources VALUES (?,?,?,?,?,?,?) ON CONFLICT (key) DO UPDATE SET id = excluded.id,
    type = excluded.type, born = excluded.born, dies = excluded.dies, body = excluded.body, private = excluded.private
"""
_LOCATION = re.compile(rb'"location":"([^"]+)"')
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


LOG_KEPT = 200_000
"""Entries of the request log that are kept at least."""
_LOG_PRUNED_EVERY = 1000


def encode(value: Any) -> bytes:
    """Compact UTF-8 JSON, as the wire carries it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


class Resource:
    """One resource: its id in the service's casing, its ARM type, its document, and when it exists.

    Args:
        id: full ARM id, as the service writes it.
        type: ARM type, e.g. ``Microsoft.Compute/virtualMachines``.
        doc: the ARM body. Members whose name begins with ``_`` are private: kept, never rendered.
        born: from when it exists (virtual, aware UTC).
        dies: until when, exclusive; None for "until deleted".
    """

    __slots__ = ("_location", "_private", "born", "dies", "id", "kept", "key", "raw", "type")

    def __init__(
        self, id: str, type: str, doc: Mapping[str, Any], born: datetime, dies: datetime | None = None
    ) -> None:
        private = {name: value for name, value in doc.items() if name[:1] == "_"}
        public = {name: value for name, value in doc.items() if name[:1] != "_"} if private else doc
        self._fill(id, type, encode(public), encode(private) if private else None, born, dies)

    def _fill(
        self, id: str, type: str, raw: bytes, private: bytes | None, born: datetime, dies: datetime | None
    ) -> None:
        self.id = id
        self.key = id.lower()
        self.type = type
        self.raw = raw
        self._private = private
        self._location: str | None = None
        self.kept: Any = None  # what a reader made of the document, which lasts as long as the document
        self.born = born
        self.dies = dies

    @classmethod
    def stored(
        cls, id: str, type: str, raw: bytes, private: bytes | None, born: datetime, dies: datetime | None
    ) -> Resource:
        """A resource from its encoded parts, without encoding them again."""
        resource = cls.__new__(cls)
        resource._fill(id, type, raw, private, born, dies)
        return resource

    @property
    def name(self) -> str:
        """The last segment of the id."""
        return self.id.rsplit("/", 1)[-1]

    @property
    def location(self) -> str:
        """Its region, lower-cased; "" when it has none. Searched in the text, so that counting decodes nothing."""
        if self._location is None:
            found = _LOCATION.search(self.raw)
            self._location = found.group(1).decode().lower() if found else ""
        return self._location

    @property
    def body(self) -> dict[str, Any]:
        """The document without private members; a fresh copy each time."""
        decoded: dict[str, Any] = json.loads(self.raw)
        return decoded

    @property
    def private(self) -> dict[str, Any]:
        """The private members (``_guest`` ...); a fresh copy each time."""
        decoded: dict[str, Any] = json.loads(self._private) if self._private else {}
        return decoded

    @property
    def shared(self) -> dict[str, Any]:
        """The whole document, decoded once for all who ask while it stays unchanged: for reading only."""
        return _decoded(self.raw, self._private)

    @property
    def doc(self) -> dict[str, Any]:
        """The whole document, private members included; a fresh copy each time."""
        return self.body | self.private

    def mentions(self, text: str) -> bool:
        """Whether the stored document holds ``text``, in any casing: a cheap test before decoding it."""
        needle = text.lower().encode()
        return needle in self.raw.lower() or (self._private is not None and needle in self._private.lower())

    def exists(self, now: datetime) -> bool:
        """Whether it is there at ``now``."""
        return self.born <= now and (self.dies is None or now < self.dies)

    def changed(self, doc: Mapping[str, Any]) -> Resource:
        """The same resource with another document."""
        return Resource(self.id, self.type, doc, self.born, self.dies)

    def born_at(self, moment: datetime) -> Resource:
        """The same resource with another beginning."""
        return Resource.stored(self.id, self.type, self.raw, self._private, moment, self.dies)

    def dying(self, at: datetime | None) -> Resource:
        """The same resource with another end."""
        return Resource.stored(self.id, self.type, self.raw, self._private, self.born, at)

    def row(self) -> tuple[str, str, str, int, int | None, bytes, bytes | None]:
        """The columns of the table."""
        dies = None if self.dies is None else _ticks(self.dies)
        return (self.key, self.id, self.type, _ticks(self.born), dies, self.raw, self._private)


@lru_cache(maxsize=1024)
def _decoded(raw: bytes, private: bytes | None) -> dict[str, Any]:
    public: dict[str, Any] = json.loads(raw)
    return public | json.loads(private) if private else public


def _ticks(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(ticks: int) -> datetime:
    return _EPOCH + timedelta(microseconds=ticks)


def group_key(key: str) -> str:
    """The part of a lower-cased id up to its resource group, or up to its subscription, or ``""``."""
    parts = key.split("/", 5)
    if len(parts) > 4 and parts[1] == "subscriptions" and parts[3] == "resourcegroups":
        return "/".join(parts[:5])
    return "/".join(parts[:3]) if len(parts) > 2 and parts[1] == "subscriptions" else ""


class Store:
    """Resources, operations, request log and facts of one emulated cloud.

    Args:
        path: the state file; None keeps everything in memory.

    Raises:
        StateError: another emulator uses the file, it cannot be written, or it is not one of ours.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = lock_file(path) if path is not None else None
        self._db = open_database(path)
        self._by_key: dict[str, Resource] = {}
        self._by_type: dict[str, dict[str, dict[str, Resource]]] = {}
        self._writes: Counter[str] = Counter()
        self._facts: dict[str, str] = dict(self._db.execute("SELECT name, doc FROM facts"))
        self._undo: list[tuple[str, Resource | None]] | None = None
        self._undo_facts: dict[str, str] = {}
        for id_, type_, born, dies, body, private in self._db.execute(
            "SELECT id, type, born, dies, body, private FROM resources ORDER BY rowid"
        ):
            end = None if dies is None else _moment(dies)
            self._index(Resource.stored(id_, type_, body, private, _moment(born), end))

    def close(self) -> None:
        """Release the file. Nothing is lost without it: answered writes are durable already."""
        self._db.close()
        if self._lock is not None:
            self._lock.close()

    # ---------------------------------------------------------------- transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside become durable together, or none of them. Nested use joins the outer one."""
        if self._undo is not None:
            yield
            return
        self._undo = []
        self._undo_facts = self._facts.copy()
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            for key, before in reversed(self._undo):
                self._restore(key, before)
            self._facts = self._undo_facts
            raise
        else:
            self._db.execute("COMMIT")
        finally:
            self._undo = None

    def _restore(self, key: str, before: Resource | None) -> None:
        current = self._by_key.get(key)
        if current is not None and (before is None or before.type != current.type):
            self._unindex(current)
        if before is not None:
            self._index(before)

    def _writing(self) -> list[tuple[str, Resource | None]]:
        if self._undo is None:
            raise RuntimeError("The store is written inside a transaction only")
        return self._undo

    def _note(self, key: str) -> None:
        self._writing().append((key, self._by_key.get(key)))

    # ---------------------------------------------------------------- resources

    def get(self, id: str, now: datetime) -> Resource | None:
        """The resource with this id (any casing) if it exists at ``now``."""
        found = self._by_key.get(id.lower())
        return found if found is not None and found.exists(now) else None

    def peek(self, id: str) -> Resource | None:
        """The record under this id even if it is not born yet or has died."""
        return self._by_key.get(id.lower())

    def put(self, resource: Resource) -> None:
        """Create it, or replace what has the same id."""
        self.put_all((resource,))

    def put_all(self, resources: Iterable[Resource]) -> None:
        """``put`` for many at once."""
        rows = []
        for resource in resources:
            self._note(resource.key)
            before = self._by_key.get(resource.key)
            if before is not None and before.type != resource.type:
                self._unindex(before)
            self._index(resource)
            rows.append(resource.row())
        self._db.executemany(_UPSERT, rows)

    def delete(self, id: str, at: datetime) -> bool:
        """End its existence at ``at`` (now or later). False if there is no such record."""
        found = self._by_key.get(id.lower())
        if found is None:
            return False
        self.put(found.dying(at))
        return True

    def forget(self, id: str) -> None:
        """Remove the record for good, with its history."""
        key = id.lower()
        found = self._by_key.get(key)
        if found is not None:
            self._note(key)
            self._unindex(found)
            self._db.execute("DELETE FROM resources WHERE key = ?", (key,))

    def children(self, parent_id: str, type_suffix: str, now: datetime) -> list[Resource]:
        """Resources below ``parent_id`` at any depth whose type is, or ends in, ``type_suffix``.

        ``type_suffix`` is a full type or its tail (``replicationFabrics``), any casing. Oldest first.
        """
        prefix = parent_id.lower().rstrip("/") + "/"
        group = group_key(prefix.rstrip("/"))
        return [
            resource
            for groups in self._types(type_suffix)
            for resource in groups.get(group, {}).values()
            if resource.key.startswith(prefix) and resource.exists(now)
        ]

    def by_type(
        self, type: str, now: datetime, subscription: str | None = None, resource_group: str | None = None
    ) -> list[Resource]:
        """All resources of a type, in one subscription (GUID) or resource group if given; oldest first."""
        scope = "" if subscription is None else f"/subscriptions/{subscription.lower()}"
        groups = self._by_type.get(type.lower(), {})
        if resource_group is not None:
            chosen = [groups.get(f"{scope}/resourcegroups/{resource_group.lower()}", {})]
        else:
            chosen = [
                group for key, group in groups.items() if not scope or key == scope or key.startswith(scope + "/")
            ]
        return [resource for group in chosen for resource in group.values() if resource.exists(now)]

    def located(self, type: str, location: str, now: datetime, subscription: str) -> list[Resource]:
        """All resources of a type in one region (lower-cased) of a subscription; quick among tens of thousands."""
        scope = f"/subscriptions/{subscription.lower()}/"
        return [
            resource
            for key, group in self._by_type.get(type.lower(), {}).items()
            if f"{key}/".startswith(scope)
            for resource in group.values()
            if resource.location == location and resource.exists(now)
        ]

    def recorded(self, type: str) -> list[Resource]:
        """Every record of a type, also those not born yet or dead."""
        return [resource for group in self._by_type.get(type.lower(), {}).values() for resource in group.values()]

    def version(self, types: Iterable[str]) -> int:
        """A number that grows with every write of a resource of one of these types, and where one is undone."""
        return sum(self._writes[type_.lower()] for type_ in types)

    def below(self, parent_id: str, now: datetime) -> list[Resource]:
        """Every resource of any type below ``parent_id``."""
        prefix = parent_id.lower().rstrip("/") + "/"
        return [r for key, r in self._by_key.items() if key.startswith(prefix) and r.exists(now)]

    def types(self) -> list[str]:
        """Every resource type there is a record of, lower-cased."""
        return [type_ for type_, groups in self._by_type.items() if any(groups.values())]

    def _types(self, suffix: str) -> list[dict[str, dict[str, Resource]]]:
        wanted = suffix.lower()
        exact = self._by_type.get(wanted)
        if "/" in wanted and "." in wanted:
            return [] if exact is None else [exact]
        tail = "/" + wanted
        return [groups for type_, groups in self._by_type.items() if type_ == wanted or type_.endswith(tail)]

    def _index(self, resource: Resource) -> None:
        self._by_key[resource.key] = resource
        type_ = resource.type.lower()
        self._writes[type_] += 1
        groups = self._by_type.setdefault(type_, {})
        groups.setdefault(group_key(resource.key), {})[resource.key] = resource

    def _unindex(self, resource: Resource) -> None:
        self._writes[resource.type.lower()] += 1
        del self._by_key[resource.key]
        del self._by_type[resource.type.lower()][group_key(resource.key)][resource.key]

    # ---------------------------------------------------------------- operations, facts, log

    def operation(self, id: str) -> dict[str, Any] | None:
        """The record of a long-running operation, a fresh copy; None if there is none of that id."""
        row = self._db.execute("SELECT doc FROM operations WHERE id = ?", (id.lower(),)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def put_operation(self, id: str, doc: Mapping[str, Any]) -> None:
        """Keep the record of a long-running operation (JSON-able)."""
        self._writing()
        self._db.execute("INSERT OR REPLACE INTO operations VALUES (?,?)", (id.lower(), json.dumps(doc)))

    def fact(self, name: str) -> Any:
        """A named JSON document (clock anchors, quotas, principals ...), a fresh copy; None if not set."""
        text = self._facts.get(name)
        return None if text is None else json.loads(text)

    def put_fact(self, name: str, value: Any) -> None:
        """Set a named JSON document."""
        self._writing()
        self._facts[name] = json.dumps(value)
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?,?)", (name, self._facts[name]))

    def log(self, entry: Mapping[str, Any]) -> None:
        """Append one served request to the log, which keeps the newest ``LOG_KEPT`` or a few more."""
        self._writing()
        done = self._db.execute("INSERT INTO requests (doc) VALUES (?)", (json.dumps(entry),))
        number = done.lastrowid or 0
        if number % _LOG_PRUNED_EVERY == 0:
            self._db.execute("DELETE FROM requests WHERE n <= ?", (number - LOG_KEPT,))

    def logged(self, since: int = 0, limit: int = 100_000) -> list[dict[str, Any]]:
        """Log entries with a number above ``since``, oldest first, each with its number ``n``."""
        rows = self._db.execute("SELECT n, doc FROM requests WHERE n > ? ORDER BY n LIMIT ?", (since, limit)).fetchall()
        return [{"n": n, **json.loads(doc)} for n, doc in rows]
