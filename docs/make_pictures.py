"""Makes the pictures of the README from the program itself: the wizard on the practice cloud, driven by keys.

Run by ``make pictures``; writes ``docs/pictures/*.svg``.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SIZE = (110, 34)


async def make() -> None:
    """Walk the contoso estate and keep a picture of each step at its most telling moment."""
    from asr_tui.launch.session import Request
    from asr_tui.model.step import Step
    from tests.journeys import wizard as hand

    async with hand.wizard(Request(cloud="practice", estate="contoso", speed=300), SIZE) as hands:

        async def keep(name: str) -> None:
            await hands.press("ctrl+l")
            (PICTURES / f"{name}.svg").write_text(hands.app.export_screenshot(title="asr-tui --practice"))
            print(PICTURES / f"{name}.svg")

        await hand.choose_regions(hands)
        await keep("architecture")
        await hand.look(hands)
        await hands.press("2")
        await keep("prerequisites")
        await hands.press("3")
        await keep("networking")
        await hand.make_vault(hands)
        await keep("vault")
        await hand.choose_vms(hands)
        await hand.carry_out(hands, Step.REPLICATION)
        await hands.until(
            lambda view: (
                any(row.milestone == "protected" for row in view.replication.items)
                and any(row.milestone == "seeding" for row in view.replication.items)
            ),
            "some VMs protected and some on their way",
        )
        await hands.press("5")
        await keep("replication")
        await hands.until(hand.all_protected, "protection")
        await hand.run_drill(hands)
        await keep("test_failover")
        await hand.clean_up(hands)


def main() -> None:
    """Work in a state directory that is thrown away."""
    PICTURES.mkdir(exist_ok=True)
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as state:
        os.environ |= {
            "ASR_TUI_STATE_DIR": state,
            "XDG_RUNTIME_DIR": state,
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        os.environ.pop("NO_COLOR", None)
        from asr_tui.launch import session as sessions

        try:
            asyncio.run(make())
        finally:
            for found in sessions.sessions():
                sessions.stop(found.paths)


if __name__ == "__main__":
    main()
