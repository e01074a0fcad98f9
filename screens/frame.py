"""The one frame of all steps: header, rail or step line, title and purpose, body, operations, status, footer.

A step fills the body, says which sections of the view it shows, and answers to its actions. It holds no answer: it shows
the view and sends intents.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from asr_tui.actions import BY_ID, EVERYWHERE, LIST, PANE, STEPS, Action, actions_in, footer
from asr_tui.wording import clean, shorten, wrap
from screens.shell import Shell
from screens.widgets import bars
from screens.widgets.activity import Activity, operation_blocks, operation_title, summary
from screens.widgets.blocks import Block, problem_blocks, text_of
from screens.widgets.keys import bindings
from screens.widgets.lines import Line, Pane, line
from screens.widgets.reader import Reader, too_small
from screens.widgets.table import Table

if TYPE_CHECKING:
    from asr_tui.model.problem import Problem
    from asr_tui.session.intents import Answer, Intent
    from asr_tui.session.views import View

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


class StepScreen(Screen[None]):
    """Base of every step. ``IDENT`` is the step's id, ``PURPOSE`` two sentences: what it is for, what will happen."""

    IDENT: ClassVar[str] = ""
    TITLE_TEXT: ClassVar[str] = ""
    PURPOSE: ClassVar[str] = ""
    SECTIONS: ClassVar[frozenset[str]] = frozenset()
    WORDS: ClassVar[tuple[tuple[str, str], ...]] = ()
    PAGE: ClassVar[str] = "https://learn.microsoft.com/azure/site-recovery/azure-to-azure-architecture"

    def __init__(self) -> None:
        super().__init__(id=self.IDENT)
        self._refused: tuple[Problem, ...] = ()
        self._loaded = False

    @property
    def shell(self) -> Shell:
        """The application."""
        return cast(Shell, self.app)

    @property
    def view(self) -> View | None:
        """The newest view; None until the first one has come."""
        return self.shell.view

    # -- what a step fills in

    def body(self) -> Iterable[Widget]:
        """The widgets between purpose and status."""
        return ()

    def show(self, view: View) -> None:
        """Put the view on the screen."""

    def refusal(self, action: str) -> str:
        """Why ``action`` cannot be done now, in a sentence; "" when it can."""
        return ""

    def problems_here(self) -> tuple[Problem, ...]:
        """Problems of this step."""
        return ()

    def highlighted(self) -> tuple[str, list[Block]] | None:
        """Title and whole content of what is highlighted (for Enter, ``e`` and ``y``)."""
        return None

    # -- the frame

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield Pane(self._header, id="header")
        yield Pane(self._step_line, id="stepline")
        with Horizontal(id="middle"):
            yield Pane(self._rail, id="rail")
            with Vertical(id="main"):
                yield Pane(self._title, id="title")
                yield Pane(self._problems, id="problems")
                with Vertical(id="body"):
                    yield from self.body()
                yield Activity(self.shell)
        yield Pane(self._status, id="status")
        yield Pane(self._footer, id="footer")
        yield Pane(too_small, id="too-small")

    def arrive(self) -> None:
        """The engineer has come here: show how everything stands."""
        self._refused = ()
        self.follow(frozenset())

    def follow(self, sections: frozenset[str]) -> None:
        """Show what changed (no sections: everything)."""
        if not self.is_mounted:
            return
        view = self.view
        if view is not None and (not sections or sections & self.SECTIONS or not self._loaded):
            self._loaded = True
            self.show(view)
        self.query_one(Activity).follow()
        for pane in ("#header", "#stepline", "#rail", "#problems", "#status", "#footer"):
            self.query_one(pane, Pane).redraw()
        self._fit_problems()

    def tick(self) -> None:
        """A second has passed."""
        if self.has_class("-show-activity"):
            self.query_one(Activity).tick()

    def restate(self) -> None:
        """Draw status and footer again: something was said, or the focus moved."""
        if self.is_mounted:
            self.query_one("#status", Pane).redraw()
            self.query_one("#footer", Pane).redraw()

    def on_mount(self) -> None:
        """First picture."""
        self.follow(frozenset())

    def on_descendant_focus(self) -> None:
        """Other keys work here."""
        self.restate()

    def _header(self, cells: int) -> list[Line]:
        view = self.view
        note = ""
        if self.shell.contact == "gone":
            note = "✗ worker gone"
        elif self.shell.contact == "connecting":
            note = "connecting"
        elif view is not None and view.session.read_only:
            note = "LOOK ONLY"
        return bars.header(view.session if view else None, cells, note)

    def _step_line(self, cells: int) -> list[Line]:
        return bars.step_line(self.view.steps if self.view else (), self.IDENT, self.TITLE_TEXT, cells)

    def _rail(self, cells: int) -> list[Line]:
        tall = self.app.size.height >= 34
        return bars.rail(self.view.steps if self.view else (), self.IDENT, cells, tall)

    def _title(self, cells: int) -> list[Line]:
        lines = [line((row, "dim")) for row in wrap(self.PURPOSE, cells)]
        return lines if self.app.size.width < 100 else [line((self.TITLE_TEXT, "strong")), *lines]

    def problems(self) -> tuple[Problem, ...]:
        """What must be told here: the worker gone, an answer refused, the step's own problems, the session's."""
        session = self.view.problems if self.view else ()
        return (*self._refused, *self.problems_here(), *session)

    def _problems(self, cells: int) -> list[Line]:
        if self.shell.contact == "gone":
            told = f"✗ {self.shell.trouble} What runs in Azure goes on. Press r to connect again."
            return [line((row, "bad")) for row in wrap(clean(told), cells)][:3]
        problems = self.problems()
        if not problems:
            return []
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        rows = wrap(f"✗ {clean(problems[0].sentence())}", cells)
        room = 2 if self.app.size.height < 34 else 4
        if len(rows) > room:
            rows = [*rows[: room - 1], shorten(" ".join(rows[room - 1 :]), cells)]
        return [*(line((row, "bad")) for row in rows), line(("  e shows all of it" + more, "dim"))]

    def _fit_problems(self) -> None:
        pane = self.query_one("#problems", Pane)
        wanted = len(self._problems(pane.size.width or self.app.size.width - 2))
        if pane.size.height != wanted:
            pane.refresh(layout=True)

    def _status(self, cells: int) -> list[Line]:
        view = self.view
        text, tone = self.shell.note
        if not text:
            tone = "dim"
            text = view.session.activity if view else ""
            if not text and self.shell.contact == "connecting":
                text = "Connecting to the worker ..."
        right = " ".join(part for part in (summary(self.shell), self.shell.line_note()) if part)
        return bars.status(text, tone, right, cells)

    def _footer(self, cells: int) -> list[Line]:
        actions = (action for action in self.usable() if not self.refusal(action.id))
        closing = self._can_close()
        return bars.footer(footer(action for action in actions if action.id != "escape" or closing), cells)

    def _can_close(self) -> bool:
        filtered = isinstance(self.focused, Table) and bool(self.focused.filter_text or self.focused.filtering)
        return filtered or self.has_class("-show-activity") or bool(self._refused)

    def usable(self) -> tuple[Action, ...]:
        """The actions that have a key here, the focused widget's first."""
        contexts: list[str] = []
        if isinstance(self.focused, Table):
            contexts.append(LIST)
        elif isinstance(self.focused, Reader):
            contexts.append(PANE)
        actions = actions_in(*contexts) + actions_in(self.IDENT) + actions_in(STEPS)
        taken: set[str] = set()
        kept = []
        for action in actions:
            if action.id in {"mark", "mark-all"} and not (isinstance(self.focused, Table) and self.focused.can_mark):
                continue
            if taken.isdisjoint(action.keys[:1]):
                kept.append(action)
            taken.update(action.keys)
        return tuple(kept)

    # -- actions

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

    async def _card(self, title: str, blocks: list[Block]) -> None:
        from screens.widgets.dialogs import Card  # not needed for the first picture

        await self.shell.dialog(Card(title, blocks))

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
