"""Views as the worker would make them, one for each state that a screen must be able to show.

``HOSTILE`` is text as Azure may hold it: markup, escape sequences, right-to-left marks, 500 characters.
"""

from __future__ import annotations

from asr_tui.model.plan import VaultChoice
from asr_tui.model.problem import Problem
from asr_tui.model.step import Step
from asr_tui.session.running_views import (
    RunView,
)
from asr_tui.session.views import SessionView, View
from tests.screens.staged_drill import drill as drill
from tests.screens.staged_estate import architecture as architecture
from tests.screens.staged_estate import many_vms as many_vms
from tests.screens.staged_estate import session as session
from tests.screens.staged_estate import sign_in as sign_in
from tests.screens.staged_estate import steps as steps
from tests.screens.staged_estate import vms as vms
from tests.screens.staged_findings import causes as causes
from tests.screens.staged_findings import prerequisites as prerequisites
from tests.screens.staged_names import HOSTILE as HOSTILE
from tests.screens.staged_names import NOW as NOW
from tests.screens.staged_names import SUBSCRIPTION as SUBSCRIPTION
from tests.screens.staged_names import network_id as network_id
from tests.screens.staged_names import vm_id as vm_id
from tests.screens.staged_runs import changes as changes
from tests.screens.staged_runs import items as items
from tests.screens.staged_runs import operations as operations
from tests.screens.staged_runs import replication as replication
from tests.screens.staged_runs import review as review
from tests.screens.staged_targets import networking as networking
from tests.screens.staged_targets import plan as plan
from tests.screens.staged_targets import second_looks as second_looks
from tests.screens.staged_targets import vault as vault


def worklist() -> View:
    """As :func:`ready`, with findings grouped by cause and all that steps 2 and 3 show on their cards."""
    view = ready()
    part = view.prerequisites.model_copy(
        update={"worklist": causes(), "kernel_lists": "11 distributions, 9,241 kernels, newest agent 9.67.7845.1"}
    )
    return view.model_copy(update={"prerequisites": part, "networking": second_looks(view.networking)})


_MIDWAY = {
    "architecture": ("done", "West Europe to North Europe"),
    "prerequisites": ("attention", "2 blockers concern VMs that you chose"),
    "networking": ("ready", "outbound access and target networks"),
    "vault": ("ready", "rsv-shop will be created"),
}


def empty() -> View:
    """Connected; nobody has signed in."""
    return View(
        session=SessionView(name="default", worker_pid=4711, cloud="public", worker_started=NOW, azure_now=None),
        steps=steps(),
        sign_in=sign_in("signed-out"),
    )


def loading() -> View:
    """Signed in; the estate is being read."""
    return View(
        session=session(estate_read_at=None, activity="Reading virtual machines, page 3 ...", source_region="",
                        source_region_title="", target_region="", target_region_title=""),
        steps=steps(architecture=("running", "reading the estate")),
        sign_in=sign_in(),
    )  # fmt: skip


def partial() -> View:
    """The estate is there and the checks run."""
    return View(
        session=session(activity="Checking: 2 of 34"),
        steps=steps(**{**_MIDWAY, "prerequisites": ("running", "2 of 34 checks done")}),
        sign_in=sign_in(),
        plan=plan(vault=VaultChoice()),
        architecture=architecture(),
        vms=vms(checked=False, selected=False),
        prerequisites=prerequisites("running"),
        networking=networking(),
        vault=vault(),
    )


def ready() -> View:
    """Everything is decided; nothing is written."""
    return View(
        session=session(),
        steps=steps(**_MIDWAY, replication=("ready", "6 VMs chosen")),
        sign_in=sign_in(),
        plan=plan(),
        architecture=architecture(),
        vms=vms(),
        prerequisites=prerequisites(),
        networking=networking(),
        vault=vault(),
        replication=replication(),
        drill=drill(),
    )


def running() -> View:
    """Replication is being enabled; one VM failed; a drill goes on."""
    base = ready()
    return base.model_copy(
        update={
            "steps": steps(**{**_MIDWAY, "vault": ("done", "rsv-shop"), "prerequisites": ("done", "")},
                           replication=("running", "1 of 6 protected"), test_failover=("running", "1 of 2 running")),
            "vault": vault("ready"),
            "review": review(confirmed=True, changes=changes(state="running")),
            "run": RunView(state="running", scope=Step.REPLICATION, total=12, done=4, failed=1, started=NOW),
            "replication": replication("running"),
            "drill": drill("running"),
            "operations": operations(),
        }
    )  # fmt: skip


def failed() -> View:
    """Things went wrong in every step."""
    base = running()
    problem = Problem(
        what="Azure refused to list the disks.",
        cause="The sign-in lacks Microsoft.Compute/disks/read.",
        remedy="Ask for the Reader role, then r reads again.",
        code="AuthorizationFailed",
        status=403,
        request_id="11111111-2222",
        detail=HOSTILE,
    )
    return base.model_copy(
        update={
            "sign_in": sign_in("failed"),
            "vault": vault("failed"),
            "review": review(Step.VAULT, confirmed=True, changes=changes(Step.VAULT, "failed")),
            "run": RunView(state="failed", scope=Step.VAULT, total=2, done=1, failed=1),
            "drill": drill("failed"),
            "problems": (problem,),
        }
    )


def done() -> View:
    """All six steps are done."""
    base = running()
    everything = {step.value.replace("-", "_"): ("done", "") for step in Step}
    return base.model_copy(
        update={
            "steps": steps(**everything),
            "session": session(arm_writes=31),
            "run": RunView(state="finished", scope=Step.REPLICATION, total=12, done=12),
            "replication": replication("done"),
            "drill": drill("done"),
            "operations": (operations()[0],),
        }
    )


STATES = {
    "empty": empty,
    "loading": loading,
    "partial": partial,
    "ready": ready,
    "running": running,
    "failed": failed,
    "done": done,
}
"""A maker of a view for each state."""
