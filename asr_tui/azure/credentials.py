"""Ways to sign in, all through azure-identity: which can work here, and the credential of the chosen one.

Secrets stay in the environment and in memory. Nothing here writes a file, and nothing logs a token, a code or a secret.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import (
    CertificateCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from asr_tui.azure.az_session import AzSession
from asr_tui.azure.cloud import Cloud
from asr_tui.azure.device_code import DeviceCodeSignIn, Kept, OnDeviceCode
from asr_tui.azure.transport import USER_AGENT, GuardedTransport
from asr_tui.model.problem import Problem, ProblemError

CLI: Final = "cli"
DEVICE_CODE: Final = "device-code"
MANAGED_IDENTITY: Final = "managed-identity"
WORKLOAD_IDENTITY: Final = "workload-identity"
ENVIRONMENT: Final = "environment"

WAYS: Final[Mapping[str, tuple[str, str]]] = {
    CLI: ("az CLI session", "the account that az is signed in with on this machine"),
    DEVICE_CODE: ("Device code", "a short code for a browser on any machine"),
    MANAGED_IDENTITY: ("Managed identity", "the identity of this machine itself; nobody is asked"),
    WORKLOAD_IDENTITY: ("Workload identity", "a federated token that the platform puts into a file"),
    ENVIRONMENT: ("Service principal", "client id and secret (or certificate) of the environment"),
}
"""Title of each way, and what it takes."""

_IMDS_HOST: Final = "169.254.169.254"
_CHASSIS: Final = Path("/sys/class/dmi/id/chassis_asset_tag")
# The asset tag that every Azure VM carries, which is how cloud-init and WALinuxAgent know one too.
_AZURE_CHASSIS: Final = "7783-7084-3265-9085-8269-3286-77"


@dataclass(frozen=True, slots=True)
class Way:
    """A way to sign in. ``problem`` says why it cannot work here, "" where nothing speaks against it."""

    id: str
    title: str
    hint: str
    problem: str = ""


def ways(cloud: Cloud, environ: Mapping[str, str]) -> tuple[Way, ...]:
    """All ways in, each with what speaks against it as far as can be seen at once (files and variables, no network)."""
    tests = {
        CLI: _cli_problem,
        DEVICE_CODE: lambda _: "",
        MANAGED_IDENTITY: lambda env: _managed_identity_problem(cloud, env),
        WORKLOAD_IDENTITY: _workload_identity_problem,
        ENVIRONMENT: _environment_problem,
    }
    return tuple(Way(way, title, hint, tests[way](environ)) for way, (title, hint) in WAYS.items())


def likely_way(cloud: Cloud, environ: Mapping[str, str]) -> str:
    """The way to offer first: a service principal that the environment was set up for, else az, else device code."""
    usable = {way.id for way in ways(cloud, environ) if not way.problem}
    return next((way for way in (WORKLOAD_IDENTITY, ENVIRONMENT, CLI) if way in usable), DEVICE_CODE)


def hosts(way: str, environ: Mapping[str, str]) -> frozenset[str]:
    """The hosts beyond the cloud's own that a way has to speak to (the machine's identity endpoint)."""
    if way != MANAGED_IDENTITY:
        return frozenset()
    named = [
        environ.get(name, "") for name in ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")
    ]
    return frozenset({_IMDS_HOST, *(urlsplit(address).netloc.lower() for address in named if address)})


def credential(
    cloud: Cloud,
    way: str,
    tenant: str,
    *,
    environ: Mapping[str, str],
    transport: GuardedTransport,
    on_device_code: OnDeviceCode,
    kept: Kept | None = None,
) -> AsyncTokenCredential:
    """The credential of a way in. Nothing is sent yet.

    ``tenant`` "" means the environment's, or the account's own. ``on_device_code`` is called (on the event loop) whenever a
    code has to be shown, also for a new code after one ran out. ``kept``: where to keep a sign-in that a person makes; None
    for memory only.

    Raises:
        ProblemError: no such way, or what it needs is not there.
    """
    found = next((entry for entry in ways(cloud, environ) if entry.id == way), None)
    if found is None:
        raise ProblemError(
            Problem(
                what=f"There is no way to sign in named {way!r}.", remedy=f"Use one of {', '.join(WAYS)}.", where="auth"
            )
        )
    if found.problem:
        raise ProblemError(
            Problem(
                what=f"{found.title} cannot be used: {found.problem}",
                remedy="Choose another way in.",
                where="auth",
                code="CredentialUnavailable",
            )
        )
    tenant = tenant or environ.get("AZURE_TENANT_ID", "")
    options: dict[str, Any] = {
        "authority": cloud.authority_host,
        # Microsoft's own instance discovery must not be asked about a practice or private authority.
        "disable_instance_discovery": not cloud.known_authority,
        "transport": transport,
        "user_agent": USER_AGENT,
    }
    if way == CLI:
        return AzSession(tenant)
    if way == DEVICE_CODE:
        return DeviceCodeSignIn(cloud, tenant, on_device_code, kept)
    if way == MANAGED_IDENTITY:
        return ManagedIdentityCredential(
            client_id=environ.get("AZURE_CLIENT_ID") or None, transport=transport, user_agent=USER_AGENT
        )
    if way == WORKLOAD_IDENTITY:
        return WorkloadIdentityCredential(
            tenant_id=tenant,
            client_id=environ["AZURE_CLIENT_ID"],
            token_file_path=environ["AZURE_FEDERATED_TOKEN_FILE"],
            **options,
        )
    return _service_principal(tenant, environ, options)


def _service_principal(tenant: str, environ: Mapping[str, str], options: dict[str, Any]) -> AsyncTokenCredential:
    secret = environ.get("AZURE_CLIENT_SECRET")
    if secret:
        return ClientSecretCredential(tenant, environ["AZURE_CLIENT_ID"], secret, **options)
    try:
        return CertificateCredential(
            tenant,
            environ["AZURE_CLIENT_ID"],
            environ["AZURE_CLIENT_CERTIFICATE_PATH"],
            password=environ.get("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
            send_certificate_chain=environ.get("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "").lower() in {"1", "true"},
            **options,
        )
    except (ValueError, OSError) as error:
        raise ProblemError(
            Problem(
                what="The certificate in AZURE_CLIENT_CERTIFICATE_PATH cannot be used.",
                cause="It must be a PEM or PKCS12 file with its private key, and the password must fit.",
                remedy="Check the file and AZURE_CLIENT_CERTIFICATE_PASSWORD.",
                detail=str(error),
                where="auth",
                code="CertificateUnusable",
            )
        ) from error


def _cli_problem(environ: Mapping[str, str]) -> str:
    if not shutil.which("az", path=environ.get("PATH")):
        return "az is not installed, or not on the PATH."
    folder = environ.get("AZURE_CONFIG_DIR") or (f"{environ['HOME']}/.azure" if environ.get("HOME") else "")
    return "" if not folder or _has_az_session(Path(folder)) else "az is not signed in here: run az login first."


def _has_az_session(folder: Path) -> bool:
    """Whether az keeps a sign-in there: its profile names the subscriptions of each one (no secret stands in it)."""
    try:
        profile = json.loads((folder / "azureProfile.json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False
    return isinstance(profile, dict) and bool(profile.get("subscriptions"))


def _managed_identity_problem(cloud: Cloud, environ: Mapping[str, str]) -> str:
    if any(environ.get(name) for name in ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")):
        return ""
    if not cloud.known_authority:
        # The address of Azure's machines would answer with tokens of another cloud, if at all.
        return "this cloud's identity endpoint is not named in IDENTITY_ENDPOINT."
    return "" if _is_azure_vm(_CHASSIS) else "this machine is not an Azure VM, and IDENTITY_ENDPOINT is not set."


def _is_azure_vm(chassis: Path) -> bool:
    """Whether the hardware says that this is an Azure VM; a machine that does not tell is given the benefit of the doubt."""
    try:
        return chassis.read_text(encoding="ascii", errors="replace").strip() == _AZURE_CHASSIS
    except OSError:
        return True


def _workload_identity_problem(environ: Mapping[str, str]) -> str:
    missing = _missing(environ, "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE")
    if missing:
        return missing
    file = Path(environ["AZURE_FEDERATED_TOKEN_FILE"])
    return "" if file.is_file() else f"AZURE_FEDERATED_TOKEN_FILE names {file}, which does not exist."


def _environment_problem(environ: Mapping[str, str]) -> str:
    missing = _missing(environ, "AZURE_TENANT_ID", "AZURE_CLIENT_ID")
    if missing:
        return missing
    if environ.get("AZURE_CLIENT_SECRET"):
        return ""
    path = environ.get("AZURE_CLIENT_CERTIFICATE_PATH")
    if not path:
        return "neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE_PATH is set."
    return "" if Path(path).is_file() else f"AZURE_CLIENT_CERTIFICATE_PATH names {path}, which does not exist."


def _missing(environ: Mapping[str, str], *names: str) -> str:
    missing = [name for name in names if not environ.get(name)]
    return f"{' and '.join(missing)} not set." if missing else ""
