"""What a drill is planned with beside VMs, point and network: targets, waves, dependencies, and the engineer's own checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asr_tui.model.plan import DEPENDENCIES, DrillTargets
from asr_tui.plain.asking.interview import Interview

_SYSTEMS = {"linux": "Linux", "windows": "Windows"}
_MOST_MINUTES = 21_600
_MOST_WAVES = 100


async def ask(interview: Interview, vms: tuple[str, ...]) -> dict[str, Any]:
    """Fields of a ``PrepareDrill``: as the plan has them, or as they are answered now."""
    now = interview.view.plan.drill
    kept = {
        "waves": now.waves,
        "targets": now.targets,
        "dependencies": now.dependencies,
        "scripts": now.scripts,
    }
    question = "Set targets for RTO and RPO, waves, what the VMs depend on, and checks of your own"
    if not await interview.prompt.agree(question, default=False):
        return kept
    rto = await _number(interview, "Target for the RTO in minutes, 0 for none", now.targets.rto_minutes, _MOST_MINUTES)
    rpo = await _number(interview, "Target for the RPO in minutes, 0 for none", now.targets.rpo_minutes, _MOST_MINUTES)
    return {
        "targets": DrillTargets(rto_minutes=rto, rpo_minutes=rpo),
        "waves": await _waves(interview, vms, now.waves),
        "dependencies": await _dependencies(interview, now.dependencies),
        "scripts": await _scripts(interview, now.scripts),
    }


async def _number(interview: Interview, question: str, default: int, most: int) -> int:
    def fault(text: str) -> str:
        good = text.isascii() and text.isdigit() and int(text) <= most
        return "" if good else f"Please answer with a whole number from 0 to {most}."

    return int(await interview.prompt.typed(question, fault, str(default)))


async def _waves(interview: Interview, vms: tuple[str, ...], now: dict[str, int]) -> dict[str, int]:
    if len(vms) < 2 or not await interview.prompt.agree(
        "Test the VMs in waves, one after the other", default=bool(now)
    ):
        return {}
    names = {row.vm_id: row.vm_name for row in interview.view.drill.rows}
    waves = {}
    for vm in vms:
        question = f"Wave of {names.get(vm, vm)}, lower ones first"
        waves[vm] = await _number(interview, question, now.get(vm, 0), _MOST_WAVES)
    return waves


async def _dependencies(interview: Interview, now: dict[str, str]) -> dict[str, str]:
    interview.prompt.say("What do the VMs need in the test network, and how is it there? The answers go on record.")
    answers = dict(now)
    for question in DEPENDENCIES:
        answers[question] = await interview.prompt.ask(question, now.get(question, ""))
    return {question: answer for question, answer in answers.items() if answer}


async def _scripts(interview: Interview, now: dict[str, str]) -> dict[str, str]:
    def fault(text: str) -> str:
        return "" if not text or Path(text).expanduser().is_file() else f"There is no file {text}."

    found = {}
    for system, title in _SYSTEMS.items():
        question = f"Your own check on {title}: path of a script, or empty"
        path = await interview.prompt.typed(question, fault, now.get(system, ""))
        if path:
            found[system] = str(Path(path).expanduser().absolute())
    return found


def tell(interview: Interview) -> None:
    """What will be made, what speaks against it, and the scripts in full: before the start is confirmed."""
    drill, say = interview.view.drill, interview.prompt.say
    for change in drill.changes:
        if change.action != "reuse":
            say(f"Will make: {change.kind} {change.name}. {change.reason}")
    for proof in drill.readiness:
        if proof.state != "passed":
            say(f"{proof.state} {proof.what}: {proof.detail}")
    for question in DEPENDENCIES:
        if not drill.dependencies.get(question):
            say(f"Not answered: {question}.")
    if drill.previous:
        say(drill.previous)
    for system, script in drill.scripts.items():
        say(f"Your own check, run on each {_SYSTEMS[system]} test VM:")
        interview.prompt.tell([f"  {line}" for line in script.splitlines()])
