"""Every page and dialog, and the keys that lead there: for the gallery."""

from __future__ import annotations

from textual.pilot import Pilot

from asr_tui.app import AsrTuiApp
from tests.screens import views_fixture as views

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}
PAGES = {
    "welcome": "0",
    "sign-in": "7",
    "architecture": "1",
    "prerequisites": "2",
    "networking": "3",
    "vault": "4",
    "replication": "5",
    "test-failover": "6",
    "finish": "8",
}
DIALOGS = {
    "review": ("review", "5 w down"),
    "confirm": ("review", "5 w c"),
    "error": ("failed", "4 e"),
    "operations": ("running", "5 o"),
    "leave": ("running", "q"),
    "help": ("ready", "2 question_mark"),
    "palette": ("ready", "5 colon t a r"),
    "targets": ("ready", "5 t"),
    "policy": ("ready", "5 p"),
    "vm": ("ready", "5 enter"),
    "map": ("ready", "3 m"),
    "filter": ("ready", "5 slash s q l"),
    "new-vault": ("ready", "4 v"),
    "start-drill": ("ready", "6 s"),
    "verdict": ("waiting", "6 v"),
    "clean-up": ("waiting", "6 c"),
    "diagram": ("ready", "1 d"),
    "worklist": ("worklist", "2"),
    "kernels": ("worklist", "2 l"),
    "more-on-networks": ("worklist", "3"),
    "rules": ("worklist", "3 f"),
    "on-premises": ("worklist", "3 v"),
    "interfaces": ("worklist", "3 i enter"),
}
"""By name: the state, and the keys."""
SHOWN_IN = {"replication": "running", "test-failover": "running", "finish": "done", "vault": "failed"}
"""The state that shows a page best; ``ready`` for the others."""


def view_of(state: str) -> views.View:
    """A state's view."""
    if state == "waiting":
        return views.ready().model_copy(update={"drill": views.drill("waiting")})
    if state == "worklist":
        return views.worklist()
    if state == "review":
        return views.ready().model_copy(update={"review": views.review()})
    return views.STATES[state]()


async def walk(pilot: Pilot[int], keys: str) -> None:
    """Press ``keys`` once the first view is there."""
    app = pilot.app
    assert isinstance(app, AsrTuiApp)
    while app.view is None:
        await pilot.pause()
    await pilot.press(*keys.split())
    await pilot.pause()
