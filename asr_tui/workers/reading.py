"""Reading the estate: what exists in Azure, by list calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from asr_tui.azure import estate_reader, vault_reader
from asr_tui.azure.clients import Clients
from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import SiteRecovery
from asr_tui.workers.stage import Stage

TASK = "reading"
VAULTS = "Microsoft.RecoveryServices/vaults"


class Reading:
    """Reads, keeps the newest snapshot, and tells ``done`` when there is a new one."""

    def __init__(self, stage: Stage, done: Callable[[], None]) -> None:
        self._stage = stage
        self._done = done

    def begin(self) -> tuple[Problem, ...]:
        """Read everything anew in the background; a problem where nobody is signed in."""
        clients = self._stage.clients
        if clients is None:
            return (not_signed_in(),)
        self._stage.begin(TASK, "Reading the estate", self._read_and_tell(clients))
        return ()

    async def read(self) -> Estate:
        """Read everything anew, now.

        Raises:
            ProblemError: nobody is signed in, or not even the basics could be read.
        """
        clients = self._stage.clients
        if clients is None:
            raise ProblemError(not_signed_in())
        plan = self._stage.state.plan
        estate = await estate_reader.read_estate(
            clients,
            source_region=plan.source_region or None,
            target_region=plan.target_region or None,
            vault_ids=self._chosen_vault(),
            progress=self._progress,
        )
        self._keep(estate)
        return estate

    async def read_vault(self) -> None:
        """Read what the plan's vault holds, and keep the rest of the snapshot.

        Raises:
            ProblemError: it could not be read.
        """
        state, clients = self._stage.state, self._stage.clients
        picture = state.picture
        if clients is None or picture is None or not picture.resolved.vault.exists:
            return
        vault_id = picture.resolved.vault.id
        self.keep_contents(vault_id, await vault_reader.read_vault_contents(clients, vault_id))

    def keep_contents(self, vault_id: str, contents: SiteRecovery) -> None:
        """Put newly read vault contents into the snapshot."""
        estate = self._stage.state.estate
        if estate is None:
            return
        vaults = tuple(
            replace(vault, site_recovery=contents) if arm_id.same(vault.id, vault_id) else vault
            for vault in estate.vaults
        )
        if vaults != estate.vaults:
            self._stage.state.estate = replace(estate, vaults=vaults)
            self._stage.touch_all()

    async def _read_and_tell(self, clients: Clients) -> None:
        del clients
        await self.read()
        self._done()

    def _keep(self, estate: Estate) -> None:
        state = self._stage.state
        before = state.estate
        if before is not None and not estate.eligibility:
            estate = replace(estate, eligibility=before.eligibility)
        state.estate = estate
        state.checks.stale = bool(state.checks.results)
        for part in estate.unreadable:
            self._stage.say("", "note", part.what, "unknown", f"Not readable: {part.what} ({part.reason})")
        self._stage.say(
            "", "note", "estate", "done", f"Estate read: {len(estate.vms)} VMs, {len(estate.networks)} networks."
        )
        self._stage.touch_all()

    def _chosen_vault(self) -> tuple[str, ...]:
        """The plan's vault: what it holds is read however many vaults there are."""
        state = self._stage.state
        choice = state.plan.vault
        if not choice.name:
            return ()
        return (arm_id.provider_id(state.subscription_id, choice.resource_group, VAULTS, choice.name),)

    def _progress(self, part: str, count: int) -> None:
        self._stage.activity(TASK, f"Reading the estate: {count} {part.replace('_', ' ')}")


def not_signed_in() -> Problem:
    """The problem of whoever needs Azure before anybody signed in."""
    return Problem(what="Nobody is signed in.", remedy="Sign in and choose a subscription first.", where="sign-in")
