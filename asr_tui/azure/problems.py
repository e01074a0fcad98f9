"""Turns whatever the SDK raises, and every error answer of Azure, into a Problem that an engineer can act on."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
)
from azure.core.rest import AsyncHttpResponse
from azure.identity import AuthenticationRequiredError, CredentialUnavailableError

from asr_tui.azure.network_problems import chain, host_of, network_problem, told_network_problem
from asr_tui.azure.observation import retry_after_seconds
from asr_tui.azure.refusal_cards import Card, aadsts_code, card
from asr_tui.model.problem import Problem, ProblemError

NEVER_USED: Final = "SubscriptionIdNotRegisteredWithSrs"
_LONGEST_DETAIL: Final = 2000
_ACTION: Final = re.compile(r"perform action '([^']+)'(?: over scope '([^']+)')?")
_TRANSIENT: Final = frozenset({408, 429, 500, 502, 503, 504})
# Outer codes that say nothing; what they wrap is what to show.
_HOLLOW: Final = frozenset(
    {"", "BadRequest", "NotFound", "Conflict", "Forbidden", "DeploymentFailed", "InternalServerError"}
)


@asynccontextmanager
async def explained(where: str = "") -> AsyncIterator[None]:
    """Whatever the SDK raises inside leaves as a ProblemError; ``where`` names the field, row or step it belongs to."""
    try:
        yield
    except ProblemError:
        raise
    except (AzureError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ProblemError(problem_from(error, where=where)) from error


def problem_from(error: BaseException, *, where: str = "") -> Problem:
    """The problem that an exception stands for. Unknown kinds are told by their text, never hidden."""
    if isinstance(error, ProblemError):
        problem = error.problem
        return problem.model_copy(update={"where": where}) if where and not problem.where else problem
    if isinstance(error, (CredentialUnavailableError, AuthenticationRequiredError)):
        return _unavailable(error, where)
    if isinstance(error, ClientAuthenticationError) and not _is_arm_answer(error):
        return _no_token(error, where)
    if isinstance(error, HttpResponseError) and error.response is not None:
        return _problem_of_answer(error.response, where)
    return _no_answer(error, where)


def problem_of_response(response: AsyncHttpResponse, *, where: str = "") -> Problem:
    """The problem that an error answer stands for."""
    return _problem_of_answer(response, where)


def _problem_of_answer(response: Any, where: str) -> Problem:
    return problem_of(response.status_code, _text_of(response), response.headers, where=where)


def is_absent(problem: Problem) -> bool:
    """Whether an answer means that the thing does not exist: a 404, or a vault that was never used for Site Recovery."""
    return problem.status == 404 or problem.code == NEVER_USED


@dataclass(frozen=True, slots=True)
class ServiceError:
    """The useful part of an error body: the innermost code with its text; causes and action from Site Recovery only."""

    code: str
    message: str
    causes: str = ""
    action: str = ""
    target: str = ""


def service_error(text: str) -> ServiceError:
    """Read any of the error bodies that Azure sends: ARM's, Site Recovery's, the older vault shape, OAuth's."""
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        return ServiceError("", _shortened(text))
    if not isinstance(body, Mapping):
        return ServiceError("", _shortened(text))
    return error_of(body)


def error_of(body: Mapping[str, Any]) -> ServiceError:
    """The innermost error of a decoded body (with or without the ``error`` member)."""
    if isinstance(body.get("error"), str):
        return ServiceError(str(body["error"]), str(body.get("error_description", "")))
    if "ErrorCode" in body:
        message = body.get("Message")
        told = message.get("Value", "") if isinstance(message, Mapping) else message or ""
        return ServiceError(str(body["ErrorCode"]), str(told))
    outer = body.get("error")
    if not isinstance(outer, Mapping):
        outer = body
    levels = list(_levels(outer))
    for level in reversed(levels):
        if level.code not in _HOLLOW:
            return level
    return levels[-1]


def problem_of(status: int, text: str, headers: Mapping[str, str], *, where: str = "") -> Problem:
    """The problem of an error answer, from its status, body and headers."""
    error = service_error(text)
    code = aadsts_code(error.message) or error.code
    found = card(code) or _card_of_status(status)
    retry = (found.retry if found else False) or status in _TRANSIENT
    return Problem(
        what=_what(status, error, found),
        cause=error.causes,
        remedy=_remedy(error, found, headers, retry),
        retry=retry,
        code=code,
        status=status,
        detail=_shortened(error.message),
        resource_id=error.target if error.target.startswith("/") else "",
        request_id=headers.get("x-ms-request-id", ""),
        where=where,
    )


