"""A practice cloud whose people sign in by every way, and what a test needs to be each of them."""

from __future__ import annotations

import re
import ssl
import stat
import sys
import time
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from asr_tui.resources import assets
from tests.practice import PracticeCloud

TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|[A-Za-z0-9._-]{200,}")
"""What a token looks like where one was written."""

ADA = "ada@contoso.com"
ROBOT, READER, IDENTITY = (f"aaaaaaaa-0000-4000-8000-00000000000{number}" for number in range(1, 4))
PRINCIPALS = {
    "robot": {"client_id": ROBOT, "secret": "one", "roles": ["Owner"]},
    "reader": {"client_id": READER, "secret": "four", "roles": ["Reader"]},
    "identity": {"client_id": IDENTITY, "kind": "managedIdentity", "roles": ["Owner"]},
    ADA: {"client_id": "aaaaaaaa-0000-4000-8000-000000000006", "kind": "user", "roles": ["Owner"]},
}

_AZ = """#!{python}
# Stands in for the az program: prints what `az account get-access-token` prints, with a token of the practice cloud.
import json, ssl, sys, time, urllib.error, urllib.parse, urllib.request
form = {{"grant_type": "client_credentials", "client_id": {client!r}, "client_secret": "one",
        "scope": "https://management.azure.com//.default"}}
address = {authority!r} + "/" + {tenant!r} + "/oauth2/v2.0/token"
context = ssl.create_default_context(cafile={bundle!r})
try:
    answer = json.load(urllib.request.urlopen(address, urllib.parse.urlencode(form).encode(), context=context))
except urllib.error.HTTPError as error:
    told = json.load(error)["error_description"]
    sys.exit("ERROR: " + told + "\\nInteractive authentication is needed. Please run:\\naz login")
print(json.dumps({{"accessToken": answer["access_token"], "expiresOn": "2099-01-01 00:00:00.000000",
                  "expires_on": int(time.time()) + answer["expires_in"], "subscription": "s", "tenant": {tenant!r},
                  "tokenType": "Bearer"}}))
"""


def estate(folder: Path, **changes: dict[str, object]) -> Path:
    """The starter estate with these people, as a file."""
    document = yaml.safe_load((assets() / "estates" / "starter.yaml").read_text(encoding="utf-8"))
    document |= {
        "name": "people",
        "principals": {name: fields | changes.get(name, {}) for name, fields in PRINCIPALS.items()},
    }
    file = folder / "people.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return file


def being(cloud: PracticeCloud, client_id: str, secret: str) -> dict[str, str]:
    """The environment of a service principal."""
    return {**cloud.environ, "AZURE_CLIENT_ID": client_id, "AZURE_CLIENT_SECRET": secret}


def without_principal(cloud: PracticeCloud) -> dict[str, str]:
    """The environment of somebody who has no service principal."""
    return {
        name: value for name, value in cloud.environ.items() if name not in {"AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"}
    }


def with_identity(cloud: PracticeCloud) -> dict[str, str]:
    """The environment of a machine with a managed identity."""
    status = cloud.control("GET", "status")
    told = {"IDENTITY_ENDPOINT": status["identity_endpoint"], "IDENTITY_HEADER": status["identity_header"]}
    return {**without_principal(cloud), **told}


def with_certificate(cloud: PracticeCloud, folder: Path) -> dict[str, str]:
    """The environment of a service principal that has a certificate in place of a secret."""
    file = folder / "robot.pem"
    file.write_text(_certificate(), encoding="utf-8")
    return {
        **without_principal(cloud),
        "AZURE_CLIENT_ID": ROBOT,
        "AZURE_CLIENT_CERTIFICATE_PATH": str(file),
    }


def with_federation(cloud: PracticeCloud, folder: Path) -> dict[str, str]:
    """The environment of a pod (or a pipeline) into which somebody else's token is mounted."""
    file = folder / "federated-token"
    now = int(time.time())
    claims = {
        "iss": "https://ci.example",
        "sub": "repo:main",
        "aud": "api://AzureADTokenExchange",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 3600,
    }
    file.write_text(jwt.encode(claims, "a key of somebody else, long enough for HS256", algorithm="HS256"))
    return {**without_principal(cloud), "AZURE_CLIENT_ID": ROBOT, "AZURE_FEDERATED_TOKEN_FILE": str(file)}


def _certificate() -> str:
    """A self-signed certificate with its key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "robot")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM).decode() + private.decode()


def with_az(cloud: PracticeCloud, folder: Path) -> dict[str, str]:
    """The environment of a machine on which somebody is signed in to az."""
    program = folder / "az"
    text = _AZ.format(
        python=sys.executable,
        client=ROBOT,
        authority=cloud.environ["AZURE_AUTHORITY_HOST"],
        tenant=cloud.environ["AZURE_TENANT_ID"],
        bundle=cloud.environ["REQUESTS_CA_BUNDLE"],
    )
    program.write_text(text, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "azureProfile.json").write_text('{"subscriptions": [{"id": "s"}]}', encoding="utf-8")
    return {**without_principal(cloud), "PATH": f"{folder}:/usr/bin:/bin", "AZURE_CONFIG_DIR": str(folder)}


def type_code(cloud: PracticeCloud, url: str, code: str, who: str = ADA) -> None:
    """Type a device code on the page, as a person would in a browser."""
    context = ssl.create_default_context(cafile=cloud.environ["REQUESTS_CA_BUNDLE"])
    with urllib.request.urlopen(url, context=context, timeout=30) as response:  # noqa: S310  our own loopback address
        user = re.search(rf'value="([0-9a-f-]{{36}})">{re.escape(who)}', response.read().decode())
    assert user is not None
    form = urllib.parse.urlencode({"user_code": code, "user": user.group(1)}).encode()
    urllib.request.urlopen(url, form, context=context, timeout=30).close()  # noqa: S310  our own loopback address
