"""The wizard's screens over a staged worker beside a trivial Textual app, in turn: ``python -m benchmarks.screens [runs]``.

Memory with estates of several sizes, the latency of keys while the worker changes much and while the Azure modules load in
another process, filtering, bytes while VMs replicate, and how long the event loop is silent while the terminal is not read.
80x24, raw bytes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import pyte

from benchmarks.figures import heading, row
from benchmarks.heartbeat import longest_silence
from benchmarks.pseudo_terminal import KEYS, PseudoTerminal
from benchmarks.stage import READY

RUNS = 5
SIZES = (0, 1_000, 10_000)
WATCHED = 100
_ROUND_SECONDS = 30
"""How often a replicating VM says something new (Azure's own rhythm)."""
_MUCH = 500
"""Updates a second, and as many VMs."""
STALL_SECONDS = 8.0
_KEYS_A_RUN = 20
_TRIVIAL = (sys.executable, "-m", "benchmarks.trivial_app")
_QUIET = 0.5
_PATIENCE_SECONDS = 30.0
_SDK = "import asr_tui.azure.clients, azure.mgmt.compute.aio, azure.mgmt.recoveryservicessiterecovery.aio, azure.identity.aio"


@contextmanager
def stage(folder: Path, **options: float) -> Iterator[Path]:
    """A staged worker; the path of its socket."""
    socket = folder / f"stage-{time.monotonic_ns()}.sock"
    arguments = [text for name, value in options.items() for text in (f"--{name}", f"{value:g}")]
    command = [sys.executable, "-m", "benchmarks.stage", str(socket), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != READY:
            raise RuntimeError("the staged worker did not start")
        yield socket
    finally:
        process.kill()
        process.wait()


@contextmanager
def face(socket: Path, *more: str) -> Iterator[PseudoTerminal]:
    """The wizard on that socket, once it shows the first view."""
    command = [sys.executable, "-m", "benchmarks.face", str(socket), *more]
    with PseudoTerminal(command, environment={"LANG": "C.UTF-8"}) as terminal:
        terminal.until_shown("PRACTICE")
        terminal.until_quiet(_QUIET)
        yield terminal


def main(runs: int = RUNS) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="asr-bench-") as name:
        folder = Path(name)
        print(heading("The wizard over a staged worker, beside a trivial app, 80x24"))
        _imports(runs)
        _memory(folder, runs)
        _keys(folder, runs)
        _latency(folder, runs)
        _watching(folder, runs)
        _stall(folder, runs)


def _imports(runs: int) -> None:
    """Seconds until everything is imported that the first picture needs, beside what the trivial app imports."""
    ours = "from asr_tui import cli, opening, console; console.load_asyncio_without_tls(); import asr_tui.app, screens.welcome"
    codes = {"trivial app": "import benchmarks.trivial_app", "wizard": ours}
    times: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(runs):
        for name, code in codes.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times[name].append(1000 * (time.perf_counter() - begun))
    for name, values in times.items():
        print(row(f"import time, {name}", values, "ms"))


def _memory(folder: Path, runs: int) -> None:
    """Resident memory with no VM, 1,000 and 10,000: on the first page with the whole view there, and after all steps."""
    goals = {0: "goal 45", 10_000: "goal 60"}
    trivial: list[float] = []
    for _ in range(runs):
        with PseudoTerminal(_TRIVIAL) as terminal:
            terminal.until_shown("option")
            terminal.until_quiet(_QUIET)
            trivial.append(terminal.resident_mib())
    print(row("resident memory, trivial app", trivial, "MiB"))
    for vms in SIZES:
        first, walked = [], []
        with stage(folder, vms=vms) as socket:
            for _ in range(runs):
                with face(socket) as terminal:
                    first.append(terminal.resident_mib())
                    for key in "1234560":
                        terminal.press(key, quiet=0.2)
                    walked.append(terminal.resident_mib())
        print(row(f"resident memory, {vms:,} VMs", first, "MiB", goals.get(vms, "")))
        print(row(f"resident memory, {vms:,} VMs, after all six steps", walked, "MiB"))


def _keys(folder: Path, runs: int) -> None:
    """Bytes and time of keys in the table of 10,000 VMs."""
    bytes_down, bytes_page, shown, bytes_filter = [], [], [], []
    with stage(folder, vms=10_000) as socket, face(socket) as terminal:
        terminal.press("5", quiet=_QUIET)
        for _ in range(runs):
            bytes_down.append(float(terminal.press("down", quiet=0.2)[0]))
        for _ in range(runs):
            bytes_page.append(float(terminal.press("pagedown", quiet=0.2)[0]))
        terminal.press("/", quiet=0.2)
        terminal.press("v", quiet=0.5)  # the words to look in are made once
        for key in ("m", "-", "0", "1", "2", "3", "4"):
            sent, seconds = terminal.press(key, quiet=0.2)
            shown.append(1000 * seconds)
            bytes_filter.append(float(sent))
    print(row("bytes, cursor down in the VM table", bytes_down, "bytes", "goal 300"))
    print(row("bytes, page down in the VM table", bytes_page, "bytes"))
    print(row("filter key over 10,000 VMs, until shown", shown, "ms", "goal 50"))
    print(row("filter key over 10,000 VMs", bytes_filter, "bytes"))


def _until_moved(
    terminal: PseudoTerminal, screen: pyte.Screen, stream: pyte.ByteStream, place: Callable[[], str]
) -> float:
    """Press down; milliseconds until the cursor row is another one."""
    before = place()
    begun = time.perf_counter()
    os.write(terminal.master, KEYS["down"].encode())
    while time.perf_counter() - begun < _PATIENCE_SECONDS:
        have = len(terminal.received)
        terminal.read(1.0)
        arrived = time.perf_counter()
        stream.feed(bytes(terminal.received[have:]))
        if place() != before:
            return 1000 * (arrived - begun)
    raise TimeoutError("the cursor did not move")


def _latencies(terminal: PseudoTerminal, marker: str, keys: int) -> list[float]:
    """Of ``keys`` times down, from the key to the paint. ``marker`` begins the line that has the cursor."""
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    stream.feed(bytes(terminal.received))

    def place() -> str:
        found = next((line for line in screen.display if line.lstrip(" ").startswith(marker)), "")
        return " ".join(word for word in found.split() if word.startswith("vm-"))

    times = []
    for _ in range(keys):
        times.append(_until_moved(terminal, screen, stream, place))
        have = len(terminal.received)
        terminal.read(0.05)
        stream.feed(bytes(terminal.received[have:]))
    return times


def _percentiles(title: str, runs: list[list[float]], goal: str = "") -> None:
    """p50 and p95 of each run; printed are the medians over the runs."""
    print(row(f"{title}, p50", [median(times) for times in runs], "ms"))
    print(row(f"{title}, p95", [quantiles(times, n=20)[-1] for times in runs], "ms", goal))


def _latency(folder: Path, runs: int) -> None:
    """Key to paint: at rest, while 500 updates a second arrive, and while Azure's modules load in another process."""
    loaded, loading = [], []
    for _ in range(runs):
        with stage(folder, vms=_MUCH, items=_MUCH, updates=_MUCH) as socket, face(socket) as terminal:
            terminal.press("5", quiet=0.2)
            terminal.count_for(1.0)
            loaded.append(_latencies(terminal, ">", _KEYS_A_RUN - 5))
        with stage(folder, vms=_MUCH) as socket, face(socket) as terminal:
            terminal.press("5", quiet=_QUIET)
            sdk = subprocess.Popen([sys.executable, "-c", f"while True:\n exec({_SDK!r})\n break"])
            try:
                loading.append(_latencies(terminal, ">", _KEYS_A_RUN - 5))
            finally:
                sdk.kill()
                sdk.wait()
    _percentiles("key to paint, 500 updates a second", loaded, "goal 50")
    _percentiles("key to paint, Azure's modules loading", loading)


def _watching(folder: Path, runs: int) -> None:
    """Bytes a second while 100 VMs replicate."""
    values = []
    with (
        stage(folder, vms=WATCHED, items=WATCHED, updates=WATCHED / _ROUND_SECONDS) as socket,
        face(socket) as terminal,
    ):
        terminal.press("5", quiet=0.2)
        terminal.count_for(2.0)
        for _ in range(runs):
            values.append(terminal.count_for(5.0) / 5.0)
    print(row("bytes/s, watching 100 replicating VMs", values, "bytes/s", "goal 500"))


def _stall(folder: Path, runs: int) -> None:
    """The event loop's longest silence while nobody reads the terminal for 8 s, and much happens."""
    ours, stock = [], []
    for number in range(runs):
        beats = folder / f"beats-{number}"
        with stage(folder, vms=_MUCH, items=_MUCH, updates=_MUCH) as socket, face(socket, str(beats)) as terminal:
            terminal.press("5", quiet=0.2)
            ours.append(_silence(terminal, beats))
        beats = folder / f"stock-{number}"
        with PseudoTerminal([*_TRIVIAL, str(beats)]) as terminal:
            terminal.until_shown("option")
            terminal.count_for(1.0)
            stock.append(_silence(terminal, beats))
    print(row("longest silence, terminal not read for 8 s, trivial", stock, "s"))
    print(row("longest silence, terminal not read for 8 s, wizard", ours, "s", "goal 0.2"))


def _silence(terminal: PseudoTerminal, beats: Path) -> float:
    begun = time.monotonic()
    time.sleep(STALL_SECONDS)
    terminal.count_for(1.0)
    return longest_silence(beats, begun)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
