"""The base of every step: what the keys that are the same everywhere do, and how intents are sent.

A step fills the body of the frame, says which sections of the view it shows, and answers to its own actions. It holds no
answer: it shows the view and sends intents.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from asr_tui.actions import BY_ID, EVERYWHERE, LIST, PANE, STEPS
from asr_tui.wording import clean
from screens.layout import FramedScreen
from screens.widgets.activity import Activity, operation_blocks, operation_title
from screens.widgets.blocks import Block, problem_blocks, text_of
from screens.widgets.keys import bindings
from screens.widgets.reader import Reader
from screens.widgets.table import Table

if TYPE_CHECKING:
    from asr_tui.model.problem import Problem
    from asr_tui.session.intents import Answer, Intent

ORDER = (
    "welcome",
    "sign-in",
    "architecture",
    "prerequisites",
    "networking",
    "vault",
    "replication",
    "test-failover",
    "finish",
)


def step_bindings(ident: str) -> list[BindingType]:
    """The bindings of a step's screen: its own, then those that all share."""
    return bindings(ident, STEPS, EVERYWHERE)


class StepScreen(FramedScreen):
    """Base of every page: what the keys that are the same everywhere do."""

    async def action_act(self, action: str) -> None:
        """Do ``action``, or say why not."""
        why_not = self.refusal(action)
        if why_not:
            self.shell.say(why_not, "warn")
        elif action in BY_ID and set(BY_ID[action].where) & {LIST, PANE} and isinstance(self.focused, Table | Reader):
            self.focused.action_act(action)
        elif action.startswith("go-"):
            await self.shell.go(action[3:])
            return
        else:
            self.shell.say("")
            method = getattr(self, f"do_{action.replace('-', '_')}", None)
            result = method() if method is not None else self.shell.action_act(action)
            if inspect.isawaitable(result):
                await result
        self.restate()

    def submit(self, intent: Intent, table: Table[Any] | None = None) -> None:
        """Send ``intent``; a refusal shows here until the next one, and ``table`` takes its pending marks back."""

        def answered(answer: Answer) -> None:
            self._refused = answer.problems
            if answer.problems:
                self.shell.say("")
            if table is not None and answer.problems:
                table.forget_pending()
            elif table is not None:
                self.set_timer(2.0, table.forget_pending)
            self.follow(frozenset())

        self.shell.submit(intent, answered)

    async def do_next(self) -> None:
        """To the next step."""
        index = ORDER.index(self.IDENT)
        if index + 1 < len(ORDER):
            await self.shell.go(ORDER[index + 1])
        else:
            self.shell.say("This is the last page.", "warn")

    async def do_back(self) -> None:
        """To the step before."""
        index = ORDER.index(self.IDENT)
        if index:
            await self.shell.go(ORDER[index - 1])
        else:
            self.shell.say("This is the first page.", "warn")

    def do_operations(self) -> None:
        """Show or hide the operations."""
        shown = not self.has_class("-show-activity")
        self.set_class(shown, "-show-activity")
        activity = self.query_one(Activity)
        if shown:
            self._focus_before = self.focused
            activity.table.can_focus = True
            self.set_focus(activity.table)
            activity.follow()
        elif self._focus_before is not None:
            self.set_focus(self._focus_before)

    _focus_before: Widget | None = None

    async def do_error(self) -> None:
        """The whole of the error that is highlighted, or of the first one here."""
        operations = self.query_one(Activity).table
        operation = operations.row if self.focused is operations else None
        problems = (operation.problem,) if operation is not None and operation.problem else self.problems()
        here = self.problem_highlighted()
        if operation is None and here is not None:
            problems = (here, *problems)
        if not problems:
            self.shell.say("There is no error here.")
            return
        blocks: list[Block] = []
        for problem in problems:
            blocks.extend([Block("")] if blocks else [])
            blocks.extend(problem_blocks(problem))
        await self._card("Error" if len(problems) == 1 else f"{len(problems)} errors", blocks)

    def problem_highlighted(self) -> Problem | None:
        """The problem of the highlighted row."""
        return None

    async def do_refresh(self) -> None:
        """Read from Azure again, or find the worker again."""
        if self.shell.contact == "gone":
            await self.shell.connect_again()
            return
        from asr_tui.session.intents import ReadEstate

        self.submit(ReadEstate())
        self.shell.say("Asked the worker to read from Azure again.")

    def do_copy(self) -> None:
        """Copy what is highlighted."""
        told = self.told()
        if told is None:
            self.shell.say("Nothing is highlighted here.", "warn")
            return
        title, blocks = told
        blocks = self._with_links(blocks)
        self.shell.say(self.shell.copy_text("\n".join(part for part in (clean(title), text_of(blocks)) if part)))

    def told(self) -> tuple[str, list[Block]] | None:
        """What Enter opens and ``y`` copies: an operation while the panel has the focus, else the step's own."""
        operations = self.query_one(Activity).table
        if self.focused is operations:
            row = operations.row
            return None if row is None else (operation_title(row), operation_blocks(row, self.shell.now()))
        return self.highlighted()

    @on(Table.Opened, "#operations")
    async def _open_operation(self, event: Table.Opened) -> None:
        event.stop()
        told = self.told()
        if told is not None:
            await self._card(*told)

    async def open_highlighted(self) -> None:
        """Show the whole of what is highlighted."""
        told = self.told()
        if told is not None:
            await self._card(*told)

    def _with_links(self, blocks: list[Block]) -> list[Block]:
        """The blocks, with the address of each Azure resource in the cloud's portal, where it has one."""
        portal = self.view.session.portal if self.view is not None else ""
        linked: list[Block] = []
        for block in blocks:
            linked.append(block)
            if portal and block.label in {"Id", "Resource"} and block.text.startswith("/subscriptions/"):
                linked.append(Block(f"{portal}/#resource{block.text}", "Portal", "dim"))
        return linked

    async def _card(self, title: str, blocks: list[Block]) -> None:
        from screens.widgets.dialogs import Card  # not needed for the first picture

        await self.shell.dialog(Card(title, self._with_links(blocks)))

    async def do_help(self) -> None:
        """What this screen is for, its keys and its words."""
        from screens.help import help_card

        await self.shell.dialog(help_card(self))

    async def do_palette(self) -> None:
        """Find a command by its name."""
        from screens.palette import palette

        await self.shell.dialog(palette(self), self._run_command)

    async def _run_command(self, chosen: object) -> None:
        if isinstance(chosen, str):
            await self.action_act(chosen)

    async def do_leave(self) -> None:
        """Ask before leaving; says what keeps running."""
        from screens.leave import LeaveDialog

        await self.shell.dialog(LeaveDialog(), self._left)

    def _left(self, answer: object) -> None:
        if answer == "stop":
            from asr_tui.session.intents import Stop

            self.shell.submit(Stop(), lambda _answer: self.shell.leave())
        elif answer == "leave":
            self.shell.leave()

    def do_escape(self) -> None:
        """Clear the filter, close the operations, put away a told problem."""
        focused = self.focused
        if isinstance(focused, Table) and focused.clear_filter():
            return
        if self.has_class("-show-activity"):
            self.do_operations()
        elif self._refused:
            self._refused = ()
            self.follow(frozenset())
        elif self.view is not None and self.view.problems:
            from asr_tui.session.intents import DismissProblem

            self.submit(DismissProblem(index=0))

    def do_focus_next(self) -> None:
        """To the next part."""
        self.focus_next()

    def do_focus_previous(self) -> None:
        """To the previous part."""
        self.focus_previous()

    def do_pen(self) -> None:
        """Become the one who writes."""
        from asr_tui.session.intents import TakePen

        self.submit(TakePen())

    def do_theme(self) -> None:
        """The next theme."""
        self.shell.next_theme()

    def do_bytes(self) -> None:
        """Show or hide how much goes over the line."""
        self.shell.toggle_bytes()
