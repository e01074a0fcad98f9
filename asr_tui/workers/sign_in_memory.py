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
    """A sign-in that worked. ``subscriptions`` are ids, the last used first."""

    model_config = ConfigDict(frozen=True)

    cloud: str
    tenant: str
    way: str
    subscriptions: tuple[str, ...] = ()


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
        others = tuple(one for one in before if one.lower() != subscription.lower())
        newest = UsedSignIn(cloud=cloud, tenant=tenant, way=way, subscriptions=(subscription, *others)[:MOST_KEPT])
        kept = [newest, *(entry for entry in entries if entry not in same)][:MOST_KEPT]
        try:
            replace_file(self._path, json.dumps([entry.model_dump() for entry in kept], indent=1) + "\n")
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
