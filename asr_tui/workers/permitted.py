"""May the signed-in account change anything here? Asked once the estate is read; if not, the session only looks."""

from __future__ import annotations

from collections.abc import Callable

from asr_tui.azure import rights, versions
from asr_tui.azure.clients import Clients
from asr_tui.azure.documents import governance
from asr_tui.model.governance import Permission
from asr_tui.model.problem import ProblemError
from asr_tui.workers.stage import Stage

TASK = "rights"
MOST_GROUPS = 200
"""Of so many resource groups the rights are asked for, where the subscription itself grants none."""

WRITES = (
    "Microsoft.RecoveryServices/vaults/write",
    "Microsoft.RecoveryServices/vaults/replicationFabrics/write",
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/write",
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers"
    "/replicationProtectedItems/testFailover/action",
    "Microsoft.Resources/subscriptions/resourceGroups/write",
)
"""Whoever has none of these rights anywhere can carry out no step of the wizard."""

_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"


class Permitted:
    """``judged`` is called once it is known whether the session may write."""

    def __init__(self, stage: Stage, judged: Callable[[], None]) -> None:
        self._stage = stage
        self._judged = judged

    def begin(self) -> None:
        """Judge by the permissions of the estate as read; look at the resource groups where those do not suffice."""
        clients, estate = self._stage.clients, self._stage.state.estate
        if clients is None or estate is None:
            return
        held = estate.permissions
        if held is None or may_write(held):
            # Not known is not no: Azure itself will refuse what is not allowed.
            self._settle(clients, "")
        else:
            self._stage.begin(TASK, "Reading what this account may do", self._ask_groups(clients))

    async def _ask_groups(self, clients: Clients) -> None:
        self._settle(clients, "" if await _may_write_in_a_group(clients) else _reason(self._stage.state.principal))

    def _settle(self, clients: Clients, reason: str) -> None:
        state = self._stage.state
        if state.work is not None and state.work.state == "running":
            reason = ""  # what goes on was allowed; Azure refuses by itself what is not any more
        if reason and reason != state.look_only:
            self._stage.say("", "note", state.principal, "warning", reason)
        state.look_only = reason
        clients.transport.read_only = state.only_reads
        self._stage.touch("session", "steps", "review", "drill")
        self._judged()


def may_write(permissions: tuple[Permission, ...]) -> bool:
    """Whether any of the rights that the wizard's writes need is among these."""
    return any(rights.grants(entry, action) for entry in permissions for action in WRITES)


async def _may_write_in_a_group(clients: Clients) -> bool:
    """Whether a resource group grants what the subscription does not; True also where that cannot be found out."""
    groups: list[str] = []
    try:
        path = f"{clients.subscription}/resourcegroups"
        async for page in clients.pages(path, version=versions.of(_GROUPS)):
            groups.extend(governance.resource_group(entry).id for entry in page)
    except ProblemError:
        return True
    found = await rights.read_rights(clients, groups[:MOST_GROUPS])
    return may_write(found.permissions) or bool(found.unreadable) or len(groups) > MOST_GROUPS


def _reason(principal: str) -> str:
    who = principal or "This account"
    return f"{who} may read here but not write: the wizard looks only. Ask for the Site Recovery Contributor role."
