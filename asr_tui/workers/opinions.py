"""The second opinion on security groups: the rules that Azure works out for a VM's interface, asked for one VM at a time."""

from __future__ import annotations

from asr_tui.azure import actions
from asr_tui.azure.clients import Clients
from asr_tui.model import arm_id
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.rules import second_opinion
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.session.intents import AskEffectiveRules
from asr_tui.session.planning_views import OpinionRow, OpinionView
from asr_tui.workers.reading import not_signed_in
from asr_tui.workers.stage import Stage
from asr_tui.workers.state import Picture

TASK = "opinion"
MOST_KEPT = 20


class Opinions:
    """Asks in the background, and keeps the answers beside the view until the session ends."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def begin(self, intent: AskEffectiveRules) -> tuple[Problem, ...]:
        """Ask about one VM; refused where its interface is not known or it does not run."""
        clients, picture = self._stage.clients, self._stage.state.picture
        if clients is None or picture is None:
            return (not_signed_in(),)
        vm = Facts(picture.estate, picture.plan).by_key.get(arm_id.key(intent.vm_id))
        if vm is None or vm.nic is None or vm.subnet is None:
            what = f"The interface of {arm_id.name(intent.vm_id)} is not among what was read."
            return (Problem(what=what, remedy="Read the estate again.", where="vm_id"),)
        if vm.vm.power_state != "running":
            return (
                Problem(
                    what=f"{vm.name} does not run.",
                    cause="Azure works out the rules of an interface only while its VM runs.",
                    remedy="Start the VM, or ask about another one behind the same groups.",
                    where="vm_id",
                ),
            )
        asked = OpinionView(
            vm_id=vm.id, vm_name=vm.name, interface=vm.nic.name, network=vm.network.name if vm.network else ""
        )
        self._keep(asked)
        self._stage.begin(TASK, f"Asking Azure about the rules of {vm.name}", self._ask(clients, picture, vm, asked))
        return ()

    async def _ask(self, clients: Clients, picture: Picture, vm: VmFacts, asked: OpinionView) -> None:
        try:
            told = await actions.read_effective_rules(clients, vm.nic.id if vm.nic else "")
        except ProblemError as error:
            self._keep(asked.model_copy(update={"state": "failed", "problem": error.problem}))
            return
        facts = Facts(picture.estate, picture.plan)
        found = second_opinion.compare(facts, facts.by_key[vm.key], told)
        rows = tuple(
            OpinionRow(
                tag=row.tag,
                port=str(row.port),
                ours=row.ours,
                azure=row.azure,
                our_rule=row.our_rule,
                azure_rule=row.azure_rule,
                differs=row.differs,
            )
            for row in found.rows
        )
        done = {"state": "done", "asked_at": self._stage.state.now(), "groups": found.groups, "rows": rows}
        self._keep(asked.model_copy(update=done | {"remarks": found.remarks}))

    def _keep(self, opinion: OpinionView) -> None:
        """The newest first; one that was cut off by another question goes."""
        state = self._stage.state
        others = (old for old in state.opinions if old.vm_id != opinion.vm_id and old.state != "asking")
        state.opinions = (opinion, *others)[:MOST_KEPT]
        self._stage.touch("networking")
