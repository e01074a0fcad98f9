"""What Azure cannot see: the read-only look into guests, when the engineer asks for it, or the engineer's own word."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from asr_tui.azure import actions
from asr_tui.azure.clients import Clients
from asr_tui.model import arm_id
from asr_tui.model.compute import VirtualMachine
from asr_tui.model.finding import Finding, Severity
from asr_tui.model.guest import GuestFacts
from asr_tui.model.plan import Attestation, Plan
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.step import Step
from asr_tui.rules import catalogue, guest_probe, registry
from asr_tui.rules.facts import Facts
from asr_tui.session.intents import Attest, ProbeGuests, RunChecks
from asr_tui.workers.checking import Checking
from asr_tui.workers.choices import is_busy_with
from asr_tui.workers.reading import not_signed_in
from asr_tui.workers.stage import Stage
from asr_tui.workers.state import Picture

TASK = "probe"
AT_A_TIME = 8
"""A guest takes some 20 s to answer; more at a time would mainly spend the subscription's requests."""

_ATTESTED = "vm-attested"
_SILENT = frozenset({"TimedOut", "VMAgentStatusCommunicationError", "VMExtensionHandlerNonTransientError"})
"""Codes of a guest whose agent took no command."""

Problems = tuple[Problem, ...]


class Probing:
    """Looks into guests and keeps what they answered in the snapshot; records attestations in the plan."""

    def __init__(self, stage: Stage, checking: Checking) -> None:
        self._stage = stage
        self._checking = checking

    def begin(self, intent: ProbeGuests) -> Problems:
        """Run the shown script in the given VMs (the selected ones where none is named), in the background."""
        state, clients = self._stage.state, self._stage.clients
        picture = state.picture
        if clients is None or picture is None:
            return (not_signed_in(),)
        refusal = state.write_refusal("vm_ids")
        if refusal is not None:
            return (refusal,)
        wanted = {arm_id.key(vm) for vm in intent.vm_ids or picture.plan.vms}
        chosen = [vm for vm in picture.estate.vms_in(picture.plan.source_region) if arm_id.key(vm.id) in wanted]
        running = [vm for vm in chosen if vm.power_state == "running"]
        if not running:
            return (
                Problem(
                    what="None of these VMs is running, so none can be looked into.",
                    remedy="Select VMs in step 5 first, or start them.",
                    where="vm_ids",
                ),
            )
        self._stage.begin(TASK, f"Looking into {len(running)} guests", self._probe(clients, picture, running))
        return ()

    async def _probe(self, clients: Clients, picture: Picture, vms: list[VirtualMachine]) -> None:
        seats = asyncio.Semaphore(AT_A_TIME)

        async def seated(vm: VirtualMachine) -> None:
            async with seats:
                self._keep(await self._look(clients, picture, vm))

        results = await asyncio.gather(*(seated(vm) for vm in vms), return_exceptions=True)
        refused = [result for result in results if isinstance(result, BaseException)]
        await self._checking.run()
        if refused:
            raise refused[0]

    async def _look(self, clients: Clients, picture: Picture, vm: VirtualMachine) -> GuestFacts:
        command = guest_probe.COMMANDS[vm.os_type]
        host, cache = hosts(picture, clients)
        script = guest_probe.script(vm.os_type, host, cache or host, host)
        now = clients.azure_clock.now
        try:
            answer = await actions.run_command(clients, vm.id, command, script.splitlines())
        except ProblemError as error:
            if error.problem.code not in _SILENT:
                raise
            return guest_probe.silent(vm.id, vm.os_type, now())
        self._stage.say(Step.PREREQUISITES, "note", vm.name, "done", f"Looked into {vm.name}.")
        facts = guest_probe.parse(vm.id, vm.os_type, answer.output, now())
        # The service's own host is told to the agent only when it registers: what was not tried stays unknown.
        return replace(facts, reaches_service=None, reaches_cache=facts.reaches_cache if cache else None)

    def _keep(self, facts: GuestFacts) -> None:
        state = self._stage.state
        if state.estate is not None:
            others = tuple(old for old in state.estate.guests if not arm_id.same(old.vm_id, facts.vm_id))
            state.estate = replace(state.estate, guests=(*others, facts))

    # The engineer's own word

    def attest(self, intent: Attest) -> Problems:
        """Record that what these findings could not tell is met, or take that back; then run the checks again."""
        state = self._stage.state
        picture, busy = state.picture, is_busy_with(state)
        if busy is not None or picture is None:
            return (busy or not_signed_in(),)
        found = [finding for finding in state.checks.findings if finding.key in intent.keys]
        if len(found) < len(set(intent.keys)):
            return (Problem(what="There is no such finding any more.", remedy="Run the checks again.", where="keys"),)
        plan = _without(picture.plan, found) if intent.withdraw else _with(picture.plan, found, state.principal)
        problem = None if intent.withdraw else _not_settled(Facts(picture.estate, plan), found)
        if problem is not None:
            return (problem,)
        self._stage.change_plan(plan)
        return self._checking.begin(RunChecks())


def hosts(picture: Picture, clients: Clients) -> tuple[str, str]:
    """What a guest is to reach: the sign-in host, and the cache account's ("" while none exists)."""
    host = clients.cloud.authority_host.split("//")[-1].split("/")[0].split(":")[0]
    account = next((cache.name for cache in picture.resolved.caches if cache.exists), "")
    suffix = clients.cloud.suffix("blob")
    return host, f"{account}.{suffix}" if account and suffix else ""


def _with(plan: Plan, found: Iterable[Finding], by: str) -> Plan:
    now = datetime.now(UTC)
    kept = _without(plan, found).attested
    said = tuple(
        Attestation(check_id=finding.check_id, vm_id=vm_id, by=by or "unknown", at=now)
        for finding in found
        for vm_id in finding.vm_ids
    )
    return plan.model_copy(update={"attested": (*kept, *said)})


def _without(plan: Plan, found: Iterable[Finding]) -> Plan:
    """What the finding of attestations says of a check is taken back by that check's id."""
    gone = {
        (finding.subject_id if finding.check_id == _ATTESTED else finding.check_id, arm_id.key(vm_id))
        for finding in found
        for vm_id in finding.vm_ids
    }
    kept = tuple(each for each in plan.attested if (each.check_id, arm_id.key(each.vm_id)) not in gone)
    return plan.model_copy(update={"attested": kept})


def _not_settled(facts: Facts, found: Iterable[Finding]) -> Problem | None:
    """Why the engineer's word does not do: the check itself says whether it takes it."""
    for finding in found:
        known = catalogue.by_id(finding.check_id)
        left = registry.run(known, facts) if known is not None else ()
        still = any(each.key == finding.key for each in left)
        if finding.severity is not Severity.UNKNOWN or still:
            return Problem(
                what=f"{finding.title}: this cannot be confirmed by word.",
                cause="Azure, or a look into the guest, answers it." if still else "It is known.",
                remedy=finding.remedy,
                where="keys",
            )
    return None
