"""The six steps unattended: what the wizard's defaults would choose, in the order of the wizard.

Every step looks before it acts, so walking again over a finished set-up writes nothing, and walking again after a crash
goes on with what runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asr_tui.model.problem import ProblemError
from asr_tui.model.step import Step
from asr_tui.plain import stations
from asr_tui.plain.narrator import Narrator
from asr_tui.plain.walk import Walk


async def run(walk: Walk, narrator: Narrator) -> bool:
    """Walk; returns whether every step did what it is for. ``narrator`` tells what changes while a step runs.

    Raises:
        WorkerGone: the worker ended meanwhile; walking again with a new one goes on.
    """
    try:
        await stations.sign_in(walk)
        for step, station in _STATIONS.items():
            walk.step = step
            narrator.tell(step)
            walk.say("step", step.heading, "running", PURPOSES[step])
            message = await station(walk)
            walk.say("step", step.heading, "succeeded", message)
            if step is walk.wishes.until:
                break
    except ProblemError as failure:
        walk.say("step", walk.step.heading if walk.step else "", "failed", str(failure))
        return False
    finally:
        walk.step = None
    return not walk.tally.failures


PURPOSES = {
    Step.ARCHITECTURE: "Which VMs are protected, from which region to which, and what will stand where. "
    "Nothing is written in this step.",
    Step.PREREQUISITES: "Everything that would make replication or a failover fail is looked for beforehand. "
    "Nothing is written in this step.",
    Step.NETWORKING: "Whether the VMs reach the service's endpoints, and into which network they would fail over. "
    "Nothing is written in this step.",
    Step.VAULT: "The Recovery Services vault that holds the set-up is chosen or created in the target region.",
    Step.REPLICATION: "Every change is listed first; then replication is enabled and followed until each VM is protected.",
    Step.TEST_FAILOVER: "A test failover into an isolated network shows that the VMs come up; then it is cleaned up. "
    "Production is not touched.",
}

_STATIONS: dict[Step, Callable[[Walk], Awaitable[str]]] = {
    Step.ARCHITECTURE: stations.architecture,
    Step.PREREQUISITES: stations.prerequisites,
    Step.NETWORKING: stations.networking,
    Step.VAULT: stations.vault,
    Step.REPLICATION: stations.replication,
    Step.TEST_FAILOVER: stations.test_failover,
}
