"""The published lists of kernels that the plan names: read once, kept beside the snapshot, read again when asked."""

from __future__ import annotations

from dataclasses import replace

from asr_tui.azure import published_lists
from asr_tui.model.guest import KernelList
from asr_tui.model.plan import Plan
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.step import Step
from asr_tui.rules import kernels
from asr_tui.session.intents import NameKernelLists
from asr_tui.wording import count
from asr_tui.workers.stage import Stage


class KernelLists:
    """``place`` is what was read last, so that a check does not read it again each time."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._place = ""
        self._lists: tuple[KernelList, ...] = ()

    async def refresh(self, *, again: bool = False) -> None:
        """Have the lists that the plan names beside the snapshot. What cannot be read is told, and checks answer without."""
        state = self._stage.state
        place = state.plan.kernels
        if place != self._place or again:
            self._lists = await self._read(place) if place else ()
            self._place = place
            state.kernel_lists = _told(self._lists)
            self._stage.touch("prerequisites")
        if state.estate is not None and state.estate.kernel_lists != self._lists:
            state.estate = replace(state.estate, kernel_lists=self._lists)

    async def _read(self, place: str) -> tuple[KernelList, ...]:
        try:
            published = await published_lists.read_lists(place)
        except ProblemError as error:
            self._stage.trouble(error.problem, Step.PREREQUISITES)
            return ()
        parsed = (kernels.parse_list(each.name, each.text, each.agent) for each in published)
        return tuple(kernels.newest(each for each in parsed if each is not None).values())


def named(plan: Plan, intent: NameKernelLists) -> Plan | Problem:
    """The plan with another place of lists ("" for none); a problem where it is neither a folder's path nor an address."""
    place = intent.place.strip()
    if place and "://" not in place and not place.startswith("/"):
        return Problem(
            what=f"{place!r} is neither an absolute path nor an address.",
            remedy="Name a folder by its whole path, or an https address.",
            where="kernels",
        )
    return plan.model_copy(update={"kernels": place})


def _told(lists: tuple[KernelList, ...]) -> str:
    """How many lists there are, and of which agents."""
    if not lists:
        return ""
    agents = sorted({each.agent for each in lists if each.agent}, key=lambda text: [int(n) for n in text.split(".")])
    newest = f", newest agent {agents[-1]}" if agents else ""
    return f"{count(len(lists), 'distribution')}, {count(sum(len(each.kernels) for each in lists), 'kernel')}{newest}"
