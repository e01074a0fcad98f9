"""A private cloud from its file, end to end: endpoints, roots of trust, portal links and DNS suffixes follow it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import yaml

from asr_tui.azure.clients import Clients
from asr_tui.azure.cloud import from_file, named
from asr_tui.model.step import Step
from asr_tui.session import intents
from asr_tui.workers.probing import hosts
from asr_tui.workers.state import Picture
from tests.practice import PracticeCloud, until
from tests.sign_in.conftest import StartWorker
from tests.sign_in.faces import Screens, face
from tests.sign_in.people import ROBOT, being
from tests.walking import architecture, prerequisites, run, send


def described(cloud: PracticeCloud, folder: Path) -> Path:
    fields = {
        "name": "stack",
        "title": "Our stack",
        "arm_endpoint": cloud.environ["ASR_TUI_ARM_ENDPOINT"],
        "authority_host": cloud.environ["AZURE_AUTHORITY_HOST"],
        "audience": "https://management.azure.com/",
        "portal": "https://portal.stack.example/",
        "ca_bundle": cloud.environ["REQUESTS_CA_BUNDLE"],
        "suffixes": {"blob": "blob.stack.example"},
    }
    path = folder / "stack.yaml"
    path.write_text(yaml.safe_dump(fields), encoding="utf-8")
    return path


async def test_a_private_cloud(own_people: PracticeCloud, start_worker: StartWorker, tmp_path: Path) -> None:
    environ = {
        name: value
        for name, value in being(own_people, ROBOT, "one").items()
        if not name.startswith("ASR_TUI_") and name not in {"REQUESTS_CA_BUNDLE", "AZURE_AUTHORITY_HOST"}
    }
    worker = start_worker(own_people, environ, cloud=str(described(own_people, tmp_path)), way="environment")
    client = await worker.connect()
    view = await until(client, lambda view: bool(view.session.subscription_id))
    assert (view.session.cloud, view.session.practice) == ("Our stack", False)
    await architecture(client)
    await prerequisites(client)
    await send(client, intents.ChooseVault())
    view = await run(client, Step.VAULT)
    assert view.run.state == "finished"
    await client.close()
    async with face("screens", worker) as at:
        assert isinstance(at, Screens)
        await at.hands.until(lambda view: bool(view.vms), "the VMs")
        await at.hands.press("5")
        await at.hands.at("replication")
        await at.hands.press("enter", "end")
        await at.hands.until_shown("portal.stack.example/#resource/subscriptions/")


def test_what_guests_are_to_reach_follows_the_cloud(own_people: PracticeCloud, tmp_path: Path) -> None:
    clients = cast(Clients, SimpleNamespace(cloud=from_file(described(own_people, tmp_path), {})))
    caches = (SimpleNamespace(name="new", exists=False), SimpleNamespace(name="cache1", exists=True))
    picture = cast(Picture, SimpleNamespace(resolved=SimpleNamespace(caches=caches)))
    assert hosts(picture, clients) == ("127.0.0.1", "cache1.blob.stack.example")
    for name, suffix in (("usgov", "blob.core.usgovcloudapi.net"), ("china", "blob.core.chinacloudapi.cn")):
        there = cast(Clients, SimpleNamespace(cloud=named(name, {})))
        assert hosts(picture, there)[1] == f"cache1.{suffix}"
