"""A practice cloud in a process of its own, for as long as a measurement takes."""

from __future__ import annotations

import shlex
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True)
class Cloud:
    """``environ`` is what the emulator told to export."""

    pid: int
    environ: dict[str, str]

    @property
    def endpoint(self) -> str:
        return self.environ["ASR_TUI_ARM_ENDPOINT"]

    @property
    def subscription(self) -> str:
        return f"{self.endpoint}/subscriptions/{self.environ['AZURE_SUBSCRIPTION_ID']}"

    def session(self) -> aiohttp.ClientSession:
        """An HTTP session that trusts the emulator's certificate."""
        trust = ssl.create_default_context(cafile=self.environ["SSL_CERT_FILE"])
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust))

    async def token(self, session: aiohttp.ClientSession) -> dict[str, str]:
        """The authorization header of the practice principal."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.environ["AZURE_CLIENT_ID"],
            "client_secret": self.environ["AZURE_CLIENT_SECRET"],
            "scope": "https://management.azure.com/.default",
        }
        tenant = self.environ["AZURE_TENANT_ID"]
        async with session.post(f"{self.endpoint}/{tenant}/oauth2/v2.0/token", data=form) as answer:
            answer.raise_for_status()
            return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


@contextmanager
def cloud(estate: str, *arguments: str) -> Iterator[Cloud]:
    """Start an emulator of ``estate`` and end it afterwards.

    Raises:
        RuntimeError: it ended before it was ready.
    """
    command = [sys.executable, "-m", "asr_tui.emulator", "--estate", estate, "--exit-when-idle", "30", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        environ: dict[str, str] = {}
        for line in process.stdout:
            if line.strip() == "ready":
                break
            name, _, value = shlex.split(line)[1].partition("=")
            environ[name] = value
        else:
            raise RuntimeError("the emulator ended before it was ready")
        yield Cloud(process.pid, environ)
    finally:
        process.terminate()
        process.wait()
