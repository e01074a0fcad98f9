"""Signing in, and settling on a subscription. The token stays in this process's memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from asr_tui.azure import connection, credentials, estate_reader
from asr_tui.azure.clients import Clients
from asr_tui.azure.cloud import Cloud
from asr_tui.azure.device_code import DeviceCode
from asr_tui.azure.observation import RequestRecord, WriteNotice
from asr_tui.model.governance import Subscription
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.session.intents import ChooseSubscription, SignIn
from asr_tui.session.views import SignInView, SignInWay, SubscriptionRow
from asr_tui.workers.stage import Stage

TASK = "sign-in"
UNATTENDED = frozenset({"environment", "cli", "managed-identity", "workload-identity"})
"""Ways that need nobody at the keyboard, so that a run can be resumed with them."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the worker was started with; empty texts where nothing was said."""

    way: str = ""
    tenant: str = ""
    subscription: str = ""


class SigningIn:
    """Makes the clients. ``settled`` is called once a subscription is chosen, ``observed`` after each request."""

    def __init__(
        self,
        stage: Stage,
        cloud: Cloud,
        environ: Mapping[str, str],
        wishes: Wishes,
        settled: Callable[[], None],
        observed: Callable[[RequestRecord], None],
    ) -> None:
        self._stage = stage
        self._cloud = cloud
        self._environ = environ
        self._wishes = wishes
        self._settled = settled
        self._observed = observed
        self._root: Clients | None = None

    def offer(self) -> None:
        """Show the ways to sign in on this machine."""
        ways = tuple(
            SignInWay(id=way.id, title=way.title, problem=way.problem)
            for way in credentials.ways(self._cloud, self._environ)
        )
        self._show(ways=ways, chosen=self._wishes.way)

    def resume(self, remembered: str) -> None:
        """Sign in by the way that was asked for at the start, or by the one used before where that needs nobody."""
        way = self._wishes.way or (remembered if remembered in UNATTENDED else "")
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
        self._show(state="signing-in", chosen=intent.way, message="", problem=None, device_code="", device_url="")
        tenant = intent.tenant or self._wishes.tenant
        self._stage.begin(TASK, "Signing in", self._sign_in(intent.way, tenant))
        return ()

    async def sign_out(self) -> None:
        """Forget the sign-in and close all connections."""
        self._stage.cease(TASK)
        await self.close()
        state = self._stage.state
        state.principal = state.subscription_id = state.subscription_name = state.tenant = ""
        state.estate = None
        self._show(
            state="signed-out", chosen="", message="", subscriptions=(), problem=None, device_code="", device_url=""
        )
        self._stage.touch_all()

    async def close(self) -> None:
        """Close all connections."""
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
        try:
            await self.close()
            self._root = await connection.open_cloud(
                self._cloud,
                way,
                environ=self._environ,
                on_device_code=self._told_code,
                tenant=tenant,
                observe=self._observed,
                before_write=self._announce,
                read_only=self._stage.state.origin.read_only,
            )
            self._stage.state.principal = await self._root.principal()
            found = await estate_reader.read_subscriptions(self._root)
        except ProblemError as error:
            self._show(state="failed", problem=error.problem, device_code="", device_url="")
            self._stage.say("", "problem", way, "failed", error.problem.sentence())
            return
        self._signed_in(way, found)

    def _signed_in(self, way: str, found: tuple[Subscription, ...]) -> None:
        stage = self._stage
        rows = tuple(
            SubscriptionRow(id=one.id, name=one.name, state=one.state, tenant_id=one.tenant_id) for one in found
        )
        stage.journal.append("signed-in", way=way, principal=stage.state.principal)
        self._show(state="signed-in", subscriptions=rows, device_code="", device_url="", message="", problem=None)
        stage.say("", "note", stage.state.principal, "done", f"Signed in by {way}; {len(rows)} subscription(s) seen.")
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

    def _use(self, row: SubscriptionRow) -> None:
        if self._root is None:
            return
        state = self._stage.state
        changed = state.subscription_id.lower() != row.id.lower()
        state.subscription_id, state.subscription_name, state.tenant = row.id, row.name, row.tenant_id
        self._stage.clients = self._root.for_subscription(row.id)
        if changed:
            state.estate = None
        if state.plan.subscription.lower() != row.id.lower():
            self._stage.change_plan(state.plan.model_copy(update={"subscription": row.id}))
        self._stage.touch_all()
        self._settled()

    def _told_code(self, code: DeviceCode) -> None:
        self._show(
            device_code=code.code,
            device_url=code.url,
            code_expires=code.expires,
            message=f"Open {code.url} in any browser and type {code.code}.",
        )

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
