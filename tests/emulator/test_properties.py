"""Properties of the whole emulator: whatever is asked in whatever order, it answers, keeps and ends things.

Hypothesis draws the seeds; from a seed comes a sequence of requests, most of them sensible. Requests are made from
the registry: every operation, with names and bodies that fit it more often than not.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from asr_tui.emulator import catalogue, schema
from asr_tui.emulator.registry import REGISTRY, Operation
from asr_tui.emulator.store import Store
from tests.emulator.conftest import Cloud, build_cloud
from tests.emulator.site_recovery.walk import Walk

catalogue.load()

FRESH = ["rg-a", "vault-a", "a", "Microsoft.Storage", "5e1f0a5c-6d0b-4c62-9c1e-0b7f2d3a4b5c", "odd name", "x" * 300]
WORDS = [
    "westeurope",
    "Standard",
    "Standard_LRS",
    "A2A",
    "Azure",
    "Enabled",
    "10.9.0.0/16",
    "10.9.1.0/24",
    "x",
    "",
    "é",
]
KNOWN_VALUES = {
    "location": ["westeurope", "northeurope", "West Europe", "atlantis"],
    "instancetype": ["A2A", "Azure", "AzureToAzure"],
    "addressprefix": ["10.9.1.0/24", "10.9.2.0/24", "nonsense"],
    "vmsize": ["Standard_D2s_v5", "Standard_None"],
    "failoverdirection": ["PrimaryToRecovery"],
    "networktype": ["VmNetworkAsInput", "NoNetworkAttachAsInput"],
}


class Client:
    """Sends random requests to a cloud and remembers the operations they started."""

    def __init__(self, cloud: Cloud, seed: int) -> None:
        self.cloud = cloud
        self.rng = random.Random(seed)
        self.polls: list[str] = []
        self.operations = list(REGISTRY)
        self.writes = [op for op in self.operations if op.method != "GET"]

    def ask(self) -> None:
        op = self.rng.choice(self.writes if self.rng.random() < 0.6 else self.operations)
        path = self.path(op)
        body = self.body(op)
        version = self.rng.choice(op.versions.listed()) if op.versions else ""
        answer = self.cloud.send(op.method, path, body, version=version)
        request = (op.method, path, body)
        assert answer.status < 500 or answer.status == 501, (request, answer.content[:500])
        if answer.status >= 400:
            # One answer of the vault service has the old shape, with ErrorCode at the top.
            assert answer.body.get("ErrorCode") or answer.body["error"]["code"], (request, answer.content)
        names = ("azure-asyncoperation", "location")
        self.polls += [answer.headers[name] for name in names if name in answer.headers]
        self.cloud.clock.advance(self.rng.choice([0, 1, 60, 600, 7200]))

    def path(self, op: Operation) -> str:
        names = self.names()
        parts: list[str] = []
        for segment in op.template.strip("/").split("/"):
            if not segment.startswith("{"):
                parts.append(segment)
            elif segment == "{*scope}":
                parts.append(self.some_id(names).strip("/"))
            elif segment == "{sub}":
                parts.append(self.cloud.practice.subscription)
            else:
                known = names.get(parts[-1].lower(), [])
                name = self.rng.choice(known if known and self.rng.random() < 0.85 else FRESH)
                parts.append(quote(name, safe=""))
        return "/" + "/".join(parts)

    def names(self) -> dict[str, list[str]]:
        """Names of what exists, by the path segment that stands before them; ids under ``id``."""
        names: dict[str, list[str]] = {"id": [self.cloud.subscription]}
        for resource in self.cloud.emulator.store.below("/subscriptions", self.cloud.clock.now()):
            parts = resource.id.strip("/").split("/")
            names.setdefault(parts[-2].lower(), []).append(parts[-1])
            names["id"].append(resource.id)
        return names

    def some_id(self, names: dict[str, list[str]]) -> str:
        return self.rng.choice(names["id"]) if self.rng.random() < 0.9 else "/nowhere/at/all"

    def body(self, op: Operation) -> Any:
        if op.body is None or (op.body_optional and self.rng.random() < 0.3):
            return None
        return self.junk() if self.rng.random() < 0.05 else self.value(op.body, "")

    def value(self, shape: schema.Schema | None, name: str) -> Any:
        if self.rng.random() < 0.02:
            return self.junk()
        if isinstance(shape, schema.Str):
            return self.text(shape, name)
        if isinstance(shape, schema.Int):
            most = shape.max if shape.max is not None else 2000
            return self.rng.randint(shape.min or 0, most)
        if isinstance(shape, schema.Num):
            return self.rng.random() * 100
        if isinstance(shape, schema.Bool):
            return self.rng.random() < 0.5
        if isinstance(shape, schema.ListOf):
            return [self.value(shape.item, name) for _ in range(self.rng.choice([0, 1, 1, 2]))]
        if isinstance(shape, schema.MapOf):
            return {f"k{n}": self.value(shape.item, name) for n in range(self.rng.randint(0, 2))}
        if isinstance(shape, schema.Obj):
            return self.members(shape)
        if isinstance(shape, schema.Poly):
            kind, inner = self.rng.choice(list(shape.shapes.items()))
            made = self.value(inner, name)
            return {**made, shape.discriminator: kind} if isinstance(made, dict) else made
        return self.junk()

    def members(self, shape: schema.Obj) -> dict[str, Any]:
        chosen = [n for n in shape.members if n in shape.required or self.rng.random() < 0.5]
        if chosen and self.rng.random() < 0.03:
            chosen.pop(self.rng.randrange(len(chosen)))
        return {name: self.value(shape.members[name], name) for name in chosen}

    def text(self, shape: schema.Str, name: str) -> str:
        if shape.enum:
            return self.rng.choice(list(shape.enum))
        known = KNOWN_VALUES.get(name.lower())
        if known and self.rng.random() < 0.9:
            return self.rng.choice(known)
        if name.lower().endswith("id") and self.rng.random() < 0.9:
            return self.some_id(self.names())
        return self.rng.choice(WORDS)

    def junk(self) -> Any:
        return self.rng.choice([None, 0, -1, 1e300, True, "", "x", [], {}, [[]], {"a": {}}, "\ud800", "\x1b[2J"])


def start(protected: bool, state: Path | None = None) -> Cloud:
    """The starter estate, as it is or with a vault that replicates one VM and rehearses the failover of another."""
    cloud = build_cloud("starter", state=state)
    if protected:
        walk = Walk(cloud).set_up()
        for vm in walk.vms()[:2]:
            walk.protect(vm["name"])
        walk.test_failover(walk.vms()[0]["name"])
    return cloud


# The same seeds each time: a failure is about the change at hand. Raise the number to look for more.
LIMITS = settings(max_examples=25, deadline=None, derandomize=True)
SEEDS = st.integers(0, 2**32)


DOOM = {"fail_job": {"code": "499", "message": "broken on purpose"}}


@LIMITS
@given(seed=SEEDS, requests=st.integers(1, 60), protected=st.booleans(), doomed=st.sampled_from([0, 0.3]))
def test_no_request_ever_gives_a_server_error_and_every_operation_ends(
    seed: int, requests: int, protected: bool, doomed: float
) -> None:
    cloud = start(protected)
    if doomed:
        rules = [{"when": {"method": method, "rate": doomed}, "then": DOOM} for method in ("PUT", "POST", "DELETE")]
        assert cloud.post("/emulator/faults", {"faults": rules}).status == 200
    client = Client(cloud, seed)
    for _ in range(requests):
        client.ask()
    cloud.clock.advance(30 * 24 * 3600)
    for url in client.polls:
        assert_ended(cloud, url)
        cloud.clock.advance(1)


def assert_ended(cloud: Cloud, url: str) -> None:
    """The operation behind a poll URL is in a terminal state; 404 when what it was about is gone."""
    parts = urlsplit(url)
    answer = cloud.get(f"{parts.path}?{parts.query}")
    assert answer.status not in (202, 401, 500), url[:300]
    if (
        answer.status == 200
        and "monitor=" not in parts.query
        and re.search("/(operations|operationStatus|replicationOperationStatus)/", parts.path)
    ):
        assert answer.body["status"] in ("Succeeded", "Failed", "Canceled"), answer.body


@settings(parent=LIMITS, max_examples=10)
@given(seed=SEEDS, requests=st.integers(1, 40), protected=st.booleans())
def test_what_was_answered_is_there_after_a_restart(seed: int, requests: int, protected: bool) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        cloud = start(protected, path)
        client = Client(cloud, seed)
        for _ in range(requests):
            client.ask()
        before = {key: (r.raw, r.born, r.dies) for key, r in cloud.emulator.store._by_key.items()}
        log = cloud.emulator.store.logged()
        cloud.emulator.store.close()
        store = Store(path)
        assert {key: (r.raw, r.born, r.dies) for key, r in store._by_key.items()} == before
        assert store.logged() == log
        store.close()


@settings(max_examples=200, deadline=None)
@given(
    method=st.sampled_from(["GET", "PUT", "PATCH", "POST", "DELETE", "HEAD", "OPTIONS", "TRACE"]),
    path=st.one_of(
        st.text(max_size=60).map(lambda text: "/" + text),
        st.lists(
            st.sampled_from(
                ["subscriptions", "resourceGroups", "providers", "Microsoft.Compute", "virtualMachines", "x", "..", ""]
            ),
            max_size=12,
        ).map(lambda parts: "/" + "/".join(parts)),
    ),
    query=st.dictionaries(st.sampled_from(["api-version", "$filter", "$top", "$skiptoken"]), st.text(max_size=20)),
    content=st.binary(max_size=40),
)
def test_garbage_is_refused_politely(method: str, path: str, query: dict[str, str], content: bytes) -> None:
    text = "&".join(f"{name}={quote(value, safe='', errors='replace')}" for name, value in query.items())
    answer = GARBAGE.send(method, quote(path, errors="replace") + "?" + text, content=content, version="2024-03-01")
    GARBAGE.clock.advance(60)
    assert answer.status < 500 or answer.status == 501
    if answer.content and "json" in str(answer.headers.get("Content-Type")):
        json.loads(answer.content)


GARBAGE = build_cloud("starter")
