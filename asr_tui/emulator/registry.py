"""The registry of emulated operations: one function with its metadata is all it takes to add one.

    @operation("GET", "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Compute/disks/{disk}",
               versions=COMPUTE, action="Microsoft.Compute/disks/read", evidence="documentation")
    def get_disk(call: Call) -> Reply: ...

Paths match in any casing. ``{name}`` takes one segment, ``{*name}`` one or more. Literal segments win over
``{name}``, and both over ``{*name}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.schema import Schema

__all__ = [
    "ANY_VERSION",
    "REGISTRY",
    "SITE_RECOVERY",
    "VAULTS",
    "Call",
    "Evidence",
    "Operation",
    "Registry",
    "Reply",
    "Versions",
    "operation",
]

Evidence = Literal["recorded", "examples", "documentation", "assumption"]
"""How an operation's behaviour was established: recorded traffic, the API's published examples, documentation
pages, or our own assumption."""

Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Versions:
    """The api-versions an operation accepts: every ``yyyy-mm-dd[-preview]`` from ``first`` to ``last``.

    ``shown`` are the ones that error messages list.
    """

    first: str
    last: str
    shown: tuple[str, ...] = ()

    def accepts(self, version: str) -> bool:
        """Whether a well-formed version lies in the range (a preview counts as its date)."""
        return self.first <= version[:10] <= self.last

    def listed(self) -> tuple[str, ...]:
        """What an error message offers."""
        return self.shown or (self.last, self.first)


SITE_RECOVERY = Versions("2016-08-10", "2026-07-01", ("2025-08-01", "2025-02-01", "2024-10-01", "2022-08-01"))
"""Site Recovery inside Microsoft.RecoveryServices."""

VAULTS = Versions("2016-06-01", "2026-07-01", ("2025-08-01", "2024-04-01", "2023-02-01"))
"""The vault resource of Microsoft.RecoveryServices."""

ANY_VERSION = Versions("2014-01-01", "2099-12-31", ("2024-03-01", "2022-09-01"))
"""Any well-formed version: for services whose answers did not change in what is emulated."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One emulated operation.

    Attributes:
        method: HTTP method.
        template: path with ``{parameters}`` in the service's casing.
        versions: accepted api-versions; None for paths that take none.
        action: the permission needed, e.g. ``Microsoft.Compute/disks/read``; None needs a sign-in only.
        evidence: how its behaviour was established.
        handler: the function.
        body: shape of the request body; None ignores whatever is sent.
        body_optional: an empty request body is accepted and gives ``call.body = None``.
        note: a remark for the table in docs/emulator.md.
        exempt: no provider registration, lock or policy stands before it (locks and registrations themselves).
        open: answers without a sign-in.
    """

    method: str
    template: str
    versions: Versions | None
    action: str | None
    evidence: Evidence
    handler: Handler
    body: Schema | None = None
    body_optional: bool = False
    note: str = ""
    exempt: bool = False
    open: bool = False

    @property
    def resource_type(self) -> str:
        """ARM type of what the path is about, e.g. ``Microsoft.Compute/disks``."""
        _, marker, tail = self.template.rpartition("/providers/")
        if not marker or "/" not in tail:
            return (
                "Microsoft.Resources/resourceGroups" if "{rg}" in self.template else "Microsoft.Resources/subscriptions"
            )
        namespace, *names = tail.split("/")
        return "/".join([namespace, *names[::2]])

    @property
    def namespace(self) -> str | None:
        """The last provider namespace of the path, in the service's casing; None if there is none."""
        found = re.findall(r"/providers/([A-Za-z]+\.[A-Za-z.]+)", self.template)
        return found[-1] if found else None


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    operations: dict[str, Operation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """What a request path leads to: the operation and the parameters, values as the caller sent them."""

    operation: Operation
    params: dict[str, str]


class Registry:
    """All emulated operations, found by method and path."""

    def __init__(self) -> None:
        self._root = _Node()
        self._greedy: list[tuple[int, re.Pattern[str], dict[str, Operation]]] = []
        self._all: list[Operation] = []

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, operation: Operation) -> None:
        """Register an operation.

        Raises:
            ValueError: the method and path are registered already.
        """
        if "{*" in operation.template:
            operations = self._greedy_entry(operation.template)
        else:
            node = self._root
            for segment in _segments(operation.template):
                if segment.startswith("{"):
                    node.parameter = node.parameter or _Node()
                    node = node.parameter
                else:
                    node = node.literals.setdefault(segment.lower(), _Node())
            operations = node.operations
        if operation.method in operations:
            raise ValueError(f"{operation.method} {operation.template} is registered twice")
        operations[operation.method] = operation
        self._all.append(operation)

    def _greedy_entry(self, template: str) -> dict[str, Operation]:
        pattern = _greedy_pattern(template)
        for _, known, operations in self._greedy:
            if known.pattern == pattern.pattern:
                return operations
        literals = sum(not segment.startswith("{") for segment in _segments(template))
        fresh: dict[str, Operation] = {}
        self._greedy.append((literals, pattern, fresh))
        self._greedy.sort(key=lambda entry: -entry[0])
        return fresh

    def find(self, method: str, path: str) -> Match | None:
        """The operation for a request; None if there is none for this path and method."""
        segments = _segments(path)
        operation = _descend(self._root, segments, 0, method)
        if operation is not None:
            names = _segments(operation.template)
            params = {n[1:-1]: v for n, v in zip(names, segments, strict=True) if n.startswith("{")}
            return Match(operation, params)
        for _, pattern, operations in self._greedy:
            if method in operations and (found := pattern.fullmatch(path)):
                return Match(operations[method], found.groupdict())
        return None


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _descend(node: _Node, segments: list[str], at: int, method: str) -> Operation | None:
    if at == len(segments):
        return node.operations.get(method)
    literal = node.literals.get(segments[at].lower())
    if literal is not None and (found := _descend(literal, segments, at + 1, method)):
        return found
    if node.parameter is not None and segments[at]:
        return _descend(node.parameter, segments, at + 1, method)
    return None


def _greedy_pattern(template: str) -> re.Pattern[str]:
    parts = []
    for segment in _segments(template):
        if segment.startswith("{*"):
            parts.append(f"(?P<{segment[2:-1]}>.+)")
        elif segment.startswith("{"):
            parts.append(f"(?P<{segment[1:-1]}>[^/]+)")
        else:
            parts.append(re.escape(segment))
    return re.compile("/" + "/".join(parts) + "/?", re.IGNORECASE)


REGISTRY = Registry()
"""The operations that the modules of ``catalogue.py`` registered on import."""


def operation(
    method: str,
    template: str,
    *,
    versions: Versions | None,
    action: str | None,
    evidence: Evidence,
    body: Schema | None = None,
    body_optional: bool = False,
    note: str = "",
    exempt: bool = False,
    open: bool = False,
    registry: Registry = REGISTRY,
) -> Callable[[Handler], Handler]:
    """Register the decorated function as the operation at ``method`` and ``template``; see ``Operation``."""

    def register(handler: Handler) -> Handler:
        registry.add(
            Operation(
                method,
                template,
                versions,
                action,
                evidence,
                handler,
                body=body,
                body_optional=body_optional,
                note=note,
                exempt=exempt,
                open=open,
            )
        )
        return handler

    return register
