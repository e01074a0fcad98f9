"""An account that sees more subscriptions than one page holds: the last used first, found by their names."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from asr_tui.session import intents
from asr_tui.session.views import View
from tests.practice import PracticeCloud, until
from tests.sign_in.conftest import StartWorker
from tests.sign_in.faces import Screens, face
from tests.sign_in.people import ROBOT, being, estate

MANY = 1100
DISABLED, WARNED = "sub-0007", "sub-0008"


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[PracticeCloud]:
    import yaml

    file = estate(tmp_path)
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    states = {DISABLED: "Disabled", WARNED: "Warned"}
    first = (document.get("subscriptions") or [{}])[0]
    document["subscriptions"] = [first | {"name": "the first"}] + [
        {
            "id": f"cccccccc-0000-4000-8000-{number:012d}",
            "name": f"sub-{number:04d}",
            "state": states.get(f"sub-{number:04d}", "Enabled"),
        }
        for number in range(1, MANY)
    ]
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    cloud = PracticeCloud(estate=str(file), speed=60, auto_approve=False)
    yield cloud
    cloud.close()


def listed(view: View) -> bool:
    return view.sign_in.state == "signed-in" and len(view.sign_in.subscriptions) == MANY


async def test_thousands_of_subscriptions(crowd: PracticeCloud, start_worker: StartWorker) -> None:
    environ = being(crowd, ROBOT, "one")
    worker = start_worker(crowd, environ)
    async with face("screens", worker) as at:
        assert isinstance(at, Screens)
        await at.sign_in("environment")
        view = await at.shown(listed, "1,100")
        rows = view.sign_in.subscriptions
        assert [row.name for row in rows[:3]] == ["sub-0001", "sub-0002", "sub-0003"] and rows[-1].name == DISABLED
        assert view.session.subscription_id == ""
        await at.shown(listed, "▲ Warned")
        await at.hands.press("slash", *"1034", "enter")
        await at.hands.until_shown("sub-1034")
        assert "sub-0001" not in at.hands.text()
        await at.hands.press("enter")
        view = await at.hands.until(lambda view: view.session.subscription_name == "sub-1034", "the subscription")
    await asyncio.to_thread(worker.close)

    client = await start_worker(crowd, environ, session="other").connect()
    await until(client, lambda view: bool(view.sign_in.ways))
    await client.send(intents.SignIn(way="environment"))
    view = await until(client, listed)
    assert [row.name for row in view.sign_in.subscriptions[:2]] == ["sub-1034", "sub-0001"]
    answer = await client.send(intents.ChooseSubscription(subscription_id=DISABLED))
    assert [problem.where for problem in answer.problems] == ["subscription"]
    pages = [entry for entry in await asyncio.to_thread(crowd.log) if entry["path"] == "/subscriptions"]
    assert len(pages) > 2
    await client.close()
