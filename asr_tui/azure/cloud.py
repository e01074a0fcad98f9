"""Azure clouds: where ARM answers, who signs in, what the other addresses end in.

Practice is one more cloud: its endpoints stand in the environment, because the emulator chooses a free port at each start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from asr_tui.model.problem import Problem, ProblemError

PUBLIC: Final = "public"
USGOV: Final = "usgov"
CHINA: Final = "china"
PRACTICE: Final = "practice"

ANSWER_SECONDS: Final = 60.0
"""Between two pieces of an answer. The slowest lists take their time to the first one, but not this long."""
_LONGEST_ANSWER_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Cloud:
    """One Azure cloud.

    ``arm_endpoint`` and ``authority_host`` are origins without a trailing slash (``https://management.azure.com``).
    ``audience`` is the resource that tokens are asked for; ``ca_bundle`` a PEM file that replaces the system's roots, None
    for those. ``portal`` is the web portal's origin, "" where there is none. ``suffixes`` are DNS suffixes by service:
    blob, vault, servicebus, recovery. ``known_authority``: Microsoft's own instance discovery knows the authority, so that
    asking it is right; a practice or private one must never be asked about elsewhere. ``answer_seconds``: an answer that
    stays away for so long is given up, and asked for again where that is safe.
    """

    name: str
    title: str
    arm_endpoint: str
    authority_host: str
    audience: str
    portal: str = ""
    ca_bundle: Path | None = None
    suffixes: tuple[tuple[str, str], ...] = ()
    known_authority: bool = True
    answer_seconds: float = ANSWER_SECONDS

    @property
    def scopes(self) -> tuple[str, ...]:
        """The OAuth scopes of an ARM token. The audience keeps its trailing slash, hence two in a row."""
        return (f"{self.audience}/.default",)

    @property
    def arm_host(self) -> str:
        """Host (and port) of ARM, lower case."""
        return urlsplit(self.arm_endpoint).netloc.lower()

    @property
    def authority_netloc(self) -> str:
        """Host (and port) of the sign-in endpoint, lower case."""
        return urlsplit(self.authority_host).netloc.lower()

    def suffix(self, service: str) -> str:
        """The DNS suffix of ``service``, "" where this cloud does not tell it."""
        return dict(self.suffixes).get(service, "")

    def portal_link(self, resource_id: str) -> str:
        """The address of a resource in the web portal, "" where this cloud has none."""
        return f"{self.portal}/#resource{resource_id}" if self.portal else ""


_BUILT_IN: Final[Mapping[str, Cloud]] = {
    PUBLIC: Cloud(
        name=PUBLIC,
        title="Azure",
        arm_endpoint="https://management.azure.com",
        authority_host="https://login.microsoftonline.com",
        audience="https://management.azure.com/",
        portal="https://portal.azure.com",
        suffixes=(
            ("blob", "blob.core.windows.net"),
            ("vault", "vault.azure.net"),
            ("servicebus", "servicebus.windows.net"),
            ("recovery", "hypervrecoverymanager.windowsazure.com"),
        ),
    ),
    USGOV: Cloud(
        name=USGOV,
        title="Azure US Government",
        arm_endpoint="https://management.usgovcloudapi.net",
        authority_host="https://login.microsoftonline.us",
        audience="https://management.usgovcloudapi.net/",
        portal="https://portal.azure.us",
        suffixes=(
            ("blob", "blob.core.usgovcloudapi.net"),
            ("vault", "vault.usgovcloudapi.net"),
            ("servicebus", "servicebus.usgovcloudapi.net"),
            ("recovery", "hypervrecoverymanager.windowsazure.us"),
        ),
    ),
    CHINA: Cloud(
        name=CHINA,
        title="Azure China",
        arm_endpoint="https://management.chinacloudapi.cn",
        authority_host="https://login.chinacloudapi.cn",
        audience="https://management.chinacloudapi.cn/",
        portal="https://portal.azure.cn",
        suffixes=(
            ("blob", "blob.core.chinacloudapi.cn"),
            ("vault", "vault.azure.cn"),
            ("servicebus", "servicebus.chinacloudapi.cn"),
            ("recovery", "hypervrecoverymanager.windowsazure.cn"),
        ),
    ),
}

NAMES: Final[tuple[str, ...]] = (*_BUILT_IN, PRACTICE)


def named(name: str, environ: Mapping[str, str]) -> Cloud:
    """The cloud of that name; ``practice`` is made from ``environ``, a path ending in .yaml is read as a private cloud.

    Roots of trust: ``REQUESTS_CA_BUNDLE``, else ``SSL_CERT_FILE``, else the system's. ``ASR_TUI_ANSWER_SECONDS``: how long
    an answer may stay away.

    Raises:
        ProblemError: no such cloud, or its description is incomplete.
    """
    return replace(_named(name, environ), answer_seconds=_answer_seconds(environ))


def _answer_seconds(environ: Mapping[str, str]) -> float:
    text = environ.get("ASR_TUI_ANSWER_SECONDS", "")
    if not text:
        return ANSWER_SECONDS
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_ANSWER_SECONDS:
        raise ProblemError(
            Problem(
                what=f"ASR_TUI_ANSWER_SECONDS is {text!r}, which is no time to wait for an answer.",
                remedy=f"Give seconds, above 0 and up to {_LONGEST_ANSWER_SECONDS:g}, or leave it out.",
                where="cloud",
            )
        )
    return seconds


def _named(name: str, environ: Mapping[str, str]) -> Cloud:
    if name == PRACTICE:
        return practice(environ)
    if name.endswith((".yaml", ".yml")):
        return from_file(Path(name), environ)
    cloud = _BUILT_IN.get(name)
    if cloud is None:
        raise ProblemError(
            Problem(
                what=f"There is no cloud named {name!r}.",
                remedy=f"Use one of {', '.join(NAMES)}, or the path of a .yaml file that describes a private cloud.",
                where="cloud",
            )
        )
    return _with_roots(cloud, environ)


def practice(environ: Mapping[str, str]) -> Cloud:
    """The practice cloud from the emulator's exports: ``ASR_TUI_ARM_ENDPOINT``, ``AZURE_AUTHORITY_HOST``, ``REQUESTS_CA_BUNDLE``.

    Raises:
        ProblemError: an export is missing.
    """
    missing = [name for name in ("ASR_TUI_ARM_ENDPOINT", "AZURE_AUTHORITY_HOST") if not environ.get(name)]
    if missing:
        raise ProblemError(
            Problem(
                what=f"The practice cloud's address is not known: {' and '.join(missing)} not set.",
                remedy="Start with --practice, or export what `asr-tui emulator` prints.",
                where="cloud",
            )
        )
    arm = _origin(environ["ASR_TUI_ARM_ENDPOINT"])
    # The emulator issues tokens for its own audience, which it prints beside its endpoints.
    audience = environ.get("ASR_TUI_ARM_AUDIENCE", _BUILT_IN[PUBLIC].audience)
    cloud = Cloud(
        name=PRACTICE,
        title="Practice cloud",
        arm_endpoint=arm,
        authority_host=_origin(environ["AZURE_AUTHORITY_HOST"]),
        audience=audience,
        suffixes=_BUILT_IN[PUBLIC].suffixes,
        known_authority=False,
    )
    return _with_roots(cloud, environ)


def from_file(path: Path, environ: Mapping[str, str]) -> Cloud:
    """A private cloud out of a YAML file.

    Fields: ``name``, ``arm_endpoint``, ``authority_host``, ``audience`` are needed; ``title``, ``portal``, ``ca_bundle``
    and ``suffixes`` (a mapping) may be left out.

    Raises:
        ProblemError: the file cannot be read, is not YAML, or a field is missing or wrong; the problem names it.
    """
    fields = _read_mapping(path)
    for required in ("name", "arm_endpoint", "authority_host", "audience"):
        if not isinstance(fields.get(required), str):
            raise _bad_file(path, f"the field {required!r} is missing or not a text")
    for address in ("arm_endpoint", "authority_host"):
        if urlsplit(fields[address]).scheme != "https":
            raise _bad_file(path, f"{address!r} must start with https://, for tokens are sent there")
    suffixes = fields.get("suffixes", {})
    if not isinstance(suffixes, dict):
        raise _bad_file(path, "'suffixes' must be a mapping of service to DNS suffix")
    bundle = fields.get("ca_bundle")
    cloud = Cloud(
        name=fields["name"],
        title=str(fields.get("title", fields["name"])),
        arm_endpoint=_origin(fields["arm_endpoint"]),
        authority_host=_origin(fields["authority_host"]),
        audience=fields["audience"],
        portal=str(fields.get("portal", "")).rstrip("/"),
        ca_bundle=Path(bundle) if isinstance(bundle, str) else None,
        suffixes=tuple((str(service), str(suffix)) for service, suffix in suffixes.items()),
        known_authority=False,
    )
    return cloud if cloud.ca_bundle else _with_roots(cloud, environ)


def _read_mapping(path: Path) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _bad_file(path, error.strerror or str(error)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _bad_file(path, f"it is not YAML ({error})") from error
    if not isinstance(loaded, dict):
        raise _bad_file(path, "it must hold a mapping of fields")
    return loaded


def _bad_file(path: Path, why: str) -> ProblemError:
    return ProblemError(
        Problem(what=f"The cloud file {path} cannot be used: {why}.", remedy="Correct the file.", where="cloud")
    )


def _origin(address: str) -> str:
    return address.rstrip("/")


def _with_roots(cloud: Cloud, environ: Mapping[str, str]) -> Cloud:
    bundle = environ.get("REQUESTS_CA_BUNDLE") or environ.get("SSL_CERT_FILE")
    if not bundle:
        return cloud
    return replace(cloud, ca_bundle=Path(bundle))
