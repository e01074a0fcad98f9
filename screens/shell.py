"""What every screen finds around it: the view, the way to send intents, and the way to other screens.

Keys are taken strictly one after the other: the next one is looked at only when everything that the last one did is done.
On a slow link, keys that were typed ahead thus land where the engineer meant them.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from textual import events
from textual._context import active_message_pump
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from screens.widgets.themes import THEMES

if TYPE_CHECKING:
    from asr_tui.session.intents import Answer, Intent
    from asr_tui.session.link import Link
    from asr_tui.session.views import View

Contact = Literal["connecting", "connected", "gone"]
LONGEST_WAIT = 20.0
"""Seconds of one long poll."""
LONGEST_SETTLING = 1.0
"""Seconds to wait for a widget after a key, at most."""
HURRY_SECONDS = 0.1
"""For how long after a key all that changes is drawn at once. Widgets tell the screen of a change one after the other, and
news may come in between, so the first picture need not be that of the key."""
BETWEEN_FRAMES = 0.25
"""Seconds between two looks at a busy worker: at most four pictures a second."""


def forget_drawing(screen: Screen[Any]) -> None:
    """Let go of the drawn lines of a screen that was left: half a MiB each, and made again in a few milliseconds."""
    for widget in screen.walk_children(Widget, with_self=True):
        widget._styles_cache.clear()


class Shell(App[int]):
    """The application, as screens know it."""

    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-short"), (34, "-tall")]

    def __init__(self, *, ansi: bool, css: list[Path], driver_class: type | None = None) -> None:
        # With NO_COLOR the filter must be told at once that only the terminal's own colours go out; chosen later, the
        # stock filter ends black on black.
        super().__init__(
            ansi_color=True if ansi else None, driver_class=driver_class, css_path=[str(one) for one in css]
        )
        for theme in THEMES:
            self.register_theme(theme)
        self.view: View | None = None
        self.contact: Contact = "connecting"
        self.trouble = ""
        self.note: tuple[str, str] = ("", "plain")
        self.link: Link | None = None
        self._intents: asyncio.Queue[tuple[Intent, Callable[[Answer], None] | None]] = asyncio.Queue()
        self._in_a_hurry_until = 0.0
        self._view_at = 0.0
        self._ticker: Timer | None = None

    # -- what screens call

    @abstractmethod
    def make_screen(self, ident: str) -> Screen[None]:
        """A new screen by its id."""

    @abstractmethod
    async def connect_again(self) -> None:
        """Find or start the worker once more."""

    @abstractmethod
    def leave(self) -> None:
        """End this face; the worker goes on."""

    @abstractmethod
    def copy_text(self, text: str) -> str:
        """Put ``text`` on the engineer's clipboard; a sentence that says what became of it."""

    @property
    @abstractmethod
    def ascii_only(self) -> bool:
        """Whether nothing but ASCII may go to the terminal."""

    @abstractmethod
    def line_note(self) -> str:
        """How much has gone over the line, "" while that is not shown."""

    @abstractmethod
    def redraw(self) -> None:
        """Draw the whole screen again."""

    @abstractmethod
    def toggle_bytes(self) -> None:
        """Show or hide how much goes over the line."""

    @abstractmethod
    def next_theme(self) -> None:
        """Change the colours."""

    async def action_act(self, action: str) -> None:
        """What works everywhere: redraw and suspend."""
        if action == "redraw":
            self.redraw()
        elif action == "suspend":
            self.action_suspend_process()

    def submit(self, intent: Intent, done: Callable[[Answer], None] | None = None) -> None:
        """Send ``intent`` after those sent before; ``done`` gets the answer."""
        self._intents.put_nowait((intent, done))

    def say(self, text: str, tone: str = "plain") -> None:
        """Put a sentence on the status line, where it stays until the next one."""
        self.note = (text, tone)

    def now(self) -> datetime | None:
        """Azure's time of day, carried forward from the view's at the speed of that clock."""
        if self.view is None or self.view.session.azure_now is None:
            return None
        passed = (time.monotonic() - self._view_at) * self.view.session.azure_speed
        return self.view.session.azure_now + timedelta(seconds=passed)

    async def go(self, ident: str) -> None:
        """Show the screen ``ident``, as it was left."""
        if not self.is_screen_installed(ident):
            self.install_screen(self.make_screen(ident), ident)
        screen, before = self.get_screen(ident), self.screen
        self.note = ("", "plain")
        with self.batch_update():  # one picture of the new screen, not an empty one first
            await self.switch_screen(ident)
            await self._settled(screen)
        if before is not screen:
            forget_drawing(before)

    async def dialog(
        self, screen: Screen[Any], done: Callable[[Any], None] | Callable[[Any], Awaitable[None]] | None = None
    ) -> None:
        """Put a dialog in front; ``done`` gets what it ends with."""
        with self.batch_update():
            await self.push_screen(screen, done)
            await self._settled(screen)

    async def _settled(self, screen: Screen[Any]) -> None:
        """A key typed ahead must find the focus where the engineer expects it."""
        arrive = getattr(screen, "arrive", None)
        if arrive is not None:
            arrive()
        if screen.focused is None:
            screen._update_auto_focus()

    # -- the conversation with the worker

    async def converse(self, connect: Callable[[], Awaitable[Link]]) -> None:
        """Connect, then keep the view up to date until the worker is gone."""
        self.contact, self.trouble = "connecting", ""
        self.changed(frozenset())
        # In a thread, so that keys are dealt with meanwhile; after it, going to a step loads nothing any more.
        await asyncio.to_thread(importlib.import_module, "screens.registry")
        from asr_tui.model.problem import ProblemError
        from asr_tui.session.link import WorkerGone

        sender: asyncio.Task[None] | None = None
        try:
            link = self.link = await connect()
            self.contact = "connected"
            if link.version:
                self._arrived(link, frozenset())
            sender = asyncio.create_task(self._send_all(link))
            while True:
                poll = asyncio.create_task(link.refresh(LONGEST_WAIT))
                await asyncio.wait({poll, sender}, return_when=asyncio.FIRST_COMPLETED)
                if sender.done():
                    poll.cancel()
                    sender.result()
                sections = poll.result()
                if sections:
                    self._arrived(link, sections)
                    await asyncio.sleep(BETWEEN_FRAMES)
        except WorkerGone as gone:
            self._lost(str(gone) or "The worker has ended.")
        except ProblemError as refused:
            self._lost(refused.problem.sentence())
        finally:
            if sender is not None:
                sender.cancel()

    async def _send_all(self, link: Link) -> None:
        while True:
            intent, done = await self._intents.get()
            answer = await link.send(intent)
            if done is not None:
                done(answer)
            self.changed(frozenset())

    def _arrived(self, link: Link, sections: frozenset[str]) -> None:
        self.view = link.view
        self._view_at = time.monotonic()
        running = any(row.state == "running" for row in link.view.operations) or bool(link.view.sign_in.device_code)
        if running and self._ticker is None:
            self._ticker = self.set_interval(1.0, self.tick, name="elapsed")
        elif not running and self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
        self.changed(sections)

    def _lost(self, sentence: str) -> None:
        self.contact, self.trouble, self.link = "gone", sentence, None
        while not self._intents.empty():
            self._intents.get_nowait()
        self.changed(frozenset())

    def changed(self, sections: frozenset[str]) -> None:
        """Let every screen that can be seen show what is new (no sections: all of it)."""
        for screen in self.screen_stack:
            follow = getattr(screen, "follow", None)
            if follow is not None and screen.is_mounted:
                follow(sections)

    def tick(self) -> None:
        """A second has passed: running operations are a second older."""
        for screen in self.screen_stack:
            tick = getattr(screen, "tick", None)
            if tick is not None:
                tick()

    # -- keys

    async def on_event(self, event: events.Event) -> None:
        """Keys are dispatched here to the end; everything else takes Textual's way."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.app_focus = True
            await self._take(event)
        else:
            await super().on_event(event)

    async def _take(self, event: events.Key) -> None:
        """Offer a key to the focused widget and those around it, then to the bindings; wait until all is done.

        Textual would queue the key for the widget that has the focus *now*; a key typed ahead of a change of focus
        would then go to the wrong field.
        """
        event._set_forwarded()
        event.bubble = False  # type: ignore[misc]  # the way up is walked here, not queued
        way_up = [node for node in (self.focused or self.screen).ancestors_with_self if node is not self]
        for node in way_up:
            token = active_message_pump.set(node)
            try:
                await node._on_message(event)
            finally:
                active_message_pump.reset(token)
            if event._stop_propagation:
                break
        else:
            await self._on_key(event)
        for node in way_up:
            await self._emptied(node)
        if self.screen not in way_up:
            await self._emptied(self.screen)
        if not self._key_waits():
            self._in_a_hurry_until = time.monotonic() + HURRY_SECONDS

    @property
    def is_in_a_hurry(self) -> bool:
        """A key was just dealt with: what changes now is drawn at once."""
        return time.monotonic() < self._in_a_hurry_until

    def _key_waits(self) -> bool:
        """Whether another key was typed ahead: the picture that it leads to is enough."""
        waiting: Iterable[object] = self._message_queue.values
        return any(isinstance(one, events.Key) for one in waiting)

    @staticmethod
    async def _emptied(node: MessagePump) -> None:
        """Wait until ``node`` has dealt with what the key made it tell itself (a button pressed, a row opened)."""
        done = asyncio.Event()
        if node.call_later(done.set):
            with contextlib.suppress(TimeoutError):  # a node that was just removed never gets to it
                await asyncio.wait_for(done.wait(), LONGEST_SETTLING)
