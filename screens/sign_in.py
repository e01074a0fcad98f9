"""Sign in, and choose the subscription."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from asr_tui.model.problem import Problem
from asr_tui.session.intents import ChooseSubscription, KeepSignIn, ReadEstate, SignIn, SignOut
from asr_tui.session.views import SignInView, SignInWay, SubscriptionRow
from screens.frame import StepScreen, step_bindings
from screens.widgets.blocks import Block, lines_of
from screens.widgets.columns import Column
from screens.widgets.device_code import device_code_lines
from screens.widgets.dialogs import Choice, Pick
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
        "No token is written to a file."
    )
    SECTIONS = frozenset({"session", "sign_in"})
    PAGE = "https://learn.microsoft.com/azure/developer/python/sdk/authentication/overview"
    WORDS = (
        ("Device code", "a short code that you type into a browser anywhere, for instance on your own machine"),
        ("Tenant", "the directory that knows your account; you may be a guest in others (t changes to one)"),
        ("Keyring", "the system's encrypted store; a device-code sign-in kept there outlives the worker (s)"),
        ("Subscription", "where the VMs are; everything that is created is created there"),
    )

    def body(self) -> Iterable[Widget]:
        """Ways, what is going on, subscriptions."""
        ways = (
            Column[SignInWay]("Way", lambda way: way.title, 17),
            Column[SignInWay](
                "", self._way_note, 30, grow=1, drop=1, prose=True, tone=lambda way: "warn" if way.problem else "dim"
            ),
        )
        subscriptions = (
            Column[SubscriptionRow]("Subscription", lambda row: row.name, 24, grow=2),
            Column[SubscriptionRow]("State", _state_words, 10, tone=_state_tone),
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
        self.set_class(_has_code(view), "-code")
        self.set_class(view.sign_in.state == "failed", "-failed")
        self.query_one("#ways", Table).show(view.sign_in.ways, empty="The worker is looking for ways to sign in ...")
        signed_in = view.sign_in.state == "signed-in"
        empty = "No subscription can be read with this sign-in." if signed_in else "Sign in first; they show here."
        table = self.query_one("#subscriptions", Table)
        first = not table.rows and bool(view.sign_in.subscriptions)
        table.show(view.sign_in.subscriptions, empty=empty)
        if first:
            table.move_to(view.session.subscription_id)
            if self.focused is None or self.focused.id == "ways":
                self.set_focus(table)  # what was asked of the ways is answered; the next question is below
        ways = self.query_one("#ways", Table)
        if self._held and view.sign_in.state in {"signed-out", "failed"} and self.focused is table:
            self.set_focus(ways)  # the question is above again
        self._held = signed_in
        if not self._placed and view.sign_in.ways and not view.sign_in.chosen:
            ways.move_to(view.sign_in.remembered or _first_usable(view.sign_in.ways))
        self._placed = self._placed or bool(view.sign_in.ways)
        self.query_one("#sign-in-state", Pane).redraw()

    _placed = False
    _held = False

    def tick(self) -> None:
        """A code has a second less."""
        super().tick()
        if self.view is not None and _has_code(self.view):
            self.query_one("#sign-in-state", Pane).redraw()

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
        if self.view is None:
            return ""
        mark = ""
        if self.view.sign_in.chosen == way.id:
            mark = "● chosen: "
        elif self.view.sign_in.remembered == way.id:
            mark = "used last: "
        return mark + way.hint

    def _state(self, cells: int) -> list[Line]:
        view = self.view
        if view is None:
            return []
        sign_in = view.sign_in
        if _has_code(view):
            rows = self.query_one("#sign-in-state", Pane).size.height
            lines = device_code_lines(sign_in, cells, rows, blocks=not self.shell.ascii_only)
            return [(), *lines] if len(lines) < rows else lines
        blocks = [Block("")]
        if sign_in.state == "signing-in":
            blocks.append(Block(f"● Signing in ... {sign_in.message}", tone="accent"))
        elif sign_in.state == "signed-in":
            who = view.session.principal or "signed in"
            tenant = f", {_tenant_name(view)}" if view.session.tenant else ""
            blocks.append(Block(f"✓ Signed in as {who}{tenant}", tone="good"))
            if view.session.read_only_reason:
                blocks.append(Block(f"▲ Look only. {view.session.read_only_reason}", tone="warn"))
        elif sign_in.state == "failed":
            blocks.extend(_card(sign_in))
        else:
            blocks.append(Block(sign_in.message or "○ Not signed in. Enter on a way begins.", tone="dim"))
            blocks.extend(self._why_not())
        if sign_in.state != "failed" and (sign_in.state != "signed-in" or sign_in.chosen == "device-code"):
            blocks.append(_keeping(sign_in))
        return [*lines_of(blocks, cells), ()]

    def _why_not(self) -> list[Block]:
        """All of what speaks against the highlighted way, where its row has no room for it."""
        way = self.query_one("#ways", Table).row
        return [Block(way.problem, way.title, "warn")] if isinstance(way, SignInWay) and way.problem else []

    def _signed_out(self) -> tuple[Problem, ...]:
        """Told here at length."""
        return ()

    def _problems(self, cells: int) -> list[Line]:
        """The refusal is told below, with all that can be done about it: once is enough."""
        own = self.view.sign_in.problem if self.view is not None else None
        others = [one for one in self.problems() if one != own and one.where != "sign-in"]
        return super()._problems(cells) if others or self.shell.contact == "gone" else []

    def highlighted(self) -> tuple[str, list[Block]] | None:
        """The device code while there is one, else the row."""
        view = self.view
        if view is not None and view.sign_in.device_code and view.sign_in.state == "signing-in":
            return view.sign_in.device_code, []
        focused = self.focused
        if not isinstance(focused, Table) or focused.row is None:
            return None
        row = focused.row
        if isinstance(row, SignInWay):
            return row.title, [Block(row.problem or row.hint)]
        return row.name, [Block(row.id, "Id"), Block(row.state, "State"), Block(row.tenant_id, "Tenant")]

    @on(Table.Moved, "#ways")
    def _explain_way(self) -> None:
        self.query_one("#sign-in-state", Pane).redraw()

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
        state = self.view.sign_in.state if self.view is not None else ""
        signed_in = state == "signed-in"
        if action == "sign-out" and state not in {"signed-in", "signing-in"}:
            return "You are not signed in."
        if action == "keep" and self.view and self.view.sign_in.keeping_problem and not self.view.sign_in.kept:
            return f"The sign-in stays in memory: {self.view.sign_in.keeping_problem}"
        if action == "tenant" and not (self.view and self.view.sign_in.tenants):
            return "Sign in first; then the tenants that you can enter are known."
        if action == "refresh" and self.shell.contact == "connected" and not signed_in:
            return "Sign in first."
        return ""

    def do_sign_out(self) -> None:
        """Forget the sign-in."""
        self.submit(SignOut())

    def do_keep(self) -> None:
        """Keep a sign-in by device code in the system's encrypted store from the next one on, or forget it."""
        if self.view is not None:
            self.submit(KeepSignIn(keep=not self.view.sign_in.kept))

    async def do_tenant(self) -> None:
        """Choose another tenant, and sign in to it by the same way."""
        if self.view is None:
            return
        sign_in = self.view.sign_in
        choices = [
            Choice(row.id, row.name or row.domain or row.id, f"{'guest, ' if row.guest else ''}{row.domain or row.id}")
            for row in sign_in.tenants
        ]
        current = self.view.session.tenant
        await self.shell.dialog(Pick("Tenant to sign in to", choices, current=current), self._enter_tenant)

    def _enter_tenant(self, tenant: object) -> None:
        if isinstance(tenant, str) and self.view is not None:
            way = self.view.sign_in.chosen or self.view.sign_in.remembered
            self.submit(SignIn(way=way, tenant=tenant))

    async def do_refresh(self) -> None:
        """Read again."""
        if self.shell.contact == "gone":
            await self.shell.connect_again()
        else:
            self.submit(ReadEstate())


