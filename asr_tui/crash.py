"""An error of the program itself: one sentence for the engineer, the rest in a report file."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from asr_tui import __version__


def crash_sentence(error: BaseException) -> str:
    """Write the report (readable by its owner only) and say where it is. Holds no secret: no values, only the lines of
    code that were running, and the error's own text."""
    report = _report(error)
    try:
        path = _write(_folder(), report)
    except OSError:
        path = _write(Path(tempfile.gettempdir()), report)
    return (
        f"asr-tui ended because of an error of its own ({type(error).__name__}). The worker and what runs in Azure go on; "
        f"start asr-tui again to see them. Report: {path}"
    )


def _folder() -> Path:
    from asr_tui.session.paths import state_root

    folder = state_root() / "crashes"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _write(folder: Path, report: str) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"asr-tui-crash-{stamp}-{os.getpid()}.txt"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(report)
    return path


def _report(error: BaseException) -> str:
    facts = (
        ("asr-tui", __version__),
        ("time", datetime.now(UTC).isoformat(timespec="seconds")),
        ("python", f"{platform.python_version()} on {platform.platform()}"),
        ("textual", version("textual")),
        ("terminal", f"TERM={os.environ.get('TERM', '')} LANG={os.environ.get('LANG', '')}"),
        ("terminal size", _size()),
    )
    head = "\n".join(f"{name}: {value}" for name, value in facts)
    from asr_tui.support import redactor  # loaded by nobody who does not crash

    # Whatever text an error carries: a secret that found its way into one must not find it into a file.
    told = redactor(os.environ).without_secrets("".join(traceback.format_exception(error)))
    return f"{head}\n\n{told}"


def _size() -> str:
    try:
        size = os.get_terminal_size(sys.__stdin__.fileno() if sys.__stdin__ else 0)
    except OSError:
        return "no terminal"
    return f"{size.columns}x{size.lines}"
