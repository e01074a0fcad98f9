"""``$filter`` of Site Recovery's lists: the emulator's OData, with times in whatever form a caller writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from asr_tui.emulator import odata
from asr_tui.emulator.site_recovery.timestamps import whole

_TIMES = re.compile(
    r"datetime'([^']+)'"
    r"|'?(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)'?"
    r"|'?(\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d(?: [AP]M)?)'?",
    re.I,
)


def passes(text: str, facts: Mapping[str, str | None]) -> bool:
    """Whether an object with those (lower-cased) members passes the filter; an empty filter passes everything.

    Times among the facts have whole seconds and a Z, so that they compare as text.

    Raises:
        ArmError: 400 for a filter that is not understood.
    """
    if not text.strip():
        return True
    predicate = odata.parse(_TIMES.sub(_canonical, text))
    return predicate(lambda name: facts.get(name.rpartition("/")[2].lower()))


def _canonical(found: re.Match[str]) -> str:
    written = next(group for group in found.groups() if group)
    for read in (datetime.fromisoformat, _american):
        try:
            moment = read(re.sub(r"(\.\d{6})\d+", r"\1", written))
        except ValueError:
            continue
        return f"'{whole(moment.replace(tzinfo=moment.tzinfo or UTC))}'"
    return found[0]


def _american(text: str) -> datetime:
    pattern = "%m/%d/%Y %I:%M:%S %p" if text[-1] in "Mm" else "%m/%d/%Y %H:%M:%S"
    return datetime.strptime(text, pattern).replace(tzinfo=UTC)
