"""Whether a sign-in that a person makes outlives the worker: in the system's encrypted store, where it has one and is asked to."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from asr_tui.azure import token_store
from asr_tui.azure.device_code import Kept
from asr_tui.model.problem import Problem
from asr_tui.session.intents import KeepSignIn
from asr_tui.workers.sign_in_memory import SignInMemory
from asr_tui.workers.stage import Stage

TASK = "keep-sign-in"
DEVICE_CODE = "device-code"
"""The one way that costs a person something to go through again. The others have a token whenever they need one."""

_log = logging.getLogger(__name__)


class Keeping:
    """Memory only, unless somebody asks for more; never a file in plain text.

    ``wished``: it was asked for on the command line. What is remembered of an account are names and ids, no secret.
    """

    def __init__(
        self, stage: Stage, cloud: str, environ: Mapping[str, str], memory: SignInMemory, *, wished: bool
    ) -> None:
        self._stage = stage
        self._cloud = cloud
        self._environ = environ
        self._memory = memory
        self._wished = wished

    def offer(self, tenant: str) -> None:
        """Show whether there is a store, and whether it is to be used."""
        used = self._memory.account(self._cloud, tenant)
        self._show(kept=self._wished or bool(used), keeping_problem=token_store.missing(self._environ))

    def choose(self, intent: KeepSignIn) -> tuple[Problem, ...]:
        """Keep sign-ins from the next one on, or forget the one that is kept."""
        sign_in = self._stage.state.sign_in
        if intent.keep and sign_in.keeping_problem:
            return (_unkept(sign_in.keeping_problem),)
        work = self._try_out() if intent.keep else self.forget()
        self._stage.begin(TASK, "Asking the system's keyring", work)
        return ()

    def resumes(self, tenant: str) -> bool:
        """Whether a kept sign-in is likely to need nobody."""
        sign_in = self._stage.state.sign_in
        return sign_in.kept and not sign_in.keeping_problem and bool(self._memory.account(self._cloud, tenant))

    async def kept(self, way: str, tenant: str) -> Kept | None:
        """Where the sign-in that is about to begin is kept; None for memory only."""
        sign_in = self._stage.state.sign_in
        if way != DEVICE_CODE or not sign_in.kept or sign_in.keeping_problem:
            return None
        await self._try_out()
        if not self._stage.state.sign_in.kept:
            return None

        def remember(account: str) -> None:
            record = token_store.known(account)
            self._memory.keep_account(self._cloud, record.tenant_id if record else tenant, account)

        return Kept(self._memory.account(self._cloud, tenant), remember)

    async def forget(self) -> None:
        """Delete what is kept of this cloud's accounts, and keep nothing more."""
        accounts = self._memory.accounts(self._cloud)
        for account in accounts:
            try:
                await token_store.forget(account)
            except (OSError, TimeoutError) as error:
                _log.warning("a kept sign-in could not be deleted: %s", type(error).__name__)
                self._stage.trouble(
                    Problem(
                        what="The kept sign-in could not be deleted from the system's keyring.",
                        cause=str(error) or "It does not answer.",
                        remedy="Delete the entries named asr-tui there, or end the sessions of your account in Entra ID.",
                        retry=True,
                        code="keyring",
                        where="sign-in",
                    )
                )
        for account in accounts:
            self._memory.forget_account(self._cloud, account)
        self._show(kept=False)

    async def _try_out(self) -> None:
        reason = await token_store.trial()
        self._show(kept=not reason, keeping_problem=reason)
        if reason:
            self._stage.say("", "note", "sign-in", "unknown", f"The sign-in stays in memory: {reason}")

    def _show(self, **fields: bool | str) -> None:
        state = self._stage.state
        state.sign_in = state.sign_in.model_copy(update=fields)
        self._stage.touch("sign_in")


def _unkept(reason: str) -> Problem:
    return Problem(
        what=f"The sign-in stays in memory: {reason}",
        cause="Tokens are written to an encrypted store only, never to a file.",
        remedy="A managed identity or a service principal needs nobody at a restart.",
        where="keep",
    )
