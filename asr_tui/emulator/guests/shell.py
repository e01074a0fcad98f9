"""A very small POSIX shell for Linux guests: enough to run a read-only probe line by line.

Understood: statements separated by new lines and ``;``, ``&&``, ``||``, pipes into ``grep``, ``head``, ``tail``,
``wc -l`` and ``sort``, ``for NAME in WORDS; do ... done``, ``NAME=value`` and ``$NAME``, redirections to /dev/null.
Every command is a function of the guest's facts; there is nothing that could write.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Command = Callable[[Sequence[str]], "Result"]

_REDIRECTION = re.compile(r"\s*(?:\d?>{1,2}\s*(?:/dev/null|&\d)|&>\s*/dev/null|<\s*/dev/null)")
_FOR = re.compile(r"^for\s+(\w+)\s+in\s+(.*?)$", re.DOTALL)
_ASSIGNMENT = re.compile(r"^(\w+)=(.*)$", re.DOTALL)
_MOST_STATEMENTS = 2000


@dataclass(frozen=True, slots=True)
class Result:
    """What one command gave: text on stdout and stderr (with their line ends) and its status."""

    out: str = ""
    err: str = ""
    status: int = 0


@dataclass(slots=True)
class Shell:
    """Runs a script against a table of commands.

    Args:
        commands: command name to function of its arguments.
        variables: what ``$NAME`` stands for.
    """

    commands: dict[str, Command]
    variables: dict[str, str] = field(default_factory=dict)
    _left: int = _MOST_STATEMENTS

    def run(self, script: str) -> Result:
        """Run a whole script; the status is that of its last statement."""
        out, err, status = "", "", 0
        statements = [one.strip() for one in _split(_uncommented(script), (";", "\n"))]
        index = 0
        while index < len(statements):
            statement = statements[index]
            loop = _FOR.match(statement)
            if loop:
                end = _end_of_loop(statements, index)
                result = self._loop(loop.group(1), loop.group(2), statements[index + 1 : end])
                index = end
            else:
                result = self._chain(statement)
            out, err, status = out + result.out, err + result.err, result.status
            index += 1
        return Result(out, err, status)

    def _loop(self, name: str, words: str, body: list[str]) -> Result:
        lines = [re.sub(r"^do\b\s*", "", one) for one in body]
        out, err, status = "", "", 0
        for word in self._words(words):
            self.variables[name] = word
            result = self.run("\n".join(lines))
            out, err, status = out + result.out, err + result.err, result.status
        return Result(out, err, status)

    def _chain(self, statement: str) -> Result:
        out, err, status = "", "", 0
        operator = "&&"
        for part, following in _operators(statement):
            wanted = (operator == "&&") == (status == 0)
            if wanted:
                result = self._pipeline(part.strip())
                out, err, status = out + result.out, err + result.err, result.status
            operator = following
        return Result(out, err, status)

    def _pipeline(self, text: str) -> Result:
        if not text:
            return Result()
        self._left -= 1
        if self._left < 0:
            return Result(err="the script is too long for a practice guest\n", status=1)
        stages = _split(text, ("|",))
        silent = "2>/dev/null" in text.replace(" ", "") or "2>&1" in text.replace(" ", "")
        result = self._simple(stages[0].strip())
        for stage in stages[1:]:
            result = self._filter(stage.strip(), result)
        quiet = ">/dev/null" in re.sub(r"2>\s*/dev/null", "", text).replace(" ", "")
        return Result("" if quiet else result.out, "" if silent else result.err, result.status)

    def _simple(self, text: str) -> Result:
        cleaned = _REDIRECTION.sub("", text).strip()
        assigned = _ASSIGNMENT.match(cleaned)
        if assigned:
            self.variables[assigned.group(1)] = " ".join(self._words(assigned.group(2)))
            return Result()
        words = self._words(cleaned)
        while words and words[0] in ("sudo", "timeout", "command", "LC_ALL=C"):
            words = words[2:] if words[0] == "timeout" else words[1:]
        if not words:
            return Result()
        command = self.commands.get(words[0].rsplit("/", 1)[-1])
        if command is None:
            return Result(err=f"{words[0]}: command not found\n", status=127)
        return command(words[1:])

    def _words(self, text: str) -> list[str]:
        try:
            raw = shlex.split(text, comments=False)
        except ValueError:
            return ["unreadable quoting"]
        return [self._expanded(word) for word in raw]

    def _expanded(self, word: str) -> str:
        return re.sub(r"\$\{?(\w+)\}?", lambda found: self.variables.get(found.group(1), ""), word)

    def _filter(self, stage: str, before: Result) -> Result:
        words = self._words(_REDIRECTION.sub("", stage).strip())
        lines = before.out.splitlines()
        name, options = (words[0], words[1:]) if words else ("", [])
        if name == "grep":
            return grep(options, lines)
        if name in ("head", "tail"):
            count = next((int(digits) for one in options if (digits := one.lstrip("-n")).isdigit()), 10)
            chosen = lines[:count] if name == "head" else lines[-count:]
        elif name == "sort":
            chosen = sorted(lines)
        elif name == "wc":
            chosen = [str(len(lines))]
        elif name == "cat":
            chosen = lines
        else:
            return Result(err=f"{name}: command not found\n", status=127)
        return Result("".join(one + "\n" for one in chosen), before.err, 0)


def grep(options: Sequence[str], lines: Sequence[str]) -> Result:
    """``grep`` over lines: flags i, v, c, o, q, E, w, and one pattern."""
    flags = "".join(one[1:] for one in options if one.startswith("-") and not one.startswith("--"))
    patterns = [one for one in options if not one.startswith("-")]
    if not patterns:
        return Result(err="usage: grep PATTERN\n", status=2)
    text = patterns[0].replace(r"\|", "|")
    try:
        pattern = re.compile(text, re.IGNORECASE if "i" in flags else 0)
    except re.error:
        return Result(err="grep: Invalid regular expression\n", status=2)
    chosen = [one for one in lines if bool(pattern.search(one)) != ("v" in flags)]
    status = 0 if chosen else 1
    if "q" in flags:
        return Result(status=status)
    if "c" in flags:
        return Result(f"{len(chosen)}\n", status=status)
    if "o" in flags:
        chosen = [found.group(0) for one in chosen for found in pattern.finditer(one)]
    return Result("".join(one + "\n" for one in chosen), status=status)


def _uncommented(script: str) -> str:
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return re.sub(r"\bdone\b", "\ndone\n", re.sub(r"\bdo\b", "\ndo ", joined))


def _end_of_loop(statements: Sequence[str], start: int) -> int:
    depth = 0
    for index in range(start, len(statements)):
        if _FOR.match(statements[index]):
            depth += 1
        elif statements[index] == "done":
            depth -= 1
            if depth == 0:
                return index
    return len(statements)


def _split(text: str, separators: Sequence[str]) -> list[str]:
    """Split outside quotes; ``||`` is no pipe and ``;;`` no separator."""
    parts, current, quote = [], "", ""
    index = 0
    while index < len(text):
        letter = text[index]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in separators:
            if letter == "|" and text[index : index + 2] == "||":
                current += "||"
                index += 2
                continue
            parts.append(current)
            current = ""
            index += 1
            continue
        current += letter
        index += 1
    return [*parts, current]


def _operators(statement: str) -> list[tuple[str, str]]:
    """The parts of a chain, each with the operator that follows it."""
    parts: list[tuple[str, str]] = []
    current, quote = "", ""
    index = 0
    while index < len(statement):
        two = statement[index : index + 2]
        letter = statement[index]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif two in ("&&", "||"):
            parts.append((current, two))
            current = ""
            index += 2
            continue
        current += letter
        index += 1
    return [*parts, (current, "&&")]
