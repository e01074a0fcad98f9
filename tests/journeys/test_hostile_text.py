"""Azure's answers may hold anything: in both faces it is shown as text, and acts on nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from asr_tui.launch import session as sessions
from asr_tui.launch.session import Request
from tests.journeys.installed import Cloud, Installed
from tests.journeys.wizard import choose_regions, no_narration, settled, wizard

pytestmark = pytest.mark.timeout(600)

HOSTILE = "[red]denied[/red] \x1b[2J\x1b]0;owned\x07 \u202etxen\u202c \x9b31m " + "long " * 200
UNREADABLE = {"path": "**/usages"}
REFUSAL = {"status": 400, "code": "SomethingOdd", "message": HOSTILE}
ACTIVE = {chr(code) for code in (*range(32), 0x7F, *range(0x80, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F))}


def test_in_lines_and_in_json(installed: Installed) -> None:
    assert installed.walk("starter", "--until", "architecture").code == 0
    installed.cloud("starter").fault(UNREADABLE, REFUSAL)
    walked = installed.walk("starter", "--until", "networking")
    table = installed.run("check", "--practice", "--estate", "starter")
    assert table.code == 3
    for text in (walked.out, walked.err, table.out, table.err):
        assert not set(text) & (ACTIVE - {"\n"})
    told = [event for event in walked.of("finding") if "[red]denied[/red]" in event["message"]]
    assert told, [event["message"] for event in walked.of("finding")]
    assert not set("".join(event["message"] for event in told)) & ACTIVE


async def test_on_the_screens(own_state: Path) -> None:
    request = Request(cloud="practice", estate="starter", speed=600)
    await asyncio.to_thread(sessions.ensure, request, no_narration)
    Cloud(sessions.paths_of(request).directory).fault(UNREADABLE, REFUSAL)
    async with wizard(request, (80, 24)) as hands:
        await choose_regions(hands)
        await hands.press("n")
        await hands.at("prerequisites")
        await hands.press("R")
        view = await hands.until(
            lambda view: view.prerequisites.state == "done" and view.prerequisites.unknowns > 0 and settled(view),
            "what could not be read",
        )
        assert any("[red]denied[/red]" in row.evidence for row in view.prerequisites.findings)
        pages = []
        for _ in view.prerequisites.findings:
            pages.append(hands.text())
            await hands.press("down")
    shown = "\n".join(pages)
    assert "[red]denied[/red]" in shown
    assert not set(shown) & (ACTIVE - {"\n"})
    assert all(len(line) <= 80 for line in shown.splitlines())
