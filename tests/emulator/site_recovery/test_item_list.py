"""The list of replicated items keeps what it has rendered: it must tell the same as one that keeps nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from asr_tui.emulator.site_recovery import identifiers as ids
from tests.emulator.site_recovery.walk import Walk

ESTATE = """\
name: listed
region: westeurope
networks: {vnet: {space: 10.1.0.0/16, subnets: {snet: 10.1.1.0/24}}}
vms:
  plain: {os: ubuntu-22.04, disks: [64, 128]}
  lost: {os: ubuntu-22.04, disks: [64], guest: {connection_lost_after_minutes: 90}}
  kernel: {os: ubuntu-22.04, disks: [64], guest: {kernel_updated_later: true}}
  churning: {os: windows-2022, disks: [{size: 64, churn: 80}], guest: {app_consistency: fails}}
"""
STEPS = 220
LONGEST_STEP_SECONDS = 900


def listed(walk: Walk) -> bytes:
    """The vault's items, as the list tells them."""
    answer = walk.send("GET", f"{walk.vault}/replicationProtectedItems")
    assert answer.status == 200, answer.content
    return answer.content


def listed_anew(walk: Walk) -> bytes:
    """The same by a list that has kept nothing."""
    for item in walk.cloud.emulator.store.recorded(ids.ITEM):
        item.kept = None
    return listed(walk)


def incidents(walk: Walk) -> Iterator[Callable[[], Any]]:
    """What others do to things that an item's health is made from, one after the other."""
    cache, plain = walk.cache_id, walk.vm("plain")["id"]
    account = {"location": walk.source, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    version = "2023-05-01"
    yield lambda: walk.send("PUT", cache, account | {"properties": {"allowSharedKeyAccess": False}}, version)
    yield lambda: walk.send("PUT", cache, account | {"properties": {"allowSharedKeyAccess": True}}, version)
    yield lambda: walk.send("POST", f"{plain}/deallocate", version="2024-07-01")
    yield lambda: walk.send("POST", f"{plain}/start", version="2024-07-01")
    yield lambda: walk.accept("PATCH", walk.item("plain"), {"properties": {"recoveryAzureVMName": "renamed"}})
    yield lambda: walk.send("DELETE", cache, version=version)


def test_a_list_tells_the_same_whether_or_not_it_has_kept_its_entries(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk(ESTATE).set_up()
    for name in ("plain", "lost", "kernel", "churning"):
        walk.enable(name)
    source, coming = random.Random(3), incidents(walk)
    codes, states = set(), set()
    for step in range(STEPS):
        walk.advance(seconds=source.uniform(1, LONGEST_STEP_SECONDS))
        if step % 25 == 24 and (incident := next(coming, None)) is not None:
            incident()
        kept = listed(walk)
        assert kept == listed(walk)
        assert kept == listed_anew(walk), f"step {step}"
        for item in walk.get(f"{walk.vault}/replicationProtectedItems")["value"]:
            states.add(item["properties"]["protectionState"])
            codes |= {error["errorCode"] for error in item["properties"]["healthErrors"]}
    assert states >= {"InitialReplicationInProgress", "Protected"}
    wanted = {"NoHeartbeatFromSourceMachine", "DataTrackingModuleNotLoaded", "153035", "153007", "153006"}
    assert codes >= wanted | {"LogStorageAccountNotAccessible", "HvrStorageAccountNotFound"}


def test_an_entry_is_rendered_once_while_only_its_figures_move(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk(ESTATE).set_up()
    walk.protect("plain")
    walk.advance(hours=5)
    before = listed(walk)
    (item,) = walk.cloud.emulator.store.recorded(ids.ITEM)
    kept = item.kept
    walk.advance(hours=1)
    assert listed(walk) != before
    assert item.kept is kept