def _levels(error: Mapping[str, Any]) -> Iterator[ServiceError]:
    yield ServiceError(
        code=str(error.get("code") or ""),
        message=str(error.get("message") or ""),
        causes=_one_line(error.get("possibleCauses")),
        action=_one_line(error.get("recommendedAction")),
        target=str(error.get("target") or ""),
    )
    details = error.get("details")
    if isinstance(details, list) and details and isinstance(details[0], Mapping):
        yield from _levels(details[0])


def _what(status: int, error: ServiceError, found: Card | None) -> str:
    lacking = _ACTION.search(error.message)
    if lacking:
        scope = f" at {lacking.group(2)}" if lacking.group(2) else ""
        return f"The signed-in account may not do this: it lacks {lacking.group(1)}{scope}."
    if found:
        return found.means
    if error.message:
        return _sentence(error.message)
    return f"Azure answered with HTTP status {status} and no text."


def _remedy(error: ServiceError, found: Card | None, headers: Mapping[str, str], retry: bool) -> str:
    parts = [error.action or (found.remedy if found else "")]
    wait = retry_after_seconds(headers)
    if retry and wait and wait >= 1:
        parts.append(f"Azure asks to wait {wait:.0f} s.")
    return " ".join(part for part in parts if part)


def _card_of_status(status: int) -> Card | None:
    by_status = {401: "AuthenticationFailed", 429: "TooManyRequests", 503: "ServiceUnavailable", 504: "GatewayTimeout"}
    if status in by_status:
        return card(by_status[status])
    # 501 says that the far end has no such operation: its own text tells more.
    return card("InternalServerError") if status >= 500 and status != 501 else None


def _unavailable(error: ClientAuthenticationError, where: str) -> Problem:
    text = str(error.message)
    code = aadsts_code(text)
    found = card(code)
    if found is None and "az login" in text:
        return Problem(
            what="az has to sign in anew before it can give a token.",
            cause="Nobody is signed in to az any more, or the sign-in was revoked, which az cannot mend by itself.",
            remedy="Run az login in another terminal as the same user, then sign in here again by az.",
            code="CredentialUnavailable",
            detail=_shortened(text),
            where=where,
        )
    return Problem(
        what=found.means if found else "This way of signing in cannot work here.",
        remedy=found.remedy if found else "Choose another way in.",
        code=code or "CredentialUnavailable",
        detail=_shortened(text),
        where=where,
    )


def _no_token(error: ClientAuthenticationError, where: str) -> Problem:
    """Why there is no token: refused by Entra ID, or never asked for, because something on the way to it broke."""
    text = str(error.message)
    if not aadsts_code(text):
        held_back = next((one for one in chain(error) if isinstance(one, ProblemError)), None)
        broken = held_back.problem if held_back is not None else told_network_problem(text)
        if broken is not None:
            return broken.model_copy(update={"detail": broken.detail or _shortened(text), "where": where})
    return _refused_sign_in(text, where)


def _refused_sign_in(text: str, where: str) -> Problem:
    code = aadsts_code(text)
    found = card(code)
    return Problem(
        what=found.means if found else "Entra ID refused the sign-in.",
        remedy=found.remedy if found else "Read the text below, or choose another way in.",
        retry=found.retry if found else False,
        code=code or "SignInRefused",
        detail=_shortened(text),
        where=where,
    )


def _is_arm_answer(error: ClientAuthenticationError) -> bool:
    """ARM's own 401 carries an ARM error body; a refused token request carries OAuth's."""
    if error.response is None:
        return False
    response: Any = error.response
    body = service_error(_text_of(response))
    return bool(body.code) and not aadsts_code(body.message) and "/oauth2/" not in str(response.request.url)


def _no_answer(error: BaseException, where: str) -> Problem:
    problem = network_problem(error)
    if problem is None:
        host = host_of(error)
        problem = Problem(
            what=f"The connection{f' to {host}' if host else ''} failed before an answer came.",
            remedy="Check the network and try again; `asr-tui doctor` tells which link breaks.",
            retry=True,
            code=type(error).__name__,
            detail=_shortened(str(error)),
        )
    return problem.model_copy(update={"where": where})


def _text_of(response: Any) -> str:
    try:
        return str(response.text())
    except (UnicodeDecodeError, LookupError):
        return ""
    except AzureError:
        # The body was not read (a streamed answer): status and headers have to do.
        return ""


def _sentence(message: str) -> str:
    text = _one_line(message)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _one_line(value: Any) -> str:
    return " ".join(str(value).split()) if value else ""


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_DETAIL else text[: _LONGEST_DETAIL - 1] + "…"
