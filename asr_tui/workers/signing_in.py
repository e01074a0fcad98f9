"""Signing in, and settling on a subscription. The token stays in this process's memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from asr_tui.azure import connection, credentials, estate_reader
from asr_tui.azure.clients import Clients
from asr_tui.azure.cloud import Cloud
from asr_tui.azure.device_code import DeviceCode
from asr_tui.azure.observation import RequestRecord, WriteNotice
from asr_tui.model.governance import Subscription, Tenant
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.session.intents import ChooseSubscription, SignIn
from asr_tui.session.views import SignInView, SignInWay, SubscriptionRow, TenantRow
from asr_tui.wording import count
from asr_tui.workers.keeping import DEVICE_CODE, Keeping
from asr_tui.workers.runner import is_of_sign_in
from asr_tui.workers.sign_in_memory import SignInMemory
from asr_tui.workers.stage import Stage

TASK = "sign-in"
UNATTENDED = frozenset({"environment", "cli", "managed-identity", "workload-identity"})
"""Ways that need nobody at the keyboard, so that a run can be resumed with them."""

LAPSED = "sign-in-lapsed"
"""The code of the problem that is shown while a sign-in that held before has to be renewed."""

_NO_CODE: Mapping[str, Any] = {"device_code": "", "device_url": "", "code_expires": None}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the worker was started with; empty texts where nothing was said. ``memory``: what was chosen before.

    ``keep``: a sign-in that a person makes goes to the system's encrypted store, where it has one.
    """

    memory: SignInMemory
    way: str = ""
    tenant: str = ""
    subscription: str = ""
    keep: bool = False


