"""The two error envelopes of the control plane: ARM's own and Site Recovery's.

An operation raises one of these; the server renders it. ``error.code`` of ARM is symbolic; Site Recovery
puts a status word there and the real code into ``error.details[0]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True, slots=True)
class RequestIds:
    """The ids that tie an answer to its request (GUIDs; ``client`` is whatever the caller sent)."""

    request: str
    correlation: str
    client: str | None
    activity: str


class ArmError(Exception):
    """An error answer in ARM's envelope ``{"error": {code, message, target?, details?}}``.

    Args:
        status: HTTP status, 400 to 599.
        code: symbolic code such as ``ResourceNotFound``.
        message: the text a person reads.
        details: entries of ``error.details``, each at least with ``code`` and ``message``.
        target: what the error is about (a field path, a namespace).
        headers: extra response headers.
        additional_info: entries of ``error.additionalInfo`` (policy violations).
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Sequence[Mapping[str, Any]] | None = None,
        target: str | None = None,
        headers: Mapping[str, str] | None = None,
        additional_info: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.target = target
        self.headers = dict(headers or {})
        self.additional_info = additional_info

    def body(self, ids: RequestIds) -> dict[str, Any]:
        """The JSON body of the answer."""
        del ids  # ARM's envelope carries none; Site Recovery's does
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target is not None:
            error["target"] = self.target
        if self.details is not None:
            error["details"] = [dict(detail) for detail in self.details]
        if self.additional_info is not None:
            error["additionalInfo"] = [dict(entry) for entry in self.additional_info]
        return {"error": error}


class SiteRecoveryError(ArmError):
    """An error answer in Site Recovery's envelope.

    ``error.code`` is only the status word (``BadRequest``, ``NotFound``, ``Conflict``); ``code`` goes into
    ``error.details[0]`` together with causes and advice.

    Args:
        status: HTTP status.
        code: symbolic name (``FabricArmEntityMissing``) or number as text (``150253``).
        message: what happened.
        possible_causes: the service's text; may hold newlines.
        recommended_action: the service's text.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        possible_causes: str = "",
        recommended_action: str = "",
    ) -> None:
        super().__init__(status, code, message)
        self.possible_causes = possible_causes
        self.recommended_action = recommended_action

    def body(self, ids: RequestIds) -> dict[str, Any]:
        """The JSON body of the answer."""
        word = HTTPStatus(self.status).phrase.replace(" ", "")
        detail = {
            "code": self.code,
            "message": self.message,
            "possibleCauses": self.possible_causes,
            "recommendedAction": self.recommended_action,
            "clientRequestId": ids.client,
            "activityId": ids.activity,
        }
        return {"error": {"code": word, "message": self.message, "details": [detail]}}


def resource_not_found(resource_type: str, name: str, resource_group: str) -> ArmError:
    """The front door's 404 for a resource that is not there."""
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{resource_type}/{name}' under resource group '{resource_group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
        headers={"x-ms-failure-cause": "gateway"},
    )


def resource_group_not_found(name: str) -> ArmError:
    """ARM's 404 for a missing resource group, also when a resource below it is asked for."""
    return ArmError(
        404,
        "ResourceGroupNotFound",
        f"Resource group '{name}' could not be found.",
        headers={"x-ms-failure-cause": "gateway"},
    )


def parent_not_found(resource_type: str, name: str) -> ArmError:
    """ARM's 404 for a write whose parent resource is missing."""
    return ArmError(
        404,
        "ParentResourceNotFound",
        f"Failed to perform 'write' on resource(s) of type '{resource_type}', because the parent resource "
        f"'{name}' could not be found.",
        headers={"x-ms-failure-cause": "gateway"},
    )


def not_emulated(method: str, path: str) -> ArmError:
    """501 for what this emulator does not do: never a made-up success."""
    return ArmError(
        501,
        "NotEmulated",
        f"The asr-tui emulator does not emulate {method} {path}. docs/emulator.md lists what it does.",
        headers={"x-ms-failure-cause": "emulator"},
    )
