"""What works here and what does not, link by link: Python, terminal, files, proxy, names, TLS, clock, sign-in.

Each finding is one line. Nothing is sent but the beginning of a conversation with the chosen cloud's two addresses.
"""

from __future__ import annotations

import base64
import http.client
import os
import platform
import shutil
import socket
import ssl
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from asr_tui import __version__, console
from asr_tui.azure.cloud import Cloud
from asr_tui.session.paths import SessionPaths, state_root
from asr_tui.session.views import SignInView
from asr_tui.wording import count

SECONDS = 10.0
LARGEST_SKEW_SECONDS = 300
"""Entra ID refuses tokens of a clock that is more than five minutes off."""

_SIGN_IN_CODES = ("AADSTS", "Credential", "Certificate", "SignIn")
"""How the codes of problems begin that come before ARM is asked anything."""

OK = "ok"
WARNING = "warning"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination. ``state``: ok, warning, failed."""

    what: str
    state: str
    message: str


def local(environ: Mapping[str, str], paths: SessionPaths) -> Iterator[Finding]:
    """What concerns this machine only."""
    version = platform.python_version()
    state = OK if sys.version_info >= (3, 11) else FAILED
    yield Finding("program", state, f"asr-tui {__version__}, Python {version}, {platform.platform(terse=True)}")
    yield _terminal(environ)
    yield _directory("state directory", state_root(environ))
    yield _directory("socket directory", paths.socket.parent)
    yield from _trust(environ)


def _terminal(environ: Mapping[str, str]) -> Finding:
    term = environ.get("TERM", "")
    if not sys.stdout.isatty():
        return Finding(
            "terminal", OK, "none here: use `asr-tui walkthrough`, or run this where you would run the wizard"
        )
    columns, lines = shutil.get_terminal_size()
    signs = "ASCII" if console.wants_ascii(environ) else "Unicode"
    colours = (
        "no colour"
        if "NO_COLOR" in environ
        else "16 colours"
        if console.has_few_colours(environ)
        else "256 colours or more"
    )
    seen = f"TERM={term or 'not set'}, {columns}x{lines}, {signs}, {colours}"
    if term in {"", "dumb"}:
        return Finding("terminal", WARNING, f"{seen}; it draws nothing, so the wizard asks line by line")
    if columns < console.MIN_COLUMNS or lines < console.MIN_LINES:
        return Finding("terminal", WARNING, f"{seen}; the screens need {console.MIN_COLUMNS}x{console.MIN_LINES}")
    return Finding("terminal", OK, seen)


def _directory(what: str, path: Path) -> Finding:
    existing = path
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Finding(what, OK, f"{path} can be written")
    remedy = "set ASR_TUI_STATE_DIR" if what.startswith("state") else "set XDG_RUNTIME_DIR"
    return Finding(what, FAILED, f"{path} cannot be written; {remedy} to a directory of your own")


def _trust(environ: Mapping[str, str]) -> Iterator[Finding]:
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        value = environ.get(name, "")
        if value and not Path(value).is_file():
            yield Finding("CA bundle", FAILED, f"{name} names {value}, which is not a file")
        elif value:
            yield Finding("CA bundle", OK, f"{name}={value} replaces the system's roots of trust")


def remote(cloud: Cloud, environ: Mapping[str, str]) -> Iterator[Finding]:
    """The way to the cloud's two addresses, each link in turn; later links are not tried once one breaks."""
    for title, origin in (("sign-in", cloud.authority_host), ("ARM", cloud.arm_endpoint)):
        yield from _address(title, origin, cloud, environ)


def _address(title: str, origin: str, cloud: Cloud, environ: Mapping[str, str]) -> Iterator[Finding]:
    parts = urlsplit(origin)
    host, port = parts.hostname or "", parts.port or 443
    proxy = _proxy(host, environ)
    if proxy is not None:
        yield Finding(f"{title} proxy", OK, f"{host} is reached through {proxy.hostname}:{proxy.port or 80}")
    through, through_port = (proxy.hostname or "", proxy.port or 80) if proxy is not None else (host, port)
    try:
        found = socket.getaddrinfo(through, through_port, type=socket.SOCK_STREAM)
    except OSError as error:
        yield Finding(
            f"{title} name", FAILED, f"{through} has no address ({error.strerror}); look at DNS and the proxy"
        )
        return
    yield Finding(f"{title} name", OK, f"{through} is {found[0][4][0]}")
    try:
        context = ssl.create_default_context(cafile=_roots(cloud))
    except (OSError, ssl.SSLError) as error:
        yield Finding(f"{title} TLS", FAILED, f"{_roots(cloud)} cannot be used as roots of trust ({_reason(error)})")
        return
    connection = http.client.HTTPSConnection(through, through_port, timeout=SECONDS, context=context)
    if proxy is not None:
        connection.set_tunnel(host, port, headers=_authorization(proxy))
    with closing(connection):
        yield from _conversation(title, host, connection)


