"""Sign in, and choose the subscription."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from asr_tui.model.problem import Problem
from asr_tui.session.intents import ChooseSubscription, ReadEstate, SignIn, SignOut
from asr_tui.session.views import SignInWay, SubscriptionRow
from asr_tui.wording import clock
from screens.frame import StepScreen, step_bindings
from screens.widgets.blocks import Block, lines_of
from screens.widgets.columns import Column
from screens.widgets.lines import Line, Pane
from screens.widgets.table import Table

if TYPE_CHECKING:
    from asr_tui.session.views import View


class SignInScreen(StepScreen):
    """Ways to sign in, the device code while one is wanted, then the subscriptions."""

    BINDINGS = step_bindings("sign-in")
    IDENT = "sign-in"
    TITLE_TEXT = "Sign in"
    PURPOSE = (
        "Choose how the worker signs in to Azure, then the subscription that holds the VMs. "
        "The worker keeps the sign-in in memory; no token is written to a file."
    )
    SECTIONS = frozenset({"session", "sign_in"})
    PAGE = "https://learn.microsoft.com/azure/developer/python/sdk/authentication/overview"
    WORDS = (
        ("Device code", "a short code that you type into a browser anywhere, for instance on your own machine"),
        ("Subscription", "where the VMs are; everything that is created is created there"),
    )

    def body(self) -> Iterable[Widget]:
        """Ways, what is going on, subscriptions."""
        ways = (
            Column[SignInWay]("Way", lambda way: way.title, 26, grow=1),
            Column[SignInWay](
                "", self._way_note, 30, grow=2, drop=1, prose=True, tone=lambda way: "warn" if way.problem else "dim"
            ),
        )
        subscriptions = (
            Column[SubscriptionRow]("Subscription", lambda row: row.name, 24, grow=2),
            Column[SubscriptionRow]("State", lambda row: row.state, 9),
            Column[SubscriptionRow](
                "", lambda row: "● chosen" if self._is_chosen(row) else "", 8, tone=lambda _r: "good"
            ),
            Column[SubscriptionRow]("Id", lambda row: row.id, 20, grow=1, drop=1, tone=lambda _row: "dim"),
        )
        yield Table(ways, lambda way: way.id, noun="way", id="ways")
        yield Pane(self._state, id="sign-in-state")
        yield Table(subscriptions, lambda row: row.id, noun="subscription", id="subscriptions", classes="fill")

    def show(self, view: View) -> None:
        """Show the sign-in."""
        self.query_one("#ways", Table).show(view.sign_in.ways, empty="The worker is looking for ways to sign in ...")
        signed_in = view.sign_in.state == "signed-in"
        empty = "No subscription can be read with this sign-in." if signed_in else "Sign in first; they show here."
        table = self.query_one("#subscriptions", Table)
        first = not table.rows and bool(view.sign_in.subscriptions)
        table.show(view.sign_in.subscriptions, empty=empty)
        if first and view.session.subscription_id:
            table.move_to(view.session.subscription_id)
        state = self.query_one("#sign-in-state", Pane)
        state.redraw()
        state.refresh(layout=True)

    def arrive(self) -> None:
        """Signed in already: the subscriptions have the focus."""
        super().arrive()
        if self.view is not None and self.view.sign_in.state == "signed-in":
            self.set_focus(self.query_one("#subscriptions", Table))

    def problems_here(self) -> tuple[Problem, ...]:
        """Why the sign-in failed."""
        problem = self.view.sign_in.problem if self.view else None
        return (problem,) if problem else ()

    def _is_chosen(self, row: SubscriptionRow) -> bool:
        return self.view is not None and row.id == self.view.session.subscription_id

    def _way_note(self, way: SignInWay) -> str:
        if way.problem:
            return f"▲ {way.problem}"
        chosen = self.view is not None and self.view.sign_in.chosen == way.id
        return "● chosen" if chosen else ""

    def _state(self, cells: int) -> list[Line]:
        view = self.view
        if view is None:
            return []
        sign_in = view.sign_in
        blocks = [Block("")]
        if sign_in.state == "signing-in" and sign_in.device_code:
            blocks.append(Block(sign_in.device_url, "Open", "strong"))
            blocks.append(Block(sign_in.device_code, "Type the code", "strong"))
            if sign_in.code_expires:
                blocks.append(Block(f"until {clock(sign_in.code_expires)}; y copies it", "Valid"))
        elif sign_in.state == "signing-in":
            blocks.append(Block(f"● Signing in ... {sign_in.message}", tone="accent"))
        elif sign_in.state == "signed-in":
            who = view.session.principal or "signed in"
            tenant = f", tenant {view.session.tenant}" if view.session.tenant else ""
            blocks.append(Block(f"✓ Signed in as {who}{tenant}", tone="good"))
        elif sign_in.state == "failed":
            blocks.append(Block("✗ The sign-in failed. Choose a way again, or another one.", tone="bad"))
        else:
            blocks.append(Block(sign_in.message or "○ Not signed in. Enter on a way begins.", tone="dim"))
        return [*lines_of(blocks, cells), ()]

    def highlighted(self) -> tuple[str, list[Block]] | None:
        """The device code while there is one, else the row."""
        view = self.view
        if view is not None and view.sign_in.device_code and view.sign_in.state == "signing-in":
            return view.sign_in.device_code, [Block(view.sign_in.device_url)]
        focused = self.focused
        if not isinstance(focused, Table) or focused.row is None:
            return None
        row = focused.row
        if isinstance(row, SignInWay):
            return row.title, [Block(row.problem or "can be used here")]
        return row.name, [Block(row.id, "Id"), Block(row.state, "State"), Block(row.tenant_id, "Tenant")]

    @on(Table.Opened, "#ways")
    def _choose_way(self, event: Table.Opened) -> None:
        self.submit(SignIn(way=event.row.id))

    @on(Table.Opened, "#subscriptions")
    def _choose_subscription(self, event: Table.Opened) -> None:
        self.submit(ChooseSubscription(subscription_id=event.row.id))
        self.shell.say("Chosen. The worker reads the estate now; n goes on.")
        self.restate()

    def refusal(self, action: str) -> str:
        """What cannot be done while signed out."""
        signed_in = self.view is not None and self.view.sign_in.state == "signed-in"
        if action == "sign-out" and not signed_in:
            return "You are not signed in."
        if action == "refresh" and self.shell.contact == "connected" and not signed_in:
            return "Sign in first."
        return ""

    def do_sign_out(self) -> None:
        """Forget the sign-in."""
        self.submit(SignOut())

    async def do_refresh(self) -> None:
        """Read again."""
        if self.shell.contact == "gone":
            await self.shell.connect_again()
        else:
            self.submit(ReadEstate())
