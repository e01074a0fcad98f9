"""What the commands do: they put request, processes and face together."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial, wraps
from pathlib import Path
from typing import IO, Any, TypeVar

import click

from asr_tui.launch import process, worker
from asr_tui.launch import session as sessions
from asr_tui.launch.door import Door, here
from asr_tui.launch.request import PRACTICE, Request
from asr_tui.launch.session import Found
from asr_tui.model.plan import RecoveryPointKind
from asr_tui.model.problem import ProblemError
from asr_tui.model.step import Step
from asr_tui.options import Options, request_of
from asr_tui.plain import checking, runs
from asr_tui.plain.events import JsonWriter, LineWriter, Writer, ascii_form, one_line
from asr_tui.plain.walk import Wishes
from asr_tui.session.client import SessionClient
from asr_tui.session.link import WorkerGone
from asr_tui.session.paths import SessionPaths, StateError
from asr_tui.session.views import SignInView
from asr_tui.wording import clean

USAGE = 2

_MARKS = {"ok": "[ok]  ", "warning": "[warn]", "failed": "[FAIL]"}
_F = TypeVar("_F", bound=Callable[..., int | None])


class Stopped(click.ClickException):
    """The command cannot go on; one sentence, and the exit code. Text of Azure or of the system in it is harmless."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(clean(sentence))
        self.exit_code = code  # type: ignore[misc]  # click declares it for the class, and reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """The sentence on stderr."""
        print(self.message, file=file or sys.stderr, flush=True)


def _in_one_sentence(command: _F) -> _F:
    """What a command meets on its way and cannot mend ends it with one sentence, never a traceback."""

    @wraps(command)
    def guarded(*arguments: Any, **named: Any) -> int | None:
        try:
            return command(*arguments, **named)
        except ProblemError as error:
            raise Stopped(str(error), USAGE if getattr(error, "usage", False) else runs.FAILED) from error
        except StateError as error:
            raise Stopped(str(error), USAGE) from error
        except WorkerGone as gone:
            raise Stopped(str(gone) or "The worker has ended; what runs in Azure goes on.", runs.FAILED) from gone

    return guarded  # type: ignore[return-value]


@_in_one_sentence
def check_names(options: Options) -> None:
    """End with one sentence where session or estate are named so that there can be none."""
    sessions.paths_of(request_of(options))


@_in_one_sentence
def line_by_line(options: Options) -> int:
    """The six steps in questions and answers."""
    from asr_tui.plain import interactive

    request = request_of(options)
    writer = LineWriter(ascii_only=options.ascii)
    return _run(interactive.converse(Door(request, here(writer.note)), writer, _wishes(options), options.ascii))


@_in_one_sentence
def walkthrough(options: Options, as_json: bool, until: Step | None, source: str, target: str) -> int:
    """The unattended walk."""
    request = request_of(options)
    writer = _writer(options, as_json)
    wishes = _wishes(options, source, target, until)
    fate = partial(_fate, sessions.paths_of(request))
    return _run(runs.unattended(Door(request, here(writer.note)), fate, writer, wishes, request.name))


@_in_one_sentence
def drill(options: Options, as_json: bool, wishes: Mapping[str, Any]) -> int:
    """The unattended drill. ``wishes`` are the options by the names of :class:`asr_tui.plain.drilling.DrillWishes`."""
    from asr_tui.plain.drilling import Drilling, DrillWishes

    request = request_of(options)
    writer = _writer(options, as_json)
    point = wishes["recovery_point"]
    wanted = dict(wishes) | {
        "recovery_point": RecoveryPointKind(point) if point else None,
        "plan": str(Path(options.plan).absolute()) if options.plan else "",
    }
    drilling = Drilling(DrillWishes(**wanted))
    journey = runs.Journey(drilling.run, drilling.summary)
    fate = partial(_fate, sessions.paths_of(request))
    connect = Door(request, here(writer.note))
    return _run(runs.unattended(connect, fate, writer, _wishes(options), request.name, journey))


