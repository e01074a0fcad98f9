"""What breaks between here and Azure, as problems: name, proxy, connection, TLS, silence.

Whoever speaks to Azure by aiohttp is known by the exception. The blocking requests of a device code, and az, which is a program
of its own, only leave words: those of the requests library in both cases.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import aiohttp
from azure.core.exceptions import ServiceRequestTimeoutError, ServiceResponseTimeoutError

from asr_tui.model.problem import Problem

_LONGEST_DETAIL: Final = 2000


def network_problem(error: BaseException) -> Problem | None:
    """What the chain of causes of an exception says about the network, or None where it says nothing in particular."""
    host = host_of(error)
    to = f" to {host}" if host else ""
    for link in chain(error):
        problem = _link_problem(link, to)
        if problem is not None:
            return problem.model_copy(update={"detail": str(error)[:_LONGEST_DETAIL]})
    return None


def told_network_problem(text: str) -> Problem | None:
    """What the words of an error say about the network, or None where they say nothing in particular."""
    host = _NAMED_HOST.search(text)
    to = f" to {host.group(1)}" if host else ""
    for pattern, make in _WORDS.items():
        found = re.search(pattern, text)
        if found is not None:
            return make(to, int(found.group(1)) if found.lastindex else None)
    return None


def _link_problem(link: BaseException, to: str) -> Problem | None:
    """What one exception of the chain says about the network, or None where it says nothing in particular."""
    if isinstance(link, aiohttp.ClientHttpProxyError):
        return _proxy_refused(to, link.status)
    for kinds, make in _KINDS.items():
        if isinstance(link, kinds):
            return make(to, None)
    return None


def _untrusted(to: str, _: int | None) -> Problem:
    return Problem(
        what=f"The connection{to} is not trusted: its certificate was issued by somebody this machine does not know.",
        cause="Often a proxy looks into TLS traffic and presents a certificate of its own.",
        remedy="Put the proxy's root certificate into a PEM file and name it in REQUESTS_CA_BUNDLE.",
        code="TlsUntrusted",
    )


def _proxy_refused(to: str, status: int | None) -> Problem:
    if status == 407:
        return Problem(
            what="The proxy wants a user name and password.",
            remedy="Put them into HTTPS_PROXY as http://user:password@host:port, or ask for a rule without sign-in.",
            code="ProxyAuthentication",
            status=407,
        )
    return Problem(
        what=f"The proxy refused the connection{to} with status {status}.",
        remedy="Ask for the cloud's hosts to be allowed, or name them in NO_PROXY.",
        code="ProxyRefused",
        status=status,
    )


def _proxy_unreachable(_: str, __: int | None) -> Problem:
    return Problem(
        what="The proxy cannot be reached.", remedy="Check HTTPS_PROXY.", retry=True, code="ProxyUnreachable"
    )


def _name_not_resolved(to: str, _: int | None) -> Problem:
    return Problem(
        what=f"The name of the host{to.replace(' to ', ' ')} cannot be resolved.",
        remedy="Check this machine's DNS, and whether a proxy is needed (HTTPS_PROXY).",
        retry=True,
        code="NameNotResolved",
    )


def _timed_out(to: str, _: int | None) -> Problem:
    return Problem(
        what=f"No answer came in time on the connection{to}.",
        remedy="Try again; if it stays so, `asr-tui doctor` tells which link breaks.",
        retry=True,
        code="TimedOut",
    )


def _tls_failed(to: str, _: int | None) -> Problem:
    return Problem(
        what=f"TLS could not be agreed on with the other side of the connection{to}.",
        remedy="Check the proxy, and that nothing on the way speaks plain HTTP.",
        code="TlsFailed",
    )


def _cut(to: str, _: int | None) -> Problem:
    return Problem(
        what=f"The connection{to} was cut before the answer came.",
        cause="Whether a write took effect is not known; it is looked up before it is tried again.",
        remedy="Try again.",
        retry=True,
        code="Disconnected",
    )


def _refused(to: str, _: int | None) -> Problem:
    return Problem(
        what=f"Nobody answers{to}.",
        remedy="Check the address, the firewall, and whether a proxy is needed (HTTPS_PROXY).",
        retry=True,
        code="ConnectionRefused",
    )


_KINDS: Final[Mapping[tuple[type[BaseException], ...], Callable[[str, int | None], Problem]]] = {
    (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError): _untrusted,
    (aiohttp.ClientProxyConnectionError,): _proxy_unreachable,
    (aiohttp.ClientConnectorDNSError,): _name_not_resolved,
    (ServiceRequestTimeoutError, ServiceResponseTimeoutError, TimeoutError): _timed_out,
    (aiohttp.ClientConnectorSSLError, ssl.SSLError): _tls_failed,
    (aiohttp.ServerDisconnectedError,): _cut,
    (ConnectionRefusedError,): _refused,
}
"""In the order in which they are looked for: the nearest to the cause first."""

_WORDS: Final[Mapping[str, Callable[[str, int | None], Problem]]] = {
    r"(?i)certificate.verify.failed": _untrusted,
    r"Tunnel connection failed: (\d{3})": _proxy_refused,
    r"(?:Unable to|Cannot) connect to proxy": _proxy_unreachable,
    r"Failed to resolve|NameResolutionError|Name or service not known|Temporary failure in name resolution": (
        _name_not_resolved
    ),
    r"timed out|ConnectTimeoutError|ReadTimeoutError": _timed_out,
    r"SSLError|WRONG_VERSION_NUMBER": _tls_failed,
    r"Connection refused": _refused,
    r"RemoteDisconnected|Connection aborted|Connection reset": _cut,
}
_NAMED_HOST: Final = re.compile(r"\bhost='([^']+)'")


def chain(error: BaseException) -> Iterator[BaseException]:
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


def host_of(error: BaseException) -> str:
    """The host that an exception is about, "" where none of its chain says so."""
    for link in chain(error):
        host = getattr(link, "host", None)
        if isinstance(host, str):
            return host
    return ""