class SigningIn:
    """Makes the clients, and knows at each moment whether their sign-in holds.

    ``settled`` is called once a subscription is chosen, ``renewed`` when a sign-in that had lapsed holds again, ``observed``
    after each request.
    """

    def __init__(
        self,
        stage: Stage,
        cloud: Cloud,
        environ: Mapping[str, str],
        wishes: Wishes,
        settled: Callable[[], None],
        renewed: Callable[[], None],
        observed: Callable[[RequestRecord], None],
    ) -> None:
        self._stage = stage
        self._cloud = cloud
        self._environ = environ
        self._wishes = wishes
        self._settled = settled
        self._renewed = renewed
        self._observed = observed
        self.keeping = Keeping(stage, cloud.name, environ, wishes.memory, wished=wishes.keep)
        self._root: Clients | None = None
        # Each sign-in has a number: what an older one still says does not count any more.
        self._attempt = 0
        self._holds = False
        self._way = ""

    def offer(self) -> None:
        """Show the ways to sign in on this machine."""
        ways = tuple(
            SignInWay(id=way.id, title=way.title, hint=way.hint, problem=way.problem)
            for way in credentials.ways(self._cloud, self._environ)
        )
        used = self._wishes.memory.used(self._cloud.name, self._wishes.tenant)
        self._show(ways=ways, chosen=self._wishes.way, remembered=used.way if used else "")
        self.keeping.offer(self._wishes.tenant)

    def resume(self, remembered: str) -> None:
        """Sign in by the way that was asked for at the start, or by the one used before where that needs nobody.

        ``remembered`` is the session's own way; without one, that of this user's last sign-in on this cloud counts.
        """
        before = remembered or self._stage.state.sign_in.remembered
        alone = before in UNATTENDED or (before == DEVICE_CODE and self.keeping.resumes(self._wishes.tenant))
        way = self._wishes.way or (before if alone else "")
        offered = {row.id: row for row in self._stage.state.sign_in.ways}
        if way and way in offered and not offered[way].problem:
            self.begin(SignIn(way=way, tenant=self._wishes.tenant))

    def begin(self, intent: SignIn) -> tuple[Problem, ...]:
        """Start to sign in; problems where the way is not one of those offered."""
        offered = {row.id: row for row in self._stage.state.sign_in.ways}
        way = offered.get(intent.way)
        if way is None:
            names = ", ".join(offered)
            return (Problem(what=f"There is no way {intent.way!r} to sign in.", remedy=f"Ways: {names}.", where="way"),)
        if way.problem:
            return (Problem(what=f"Signing in by {way.title} does not work here: {way.problem}", where="way"),)
        self._show(state="signing-in", chosen=intent.way, message="", problem=None, **_NO_CODE)
        tenant = intent.tenant or self._wishes.tenant
        self._stage.begin(TASK, "Signing in", self._sign_in(intent.way, tenant))
        return ()

    async def sign_out(self) -> None:
        """Forget the sign-in and close all connections."""
        self._stage.cease(TASK)
        await self.close()
        if self._stage.state.sign_in.kept:
            await self.keeping.forget()
        state = self._stage.state
        state.principal = state.subscription_id = state.subscription_name = state.tenant = state.look_only = ""
        state.estate = None
        self._tell_of_lapse(None)
        self._show(state="signed-out", chosen="", message="", subscriptions=(), tenants=(), problem=None, **_NO_CODE)
        self._stage.touch_all()

    async def close(self) -> None:
        """Close all connections. What waits for them is told that the sign-in is no more."""
        self._attempt += 1
        self._holds = False
        self._stage.clients = None
        root, self._root = self._root, None
        if root is not None:
            await root.close()

    def choose(self, intent: ChooseSubscription) -> tuple[Problem, ...]:
        """Work with this subscription from now on."""
        rows = self._stage.state.sign_in.subscriptions
        wanted = intent.subscription_id.lower()
        row = next((row for row in rows if wanted in {row.id.lower(), row.name.lower()}), None)
        if row is None:
            return (
                Problem(
                    what=f"The subscription {intent.subscription_id!r} is not one that this account can see.",
                    remedy="Choose one of the list.",
                    where="subscription",
                ),
            )
        if row.state in {"Disabled", "Deleted"}:
            return (
                Problem(
                    what=f"The subscription {row.name} is {row.state.lower()}: nothing can be set up in it.",
                    remedy="Choose another one.",
                    where="subscription",
                ),
            )
        self._use(row)
        return ()

    async def _sign_in(self, way: str, tenant: str) -> None:
        self._attempt += 1
        self._holds = False
        attempt = self._attempt
        opened: Clients | None = None
        kept = await self.keeping.kept(way, tenant)
        try:
            opened = await connection.open_cloud(
                self._cloud,
                way,
                environ=self._environ,
                on_device_code=partial(self._told_code, attempt),
                tenant=tenant,
                observe=self._observed,
                before_write=self._announce,
                read_only=self._stage.state.only_reads,
                on_token=partial(self._token_asked, attempt),
                kept=kept,
            )
            principal = await opened.principal()
            home = await opened.home_tenant()
            subscriptions = await estate_reader.read_subscriptions(opened)
            tenants = await self._tenants(opened)
        except ProblemError as error:
            if opened is not None:
                await opened.close()
            self._show(state="failed", renewing=False, problem=error.problem, **_NO_CODE)
            self._stage.say("", "problem", way, "failed", error.problem.sentence())
            return
        except BaseException as error:
            if opened is not None:
                await opened.close()
            if isinstance(error, Exception):  # a fault of ours, told as such; nobody may wait for this sign-in any more
                self._show(state="failed", renewing=False, problem=None, **_NO_CODE)
            raise
        # Only now is the former sign-in let go: until here, what runs went on with it.
        before, self._root = self._root, opened
        self._stage.state.principal = principal
        self._holds, self._way = True, way
        self._signed_in(way, subscriptions, self._own_first(tenants, home))
        if before is not None:
            await before.close()

    async def _tenants(self, clients: Clients) -> tuple[Tenant, ...]:
        """The tenants to choose from; none where the list cannot be read, for the sign-in does not depend on it."""
        try:
            return await estate_reader.read_tenants(clients)
        except ProblemError as error:
            _log.info("the list of tenants cannot be read: %s", error.problem.code)
            return ()

    def _own_first(self, tenants: tuple[Tenant, ...], home: str) -> tuple[TenantRow, ...]:
        """The last used one first, then the account's own, then the others by name, where a person is a guest."""
        used = self._wishes.memory.used(self._cloud.name)
        last = used.tenant.lower() if used else ""
        rows = (
            TenantRow(id=one.id, name=one.name, domain=one.domain, guest=home not in {"", one.id.lower()})
            for one in tenants
        )
        return tuple(
            sorted(rows, key=lambda row: (row.id.lower() != last, row.guest, (row.name or row.domain).lower()))
        )

    def _signed_in(self, way: str, found: tuple[Subscription, ...], tenants: tuple[TenantRow, ...]) -> None:
        stage = self._stage
        rows = self._last_used_first(
            SubscriptionRow(id=one.id, name=one.name, state=one.state, tenant_id=one.tenant_id) for one in found
        )
        stage.journal.append("signed-in", way=way, principal=stage.state.principal)
        self._tell_of_lapse(None)
        self._show(
            state="signed-in",
            renewing=False,
            remembered=way,
            subscriptions=rows,
            tenants=tenants,
            message="",
            problem=None,
            **_NO_CODE,
        )
        stage.say(
            "", "note", stage.state.principal, "done", f"Signed in by {way}; {count(len(rows), 'subscription')} seen."
        )
        wanted = self._wishes.subscription or stage.state.plan.subscription
        usable = [row for row in rows if row.state not in {"Disabled", "Deleted"}]
        if wanted:
            chosen = next((row for row in usable if wanted.lower() in {row.id.lower(), row.name.lower()}), None)
        else:
            chosen = usable[0] if len(usable) == 1 else None
        if chosen is not None:
            self._use(chosen)
        elif not rows:
            self._show(
                state="failed",
                problem=Problem(
                    what="The sign-in worked, but this account sees no subscription.",
                    remedy="Name another tenant, or ask for the Reader role on a subscription.",
                ),
            )

    def _last_used_first(self, rows: Iterable[SubscriptionRow]) -> tuple[SubscriptionRow, ...]:
        """Those used before in the order of their last use, then the others by name; what is not enabled comes last."""
        used = self._wishes.memory.used(self._cloud.name)
        order = {one.lower(): at for at, one in enumerate(used.subscriptions if used else ())}
        return tuple(
            sorted(
                rows,
                key=lambda row: (
                    row.state in {"Disabled", "Deleted"},
                    order.get(row.id.lower(), len(order)),
                    row.name.lower(),
                ),
            )
        )

    def _use(self, row: SubscriptionRow) -> None:
        if self._root is None:
            return
        state = self._stage.state
        changed = state.subscription_id.lower() != row.id.lower()
        state.subscription_id, state.subscription_name, state.tenant = row.id, row.name, row.tenant_id
        self._stage.clients = self._root.for_subscription(row.id)
        self._stage.clients.transport.read_only = state.origin.read_only
        state.look_only = ""
        if changed:
            state.estate = None
        self._wishes.memory.keep(self._cloud.name, row.tenant_id, self._way, row.id)
        if state.plan.subscription.lower() != row.id.lower():
            self._stage.change_plan(state.plan.model_copy(update={"subscription": row.id}))
        self._stage.touch_all()
        self._settled()

    # While it holds, and when it does not any more

    def _told_code(self, attempt: int, code: DeviceCode) -> None:
        """Entra ID wants somebody to type a code: at the first sign-in, or mid-run because the old one does not hold."""
        if attempt != self._attempt:
            return
        if self._holds and not self._stage.state.sign_in.renewing:
            self._tell_of_lapse(
                Problem(
                    what="Azure asks you to sign in again.",
                    cause="The sign-in ran out or was revoked; what runs in Azure goes on meanwhile.",
                    remedy="Open the sign-in page (7) and type the code that it shows.",
                    code=LAPSED,
                    where="sign-in",
                )
            )
        self._show(
            state="signing-in",
            renewing=self._holds,
            problem=None,
            device_code=code.code,
            device_url=code.url,
            code_expires=code.expires,
            message=f"Open {code.url} in any browser and type {code.code}.",
        )

    def _token_asked(self, attempt: int, problem: Problem | None) -> None:
        """A token was asked for, with this outcome. Before the first sign-in is through, that tells the outcome itself."""
        if attempt != self._attempt or not self._holds:
            return
        lapsed = self._stage.state.sign_in.state != "signed-in"
        if problem is None and lapsed:
            self._tell_of_lapse(None)
            self._show(state="signed-in", renewing=False, message="", problem=None, **_NO_CODE)
            self._stage.say("", "note", self._stage.state.principal, "done", "The sign-in was renewed.")
            self._renewed()
        elif problem is not None and is_of_sign_in(problem) and not (lapsed and self._stage.state.sign_in.problem):
            self._tell_of_lapse(
                problem.model_copy(
                    update={
                        "what": f"The sign-in does not hold any more: {problem.what}",
                        "cause": problem.cause or "What runs in Azure goes on meanwhile.",
                        "code": LAPSED,
                        "where": "sign-in",
                    }
                )
            )
            self._show(state="failed", renewing=True, problem=problem, **_NO_CODE)

    def _tell_of_lapse(self, problem: Problem | None) -> None:
        """Show on every page that somebody has to sign in, or take that back, with what failed meanwhile for want of a sign-in.
        The code itself is on no page but one."""
        problems = self._stage.state.problems
        problems[:] = [one for one in problems if one.code != LAPSED and (problem or not is_of_sign_in(one))]
        self._stage.touch("problems")
        if problem is not None:
            self._stage.trouble(problem)

    async def _announce(self, notice: WriteNotice) -> None:
        """On disk before the request goes out: after a crash we know that it may have reached Azure."""
        await asyncio.to_thread(
            self._stage.journal.append,
            "request",
            method=notice.method,
            path=notice.path,
            client_request_id=notice.client_request_id,
        )

    def _show(self, **fields: Any) -> None:
        state = self._stage.state
        view: SignInView = state.sign_in.model_copy(update=fields)
        state.sign_in = view
        self._stage.touch("sign_in", "steps")
