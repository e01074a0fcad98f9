"""Signing in anew while a run writes. What a sign-in that ends mid-run does is in the matrix (``test_matrix.py``)."""

from __future__ import annotations

from asr_tui.model.step import Step
from asr_tui.session import intents
from tests.practice import PracticeCloud, until
from tests.sign_in.conftest import StartWorker
from tests.sign_in.people import ROBOT, being
from tests.sign_in.runs import begun, first_write, prove_clean
from tests.walking import at_rest, run, send


async def test_another_sign_in_mid_run(own_people: PracticeCloud, start_worker: StartWorker) -> None:
    """Signing in anew while a run writes: what was asked for with the old sign-in is asked for again with the new one."""
    client = await start_worker(own_people, being(own_people, ROBOT, "one"), way="environment").connect()
    await until(client, lambda view: bool(view.session.subscription_id))
    await begun(client)
    await first_write(own_people, client)
    await send(client, intents.SignIn(way="environment"))
    await prove_clean(own_people, client)
    await at_rest(client)
    view = await run(client, Step.VAULT)
    assert view.run.state == "finished"
    await client.close()
