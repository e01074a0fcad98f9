"""Dialogs: a card to read, a question with a safe default, a list to pick from, a form to fill in.

Escape closes each of them and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from asr_tui.actions import BY_ID, DIALOG, EVERYWHERE, key_name
from asr_tui.wording import clean, width
from screens.prompt import PromptScreen
from screens.widgets.blocks import Block, lines_of, text_of
from screens.widgets.columns import Column
from screens.widgets.field import Button, Field
from screens.widgets.keys import bindings
from screens.widgets.lines import Line, Pane, line, paragraph
from screens.widgets.reader import Reader, too_small
from screens.widgets.table import Table

Result = TypeVar("Result")


class Dialog(PromptScreen[Result], ModalScreen[Result], Generic[Result]):
    """A box in front of the step. ``heading`` stands in its border, the keys in its last line."""

    BINDINGS = bindings(DIALOG, EVERYWHERE)
    KEYS: tuple[str, ...] = ("escape",)

    def __init__(self, heading: str, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self._heading = heading

    def compose(self) -> ComposeResult:
        """The box around the content."""
        with Vertical(id="box") as box:
            box.border_title = None
            yield Pane(lambda _cells: [line((clean(self._heading), "strong")), ()], id="heading", classes="auto")
            yield from self.content()
            yield Pane(self._key_line, id="keys")
        yield Pane(too_small, id="too-small")

    def content(self) -> ComposeResult:
        """What stands between heading and keys."""
        raise NotImplementedError

    def _key_line(self, cells: int) -> list[Line]:
        """As many keys as fit; the last one, which is the way out, always."""
        told = [(key_name(BY_ID[name].keys[0]), f" {BY_ID[name].title}") for name in self.KEYS]
        gap = next(
            (one for one in ("   ", "  ") if sum(width(k + t + one) for k, t in told) - width(one) <= cells), "  "
        )
        left = cells - width("".join(told[-1]))
        shown = []
        for key, title in told[:-1]:
            if width(key + title + gap) > left:
                break
            left -= width(key + title + gap)
            shown.append((key, title))
        spans = [span for key, title in (*shown, told[-1]) for span in ((key, "key"), (title + gap, "dim"))]
        return [tuple(spans)]

    async def action_act(self, action: str) -> None:
        """An action of the registry's ``dialog`` or ``everywhere`` context."""
        if action == "escape":
            self.dismiss(None)
        elif action == "copy":
            self.shell.say(self.shell.copy_text(self.copied()))
        elif action == "focus-next":
            self.focus_next()
        elif action == "focus-previous":
            self.focus_previous()
        elif action == "leave-now":
            self.shell.leave()
        else:
            await self.shell.action_act(action)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """End the dialog, once: a second answer that comes before it has gone does nothing."""
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def copied(self) -> str:
        """What ``y`` copies."""
        return clean(self._heading)


class Card(Dialog[None]):
    """Something to read in full: an error, a finding, a request body, help."""

    KEYS = ("page-up", "page-down", "copy", "escape")

    def __init__(self, heading: str, blocks: Sequence[Block], *, label: int = 14) -> None:
        super().__init__(heading, classes="-full")
        self._blocks = list(blocks)
        self._label = label

    def content(self) -> ComposeResult:
        """The blocks, scrolled."""
        yield Reader(lambda cells: lines_of(self._blocks, cells, self._label), id="text")

    def copied(self) -> str:
        """The whole card."""
        return f"{clean(self._heading)}\n{text_of(self._blocks)}"