@_in_one_sentence
def report(options: Options, name: str, directory: str, redacted: bool) -> int:
    """Make the report of a drill again."""
    from asr_tui.reports import files

    if _names_a_session(options):
        folders = [sessions.paths_of(request_of(options.checked())).drills]
    else:
        folders = [found.paths.drills for found in sessions.sessions()]
    source = files.find(folders, name)
    target = Path(directory) if directory else source.parent
    for path in files.write(files.read(source), target, redact=redacted):
        print(one_line(str(path)), flush=True)
    return runs.DONE


@_in_one_sentence
def check(
    options: Options, form: str, source: str, target: str, role: str = "", evidence: Mapping[str, Any] | None = None
) -> int:
    """Prerequisites and networking only. ``evidence``: by the names of :class:`asr_tui.plain.evidence.Evidence`."""
    from asr_tui.plain.evidence import Evidence

    request = request_of(options)
    note = _writer(options, as_json=False).note
    wishes = _wishes(options, source, target, Step.NETWORKING)
    wanted = Evidence(**(evidence or {}))
    return _run(checking.check(Door(request, here(note)), form, wishes, options.ascii, role, wanted))


@_in_one_sentence
def changes(options: Options, form: str, source: str, target: str) -> int:
    """What would be written."""
    from asr_tui.plain import listing

    request = request_of(options)
    note = _writer(options, as_json=False).note
    wishes = _wishes(options, source, target, Step.NETWORKING)
    return _run(listing.list_changes(Door(request, here(note)), form, wishes, options.ascii))


@_in_one_sentence
def watch(options: Options, as_json: bool, until_idle: bool) -> int:
    """Follow a session."""
    writer = _writer(options, as_json)
    request = request_of(options.checked()) if _names_a_session(options) else _only_session(running_first=True)
    if request is None:
        writer.note("There is no session to watch; `asr-tui` or `asr-tui --practice` begins one.")
        return runs.FAILED
    return _run(runs.watch(Door(request, here(writer.note), writes=False), writer, until_idle))


@_in_one_sentence
def stop(options: Options, everything: bool) -> int:
    """End workers and their practice clouds."""
    note = _writer(options, as_json=False).note
    running = [found for found in sessions.sessions() if found.worker is not None or found.practice]
    if _names_a_session(options):
        name = request_of(options.checked()).name
        running = [found for found in running if found.name == name]
    elif len(running) > 1 and not everything:
        names = ", ".join(found.name for found in running)
        raise click.UsageError(f"Several sessions run ({names}); name one with --session, or end them with --all.")
    for found in running:
        _stop(found, note)
    if not running:
        note("Nothing is running.")
    return runs.DONE


def emulator(arguments: tuple[str, ...]) -> int:
    """The practice cloud in the foreground: it becomes this process, so signals and exit code are its own."""
    os.execv(sys.executable, [sys.executable, "-m", "asr_tui.emulator", *arguments])  # noqa: S606  no shell is meant


@_in_one_sentence
def explain(code: str) -> int:
    """The card of an error code; 1 where there is none."""
    from asr_tui import explaining

    lines = explaining.explanation(code)
    if lines is None:
        close = explaining.similar(code)
        known = f" Did you mean {', '.join(close)}?" if close else ""
        raise Stopped(f"No card for {code[:80]!r}.{known}", runs.FAILED)
    for line in lines:
        print(one_line(line), flush=True)
    return runs.DONE


@_in_one_sentence
def doctor(options: Options) -> int:
    """What works here and what does not; 1 where something that is needed does not."""
    from asr_tui import doctor as examination
    from asr_tui.azure.cloud import named

    request = request_of(options)
    broken = 0

    def tell(findings: Iterable[examination.Finding]) -> None:
        nonlocal broken
        for finding in findings:
            broken += finding.state == examination.FAILED
            line = one_line(f"{_MARKS[finding.state]} {finding.what}: {finding.message}")
            print(ascii_form(line) if options.ascii else line, flush=True)

    tell(examination.local(os.environ, sessions.paths_of(request)))
    if request.cloud != PRACTICE:
        tell(examination.remote(named(request.cloud, os.environ), os.environ))
    if not broken:
        tell(examination.sign_in(asyncio.run(_sign_in_view(request))))
    return runs.FAILED if broken else runs.DONE


