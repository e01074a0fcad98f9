"""What the exported script needs of the az CLI (``cloud show``, ``account set``, ``rest``), over urllib.

The script itself is bash, and its requests reach the practice cloud as those of az would. Light, for it starts for each request.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

ENDPOINT = os.environ["ASR_TUI_ARM_ENDPOINT"]
AUDIENCE = "https://management.azure.com/"


def main(arguments: list[str]) -> int:
    """One call of az."""
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="+")
    for option in ("method", "url", "resource", "headers", "body", "output", "query", "subscription"):
        parser.add_argument(f"--{option}", default="")
    given = parser.parse_args(arguments)
    match given.words:
        case ["cloud", "show"]:
            told = {"endpoints.resourceManager": f"{ENDPOINT}/", "endpoints.activeDirectoryResourceId": AUDIENCE}
            print(told[given.query])
        case ["account", "set"]:
            assert given.subscription == os.environ["AZURE_SUBSCRIPTION_ID"]
        case ["rest"]:
            return _rest(given)
        case _:
            raise SystemExit(f"az {given.words} is not known here")
    return 0


def _rest(given: argparse.Namespace) -> int:
    assert given.resource == AUDIENCE
    body = Path(given.body.removeprefix("@")).read_bytes() if given.body else None
    headers = {"Authorization": f"Bearer {_token()}", "Content-Type": "application/json"}
    try:
        answer = _sent(given.url, body, given.method.upper(), headers)
    except urllib.error.HTTPError as error:
        print(error.read().decode(), file=sys.stderr)
        return 1
    if given.query:
        print(_state(answer))
    return 0


def _sent(url: str, body: bytes | None, method: str, headers: dict[str, str]) -> Any:
    context = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
    request = urllib.request.Request(url, data=body, method=method, headers=headers)  # noqa: S310  loopback
    with urllib.request.urlopen(request, context=context, timeout=30) as reply:  # noqa: S310
        content = reply.read()
    return json.loads(content) if content else None


def _token() -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["AZURE_CLIENT_ID"],
        "client_secret": os.environ["AZURE_CLIENT_SECRET"],
        "scope": f"{AUDIENCE}/.default",
    }
    address = f"{os.environ['AZURE_AUTHORITY_HOST']}/{os.environ['AZURE_TENANT_ID']}/oauth2/v2.0/token"
    return str(_sent(address, urllib.parse.urlencode(form).encode(), "POST", {})["access_token"])


def _state(answer: Any) -> str:
    """The one query that the script asks."""
    properties = answer.get("properties") or {}
    told = properties.get("provisioningState"), answer.get("registrationState"), properties.get("state")
    return next((state for state in told if state), "Succeeded")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
