"""``plan.yaml``: what the engineer wants, editable by hand. An error names file, line and field."""

from __future__ import annotations

import os
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

try:  # the C implementation, where it is there: a plan may name thousands of VMs
    from yaml import CSafeDumper as _Dumper
    from yaml import CSafeLoader as _BaseLoader
except ImportError:
    from yaml import SafeDumper as _Dumper  # type: ignore[assignment]
    from yaml import SafeLoader as _BaseLoader  # type: ignore[assignment]
from pydantic import ValidationError

from asr_tui.model.plan import Plan
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.session.paths import replace_file

HEADER = (
    "# What asr-tui is to set up. The wizard keeps this file; it may be edited by hand.\n"
    "# Whatever is not named here follows the rules' defaults. It never holds a secret.\n"
)
MAX_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class PlanFile:
    """The plan on disk, and whether it was changed behind our back since we last read or wrote it."""

    path: Path
    _seen: tuple[int, int, int] | None = None

    def read(self) -> Plan:
        """The plan as it stands in the file; an empty one where there is no file.

        Raises:
            ProblemError: it cannot be read, or line and field as named hold something that a plan cannot.
        """
        self._seen = _stamp(self.path)
        if self._seen is None:
            return Plan()
        return read_plan(self.path)

    def write(self, plan: Plan) -> None:
        """Replace the file.

        Raises:
            StateError: it cannot be written.
        """
        body = yaml.dump(
            plan.model_dump(mode="json", exclude_defaults=True) | {"version": plan.version},
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=110,
        )
        replace_file(self.path, HEADER + body)
        self._seen = _stamp(self.path)

    def was_edited(self) -> bool:
        """Whether somebody else wrote the file since we did."""
        return _stamp(self.path) != self._seen


def read_plan(path: Path) -> Plan:
    """Read and validate a plan from any place.

    Raises:
        ProblemError: as for :meth:`PlanFile.read`; a missing file too.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _wrong(path, None, "", f"is larger than {MAX_BYTES} bytes")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _wrong(path, None, "", f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise _wrong(path, text_line(error), "", "is not UTF-8 text") from error
    try:
        node = yaml.compose(text, Loader=_Loader)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader that also refuses duplicate keys
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _wrong(path, line, "", f"is not valid YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _wrong(path, None, "", "is not valid YAML") from error
    if data is None:
        return Plan()
    if not isinstance(data, dict):
        raise _wrong(path, 1, "", "must hold fields and values")
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise _wrong(path, _line_of(node, first["loc"]), field, first["msg"]) from error


def text_line(error: UnicodeDecodeError) -> int:
    """The line (from 1) at which text ceases to be UTF-8."""
    return error.object.count(b"\n", 0, error.start) + 1


class _Loader(_BaseLoader):
    """Refuses a key that is given twice: the last one would win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _line_of(node: yaml.Node | None, location: tuple[int | str, ...]) -> int | None:
    """The line (from 1) of the deepest part of ``location`` that the file holds."""
    line = node.start_mark.line + 1 if node is not None else None
    for part in location:
        child: tuple[yaml.Node, yaml.Node] | None = None
        if isinstance(node, yaml.MappingNode):
            child = next((pair for pair in node.value if pair[0].value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            child = (node.value[part], node.value[part])
        if child is None:
            break
        line, node = child[0].start_mark.line + 1, child[1]
    return line


def _wrong(path: Path, line: int | None, field: str, what: str) -> ProblemError:
    place = f"{path.name}, line {line}" if line else path.name
    return ProblemError(
        Problem(
            what=f"{place}{f', field {field}' if field else ''}: {what}.".replace("..", "."),
            remedy=f"Correct {path}, then start again.",
            code="plan",
            where=field,
        )
    )


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  one call, three figures
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
