"""The generated parts of ``docs/emulator.md``: ``python -m asr_tui.emulator.documentation docs/emulator.md``.

A part stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``; everything else is written by hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel

from asr_tui.emulator import catalogue
from asr_tui.emulator.access import built_in_roles
from asr_tui.emulator.faults import JobFault, Then, When
from asr_tui.emulator.identity_errors import refusals
from asr_tui.emulator.registry import REGISTRY, Operation

_EVIDENCE = {
    "recorded": "recorded traffic",
    "examples": "API examples",
    "documentation": "documentation",
    "assumption": "assumption",
}


def operations() -> str:
    """A table of every emulated operation for each provider."""
    catalogue.load()
    groups: dict[str, list[Operation]] = {}
    for operation in REGISTRY:
        groups.setdefault(operation.namespace or "Microsoft.Resources", []).append(operation)
    return "\n\n".join(_table(namespace, groups[namespace]) for namespace in sorted(groups))


def _table(namespace: str, found: list[Operation]) -> str:
    rows = [f"#### {namespace}", "", "| method | path | behaviour from | remark |", "|---|---|---|---|"]
    for operation in sorted(found, key=lambda op: (op.template.lower(), op.method)):
        shown = _short(operation.template)
        rows.append(f"| {operation.method} | `{shown}` | {_EVIDENCE[operation.evidence]} | {operation.note} |")
    return "\n".join(rows)


def _short(template: str) -> str:
    """The path without what every path begins with."""
    for start, sign in (("/subscriptions/{sub}/resourceGroups/{rg}", "{group}"), ("/subscriptions/{sub}", "{sub}")):
        if template.startswith(start + "/"):
            return sign + template.removeprefix(start)
    return template


def fault_fields() -> str:
    """The conditions and effects of a fault rule."""
    parts = [_fields("when", When), _fields("then", Then), _fields("then.fail_job", JobFault)]
    return "\n\n".join(parts)


def _fields(title: str, model: type[BaseModel]) -> str:
    rows = [f"| `{title}` | |", "|---|---|"]
    rows += [f"| `{name}` | {field.description} |" for name, field in model.model_fields.items()]
    return "\n".join(rows)


def sign_in_refusals() -> str:
    """The AADSTS numbers that Entra ID can be made to refuse with."""
    rows = ["| number | OAuth error | text |", "|---|---|---|"]
    rows += [f"| {n} | `{r.error}` | {r.text} |" for n, r in sorted(refusals().items(), key=lambda e: int(e[0]))]
    return "\n".join(rows)


def roles() -> str:
    """The built-in roles that can be granted."""
    return "\n".join(["| role | gist |", "|---|---|", *(f"| {r.name} | {r.description} |" for r in built_in_roles())])


PARTS: Mapping[str, Callable[[], str]] = {
    "operations": operations,
    "faults": fault_fields,
    "refusals": sign_in_refusals,
    "roles": roles,
}
"""The generated parts by name."""


def refreshed(text: str) -> str:
    """``text`` with every generated part made anew.

    Raises:
        KeyError: a part of that name does not exist.
    """

    def part(found: re.Match[str]) -> str:
        return f"<!-- generated: {found[1]} -->\n{PARTS[found[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- generated: (\w+) -->.*?<!-- end -->", part, text, flags=re.DOTALL)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(refreshed(page.read_text(encoding="utf-8")), encoding="utf-8")
