"""The first page: what this is, where the session stands, and the way on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.widget import Widget

from asr_tui.wording import clean, count, fit, stamp
from screens.frame import StepScreen, step_bindings
from screens.widgets.blocks import Block, lines_of
from screens.widgets.lines import Line, line
from screens.widgets.reader import Reader
from screens.widgets.tones import STEP_STATES, look

if TYPE_CHECKING:
    from asr_tui.session.views import StepView, View

_STEPS = (
    ("Architecture", "source and target region, drawn from what you have"),
    ("Prerequisites", "checks of every VM, each with evidence and remedy"),
    ("Networking", "outbound access, target networks and subnets"),
    ("Vault", "choose or create the Recovery Services vault"),
    ("Replication", "pick VMs, review every change, then watch"),
    ("Test failover", "rehearse, measure RTO and RPO, clean up"),
)
_NEEDS = ("attention", "again", "ready", "running")


class WelcomeScreen(StepScreen):
    """Welcome, or welcome back."""

    BINDINGS = step_bindings("welcome")
    IDENT = "welcome"
    TITLE_TEXT = "Welcome"
    PURPOSE = (
        "Protect Azure VMs against the loss of a region with Azure Site Recovery. Nothing is "
        "written to Azure before you have seen the whole list of changes."
    )
    SECTIONS = frozenset({"session", "steps", "sign_in", "plan", "replication"})
    WORDS = (
        ("Session", "one plan and its worker; the worker goes on when this terminal is gone"),
        ("Practice cloud", "an Azure on this machine, to rehearse all of it without an account"),
    )
    AUTO_FOCUS = "#welcome-text"

    def body(self) -> Iterable[Widget]:
        """One text."""
        yield Reader(self._text, id="welcome-text", classes="fill")

    def show(self, view: View) -> None:
        """Show how the session stands."""
        self.query_one("#welcome-text", Reader).redraw()

    def follow(self, sections: frozenset[str]) -> None:
        """Also while nothing has come yet: the text says so."""
        super().follow(sections)
        if self.is_mounted:
            self.query_one("#welcome-text", Reader).redraw()

    def _text(self, cells: int) -> list[Line]:
        view = self.view
        lines: list[Line] = []
        if view is None:
            lines.extend(lines_of([Block(self._waiting(), tone="accent"), Block("")], cells))
        else:
            lines.extend(lines_of(self._standing(view), cells))
        steps = {step.title: step for step in view.steps} if view else {}
        for number, (name, told) in enumerate(_STEPS, start=1):
            lines.append(self._step_row(number, name, told, steps.get(name), cells))
        lines.append(())
        if view is not None:
            lines.extend(lines_of([Block(f"Enter: {self._next_words(view)}", tone="strong")], cells))
        lines.append(line(("n next, b back, ? help on each page, q leave (work goes on).", "dim")))
        return lines

    def _waiting(self) -> str:
        if self.shell.contact == "gone":
            return "There is no worker now. Press c to connect again."
        return "Starting the worker. You can read on meanwhile."

    def _standing(self, view: View) -> list[Block]:
        session = view.session
        blocks = []
        if session.practice:
            times = float(f"{session.azure_speed:.2g}")  # an estimate from the answers' dates: no third digit is true
            speed = f", {times:,.10g} times faster than real time" if times != 1 else ""
            blocks.append(Block(f"Practice cloud: an Azure on this machine{speed}. Nothing here is real.", tone="warn"))
        started = f", since {stamp(session.worker_started)}" if session.worker_started else ""
        blocks.append(Block(f"{session.name}: worker {session.worker_pid}{started}", "Session"))
        if session.subscription_name or session.subscription_id:
            blocks.append(Block(f"{session.subscription_name or session.subscription_id}", "Subscription"))
        elif view.sign_in.state != "signed-in":
            blocks.append(Block("not signed in yet", "Subscription", "dim"))
        if session.read_only_reason:
            blocks.append(Block(session.read_only_reason, "Look only", "warn"))
        if session.source_region:
            pair = f"{session.source_region_title or session.source_region}"
            if session.target_region:
                pair += f" → {session.target_region_title or session.target_region}"
            chosen = count(len(view.plan.vms), "VM")
            blocks.append(Block(f"{pair}, {chosen} chosen, {view.replication.protected:,} protected", "Plan"))
        if session.pen is not None and session.watchers > 1:
            pen = session.pen
            blocks.append(
                Block(f"{pen.user}@{pen.host} on {pen.terminal} may change things; ctrl+g takes over", "Pen", "warn")
            )
        return [*blocks, Block("")]

    def _step_row(self, number: int, name: str, told: str, step: StepView | None, cells: int) -> Line:
        if step is None:
            return line((f"{number} {fit(name, 15)}", "strong"), (told, "dim"))
        sign, word, tone = look(STEP_STATES, step.state)
        reason = clean(step.reason) or told
        return line((f"{number} {fit(name, 15)}", "strong"), (fit(f"{sign} {word}", 15), tone), (reason, "dim"))

    def _target(self, view: View) -> str:
        if view.sign_in.state != "signed-in" or not view.session.subscription_id:
            return "sign-in"
        for step in view.steps:
            if step.state in _NEEDS:
                return str(step.step)
        return "finish" if all(step.state == "done" for step in view.steps) else "architecture"

    def _next_words(self, view: View) -> str:
        target = self._target(view)
        if target == "sign-in":
            return "sign in"
        if target == "finish":
            return "see the summary"
        step = next(step for step in view.steps if str(step.step) == target) if view.steps else None
        return f"go on with step {step.step.number}, {step.title}" if step else "begin"

    def refusal(self, action: str) -> str:
        """Without a worker there is nothing to begin."""
        if action == "begin" and self.view is None:
            return self._waiting()
        if action == "again" and self.shell.contact != "gone":
            return "The worker is connected." if self.shell.contact == "connected" else "Connecting already."
        return ""

    async def do_begin(self) -> None:
        """To the first step that needs the engineer."""
        if self.view is not None:
            await self.shell.go(self._target(self.view))

    async def do_again(self) -> None:
        """Connect again."""
        await self.shell.connect_again()
