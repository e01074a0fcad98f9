"""Two ways to a cloud under test: ``cloud`` without sockets, ``serve`` over TLS for the real SDK."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pytest

from asr_tui.emulator import catalogue, certificates, estates
from asr_tui.emulator.call import Settings
from asr_tui.emulator.clock import Clock, ManualClock
from asr_tui.emulator.emulator import Delivery, Emulator
from asr_tui.emulator.exchange import Incoming
from asr_tui.emulator.server import EmulatorServer, listening_socket
from asr_tui.emulator.store import Store
from asr_tui.emulator.tenancy import Practice, accounts, practice, put_accounts

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Headers(dict[str, str]):
    """Header names match in any casing, as aiohttp's do."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in values.items()})

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())


@dataclass
class Answer:
    """An answer of the cloud."""

    status: int
    headers: Headers
    content: bytes
    delivery: Delivery = field(repr=False)

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])


@dataclass
class Cloud:
    """An emulated cloud whose clock stands still, called without sockets and as its practice principal."""

    emulator: Emulator
    clock: ManualClock
    practice: Practice
    token: str | None = None

    @property
    def subscription(self) -> str:
        return f"/subscriptions/{self.practice.subscription}"

    def sign_in(self, client_id: str | None = None, secret: str | None = None) -> Answer:
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id or self.practice.client_id,
            "client_secret": secret or self.practice.client_secret,
            "scope": "https://management.azure.com/.default",
        }
        return self.form(f"/{self.practice.tenant}/oauth2/v2.0/token", form)

    def form(self, path: str, values: dict[str, str]) -> Answer:
        return self.send("POST", path, content=urlencode(values).encode(), token=None)

    def send(
        self,
        method: str,
        url: str,
        body: Any = None,
        *,
        content: bytes | None = None,
        version: str = "2024-03-01",
        token: str | None = "",
        headers: dict[str, str] | None = None,
        remote: str = "127.0.0.1",
    ) -> Answer:
        """Send a request. ``url`` may be a path or absolute; ``version`` is added when it names none."""
        parts = urlsplit(url)
        query = {name.lower(): value for name, value in parse_qsl(parts.query, keep_blank_values=True)}
        if version and parts.path.lower().startswith(("/subscriptions", "/tenants", "/metadata")):
            query.setdefault("api-version", version)
        sent = dict(headers or {})
        bearer = self._token() if token == "" else token
        if bearer is not None and not parts.path.startswith("/emulator"):
            sent.setdefault("Authorization", f"Bearer {bearer}")
        data = content if content is not None else b"" if body is None else json.dumps(body).encode()
        delivery = self.emulator.handle(Incoming(method, unquote(parts.path), query, Headers(sent), data, remote))
        answer = delivery.answer
        return Answer(answer.status, Headers(answer.headers), answer.body, delivery)

    def _token(self) -> str:
        if self.token is None:
            self.token = str(self.sign_in().body["access_token"])
        return self.token

    def get(self, url: str, **more: Any) -> Answer:
        return self.send("GET", url, **more)

    def put(self, url: str, body: Any, **more: Any) -> Answer:
        return self.send("PUT", url, body, **more)

    def post(self, url: str, body: Any = None, **more: Any) -> Answer:
        return self.send("POST", url, body, **more)

    def delete(self, url: str, **more: Any) -> Answer:
        return self.send("DELETE", url, **more)

    def log(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.get("/emulator/log").body["entries"]
        return entries


def build_cloud(estate: str = "starter", state: Path | None = None, **settings: Any) -> Cloud:
    """A cloud in memory or in a file. ``estate`` is a name, a path or the text of an estate file."""
    catalogue.load()
    source = estates.parse(estate, "estate.yaml") if "\n" in estate else estates.load(estate)
    store, clock = Store(state), ManualClock(START, settings.get("speed", 1.0))
    with store.transaction():
        source.populate(store, clock.now())
        store.put_fact("estate", source.name)
        store.put_fact("seed", settings.get("seed", 0))
    emulator = Emulator(store, clock, Settings(base_url="https://127.0.0.1:4443", **settings))
    return Cloud(emulator, clock, practice(store))


@pytest.fixture
def make_cloud() -> Callable[..., Cloud]:
    """``make_cloud(estate, speed=..., strict=..., signed_poll_urls=...)`` builds a cloud without sockets."""
    return build_cloud


@pytest.fixture
def cloud() -> Cloud:
    """The starter estate, strict, without sockets."""
    return build_cloud("starter", strict=True)


@dataclass
class Served:
    """An emulator that listens over TLS on its own thread."""

    base_url: str
    ca: Path
    practice: Practice
    emulator: Emulator
    loop: asyncio.AbstractEventLoop

    @property
    def authority(self) -> str:
        return self.base_url

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control plane."""
        data = None if body is None else json.dumps(body).encode()
        return self._ask(urllib.request.Request(f"{self.base_url}/emulator/{path}", data, method=method))  # noqa: S310

    def _ask(self, request: urllib.request.Request) -> Any:
        context = ssl.create_default_context(cafile=str(self.ca))
        with urllib.request.urlopen(request, context=context, timeout=30) as response:  # noqa: S310
            return json.load(response)

    def token(self) -> str:
        """A token of the practice principal."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.practice.client_id,
            "client_secret": self.practice.client_secret,
            "scope": "https://management.azure.com/.default",
        }
        url = f"{self.base_url}/{self.practice.tenant}/oauth2/v2.0/token"
        return str(self._ask(urllib.request.Request(url, urlencode(form).encode()))["access_token"])  # noqa: S310

    def get(self, path: str) -> Any:
        """What a GET of a path below the practice subscription answers."""
        url = f"{self.base_url}/subscriptions/{self.practice.subscription}{path}"
        return self._ask(urllib.request.Request(url, headers={"Authorization": f"Bearer {self.token()}"}))  # noqa: S310

    def statuses(self, end: str) -> list[int]:
        """Statuses of the requests so far whose path ends so."""
        return [e["status"] for e in self.control("GET", "log")["entries"] if e["path"].endswith(end)]

    def fault(self, **rule: Any) -> None:
        """Put a fault in force."""
        self.control("POST", "faults", {"faults": [rule]})

    def change_account(self, client_id: str, **changes: Any) -> None:
        """Change a principal of the running cloud, on the thread that owns the store."""

        async def change() -> None:
            store = self.emulator.store
            changed = [replace(a, **changes) if a.client_id == client_id else a for a in accounts(store)]
            with store.transaction():
                put_accounts(store, changed)

        asyncio.run_coroutine_threadsafe(change(), self.loop).result(30)

    def environment(self) -> dict[str, str]:
        return {"REQUESTS_CA_BUNDLE": str(self.ca), "SSL_CERT_FILE": str(self.ca)}


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Served]]:
    """``serve(estate, speed=...)`` starts an emulator; the environment trusts its certificate."""
    stops: list[Callable[[], None]] = []

    def start(estate: str = "starter", state: Path | None = None, **settings: Any) -> Served:
        ready = threading.Event()
        box: dict[str, Any] = {}

        async def main() -> None:
            done = asyncio.Event()
            box["loop"], box["done"] = asyncio.get_running_loop(), done
            server = _server(estate, state, settings, tmp_path, box)
            await server.start()
            ready.set()
            await done.wait()
            await server.stop()
            box["store"].close()

        thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
        thread.start()

        def stop() -> None:
            box["loop"].call_soon_threadsafe(box["done"].set)
            thread.join(20)

        assert ready.wait(60), "the emulator did not start"
        stops.append(stop)
        served: Served = box["served"]
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        return served

    yield start
    for stop in stops:
        stop()


def _server(
    estate: str, state: Path | None, settings: dict[str, Any], folder: Path, box: dict[str, Any]
) -> EmulatorServer:
    catalogue.load()
    store = box["store"] = Store(state)
    clock = Clock.starting_now(settings.get("speed", 1.0))
    if store.fact("estate") is None:
        source = estates.parse(estate, "estate.yaml") if "\n" in estate else estates.load(estate)
        with store.transaction():
            source.populate(store, clock.now())
            store.put_fact("estate", source.name)
            store.put_fact("seed", settings.get("seed", 0))
    bound = listening_socket("127.0.0.1", 0)
    base_url = f"https://127.0.0.1:{bound.getsockname()[1]}"
    emulator = Emulator(store, clock, Settings(base_url=base_url, **settings))
    ca = certificates.authority(store)
    bundle = folder / "ca.pem"
    bundle.write_bytes(ca.cert_pem.bytes())
    box["served"] = Served(base_url, bundle, practice(store), emulator, box["loop"])
    return EmulatorServer(emulator, bound, certificates.server_context(ca, ["127.0.0.1", "localhost"]))
