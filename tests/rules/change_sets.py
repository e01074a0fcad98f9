"""Short forms for what tests ask of a change set."""

from __future__ import annotations

import json
from typing import Any

from asr_tui.model.change import Change, ChangeSet, Kind


def kinds(found: ChangeSet) -> list[Kind]:
    return [change.kind for change in found]


def sent(change: Change) -> str:
    """The body without its casing: ids of what exists come back in the service's own."""
    return json.dumps(change.body, sort_keys=True).lower()


def only(found: ChangeSet, kind: Kind) -> Any:
    matching = [change for change in found if change.kind is kind]
    assert len(matching) == 1, matching
    return matching[0]
