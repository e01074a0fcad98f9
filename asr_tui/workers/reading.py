"""Reading the estate: what exists in Azure, by list calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from asr_tui.azure import estate_reader, vault_reader
from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.replication import SiteRecovery
from asr_tui.workers.stage import Stage

TASK = "reading"
VAULTS = "Microsoft.RecoveryServices/vaults"

EVERYTHING: frozenset[str] = frozenset()
REGIONAL = frozenset({"vm_sizes", "disk_skus", "usages", "service_tags", "storage_accounts"})
"""What is read for the chosen regions only."""

MADE = frozenset(
    {"providers", "resource_groups", "networks", "storage_accounts", "availability_sets", "security_groups", "vaults"}
)
"""What a run of ours makes or changes."""

ASKED_FOR = frozenset(
    {"read_at", "subscription", "unreadable", "principal", "requests"}
    | {"eligibility", "replica_verdicts", "policy_verdicts", "guests", "kernel_lists", "loads"}
)
"""Parts of an estate that no list call brings: what a check depends on beside them can be read again by itself."""


class Reading:
    """Reads, keeps the newest snapshot, and tells ``done`` when there is a new one."""

    def __init__(self, stage: Stage, done: Callable[[], None]) -> None:
        self._stage = stage
        self._done = done
        self._parts = EVERYTHING

    def begin(self, parts: frozenset[str] = EVERYTHING) -> tuple[Problem, ...]:
        """Read everything anew in the background, or some parts of it; a problem where nobody is signed in."""
        if self._stage.clients is None:
            return (not_signed_in(),)
        if self._stage.is_running(TASK) and self._parts != parts:
            parts = EVERYTHING  # what was being read is cut off, and has to be read as well
        self._parts = parts
        self._stage.begin(TASK, "Reading the estate", self._read_and_tell(parts))
        return ()

    async def read(self, parts: frozenset[str] = EVERYTHING) -> Estate:
        """Read everything anew, now, or some parts of it (names of :class:`asr_tui.model.estate.Estate`'s fields).

        Raises:
            ProblemError: nobody is signed in, or not even the basics could be read.
        """
        clients = self._stage.clients
        if clients is None:
            raise ProblemError(not_signed_in())
        plan, before = self._stage.state.plan, self._stage.state.estate
        source, target = plan.source_region or None, plan.target_region or None
        if parts and before is not None:
            estate = await estate_reader.read_again(
                clients, before, parts, source_region=source, target_region=target, vault_ids=self._chosen_vault()
            )
        else:
            estate = await estate_reader.read_estate(
                clients,
                source_region=source,
                target_region=target,
                vault_ids=self._chosen_vault(),
                progress=self._progress,
            )
        if not parts or before is None:
            self._stage.state.whole_read_at = estate.read_at
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

    async def _read_and_tell(self, parts: frozenset[str]) -> None:
        await self.read(parts)
        self._done()

    def _keep(self, estate: Estate) -> None:
        state = self._stage.state
        before = state.estate
        if before is not None and not estate.eligibility:
            estate = replace(estate, eligibility=before.eligibility)
        if before is not None and not estate.guests:
            estate = replace(estate, guests=before.guests)
        if before is not None and not estate.kernel_lists:
            estate = replace(estate, kernel_lists=before.kernel_lists)
        if before is not None and not estate.loads:
            estate = replace(estate, loads=before.loads)
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
