"""The system's encrypted store for sign-ins, by the persistent cache of azure-identity: libsecret on Linux, Keychain on macOS.

Tokens stay in memory unless somebody asks for more, and are never in a file as plain text: where the system has no store
that encrypts, there is none. The store blocks (it speaks to another program, which may ask somebody), so all of it happens on
threads that a process which ends does not wait for.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from azure.identity import AuthenticationRecord, TokenCachePersistenceOptions

from asr_tui.azure.blocking import Result, begun

NAME: Final = "asr-tui"
"""Entries of this name are ours: no other program's tokens are read, and none of ours by another."""

SECONDS: Final = 10.0


def options() -> TokenCachePersistenceOptions:
    """What a credential is told so that its tokens go to the store, or nowhere."""
    return TokenCachePersistenceOptions(name=NAME, allow_unencrypted_storage=False)


def missing(environ: Mapping[str, str]) -> str:
    """What speaks against an encrypted store as far as can be seen at once, "" where nothing does."""
    if sys.platform != "linux":
        return ""
    if importlib.util.find_spec("gi") is None:
        return "no keyring here (this Python lacks PyGObject, by which it is reached)."
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if environ.get("DBUS_SESSION_BUS_ADDRESS") or (runtime and (Path(runtime) / "bus").exists()):
        return ""
    return "no keyring here (this login has no session bus, as is usual over SSH)."


async def trial() -> str:
    """Write to the store and read it back; why that does not work, "" where it does."""

    def attempt() -> str:
        try:
            _caches()
        except Exception as error:  # noqa: BLE001  whatever the store's libraries raise means that there is none
            return f"the keyring does not work here, it may be locked ({_first_line(error)})."
        return ""

    try:
        return await _in_time(attempt, SECONDS)
    except TimeoutError:
        return "the keyring does not answer; it may be locked."


async def forget(account: str) -> None:
    """Delete the tokens of an account (as :func:`known` reads it) from the store.

    Raises:
        OSError: the store cannot be reached, or does not answer.
    """

    def delete() -> None:
        record = known(account)
        try:
            for cache in _caches():
                _delete(cache, record.home_account_id if record else "")
        except OSError:
            raise
        except Exception as error:  # the libraries of the stores share no error of their own
            raise OSError(_first_line(error)) from error

    await _in_time(delete, SECONDS)


def known(account: str) -> AuthenticationRecord | None:
    """The account of a text that was remembered: names and ids, no secret. None where it is none."""
    try:
        return AuthenticationRecord.deserialize(account) if account else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


async def _in_time(work: Callable[[], Result], seconds: float) -> Result:
    """Run ``work`` on a thread of its own.

    Raises:
        TimeoutError: it took longer than ``seconds``; it may still end.
    """
    async with asyncio.timeout(seconds):
        return await begun(work, "token-store")


def _caches() -> Iterable[Any]:
    """The two caches that azure-identity would use (tokens that may be challenged mid-run are kept apart)."""
    # Where and under which names it keeps them is told by no public function; guessing would miss what has to be deleted.
    from azure.identity._persistent_cache import _load_persistent_cache

    return [_load_persistent_cache(options(), is_cae) for is_cae in (True, False)]


def _delete(cache: Any, home_account_id: str) -> None:
    kinds = cache.CredentialType
    query = {"home_account_id": home_account_id} if home_account_id else None
    for kind, remove in (
        (kinds.REFRESH_TOKEN, cache.remove_rt),
        (kinds.ACCESS_TOKEN, cache.remove_at),
        (kinds.ID_TOKEN, cache.remove_idt),
        (kinds.ACCOUNT, cache.remove_account),
    ):
        for entry in list(cache.search(kind, query=query)):
            remove(entry)


def _first_line(error: BaseException) -> str:
    """The reason of an error whose cause tells more than itself."""
    told = str(error.__cause__ or error).strip() or type(error).__name__
    return " ".join(told.split(os.linesep)[0].split())[:200]