def _has_code(view: View) -> bool:
    return view.sign_in.state == "signing-in" and bool(view.sign_in.device_code)


def _first_usable(ways: Iterable[SignInWay]) -> str:
    return next((way.id for way in ways if not way.problem), "")


def _state_words(row: SubscriptionRow) -> str:
    return row.state if row.state in {"Enabled", ""} else f"▲ {row.state}"


def _state_tone(row: SubscriptionRow) -> str:
    return "plain" if row.state in {"Enabled", ""} else "warn"


def _tenant_name(view: View) -> str:
    rows = (row for row in view.sign_in.tenants if row.id.lower() == view.session.tenant.lower())
    row = next(rows, None)
    if row is None:
        return f"tenant {view.session.tenant}"
    return f"{'guest in ' if row.guest else ''}tenant {row.name or row.domain or row.id}"


def _keeping(sign_in: SignInView) -> Block:
    """Where the tokens are, and what could be."""
    if sign_in.keeping_problem:
        return Block(f"in memory only: {sign_in.keeping_problem}", "Tokens", "dim")
    if sign_in.kept:
        return Block("kept in the system's encrypted keyring (s forgets it)", "Tokens")
    return Block("in memory only (s: keep a device-code sign-in in the keyring)", "Tokens", "dim")


def _card(sign_in: SignInView) -> list[Block]:
    """The refusal explained: what it means, what works instead, whom to ask; and which ways are open here."""
    blocks = [
        Block("✗ The sign-in does not hold any more." if sign_in.renewing else "✗ The sign-in failed.", tone="bad")
    ]
    problem = sign_in.problem
    if problem is not None:
        told = ((problem.what, "It means"), (problem.cause, "Likely cause"), (problem.remedy, "What to do"))
        blocks.extend(Block(text, label) for text, label in told if text)
        if problem.code:
            blocks.append(Block(problem.code, "Code", "dim"))
    others = [way.title for way in sign_in.ways if not way.problem and way.id != sign_in.chosen]
    if others:
        blocks.append(Block(f"{'; '.join(others)}.", "Other ways"))
    return blocks
