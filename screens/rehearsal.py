"""The drill's plan: a VM's wave, targets for RTO and RPO, what the VMs depend on, and the engineer's own checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asr_tui.model.plan import DEPENDENCIES, DrillChoice, DrillTargets
from asr_tui.wording import count
from screens.widgets.blocks import Block
from screens.widgets.dialogs import Choice, Form, Question

if TYPE_CHECKING:
    from asr_tui.session.running_views import DrillRow, DrillView

Made = tuple[Form, Callable[[dict[str, str]], DrillChoice]]
SYSTEMS = ("linux", "windows")
MOST_WAVES = 100
MOST_MINUTES = 21_600


def parts(choice: DrillChoice, drill: DrillView, row: DrillRow | None) -> list[Choice]:
    """What can be planned, with what is planned now."""
    answered = sum(bool(choice.dependencies.get(question)) for question in DEPENDENCIES)
    wave = "" if row is None else f"{row.vm_name}: wave {row.wave}; lower waves are tested first"
    return [
        Choice("targets", "Targets", targets_words(choice.targets.rto_minutes, choice.targets.rpo_minutes)),
        Choice("wave", "Wave", wave, refused="" if row and row.chosen else "Highlight a VM of the drill first."),
        Choice("dependencies", "Dependencies", f"{answered} of {len(DEPENDENCIES)} answered"),
        Choice("scripts", "Own checks", _scripts_words(drill)),
    ]


def targets_words(rto_minutes: int, rpo_minutes: int) -> str:
    """The targets in a few words."""
    told = [f"{name} {amount} min" for name, amount in (("RTO", rto_minutes), ("RPO", rpo_minutes)) if amount]
    return ", ".join(told) or "none set"


def _scripts_words(drill: DrillView) -> str:
    told = [f"{system}: {count(len(text.splitlines()), 'line')}" for system, text in drill.scripts.items()]
    return ", ".join(told) or "none: a script of yours that runs in each test VM"


def form(part: str, choice: DrillChoice, row: DrillRow | None) -> Made:
    """The form of one part, and what its answers make of the choice."""
    if part == "wave" and row is not None:
        return _wave(choice, row)
    return {"targets": _targets, "dependencies": _dependencies}.get(part, _scripts)(choice)


def _targets(choice: DrillChoice) -> Made:
    questions = [
        Question("rto", "RTO, minutes", str(choice.targets.rto_minutes), "0: none set", 5),
        Question("rpo", "RPO, minutes", str(choice.targets.rpo_minutes), "0: none set", 5),
    ]
    told = [
        Block(
            "RTO: from the start of a VM's test failover until its test VM runs. RPO: the age of the recovery point then."
        ),
        Block("The report says whether every VM is within them.", tone="dim"),
    ]

    def kept(values: dict[str, str]) -> DrillChoice:
        targets = DrillTargets(rto_minutes=int(values["rto"] or 0), rpo_minutes=int(values["rpo"] or 0))
        return choice.model_copy(update={"targets": targets})

    judge = _numbers(MOST_MINUTES)
    return Form("Targets of the drill", questions, blocks=told, judge=judge), kept


def _wave(choice: DrillChoice, row: DrillRow) -> Made:
    questions = [Question("wave", "Wave", str(row.wave), "0 to 100", 3)]
    told = [Block("VMs of a lower wave are tested first; a wave begins when the one before it is through.")]

    def kept(values: dict[str, str]) -> DrillChoice:
        return choice.model_copy(update={"waves": {**choice.waves, row.vm_id: int(values["wave"] or 0)}})

    return Form(f"Wave of {row.vm_name}", questions, blocks=told, judge=_numbers(MOST_WAVES)), kept


def _numbers(most: int) -> Callable[[dict[str, str]], str]:
    def judge(values: dict[str, str]) -> str:
        for text in values.values():
            if text and not (text.isascii() and text.isdigit() and int(text) <= most):
                return f"{text!r} is no whole number from 0 to {most:,}."
        return ""

    return judge


def _dependencies(choice: DrillChoice) -> Made:
    questions = [
        Question(
            f"answer-{number}", question, choice.dependencies.get(question, ""), "how it is there, or not needed", 200
        )
        for number, question in enumerate(DEPENDENCIES)
    ]
    told = [Block("What do the VMs need in the test network, and how is it there? The answers go on record.")]

    def kept(values: dict[str, str]) -> DrillChoice:
        answers = {question: values[f"answer-{number}"].strip() for number, question in enumerate(DEPENDENCIES)}
        others = {question: answer for question, answer in choice.dependencies.items() if question not in DEPENDENCIES}
        return choice.model_copy(update={"dependencies": others | {one: text for one, text in answers.items() if text}})

    return Form("What the VMs depend on", questions, blocks=told), kept


def _scripts(choice: DrillChoice) -> Made:
    questions = [
        Question(
            system, f"Script, {system.title()}", choice.scripts.get(system, ""), "path of a file on this machine", 500
        )
        for system in SYSTEMS
    ]
    told = [
        Block(
            "Runs as an administrator inside each test VM, by run-command; you see its text before the drill starts."
        ),
        Block("Its last line decides when it begins with passed or failed; its output is kept.", tone="dim"),
    ]

    def kept(values: dict[str, str]) -> DrillChoice:
        return choice.model_copy(update={"scripts": {one: path for one in SYSTEMS if (path := _path(values[one]))}})

    def judge(values: dict[str, str]) -> str:
        missing = next((text for text in values.values() if text.strip() and not Path(_path(text)).is_file()), "")
        return f"There is no file {missing}." if missing else ""

    return Form("Your own checks", questions, blocks=told, judge=judge), kept


def _path(text: str) -> str:
    """A whole path: the worker has a working directory of its own."""
    return str(Path(text.strip()).expanduser().absolute()) if text.strip() else ""


def answers(values: Any) -> dict[str, str] | None:
    """What a form answered, None where it was left."""
    return values if isinstance(values, dict) else None