class Confirm(Dialog[str]):
    """A question. The focus begins on the safe answer; ends with "" (safe) or what was typed, or "yes"."""

    KEYS = ("focus-next", "open", "escape")

    def __init__(self, heading: str, blocks: Sequence[Block], *, no: str, yes: str, typed: str = "") -> None:
        super().__init__(heading, classes="-typed" if typed else "")
        self._blocks = list(blocks)
        self._no, self._yes, self._typed = no, yes, typed

    def content(self) -> ComposeResult:
        """The consequences, a name to type where that is asked for, and two buttons."""
        yield Reader(lambda cells: lines_of(self._blocks, cells), id="text")
        if self._typed:
            yield Field("Type the name", hint=clean(self._typed), id="typed")
        with Horizontal(classes="buttons"):
            yield Button(self._no, id="no")
            yield Button(self._yes, id="yes", danger=True)
        yield Pane(self._mismatch, id="mismatch", classes="auto")

    AUTO_FOCUS = "#no"

    def _mismatch(self, cells: int) -> list[Line]:
        if not self._typed or self._matches():
            return []
        return paragraph(f"To go on, type {self._typed} exactly, then choose {self._yes}.", cells, "warn")

    def _matches(self) -> bool:
        return not self._typed or self.query_one("#typed", Field).value == self._typed

    @on(Input.Changed)
    def _typing(self) -> None:
        self.query_one("#mismatch", Pane).redraw()
        self.refresh(layout=True)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.query_one("#yes", Button).focus()

    @on(Button.Pressed, "#no")
    def _refuse(self) -> None:
        self.dismiss("")

    @on(Button.Pressed, "#yes")
    def _agree(self) -> None:
        if self._matches():
            self.dismiss(self._typed or "yes")
        else:
            self.query_one("#typed", Field).input.focus()

    def copied(self) -> str:
        """The question and its consequences."""
        return f"{clean(self._heading)}\n{text_of(self._blocks)}"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to pick. ``refused`` says why it cannot be picked ("" when it can)."""

    key: str
    title: str
    detail: str = ""
    refused: str = ""


class Pick(Dialog[str]):
    """A list to pick one from; ends with its key."""

    KEYS = ("open", "filter", "escape")

    def __init__(
        self, heading: str, choices: Sequence[Choice], *, current: str = "", empty: str = "Nothing here."
    ) -> None:
        super().__init__(heading, classes="-list")
        self._choices = tuple(choices)
        self._current = current
        self._empty = empty
        self._refusal = ""

    def content(self) -> ComposeResult:
        """The list, and why a choice was refused."""
        columns = (
            Column[Choice]("", lambda choice: "(•)" if choice.key == self._current else "( )", 3),
            Column[Choice]("Name", lambda choice: choice.title, 20, grow=1, tone=_tone),
            Column[Choice](
                "", lambda choice: choice.refused or choice.detail, 30, grow=4, drop=1, tone=_tone, prose=True
            ),
        )
        table = Table(columns, lambda choice: choice.key, single=True, noun="entry", id="choices")
        table.styles.max_height = max(3, len(self._choices) + 2)  # the heading, and the filter
        yield table
        yield Pane(self._refused, id="refused", classes="auto")

    def arrive(self) -> None:
        """Fill the list, with the cursor on what is chosen now."""
        table = self.query_one("#choices", Table)
        table.show(self._choices, empty=self._empty)
        table.move_to(self._current)

    def _refused(self, cells: int) -> list[Line]:
        return paragraph(self._refusal, cells, "bad", first="✗ ", indent="  ") if self._refusal else []

    @on(Table.Opened)
    def _picked(self, event: Table.Opened) -> None:
        choice = event.row
        if choice.refused:
            self._refusal = choice.refused
            self.query_one("#refused", Pane).redraw()
        else:
            self.dismiss(choice.key)

    def copied(self) -> str:
        """The highlighted entry."""
        row = self.query_one("#choices", Table).row
        return "" if row is None else clean(f"{row.title} {row.refused or row.detail}")


def _tone(choice: Choice) -> str:
    return "dim" if choice.refused else "plain"


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a form."""

    id: str
    label: str
    value: str = ""
    hint: str = ""
    limit: int = 200


class Form(Dialog[dict[str, str]]):
    """Fields to fill in; ``judge`` gives the sentence that says what is wrong, "" when all is well."""

    KEYS = ("focus-next", "escape")

    def __init__(
        self,
        heading: str,
        questions: Sequence[Question],
        *,
        blocks: Sequence[Block] = (),
        accept: str = "Keep",
        judge: Callable[[dict[str, str]], str] | None = None,
    ) -> None:
        super().__init__(heading)
        self._questions = tuple(questions)
        self._blocks = list(blocks)
        self._accept = accept
        self._judge = judge
        self._wrong = ""

    AUTO_FOCUS = "Input"

    def content(self) -> ComposeResult:
        """Explanation, fields, what is wrong, two buttons."""
        if self._blocks:
            yield Pane(lambda cells: [*lines_of(self._blocks, cells), ()], classes="auto")
        for question in self._questions:
            yield Field(question.label, question.value, hint=question.hint, limit=question.limit, id=question.id)
        yield Pane(self._complaint, id="wrong", classes="auto")
        with Horizontal(classes="buttons"):
            yield Button(self._accept, id="accept")
            yield Button("Cancel", id="cancel")

    def _complaint(self, cells: int) -> list[Line]:
        return [(), *paragraph(self._wrong, cells, "bad", first="✗ ", indent="  ")] if self._wrong else []

    def values(self) -> dict[str, str]:
        """What is in the fields, by question."""
        return {question.id: self.query_one(f"#{question.id}", Field).value for question in self._questions}

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#accept")
    def _done(self) -> None:
        values = self.values()
        self._wrong = self._judge(values) if self._judge else ""
        if not self._wrong:
            self.dismiss(values)
            return
        self.query_one("#wrong", Pane).redraw()
