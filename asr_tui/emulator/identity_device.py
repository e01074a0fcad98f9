"""The device code flow: a code on the terminal, a page where a person types it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from asr_tui.emulator.call import Settings
from asr_tui.emulator.identity_errors import SignInError
from asr_tui.emulator.store import Store
from asr_tui.emulator.tenancy import Account

_LIFE_SECONDS = 900
_INTERVAL_SECONDS = 5
# The letters that Entra ID's codes are made of: none that is mistaken for another.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Enter code</title>
<h1>Enter code</h1>
<p>This is the practice cloud of asr-tui: no real account is used.</p>
<p role="alert">{note}</p>
<form method="post" action="/devicelogin">
<label>Code shown by your terminal <input name="user_code" value="{code}" autofocus required></label>
<label>Sign in as <select name="user">{users}</select></label>
<button>Next</button>
</form></html>
"""


@dataclass(frozen=True, slots=True)
class Approval:
    """A device code that somebody approved."""

    object_id: str
    scope: str
    resource: str


def start(store: Store, form: Mapping[str, str], settings: Settings, approved_by: str | None) -> dict[str, Any]:
    """Hand out a device code. Inside a transaction only.

    Args:
        store: where it is remembered.
        form: the request's form.
        settings: base URL; the polling interval is divided by the speed (1 second at least).
        approved_by: object id of the user who approves it at once; None waits for the page.
    """
    device_code = secrets.token_urlsafe(32)
    user_code = "".join(secrets.choice(_LETTERS) for _ in range(9))
    record = {
        "client": form["client_id"],
        "scope": form.get("scope", ""),
        "resource": form.get("resource", ""),
        "expires": time.time() + _LIFE_SECONDS,
        "user": approved_by,
        "redeemed": False,
    }
    store.put_operation(_device_key(device_code), record)
    store.put_operation(_user_key(user_code), {"device_code": device_code})
    where = f"{settings.base_url}/devicelogin"
    return {
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": where,
        "verification_url": where,
        "expires_in": _LIFE_SECONDS,
        "interval": max(1, round(_INTERVAL_SECONDS / settings.speed)),
        "message": f"To sign in, use a web browser to open the page {where} and enter the code {user_code} "
        "to authenticate.",
    }


def approve(store: Store, user_code: str, object_id: str) -> bool:
    """Remember who approved a code; False if it is unknown or has expired. Inside a transaction only."""
    pointer = store.operation(_user_key(user_code.strip().upper()))
    if pointer is None:
        return False
    key = _device_key(pointer["device_code"])
    record = store.operation(key)
    if record is None or record["expires"] < time.time() or record["redeemed"]:
        return False
    store.put_operation(key, {**record, "user": object_id})
    return True


def redeem(store: Store, device_code: str, client_id: str) -> Approval:
    """Exchange an approved code, once. Inside a transaction only.

    Raises:
        SignInError: AADSTS70016 while nobody approved it, 70020 when it expired, 70000 when unknown or used.
    """
    record = store.operation(_device_key(device_code))
    if record is None or record["redeemed"] or record["client"].lower() != client_id.lower():
        raise SignInError("70000")
    if record["expires"] < time.time():
        raise SignInError("70020")
    if record["user"] is None:
        raise SignInError("70016")
    store.put_operation(_device_key(device_code), {**record, "redeemed": True})
    return Approval(record["user"], record["scope"], record["resource"])


def page(users: Sequence[Account], user_code: str, note: str = "") -> str:
    """The page where the code is typed. Names and the code are data: escaped."""
    options = "".join(f'<option value="{escape(user.object_id)}">{escape(user.name)}</option>' for user in users)
    return _PAGE.format(note=escape(note), code=escape(user_code), users=options)


def _device_key(code: str) -> str:
    # Record ids are compared without case; hex keeps codes that differ in case only apart.
    return "device:" + code.encode().hex()


def _user_key(code: str) -> str:
    return "user-code:" + code
