"""``asr-tui emulator``: start the practice cloud by itself and tell any ARM client how to reach it.

On stdout: shell exports, one a line, then ``ready``. Everything else goes to stderr.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from asr_tui.emulator import catalogue, certificates, estates
from asr_tui.emulator.call import Settings
from asr_tui.emulator.clock import Anchors, Clock
from asr_tui.emulator.control import CLOCK_FACT
from asr_tui.emulator.emulator import Emulator
from asr_tui.emulator.faults import FaultError, Rule, read_faults
from asr_tui.emulator.server import EmulatorServer, listening_socket
from asr_tui.emulator.state_file import StateError, discard
from asr_tui.emulator.store import Store
from asr_tui.emulator.tenancy import EstateSource, Practice, practice

EXIT_FAILED = 1
EXIT_USAGE = 2
_LOOPBACK = "127.0.0.1"
_REMOTE = "0.0.0.0"  # noqa: S104 - only with --allow-remote, which says what that means
_IDLE_CHECK_SECONDS = 5.0
_DEFAULT_ESTATE = "contoso"
_ESTATE_OPTION = "estate_option"


@dataclass(frozen=True, slots=True)
class Options:
    """The options of ``asr-tui emulator``.

    Attributes:
        estate: name of a sample estate, path of an estate file, or ``generated:N``; None means ``contoso`` for a
            new state, and whatever is there for an old one.
        port: TCP port; 0 takes a free one.
        speed: seconds of Azure per second of the wall clock, above 0.
        faults: a fault file.
        state: the state file; None keeps everything in memory.
        seed: seed of all that looks random.
        strict: members that the API does not have are a 400.
        reset: start over, dropping what the state file holds.
        allow_remote: listen on every address of this machine.
        auto_approve: device codes are approved without anybody typing them.
        exit_when_idle: minutes without a request after which the emulator ends; None never.
    """

    estate: str | None = None
    port: int = 0
    speed: float = 1.0
    faults: Path | None = None
    state: Path | None = None
    seed: int = 0
    strict: bool = False
    reset: bool = False
    allow_remote: bool = False
    auto_approve: bool = False
    exit_when_idle: float | None = None


class StartError(Exception):
    """The emulator cannot start; one sentence and the exit status."""

    def __init__(self, message: str, status: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.status = status


def run(options: Options) -> int:
    """Run the emulator until it is told to stop; returns the exit status (0, 1 or 2)."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        asyncio.run(_serve(options))
    except StartError as error:
        print(f"asr-tui emulator: {error}", file=sys.stderr)
        return error.status
    return 0


async def _serve(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, stop.set)
    _check(options)
    rules = _rules(options)
    bound = _bind(options)
    try:
        catalogue.load()
        store = _filled_store(options)
        try:
            await asyncio.sleep(0)  # a signal that came while the estate was made
            if not stop.is_set():
                await _listen(store, _clock(store, options.speed), options, rules, bound, stop)
        finally:
            store.close()
    finally:
        bound.close()


def _check(options: Options) -> None:
    if not options.speed > 0 or options.speed > 1e6:
        raise StartError("--speed is a number above 0, such as 60 for a minute of Azure in a second.", EXIT_USAGE)
    if not 0 <= options.port <= 65535:
        raise StartError("--port is a number from 0 (any free port) to 65535.", EXIT_USAGE)
    if options.exit_when_idle is not None and not options.exit_when_idle > 0:
        raise StartError("--exit-when-idle is a number of minutes above 0.", EXIT_USAGE)


def _rules(options: Options) -> list[Rule]:
    if options.faults is None:
        return []
    try:
        return read_faults(options.faults)
    except FaultError as error:
        raise StartError(str(error), EXIT_USAGE) from error


def _estate(options: Options) -> EstateSource | None:
    if options.estate is None:
        return None
    try:
        return estates.load(options.estate, seed=options.seed)
    except estates.EstateError as error:
        raise StartError(str(error), EXIT_USAGE) from error


def _filled_store(options: Options) -> Store:
    """The state that was asked for: an old one goes on, a new one gets the estate.

    The estate is read before a new file is made, so that an error in it leaves nothing behind.
    """
    existing = options.state is not None and options.state.exists() and not options.reset
    store = _open_store(options) if existing else None
    try:
        known = store is not None and options.estate in (None, store.fact(_ESTATE_OPTION))
        source = None if known else _estate(options)
        store = store or _open_store(options)
        _fill(store, options, source)
    except BaseException:
        if store is not None:
            store.close()
        raise
    return store


def _open_store(options: Options) -> Store:
    if options.state is not None and options.reset:
        _remove_state(options.state)
    try:
        return Store(options.state)
    except StateError as error:
        raise StartError(str(error)) from error


def _remove_state(path: Path) -> None:
    """Drop an old state, once it is sure that no emulator uses it."""
    try:
        discard(path)
    except StateError as error:
        raise StartError(str(error)) from error