@_in_one_sentence
def support_bundle(options: Options, folder: Path) -> int:
    """What helps to understand a fault, redacted, in one archive; its path is printed."""
    from asr_tui import doctor as examination
    from asr_tui import support

    request = request_of(options.checked()) if _names_a_session(options) else _only_session(running_first=True)
    paths = sessions.paths_of(request or request_of(options.checked()))
    if options.session and not paths.directory.is_dir():
        known = ", ".join(found.name for found in sessions.sessions()) or "none yet"
        raise click.UsageError(f"There is no session named {options.session}; sessions: {known}.")
    facts = [f"{one.state} {one.what}: {one.message}" for one in examination.local(os.environ, paths)]
    target = support.bundle(paths, folder, facts, os.environ)
    note = _writer(options, as_json=False).note
    note(
        "Names, ids, addresses and accounts are replaced by stand-ins. Read it through before you attach it to an issue."
    )
    print(target)
    return runs.DONE


async def _sign_in_view(request: Request) -> SignInView:
    """The ways to sign in as the worker sees them, and how far it got by itself."""
    client = await Door(request, here(lambda _: None), writes=False)()
    try:
        while not client.view.sign_in.ways or client.view.sign_in.state == "signing-in":
            await client.refresh(5)
            if client.view.sign_in.device_code:
                break  # somebody has to type it elsewhere: that is for the wizard
        return client.view.sign_in
    finally:
        await client.close()


def _wishes(options: Options, source: str = "", target: str = "", until: Step | None = None) -> Wishes:
    return Wishes(
        way=options.auth,
        tenant=options.tenant,
        subscription=options.subscription,
        source_region=source,
        target_region=target,
        until=until or Step.TEST_FAILOVER,
    )


def _writer(options: Options, as_json: bool) -> Writer:
    return JsonWriter() if as_json else LineWriter(ascii_only=options.ascii)


def _fate(paths: SessionPaths) -> tuple[bool, str]:
    """A worker that ends in order removes its socket and has nothing to say; one that was killed leaves the socket."""
    words = process.last_line(worker.stderr_log(paths))
    return not paths.socket.exists() and not words, words


def _names_a_session(options: Options) -> bool:
    return bool(options.session or options.cloud or options.practice or options.estate)


def _only_session(*, running_first: bool) -> Request | None:
    """The one session that can be meant when none was named.

    Raises:
        click.UsageError: there are several.
    """
    found = sessions.sessions()
    running = [entry for entry in found if entry.worker is not None]
    begun = [entry for entry in found if sessions.remembered(entry.paths) is not None]
    candidates = running if running and running_first else begun
    if len(candidates) > 1:
        names = ", ".join(entry.name for entry in candidates)
        raise click.UsageError(f"There are several sessions ({names}); name one with --session.")
    return sessions.remembered(candidates[0].paths) if candidates else None


def _stop(found: Found, note: Callable[[str], None]) -> None:
    going_on: tuple[str, ...] = ()
    if found.worker is not None:
        going_on = asyncio.run(_ask_to_stop(found.paths))
    sessions.stop(found.paths)
    what = "worker" if found.worker is not None else ""
    what += (" and " if what else "") + "practice cloud" if found.practice else ""
    note(f"Session {found.name}: {what} ended.")
    where = "in the practice cloud (its clock runs on)" if found.practice else "in Azure"
    for text in going_on:
        note(f"Goes on {where}: {text}.")


async def _ask_to_stop(paths: SessionPaths) -> tuple[str, ...]:
    try:
        client = await SessionClient.connect(paths.socket, writes=False, timeout=5)
    except WorkerGone:
        return ()  # it holds the lock but does not answer: it is ended by its process id
    try:
        return await runs.stop(client)
    finally:
        await client.close()


def _run(work: Coroutine[Any, Any, int]) -> int:
    return asyncio.run(work)
