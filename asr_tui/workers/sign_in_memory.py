"""Which way in was used last on which cloud and in which tenant, and with which subscriptions. Choices only, never a secret."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from asr_tui.session.paths import StateError, replace_file

MOST_KEPT = 50
"""So many cloud and tenant pairs, and so many subscriptions of each, are remembered."""

_log = logging.getLogger(__name__)


class UsedSignIn(BaseModel):
    """A sign-in that worked. ``subscriptions`` are ids, the last used first.

    ``account`` names who signed in, where that sign-in is kept in the system's encrypted store: names and ids, no secret.
    """

    model_config = ConfigDict(frozen=True)

    cloud: str
    tenant: str
    way: str
    subscriptions: tuple[str, ...] = ()
    account: str = ""


class SignInMemory:
    """The file of this user's past choices, the last used first. It is shared by all sessions; the last writer wins."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def used(self, cloud: str, tenant: str = "") -> UsedSignIn | None:
        """What was used last on ``cloud``, in ``tenant`` where one is named."""
        wanted = tenant.lower()
        entries = (entry for entry in self._read() if entry.cloud == cloud)
        return next((entry for entry in entries if wanted in {"", entry.tenant.lower()}), None)

    def keep(self, cloud: str, tenant: str, way: str, subscription: str) -> None:
        """Remember a choice that worked. Where the file cannot be written the sign-in stands all the same."""
        entries = self._read()
        same = [entry for entry in entries if (entry.cloud, entry.tenant.lower()) == (cloud, tenant.lower())]
        before = same[0].subscriptions if same else ()
        account = same[0].account if same else ""
        others = tuple(one for one in before if one.lower() != subscription.lower())
        known = (subscription, *others)[:MOST_KEPT]
        newest = UsedSignIn(cloud=cloud, tenant=tenant, way=way, subscriptions=known, account=account)
        self._write([newest, *(entry for entry in entries if entry not in same)])

    def accounts(self, cloud: str) -> tuple[str, ...]:
        """Those on ``cloud`` whose sign-in is kept in the system's encrypted store, the last used first."""
        return tuple(dict.fromkeys(entry.account for entry in self._read() if entry.cloud == cloud and entry.account))

    def account(self, cloud: str, tenant: str = "") -> str:
        """The one that was used last, in ``tenant`` where one is named; "" for none."""
        used = self.used(cloud, tenant)
        return used.account if used is not None else ""

    def keep_account(self, cloud: str, tenant: str, account: str) -> None:
        """Remember who signed in, and that the sign-in is kept."""
        entries = self._read()
        same = [entry for entry in entries if (entry.cloud, entry.tenant.lower()) == (cloud, tenant.lower())]
        before = same[0] if same else UsedSignIn(cloud=cloud, tenant=tenant, way="device-code")
        newest = before.model_copy(update={"account": account})
        self._write([newest, *(entry for entry in entries if entry not in same)])

    def forget_account(self, cloud: str, account: str) -> None:
        """What was kept of an account is gone."""
        self._write(
            [
                entry.model_copy(update={"account": ""}) if (entry.cloud, entry.account) == (cloud, account) else entry
                for entry in self._read()
            ]
        )

    def _write(self, entries: list[UsedSignIn]) -> None:
        kept = [entry.model_dump(exclude_defaults=True) for entry in entries[:MOST_KEPT]]
        try:
            replace_file(self._path, json.dumps(kept, indent=1) + "\n")
        except StateError as error:
            _log.warning("the choice of sign-in is not remembered: %s", error)

    def _read(self) -> list[UsedSignIn]:
        """What is remembered; nothing where there is no file, or one that another version wrote."""
        try:
            loaded: Any = json.loads(self._path.read_text(encoding="utf-8"))
            return [UsedSignIn.model_validate(entry) for entry in loaded]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, ValidationError) as error:
            _log.warning("%s cannot be read and is begun anew: %s", self._path, type(error).__name__)
            return []