def _fill(store: Store, options: Options, source: EstateSource | None) -> None:
    """Write the estate into a new state; an old one keeps its own."""
    held = store.fact("estate")
    if held is not None:
        if source is not None and source.name != held:
            raise StartError(
                f"The state file holds the estate '{held}'; use --reset to start over with '{source.name}'.",
                EXIT_USAGE,
            )
        return
    source = source or estates.load(_DEFAULT_ESTATE, seed=options.seed)
    clock = _clock(store, options.speed)
    with store.transaction():
        source.populate(store, clock.now())
        store.put_fact("estate", source.name)
        store.put_fact(_ESTATE_OPTION, options.estate)
        store.put_fact("seed", options.seed)


def _clock(store: Store, speed: float) -> Clock:
    """Azure's clock, going on from where it stood at the speed that was asked for now."""
    kept = store.fact(CLOCK_FACT)
    clock = Clock.starting_now(speed) if kept is None else Clock(Anchors(*kept))
    clock.change_speed(speed)
    anchors = clock.anchors
    with store.transaction():
        store.put_fact(CLOCK_FACT, [anchors.virtual, anchors.real, anchors.speed])
    return clock


def _bind(options: Options) -> socket.socket:
    """The port, taken before anything is made: nobody gets an answer from it until the server starts."""
    try:
        return listening_socket(_REMOTE if options.allow_remote else _LOOPBACK, options.port)
    except OSError as error:
        raise _no_port(options, error) from error


def _no_port(options: Options, error: OSError) -> StartError:
    return StartError(f"Port {options.port} cannot be used: {error.strerror or error}.")


async def _listen(
    store: Store, clock: Clock, options: Options, rules: list[Rule], bound: socket.socket, stop: asyncio.Event
) -> None:
    port = bound.getsockname()[1]
    settings = Settings(
        base_url=f"https://{_LOOPBACK}:{port}",
        speed=options.speed,
        seed=store.fact("seed"),
        strict=options.strict,
        auto_approve=options.auto_approve,
    )
    ca = certificates.authority(store)
    others = certificates.own_names() if options.allow_remote else []
    names = ["127.0.0.1", "::1", "localhost", *others]
    emulator = Emulator(store, clock, settings)
    emulator.faults.add(rules)
    server = EmulatorServer(emulator, bound, certificates.server_context(ca, names), {*others} - {_LOOPBACK})
    try:
        await server.start()
    except OSError as error:  # two that start at the same time both get the port, and one of them may listen
        raise _no_port(options, error) from error
    with tempfile.TemporaryDirectory(prefix="asr-tui-emulator-") as scratch:
        bundle = _bundle_path(options, Path(scratch))
        bundle.write_bytes(ca.cert_pem.bytes())
        if options.allow_remote:
            print(
                "asr-tui emulator: listening on every address of this machine: whoever reaches the port can read "
                "and change the practice cloud, with sign-in data that is public.",
                file=sys.stderr,
            )
        if _announce(settings, practice(store), bundle):
            await _until_done(emulator, stop, options.exit_when_idle)
        await server.stop()


def _bundle_path(options: Options, scratch: Path) -> Path:
    if options.state is None:
        return scratch / "ca.pem"
    return options.state.resolve().with_name(options.state.name + ".ca.pem")


def exports(settings: Settings, signed_in: Practice, bundle: Path) -> Mapping[str, str]:
    """The environment that points ARM clients at the emulator, in the order it is printed."""
    return {
        "ASR_TUI_ARM_ENDPOINT": settings.base_url,
        "AZURE_AUTHORITY_HOST": settings.base_url,
        "AZURE_TENANT_ID": signed_in.tenant,
        "AZURE_SUBSCRIPTION_ID": signed_in.subscription,
        "AZURE_CLIENT_ID": signed_in.client_id,
        "AZURE_CLIENT_SECRET": signed_in.client_secret,
        "REQUESTS_CA_BUNDLE": str(bundle),
        "SSL_CERT_FILE": str(bundle),
        "NODE_EXTRA_CA_CERTS": str(bundle),
    }


def _announce(settings: Settings, signed_in: Practice, bundle: Path) -> bool:
    """Print the exports; False when nobody reads them any more (``| head``), which ends the emulator."""
    try:
        lines = [f"export {name}={shlex.quote(value)}" for name, value in exports(settings, signed_in, bundle).items()]
        # One write: a reader that closes the pipe at "ready" must not cut off its line break (PYTHONUNBUFFERED).
        print("\n".join([*lines, "ready"]) + "\n", end="", flush=True)
    except BrokenPipeError:
        # What is left in the buffer would fail again when Python closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


async def _until_done(emulator: Emulator, stop: asyncio.Event, idle_minutes: float | None) -> None:
    if idle_minutes is None:
        await stop.wait()
        return
    limit = idle_minutes * 60
    while not stop.is_set():
        left = emulator.last_request + limit - time.monotonic()
        if left <= 0:
            return
        try:
            await asyncio.wait_for(stop.wait(), min(left, _IDLE_CHECK_SECONDS) + 0.01)
        except TimeoutError:
            continue
