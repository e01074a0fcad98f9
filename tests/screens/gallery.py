"""Every page and dialog in every state, size and look: drawn by applications that walk past all of them.

One application shows all pages, is resized between the sizes and changes its colours in place, as an engineer's does; only
``NO_COLOR``, which is looked at when the program starts, has an application of its own.
"""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from textual.pilot import Pilot

from asr_tui.app import AsrTuiApp
from screens.prompt import PromptScreen
from screens.shell import forget_drawing
from tests.screens.harness import make_app, type_fast, until
from tests.screens.memory_session import MemorySession
from tests.screens.pages import DIALOGS, PAGES, SIZES, view_of

THEMES = ("calm", "light", "contrast", "terminal")
LOOKS = (*THEMES, "ascii", "no-colour")
DIALOG_SIZES = ("80x24", "120x40")

Row = tuple[tuple[str, str], ...]
"""Runs of one style and their text."""


@dataclass(frozen=True)
class Shot:
    """What one screen showed: ``name`` is ``page-size-look``."""

    name: str
    look: str
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """Without its styles, one line a row."""
        return "\n".join("".join(text for _style, text in row).rstrip() for row in self.rows)

    def svg(self) -> str:
        """As a picture."""
        return svg(self.rows, self.name)


def svg(rows: Iterable[Row], title: str) -> str:
    """Rows as a picture, as Textual draws its own."""
    lines = list(rows)
    console = Console(
        width=max(sum(len(text) for _style, text in row) for row in lines),
        height=len(lines),
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
    )
    for row in lines:
        console.print(Segments([*(Segment(text, Style.parse(style)) for style, text in row), Segment.line()]), end="")
    return console.export_svg(title=title)


async def pages(state: str) -> AsyncIterator[Shot]:
    """All pages in one state: all sizes, all looks."""
    for no_colour in (False, True):
        async with _running(state, no_colour) as pilot:
            for size, cells in SIZES.items():
                await pilot.resize_terminal(*cells)
                for page, keys in PAGES.items():
                    await type_fast(pilot, *keys.split())
                    await until(pilot, lambda page=page: pilot.app.screen.id == page, page)  # type: ignore[misc]
                    async for shot in _in_all_looks(pilot, f"{page}-{size}", no_colour):
                        yield shot


async def dialog(name: str) -> AsyncIterator[Shot]:
    """One dialog, resized while it is open, in all looks."""
    state, keys = DIALOGS[name]
    for no_colour in (False, True):
        async with _running(state, no_colour) as pilot:
            await type_fast(pilot, *keys.split())
            for size in DIALOG_SIZES[: 1 if no_colour else None]:
                await pilot.resize_terminal(*SIZES[size])
                async for shot in _in_all_looks(pilot, f"{name}-{size}", no_colour):
                    yield shot


@asynccontextmanager
async def _running(state: str, no_colour: bool) -> AsyncIterator[Pilot[int]]:
    """The application over a state's view, once that is shown."""
    with _without_colour(no_colour):
        app = make_app(MemorySession(view_of(state)), theme="" if no_colour else "calm")
    app.now = lambda: None if app.view is None else app.view.session.azure_now  # type: ignore[method-assign]  # stands still
    draw = PromptScreen._compositor_refresh
    PromptScreen._compositor_refresh = _draw_nothing  # type: ignore[assignment, method-assign]
    try:
        async with app.run_test(size=SIZES["80x24"]) as pilot:
            await until(pilot, lambda: app.view is not None, "the view")
            yield pilot
    finally:
        PromptScreen._compositor_refresh = draw  # type: ignore[method-assign]


def _draw_nothing(screen: PromptScreen[object]) -> None:
    """Nobody looks at a headless terminal, and drawing for it would take half of the time: pictures are taken by hand."""
    screen._dirty_widgets.clear()
    screen._compositor._dirty_regions.clear()


@contextmanager
def _without_colour(wanted: bool) -> Iterator[None]:
    os.environ.pop("NO_COLOR", None)
    if wanted:
        os.environ["NO_COLOR"] = "1"
    try:
        yield
    finally:
        os.environ.pop("NO_COLOR", None)


async def _in_all_looks(pilot: Pilot[int], name: str, no_colour: bool) -> AsyncIterator[Shot]:
    app = pilot.app
    assert isinstance(app, AsrTuiApp)
    await _at_rest(pilot)
    if no_colour:
        yield _taken(pilot, f"{name}-no-colour", "no-colour")
        return
    yield _taken(pilot, f"{name}-calm", "calm")
    _in_ascii(app, True)
    yield _taken(pilot, f"{name}-ascii", "ascii")
    _in_ascii(app, False)
    for theme in (*THEMES[1:], THEMES[0]):
        app.theme = theme
        await _dealt_with(app)
        if theme != THEMES[0]:
            yield _taken(pilot, f"{name}-{theme}", theme)


async def _at_rest(pilot: Pilot[int]) -> None:
    """Wait until nothing changes any more: a busy machine lays out in several goes."""
    calm = 0
    while calm < 2:
        await pilot.pause()
        screen = pilot.app.screen
        waiting = screen._layout_required or screen._dirty_widgets or screen._repaint_required or screen._callbacks
        calm = 0 if waiting or screen.size != pilot.app.size else calm + 1


async def _dealt_with(app: AsrTuiApp) -> None:
    """Wait until the application has done what it told itself to do."""
    for _round in range(2):
        done = asyncio.Event()
        app.call_later(done.set)
        await done.wait()


def _in_ascii(app: AsrTuiApp, enabled: bool) -> None:
    app._ascii.enabled = enabled
    for screen in app.screen_stack:
        forget_drawing(screen)


def _taken(pilot: Pilot[int], name: str, look: str) -> Shot:
    strips = pilot.app.screen._compositor.render_strips(pilot.app.size)
    rows = tuple(tuple((str(part.style or ""), part.text) for part in strip.simplify()) for strip in strips)
    return Shot(name, look, rows)
