"""How the wizard opens: which face, and the way from its first picture to the worker.

The first picture is to come at once, so whatever only the conversation needs is loaded behind it.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from asr_tui.console import Options as Looks
from asr_tui.console import load_asyncio_without_tls
from asr_tui.options import Options, request_of

if TYPE_CHECKING:
    from asr_tui.launch.door import Door
    from asr_tui.session.client import SessionClient

USAGE = 2
NO_TERMINAL = "There is no terminal here; `asr-tui walkthrough --practice --yes` walks unattended in plain lines."


def wizard(options: Options, looks: Looks, plain: bool) -> int:
    """The screens; or their line-by-line form, where that was asked for or the terminal can do no more."""
    accessible = plain or os.environ.get("ACCESSIBLE", "") not in {"", "0"}
    terminals = (sys.stdin.isatty(), sys.stdout.isatty())
    if not accessible and not any(terminals):
        print(NO_TERMINAL, file=sys.stderr)
        return USAGE
    if accessible or not all(terminals) or os.environ.get("TERM", "dumb") == "dumb":
        from asr_tui import commands

        return commands.line_by_line(options)
    if options.session or options.estate:
        from asr_tui import commands

        commands.check_names(options)  # a name that cannot be used is said here, not on a screen

    if looks.no_animation:
        os.environ["TEXTUAL_ANIMATIONS"] = "none"  # read when Textual is imported
    gc.disable()  # nothing of what is loaded now is ever garbage; the application enables it with its first picture
    load_asyncio_without_tls()
    from asr_tui import app

    return app.run(_Opening(options), looks)


class _Opening:
    """Connects the screens: called once the first picture is shown, and again after a worker was lost."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._door: Door | None = None

    async def __call__(self) -> SessionClient:
        import asyncio  # the application has loaded it by now

        if self._door is None:  # in a thread, so that keys are dealt with meanwhile
            self._door = await asyncio.to_thread(self._load)
        return await self._door()

    def _load(self) -> Door:
        from asr_tui.launch import starting
        from asr_tui.launch.door import Door

        return Door(request_of(self._options), starting.ensure)
