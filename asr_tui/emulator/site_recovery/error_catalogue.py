"""The error catalogue: what a failed job or an unhealthy item says for each code."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from asr_tui.emulator.site_recovery.identifiers import internal_id
from asr_tui.resources import assets


@dataclass(frozen=True, slots=True)
class Text:
    """One row of ``assets/emulator/site-recovery-errors.yaml``; see there."""

    code: str
    task: str
    message: str
    causes: str
    advice: str
    inner: str | None
    level: str


@cache
def catalogue() -> dict[str, Text]:
    """Every code with its texts."""
    path = assets() / "emulator" / "site-recovery-errors.yaml"
    rows: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        code: Text(
            code=code,
            task=row["task"],
            message=row["message"],
            causes=row["causes"],
            advice=row["advice"],
            inner=row.get("inner"),
            level=row.get("level", "Error"),
        )
        for code, row in rows.items()
    }


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong for a VM.

    Attributes:
        code: of the catalogue.
        detail: the fact behind it, a sentence.
        azure: the inner message of another Azure service, e.g. of Compute.
    """

    code: str
    detail: str = ""
    azure: str = ""

    @property
    def text(self) -> Text:
        """The catalogue's row."""
        return catalogue()[self.code]

    def filled(self, template: str, vm: str, region: str = "") -> str:
        """A text of the row with its places filled; a missing detail leaves no blank behind."""
        return template.format(vm=vm, detail=self.detail, region=region).strip()


def job_error(fault: Fault, task_id: str, vm: str = "", region: str = "") -> dict[str, Any]:
    """An entry of a job's ``errors``, without its moment and activity id.

    ``providerErrorDetails`` carries the inner number for what the agent or another service reported, 0 otherwise.
    """
    text = fault.text
    number = int(text.code) if text.code.isdigit() and text.inner else 0
    inner = " ".join(part for part in (text.inner, fault.azure) if part)
    return {
        "service": {
            "code": text.code,
            "message": fault.filled(text.message, vm, region),
            "possibleCauses": fault.filled(text.causes, vm, region),
            "recommendedAction": fault.filled(text.advice, vm, region),
        },
        "provider": {
            "errorCode": number,
            "errorMessage": (fault.azure or inner) or None,
            "errorId": str(uuid.uuid4()),
            "possibleCauses": fault.filled(text.causes, vm, region) if text.inner else "",
            "recommendedAction": fault.filled(text.advice, vm, region) if text.inner else "",
        },
        "level": text.level,
        "task_id": task_id,
    }


def entry(code: str, task_id: str, detail: str = "", vm: str = "") -> dict[str, Any]:
    """:func:`job_error` of a code that needs nothing but a detail."""
    return job_error(Fault(code, detail), task_id, vm)


def health_error(fault: Fault, vm: str, entity: str, created: str) -> dict[str, Any]:
    """An entry of an item's ``healthErrors``.

    Args:
        entity: internal GUID of the item.
        created: when it was evaluated, as the wire writes it.
    """
    text = fault.text
    return {
        "innerHealthErrors": [],
        "errorSource": "ReplicationProvider",
        "errorType": text.inner or "ReplicationError",
        "errorLevel": text.level,
        "errorCategory": "Replication",
        "errorCode": text.code,
        "summaryMessage": fault.filled(text.message, vm),
        "errorMessage": fault.filled(text.message, vm),
        "possibleCauses": fault.filled(text.causes, vm),
        "recommendedAction": fault.filled(text.advice, vm),
        "creationTimeUtc": created,
        "recoveryProviderErrorMessage": None,
        "entityId": entity,
        "errorId": internal_id(entity, text.code),
        "customerResolvability": "NotAllowed",
    }
