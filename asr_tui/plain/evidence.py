"""What the check command brings along beside what Azure shows: lists of kernels, a look into guests, Azure's own view of an
interface, the engineer's word, and what the plan is to hold of it all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from asr_tui.model.problem import Problem, ProblemError
from asr_tui.plain.conversation import Conversation
from asr_tui.session import intents
from asr_tui.session.planning_views import FindingRow
from asr_tui.session.views import View
from asr_tui.wording import count

ALL = "all"


@dataclass(frozen=True, slots=True)
class Evidence:
    """``kernels``: a folder or an https address ("" takes the plan's back, None leaves it). ``accept`` and ``attest`` name a
    check, or one finding by its key; ``fix`` names a change, a check whose repairs are meant, or ``all``. ``opinions`` are names
    of VMs."""

    kernels: str | None = None
    probe: bool = False
    opinions: tuple[str, ...] = ()
    accept: tuple[tuple[str, str], ...] = ()
    attest: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for."""
        return self == Evidence()


class EvidenceError(ProblemError):
    """What was named on the command line is not there."""

    usage = True


async def gather(talk: Conversation, wanted: Evidence, note: Callable[[str], None]) -> View:
    """Have the worker do all of it, in an order in which each step sees what the one before found.

    Raises:
        EvidenceError: a name fits nothing.
        RefusedError: the worker said no.
    """
    if wanted.kernels is not None:
        place = wanted.kernels
        place = str(Path(place).absolute()) if place and "://" not in place else place
        await talk.send(intents.NameKernelLists(place=place))
        await talk.send(intents.RunChecks())
        view = await _done(talk)
        note(f"Kernel lists: {view.prerequisites.kernel_lists or 'none is read'}.")
    if wanted.probe:
        await probe(talk, note)
    for name in wanted.opinions:
        await ask_azure(talk, name)
    for name in wanted.attest:
        rows = [row for row in named(talk.view, name) if row.severity == "unknown"]
        await talk.send(intents.Attest(keys=tuple(row.key for row in _some(rows, name))))
        await _done(talk)
        note(f"{name}: your word is kept in the plan, with your name and the time.")
    for name, reason in wanted.accept:
        keys = tuple(row.key for row in _some(named(talk.view, name), name))
        await talk.send(intents.AcceptFinding(key=keys[0], reason=reason, others=keys[1:]))
        note(f"{count(len(keys), 'finding')} of {name}: {'accepted' if reason else 'no longer accepted'}.")
    if wanted.fix:
        await take_fixes(talk, wanted.fix, note)
    return talk.view


async def probe(talk: Conversation, note: Callable[[str], None]) -> None:
    """Look into every running guest that is selected (of the region, while none is), after showing the scripts."""
    view = talk.view
    running = tuple(row.id for row in view.vms if row.power == "running" and (row.selected or not view.plan.vms))
    systems = {"Windows" if "windows" in row.os.lower() else "Linux" for row in view.vms if row.id in running}
    for system in sorted(systems):
        note(f"This read-only script runs in the {system} guests:")
        for line in view.prerequisites.scripts.get(system, "").splitlines():
            note(f"  {line}")
    await talk.send(intents.ProbeGuests(vm_ids=running))
    await _done(talk)
    note(f"Looked into {count(len(running), 'guest')}.")


async def ask_azure(talk: Conversation, name: str) -> None:
    """Azure's own rules for the interface of the VM of that name."""
    vm = next((row for row in talk.view.vms if name.lower() in {row.name.lower(), row.id.lower()}), None)
    if vm is None:
        raise _nothing(f"There is no VM {name} in the source region.", "Names: those of the table of VMs.")
    await talk.send(intents.AskEffectiveRules(vm_id=vm.id))
    await talk.until(
        lambda view: any(one.vm_id == vm.id and one.state != "asking" for one in view.networking.opinions),
        f"Azure's rules for {vm.name}",
    )


async def take_fixes(talk: Conversation, names: Iterable[str], note: Callable[[str], None]) -> None:
    """Put repairs into the plan, beside those that are there: by key, by check, or all that are offered."""
    offered = {
        fix.key.lower(): (fix.key, row.findings) for row in talk.view.prerequisites.worklist for fix in row.fixes
    }
    checks = {row.key: row.check_id for row in talk.view.prerequisites.findings}
    chosen: dict[str, str] = {key.lower(): key for key in talk.view.plan.fixes}
    before = len(chosen)
    for name in names:
        fitting = {
            low: key
            for low, (key, findings) in offered.items()
            if name in {ALL, key} or low == name.lower() or any(checks.get(each) == name for each in findings)
        }
        if not fitting and name != ALL:
            raise _nothing(
                f"No repair is offered for {name}.", "The report lists repairs under the findings they clear."
            )
        chosen |= fitting
    await talk.send(intents.TakeFixes(keys=tuple(chosen.values())))
    note(f"{count(len(chosen) - before, 'repair')} put into the plan; step 5 reviews them with everything else.")


def named(view: View, name: str) -> list[FindingRow]:
    """The findings of a check, or the one of that key."""
    return [row for row in view.prerequisites.findings if name in {row.check_id, row.key}]


def _some(rows: list[FindingRow], name: str) -> list[FindingRow]:
    if not rows:
        raise _nothing(f"No such finding: {name}.", "Name a check, or a finding's key (see --format json).")
    return rows


def _nothing(what: str, remedy: str) -> EvidenceError:
    return EvidenceError(Problem(what=what, remedy=remedy))


async def _done(talk: Conversation) -> View:
    return await talk.until(
        lambda view: view.prerequisites.state == "done" and view.session.activity == "", "the prerequisite checks"
    )
