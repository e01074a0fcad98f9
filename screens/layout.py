"""The one frame of all pages: header, rail or step line, title and purpose, body, operations, status, footer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from asr_tui.actions import LIST, PANE, STEPS, Action, actions_in, footer
from asr_tui.wording import clean, cut, width, wrap
from screens.prompt import PromptScreen
from screens.widgets import bars
from screens.widgets.activity import Activity, summary
from screens.widgets.blocks import Block
from screens.widgets.lines import Line, Pane, line
from screens.widgets.reader import Reader, too_small
from screens.widgets.table import Table

if TYPE_CHECKING:
    from asr_tui.model.problem import Problem
    from asr_tui.session.views import View


class FramedScreen(PromptScreen[None]):
    """What every page looks like. ``IDENT`` is the step's id, ``PURPOSE`` two sentences: what it is for, what will happen."""

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

    def once_read(self, told: str) -> str:
        """What an empty list says: ``told`` while Azure is read, else what has to be done before it can be."""
        view = self.view
        if view is None or view.session.estate_read_at is not None:
            return told
        if view.sign_in.state == "signing-in":
            return "The sign-in is under way (7)."
        if view.sign_in.state != "signed-in":
            return "Sign in first (7)."
        return told if view.session.subscription_id else "Choose the subscription first (7)."

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
        if not self.is_mounted or not self.app.is_running:
            return  # not put together yet, or being taken apart
        view = self.view
        if view is not None and (not sections or sections & (self.SECTIONS | {"sign_in"}) or not self._loaded):
            self._loaded = True
            self.show(view)
        if self.has_class("-show-activity"):
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
        """What must be told here: an answer refused, the step's own problems, a sign-in that failed, the session's."""
        session = self.view.problems if self.view else ()
        return (*self._refused, *self.problems_here(), *self._signed_out(), *session)

    def _signed_out(self) -> tuple[Problem, ...]:
        """Why nobody is signed in. (One that held before and lapsed is among the session's problems.)"""
        sign_in = self.view.sign_in if self.view else None
        if sign_in is None or sign_in.problem is None or sign_in.state != "failed" or sign_in.renewing:
            return ()
        told = sign_in.problem
        remedy = " ".join(part for part in (told.remedy, "The sign-in page (7) has the other ways.") if part)
        return (told.model_copy(update={"what": f"The sign-in failed: {told.what}", "remedy": remedy}),)

    def _problems(self, cells: int) -> list[Line]:
        if self.shell.contact == "gone":
            told = f"✗ {self.shell.trouble} What runs in Azure goes on. Press r to connect again."
            return [*(line((row, "bad")) for row in wrap(clean(told), cells)[:3]), ()]
        problems = self.problems()
        if not problems:
            return []
        rows = wrap(f"✗ {clean(problems[0].sentence())}", cells)
        room = 2 if self.app.size.height < 34 else 4
        rest = f"  e: all of it, {len(problems) - 1} more" if len(problems) > 1 else "  e: all of it"
        if len(rows) >= room:
            rows = [*rows[: room - 1], cut(" ".join(rows[room - 1 :]), cells - width(rest))]
        elif width(rows[-1]) + width(rest) > cells:
            rows = [*rows, ""]
        *before, last = rows
        return [*(line((row, "bad")) for row in before), line((last, "bad"), (rest, "dim")), ()]

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
        under_way = summary(self.shell)
        right = "  ".join(part for part in (under_way and f"Operations: {under_way}", self.shell.line_note()) if part)
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
