"""Turns whatever the SDK raises, and every error answer of Azure, into a Problem that an engineer can act on."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
)
from azure.core.rest import AsyncHttpResponse
from azure.identity import AuthenticationRequiredError, CredentialUnavailableError

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
        return _refused_sign_in(str(error.message), where)
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


def network_problem(error: BaseException) -> Problem | None:
    """What the chain of causes of an exception says about the network, or None where it says nothing in particular."""
    host = _host(error)
    to = f" to {host}" if host else ""
    for link in _chain(error):
        problem = _link_problem(link, to)
        if problem is not None:
            return problem.model_copy(update={"detail": _shortened(str(error))})
    return None


def _no_answer(error: BaseException, where: str) -> Problem:
    problem = network_problem(error)
    if problem is None:
        host = _host(error)
        problem = Problem(
            what=f"The connection{f' to {host}' if host else ''} failed before an answer came.",
            remedy="Check the network and try again; `asr-tui doctor` tells which link breaks.",
            retry=True,
            code=type(error).__name__,
            detail=_shortened(str(error)),
        )
    return problem.model_copy(update={"where": where})


def _link_problem(link: BaseException, to: str) -> Problem | None:
    """What one exception of the chain says about the network, or None where it says nothing in particular."""
    if isinstance(link, (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError)):
        return Problem(
            what=f"The connection{to} is not trusted: its certificate was issued by somebody this machine does not know.",
            cause="Often a proxy looks into TLS traffic and presents a certificate of its own.",
            remedy="Put the proxy's root certificate into a PEM file and name it in REQUESTS_CA_BUNDLE.",
            code="TlsUntrusted",
        )
    if isinstance(link, aiohttp.ClientHttpProxyError):
        if link.status == 407:
            return Problem(
                what="The proxy wants a user name and password.",
                remedy="Put them into HTTPS_PROXY as http://user:password@host:port, or ask for a rule without sign-in.",
                code="ProxyAuthentication",
                status=407,
            )
        return Problem(
            what=f"The proxy refused the connection{to} with status {link.status}.",
            remedy="Ask for the cloud's hosts to be allowed, or name them in NO_PROXY.",
            code="ProxyRefused",
            status=link.status,
        )
    if isinstance(link, aiohttp.ClientProxyConnectionError):
        return Problem(
            what="The proxy cannot be reached.", remedy="Check HTTPS_PROXY.", retry=True, code="ProxyUnreachable"
        )
    if isinstance(link, aiohttp.ClientConnectorDNSError):
        return Problem(
            what=f"The name of the host{to.replace(' to ', ' ')} cannot be resolved.",
            remedy="Check this machine's DNS, and whether a proxy is needed (HTTPS_PROXY).",
            retry=True,
            code="NameNotResolved",
        )
    if isinstance(link, (ServiceRequestTimeoutError, ServiceResponseTimeoutError, TimeoutError)):
        return Problem(
            what=f"No answer came in time on the connection{to}.",
            remedy="Try again; if it stays so, `asr-tui doctor` tells which link breaks.",
            retry=True,
            code="TimedOut",
        )
    if isinstance(link, (aiohttp.ClientConnectorSSLError, ssl.SSLError)):
        return Problem(
            what=f"TLS could not be agreed on with the other side of the connection{to}.",
            remedy="Check the proxy, and that nothing on the way speaks plain HTTP.",
            code="TlsFailed",
        )
    if isinstance(link, aiohttp.ServerDisconnectedError):
        return Problem(
            what=f"The connection{to} was cut before the answer came.",
            cause="Whether a write took effect is not known; it is looked up before it is tried again.",
            remedy="Try again.",
            retry=True,
            code="Disconnected",
        )
    if isinstance(link, ConnectionRefusedError):
        return Problem(
            what=f"Nobody answers{to}.",
            remedy="Check the address, the firewall, and whether a proxy is needed (HTTPS_PROXY).",
            retry=True,
            code="ConnectionRefused",
        )
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception with what caused it, innermost last; the SDK keeps causes in attributes of its own too."""
    seen: set[int] = set()
    pending: list[BaseException] = [error]
    while pending:
        current = pending.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        for further in (
            getattr(current, "inner_exception", None),
            getattr(current, "os_error", None),
            getattr(current, "certificate_error", None),
            current.__cause__,
            current.__context__,
        ):
            if isinstance(further, BaseException):
                pending.append(further)


def _host(error: BaseException) -> str:
    for link in _chain(error):
        host = getattr(link, "host", None)
        if isinstance(host, str):
            return host
    return ""


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