def _conversation(title: str, host: str, connection: http.client.HTTPSConnection) -> Iterator[Finding]:
    began = time.monotonic()
    try:
        connection.connect()
    except ssl.SSLCertVerificationError as error:
        yield Finding(
            f"{title} TLS",
            FAILED,
            f"the certificate of {host} is not trusted ({error.verify_message}); behind a proxy that opens TLS, "
            "set REQUESTS_CA_BUNDLE to its CA",
        )
        return
    except OSError as error:
        yield Finding(f"{title} connection", FAILED, _unreached(host, error))
        return
    yield Finding(f"{title} TLS", OK, f"{host} answers in {(time.monotonic() - began) * 1000:.0f} ms")
    try:
        connection.request("GET", "/", headers={"User-Agent": f"asr-tui/{__version__}"})
        date = connection.getresponse().headers.get("Date", "")
        skew = abs(parsedate_to_datetime(date).timestamp() - time.time())
    except (OSError, http.client.HTTPException, ValueError) as error:
        yield Finding(f"{title} clock", WARNING, f"{host} tells no time ({error or 'no Date header'})")
        return
    good = skew <= LARGEST_SKEW_SECONDS
    yield Finding(
        f"{title} clock",
        OK if good else FAILED,
        f"this clock differs by {skew:.0f} s{'' if good else '; set it right'}",
    )


def _unreached(host: str, error: OSError) -> str:
    reason = _reason(error)
    if "Tunnel connection failed: 407" in reason:
        return "the proxy wants a user name and password: put them into HTTPS_PROXY as http://user:password@host:port"
    if "Tunnel connection failed" in reason:
        return f"the proxy does not let {host} through ({reason}); ask for it to be allowed, or name it in NO_PROXY"
    if isinstance(error, ssl.SSLError):
        return f"{host} does not speak TLS here ({reason}); look at the proxy, and at what listens there"
    return f"{host} cannot be reached ({reason})"


def _reason(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or str(error) or type(error).__name__


def _proxy(host: str, environ: Mapping[str, str]) -> SplitResult | None:
    """The proxy that the environment lays down for ``host``, None for a direct way."""
    proxies = {
        name[: -len("_proxy")].lower(): value for name, value in environ.items() if name.lower().endswith("_proxy")
    }
    given = proxies.get("https", "")
    if not given or _goes_past(host, proxies.get("no", "")):
        return None
    return urlsplit(given if "//" in given else f"http://{given}")


def _goes_past(host: str, exceptions: str) -> bool:
    """Whether ``NO_PROXY`` names the host, a domain above it, or everything."""
    names = [name.strip().lower().lstrip(".").removeprefix("*.") for name in exceptions.split(",")]
    return any(name and (name == "*" or host.lower() == name or host.lower().endswith(f".{name}")) for name in names)


def _authorization(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _roots(cloud: Cloud) -> str | None:
    return str(cloud.ca_bundle) if cloud.ca_bundle is not None else None


def sign_in(view: SignInView) -> Iterator[Finding]:
    """The ways to sign in, and whether one of them is in use."""
    if view.state == "signed-in":
        yield Finding("sign-in", OK, f"signed in by {view.chosen}")
        yield Finding("ARM answer", OK, count(len(view.subscriptions), "subscription"))
    elif view.problem is not None:
        refused = view.problem.code.startswith(_SIGN_IN_CODES)
        if not refused:
            yield Finding("sign-in", OK, f"there is a token by {view.chosen}")
        yield Finding("sign-in" if refused else "ARM answer", FAILED, view.problem.sentence())
    elif view.device_code:
        yield Finding("sign-in", WARNING, "somebody has to type a device code: open the wizard for it")
    if view.keeping_problem:
        yield Finding("token store", OK, f"tokens stay in memory: {view.keeping_problem}")
    else:
        yield Finding("token store", OK, "this system may have an encrypted one: --keep-sign-in tries it out")
    for way in view.ways:
        state = WARNING if way.problem else OK
        yield Finding(f"sign-in by {way.id}", state, way.problem or f"{way.title}: can be tried here")
    if view.ways and all(way.problem for way in view.ways):
        yield Finding("sign-in", FAILED, "no way to sign in can work here")
