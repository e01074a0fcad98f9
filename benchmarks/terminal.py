"""The wizard on a terminal of 80x24 beside a trivial Textual app, in turn: ``python -m benchmarks.terminal [runs]``.

Raw bytes, before SSH. Worker and practice cloud run already, as on every start but the first; the wizard is the program as
it is started by hand. Figures that depend on the machine stand beside those of the trivial app, measured in the same minute.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from benchmarks.figures import heading, row
from benchmarks.pseudo_terminal import PseudoTerminal

RUNS = 5
_IDLE_SECONDS = 5.0
_QUIET_SECONDS = 1.0
_TRIVIAL = (sys.executable, "-m", "benchmarks.trivial_app")
_WIZARD = (sys.executable, "-m", "asr_tui", "--practice")
_SEEN = {_TRIVIAL: "option", _WIZARD: "Prerequisites"}
"""A word of each program's first frame: what a terminal is asked before that is no frame."""
_LIVE = "PRACTICE"
"""It is in the header as soon as the worker's first view has come."""

FIRST, LIVE = "time to first frame", "time to the worker's view"
MEMORY, FRAME = "resident memory, UI process", "bytes, first frame and first view"
STEP, DOWN, TAB, IDLE = "bytes, step change", "bytes, cursor down", "bytes, Tab", "bytes/s, idle"
_UNITS = {
    FIRST: "ms",
    LIVE: "ms",
    MEMORY: "MiB",
    FRAME: "bytes",
    STEP: "bytes",
    DOWN: "bytes",
    TAB: "bytes",
    IDLE: "bytes/s",
}
_GOALS = {
    LIVE: "goal 1000",
    MEMORY: "goal 45",
    FRAME: "goal 5000",
    STEP: "goal 2000",
    DOWN: "goal 300",
    TAB: "goal 300",
    IDLE: "goal 0",
}

Figures = dict[str, list[float]]


def main(runs: int) -> None:
    """Print the figures of both programs."""
    trivial: Figures = defaultdict(list)
    ours: Figures = defaultdict(list)
    with _practice() as environment:
        for _ in range(runs):
            _measure(_TRIVIAL, trivial, {}, steps="")
            _measure(_WIZARD, ours, environment, steps="234561")  # it ends at the list of regions
    print(heading("A trivial Textual app, 80x24"))
    _print(trivial)
    print(heading("The wizard on the practice cloud, 80x24"))
    _print(ours)
    ratio = median(ours[FIRST]) / median(trivial[FIRST])
    print(row("time to first frame, wizard over trivial app", [ratio], "x", "goal 1.3"))


def _print(figures: Figures) -> None:
    for title, unit in _UNITS.items():
        if figures[title]:
            print(row(title, figures[title], unit, _GOALS.get(title, "") if figures[LIVE] else ""))


def _measure(command: tuple[str, ...], figures: Figures, environment: dict[str, str], steps: str) -> None:
    """One start of a program; ``steps`` are the keys that lead from screen to screen."""
    with PseudoTerminal(command, environment=environment) as terminal:
        figures[FIRST].append(1000 * terminal.until_shown(_SEEN[command]))
        if command == _WIZARD:
            figures[LIVE].append(1000 * terminal.until_shown(_LIVE))
        terminal.until_quiet(_QUIET_SECONDS)
        figures[MEMORY].append(terminal.resident_mib())
        figures[FRAME].append(len(terminal.received))
        for key in steps:
            figures[STEP].append(terminal.press(key, quiet=_QUIET_SECONDS)[0])
        for title, key in ((DOWN, "down"), (TAB, "tab")):
            figures[title] += [terminal.press(key)[0] for _ in range(3)]
        figures[IDLE].append(terminal.count_for(_IDLE_SECONDS) / _IDLE_SECONDS)


@contextmanager
def _practice() -> Iterator[dict[str, str]]:
    """An environment in which worker and practice cloud run; both are ended afterwards."""
    with tempfile.TemporaryDirectory(prefix="asr-bench-") as folder:
        environment = {"ASR_TUI_STATE_DIR": folder, "XDG_RUNTIME_DIR": folder}
        try:
            with PseudoTerminal(_WIZARD, environment=environment) as terminal:
                terminal.until_quiet(3.0, limit=60.0)
            yield environment
        finally:
            subprocess.run(
                [sys.executable, "-m", "asr_tui", "stop", "--all"], env=os.environ | environment, check=True, timeout=60
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
