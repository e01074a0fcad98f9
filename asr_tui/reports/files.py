"""Reports as files: ``drill-<date>-<vault>`` with the ending of each form, and reading a record back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from asr_tui.model.drill_record import DrillRecord
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.reports import rendering
from asr_tui.reports.redaction import redacted
from asr_tui.session.paths import prepare_directory, replace_file

ENDINGS = (".json", ".html", ".md")
LATEST = "latest"
MAX_BYTES = 64 * 1024 * 1024

_UNSAFE = re.compile(r"[^A-Za-z0-9-]+")


def write(record: DrillRecord, directory: Path, *, redact: bool = False) -> tuple[Path, ...]:
    """Write the three reports and return their paths, the JSON first. A report of the same drill is replaced, that of
    another never.

    Raises:
        StateError: the directory or a file cannot be written.
    """
    told = redacted(record) if redact else record
    if not directory.is_dir():  # a folder that is there already is somebody's: its mode stays
        prepare_directory(directory)
    stem = _free_stem(directory, told)
    content = as_json(told)
    digest = hashlib.sha256(content.encode()).hexdigest()
    texts = (content, rendering.html(told, digest), rendering.markdown(told, digest))
    paths = tuple(directory / f"{stem}{ending}" for ending in ENDINGS)
    for path, text in zip(paths, texts, strict=True):
        replace_file(path, text)
    return paths


def as_json(record: DrillRecord) -> str:
    """The record as it is written: readable, and the same for the same record."""
    return json.dumps(record.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def read(path: Path) -> DrillRecord:
    """A record from its JSON file.

    Raises:
        ProblemError: the file cannot be read, or is not a drill's record.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _wrong(path, "is too large for a drill's record")
        return DrillRecord.model_validate_json(path.read_bytes())
    except OSError as error:
        raise _wrong(path, f"cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise _wrong(path, f"is not a drill's record{f': {field}' if field else ''}: {first['msg']}") from error


def find(directories: Path | Iterable[Path], name: str) -> Path:
    """The JSON of a drill by its id, its file name (with or without ending), a path, or ``latest``.

    Raises:
        ProblemError: there is no such drill.
    """
    given = Path(name)
    if given.suffix == ".json" and given.is_file():
        return given
    folders = (directories,) if isinstance(directories, Path) else directories
    known = sorted((pair for folder in folders for pair in records(folder)), key=_begun, reverse=True)
    for path, record in known:
        is_meant = name == record.drill or name == LATEST
        if name in {path.name, path.stem} or (is_meant and not record.redacted):
            return path
    names = ", ".join(path.stem for path, _ in known[:10])
    raise ProblemError(
        Problem(
            what=f"There is no drill {name[:120]!r}.",
            remedy=f"Drills here: {names}." if names else "No drill has left a record here yet.",
            where="drill",
        )
    )


def records(directory: Path) -> list[tuple[Path, DrillRecord]]:
    """The records of a directory with their files, newest first; files that hold none are left out."""
    found = []
    for path in sorted(directory.glob("drill-*.json")):
        try:
            found.append((path, read(path)))
        except ProblemError:
            continue
    return sorted(found, key=_begun, reverse=True)


def _begun(found: tuple[Path, DrillRecord]) -> float:
    started = found[1].started
    return started.timestamp() if started else 0.0


def latest(directory: Path, vault: str) -> DrillRecord | None:
    """The newest record of a vault, None where there is none."""
    known = (record for _, record in records(directory) if not record.redacted)
    return next((record for record in known if record.vault.lower() == vault.lower()), None)


def _free_stem(directory: Path, record: DrillRecord) -> str:
    when = record.started or record.finished
    date = f"{when:%Y%m%d}" if when else "undated"
    vault = _UNSAFE.sub("-", record.vault).strip("-")[:60] or "vault"
    stem = f"drill-{date}-{vault}{'-redacted' if record.redacted else ''}"
    for number in range(1, 10_000):
        tried = stem if number == 1 else f"{stem}-{number}"
        path = directory / f"{tried}.json"
        if not path.exists() or _is_of(path, record.drill):
            return tried
    raise AssertionError("more reports of one day than anybody makes")


def _is_of(path: Path, drill: str) -> bool:
    try:
        return read(path).drill == drill
    except ProblemError:
        return False


def _wrong(path: Path, what: str) -> ProblemError:
    return ProblemError(Problem(what=f"{path} {what}.", remedy="Name the JSON file of a drill.", where="drill"))
