"""Runs during which something happens to the sign-in, and what must hold of them at their end."""

from __future__ import annotations

import asyncio
from collections import Counter

from asr_tui.model.step import Step
from asr_tui.session import intents
from asr_tui.session.client import SessionClient
from asr_tui.session.views import View
from asr_tui.workers.signing_in import LAPSED
from tests.practice import PracticeCloud, until
from tests.walking import architecture, prerequisites, review, send


async def begun(client: SessionClient) -> None:
    """Steps 1 to 4 up to a confirmed review."""
    await architecture(client)
    await prerequisites(client)
    await send(client, intents.ChooseVault())
    view = await review(client, Step.VAULT)
    assert not view.review.blockers
    await send(client, intents.ConfirmReview(digest=view.review.digest))


async def first_write(cloud: PracticeCloud, client: SessionClient) -> None:
    """Wait until a write has reached Azure."""
    while not await asyncio.to_thread(arm_writes, cloud):
        await client.refresh(0.05)


def arm_writes(cloud: PracticeCloud) -> list[tuple[str, str]]:
    """What was written, method and path, oldest first; requests that were refused for their token do not count."""
    return [
        (entry["method"], entry["path"])
        for entry in cloud.writes()
        if entry["path"].startswith("/subscriptions") and entry["status"] != 401
    ]


def finished(view: View) -> bool:
    return view.run.state == "finished"


async def prove_clean(cloud: PracticeCloud, client: SessionClient) -> None:
    """The run ended well, nothing was written twice, and nothing is left of the question."""
    view = await until(client, finished)
    assert {row.state for row in view.review.changes} <= {"done", "reused", "adopted", "planned"}
    assert view.sign_in.state == "signed-in" and not [one for one in view.problems if one.code == LAPSED]
    assert set(Counter(await asyncio.to_thread(arm_writes, cloud)).values()) == {1}
