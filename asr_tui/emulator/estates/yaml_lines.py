"""Reading YAML so that an error can name file, line and field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an estate file. ``line`` counts from 1; ``field`` is dotted (``vms.web-01.size``)."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"


class EstateError(Exception):
    """An estate cannot be used. ``str`` is one line for each problem, the first in the file first."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> EstateError:
        """An error that tells all ``problems``."""
        ordered = sorted(set(problems), key=lambda problem: (problem.line, problem.field, problem.message))
        return cls("\n".join(str(problem) for problem in ordered), ordered)


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file and where its fields stand."""

    file: str
    value: Any
    lines: dict[Location, int]

    def line_of(self, location: Location) -> int:
        """Line of the field, or of the nearest field around it that is written in the file."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return 1

    def problem(self, location: Location, message: str) -> Problem:
        """A problem with the field at ``location``."""
        return Problem(self.file, self.line_of(location), ".".join(str(part) for part in location), message)

    def problems(self, error: ValidationError) -> list[Problem]:
        """The problems that a model found, in the file's own terms."""
        return [self.problem(self._written(entry["loc"]), _worded(entry)) for entry in error.errors()]

    def _written(self, location: Location) -> Location:
        """``location`` without the parts that the models add (tags of unions) at its end."""
        kept = list(location)
        while kept and tuple(kept) not in self.lines and isinstance(kept[-1], str) and "[" in kept[-1]:
            kept.pop()
        return tuple(kept)


def _worded(entry: Any) -> str:
    kind, context = entry["type"], entry.get("ctx", {})
    if kind == "extra_forbidden":
        return "there is no such field; docs/estates.md lists them"
    if kind == "missing":
        return "this field is needed"
    if kind == "literal_error":
        return f"{entry['input']!r} is not one of {context['expected']}"
    text = str(entry["msg"]).removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def read(text: str, file: str) -> Source:
    """Parse ``text``; ``file`` is the name that errors show.

    Raises:
        EstateError: it is not YAML, a key is written twice, or it is not a mapping.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise EstateError.of([Problem(file, line, "", f"not valid YAML: {error.problem}")]) from error
    except yaml.YAMLError as error:
        raise EstateError.of([Problem(file, 1, "", f"not valid YAML: {error}")]) from error
    if not isinstance(node, yaml.MappingNode):
        raise EstateError.of([Problem(file, 1, "", "an estate is a mapping of fields such as 'name' and 'vms'")])
    lines: dict[Location, int] = {(): 1}
    twice: list[Problem] = []
    _walk(node, (), lines, twice, file)
    if twice:
        raise EstateError.of(twice)
    return Source(file, yaml.safe_load(text), lines)


def _walk(node: yaml.Node, at: Location, lines: dict[Location, int], twice: list[Problem], file: str) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*at, key.value)
            line = key.start_mark.line + 1
            if inner in lines and key.value != "<<":
                name = ".".join(str(part) for part in inner)
                twice.append(Problem(file, line, name, f"written twice; first on line {lines[inner]}"))
            lines[inner] = line
            _walk(value, inner, lines, twice, file)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            inner = (*at, index)
            lines[inner] = value.start_mark.line + 1
            _walk(value, inner, lines, twice, file)
