"""Every way in, through the unmodified azure-identity, against the emulator's Entra ID endpoints."""

from __future__ import annotations

import asyncio
import json
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
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from practice_cloud import Connect, PracticeCloud, StartEmulator

from asr_tui.azure import credentials
from asr_tui.azure.cloud import named
from asr_tui.azure.device_code import DeviceCode
from asr_tui.azure.estate_reader import read_subscriptions
from asr_tui.azure.observation import RequestRecord
from asr_tui.model.problem import ProblemError

ROBOT = "aaaaaaaa-0000-4000-8000-000000000001"
ESTATE = """
name: people
principals:
  robot: {client_id: aaaaaaaa-0000-4000-8000-000000000001, secret: one, roles: [Owner]}
  ada@contoso.com: {client_id: aaaaaaaa-0000-4000-8000-000000000002, kind: user, roles: [Reader]}
  identity: {client_id: aaaaaaaa-0000-4000-8000-000000000003, kind: managedIdentity, roles: [Reader]}
  stale: {client_id: aaaaaaaa-0000-4000-8000-000000000004, secret: four, expired_secret: true}
  blocked: {client_id: aaaaaaaa-0000-4000-8000-000000000005, secret: five, refused: "53003"}
  brief: {client_id: aaaaaaaa-0000-4000-8000-000000000006, secret: six, roles: [Reader], token_seconds: 1}
"""


@pytest.fixture
def people(start_emulator: StartEmulator, tmp_path: Path) -> PracticeCloud:
    estate = tmp_path / "people.yaml"
    estate.write_text(ESTATE, encoding="utf-8")
    return start_emulator("--estate", str(estate), "--speed", "60")


def certificate() -> str:
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


def assertion() -> str:
    """A token of somebody else's, as a cluster mounts it into a pod."""
    now = int(time.time())
    claims = {
        "iss": "https://ci.example",
        "sub": "repo:main",
        "aud": "api://AzureADTokenExchange",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 600,
    }
    return jwt.encode(claims, "a key of somebody else, long enough for HS256", algorithm="HS256")


def as_principal(people: PracticeCloud, number: int, secret: str) -> dict[str, str]:
    return {**people.environ, "AZURE_CLIENT_ID": f"{ROBOT[:-1]}{number}", "AZURE_CLIENT_SECRET": secret}


async def test_a_secret_signs_in(people: PracticeCloud, connect: Connect) -> None:
    async with connect(people) as clients:
        assert await clients.principal() == ROBOT
        assert [subscription.id for subscription in await read_subscriptions(clients)] == [people.subscription_id]


@pytest.mark.parametrize(
    ("number", "secret", "code"),
    [
        (1, "not-this-one", "AADSTS7000215"),
        (4, "four", "AADSTS7000222"),
        (5, "five", "AADSTS53003"),
        (9, "nine", "AADSTS700016"),
    ],
)
async def test_a_refusal_says_what_it_means(
    number: int, secret: str, code: str, people: PracticeCloud, connect: Connect
) -> None:
    async with connect(people, environ=as_principal(people, number, secret)) as clients:
        with pytest.raises(ProblemError) as refused:
            await read_subscriptions(clients)
        with pytest.raises(ProblemError) as again:
            await clients.principal()
    assert refused.value.problem.code == again.value.problem.code == code
    assert refused.value.problem.remedy and secret not in repr(refused.value.problem)


async def test_a_tenant_that_does_not_exist(people: PracticeCloud, connect: Connect) -> None:
    async with connect(people, tenant="00000000-1111-4222-8333-444444444444") as clients:
        with pytest.raises(ProblemError) as refused:
            await clients.principal()
    assert refused.value.problem.code == "AADSTS90002" and "--tenant" in refused.value.problem.remedy


async def test_a_certificate_signs_in(people: PracticeCloud, connect: Connect, tmp_path: Path) -> None:
    file = tmp_path / "robot.pem"
    file.write_text(certificate(), encoding="utf-8")
    environ = {**people.environ, "AZURE_CLIENT_CERTIFICATE_PATH": str(file)}
    del environ["AZURE_CLIENT_SECRET"]
    async with connect(people, environ=environ) as clients:
        assert await clients.principal() == ROBOT
    file.write_text("no certificate at all", encoding="utf-8")
    with pytest.raises(ProblemError) as unusable:
        async with connect(people, environ=environ):
            pytest.fail("a file that is no certificate was accepted")
    assert unusable.value.problem.code == "CertificateUnusable"


async def test_a_federated_token_signs_in(people: PracticeCloud, connect: Connect, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(assertion(), encoding="utf-8")
    environ = {**people.environ, "AZURE_FEDERATED_TOKEN_FILE": str(file)}
    async with connect(people, credentials.WORKLOAD_IDENTITY, environ=environ) as clients:
        assert await clients.principal() == ROBOT


async def test_a_managed_identity_signs_in(
    people: PracticeCloud, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = people.control("GET", "status")
    endpoint = {"IDENTITY_ENDPOINT": status["identity_endpoint"], "IDENTITY_HEADER": status["identity_header"]}
    for name, value in endpoint.items():
        monkeypatch.setenv(name, value)  # azure-identity looks at the process's own environment
    environ = {**people.environ, **endpoint}
    del environ["AZURE_CLIENT_ID"]
    async with connect(people, credentials.MANAGED_IDENTITY, environ=environ) as clients:
        assert await clients.principal() == f"{ROBOT[:-1]}3"


async def test_the_az_cli_signs_in(
    people: PracticeCloud, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A program named az that answers as az does, with a token that the emulator issued."""
    async with connect(people) as clients:
        token = await clients._credential.get_token(*people.cloud.scopes)
    answer = {
        "accessToken": token.token,
        "expiresOn": "2099-01-01 00:00:00.000000",
        "expires_on": token.expires_on,
        "subscription": people.subscription_id,
        "tenant": people.environ["AZURE_TENANT_ID"],
        "tokenType": "Bearer",
    }
    program = tmp_path / "az"
    program.write_text(f"#!{sys.executable}\nprint({json.dumps(json.dumps(answer))})\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    environ = {**people.environ, "PATH": f"{tmp_path}:/usr/bin:/bin", "AZURE_CONFIG_DIR": str(tmp_path)}
    with pytest.raises(ProblemError, match="az login"):
        async with connect(people, credentials.CLI, environ=environ):
            pytest.fail("az was taken for signed in")
    profile = {"subscriptions": [{"id": people.subscription_id}]}
    (tmp_path / "azureProfile.json").write_text(json.dumps(profile), encoding="utf-8-sig")
    async with connect(people, credentials.CLI, environ=environ) as clients:
        assert await clients.principal() == ROBOT
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.exit('ERROR: Please run \\'az login\\' to setup account.')\n",
        encoding="utf-8",
    )
    async with connect(people, credentials.CLI, environ=environ) as clients:
        with pytest.raises(ProblemError) as refused:
            await clients.principal()
    assert refused.value.problem.what.startswith("az has to sign in") and "az login" in refused.value.problem.remedy


def approve(people: PracticeCloud, code: DeviceCode) -> None:
    """Type the code on the page, as a person would in a browser."""
    context = ssl.create_default_context(cafile=people.environ["REQUESTS_CA_BUNDLE"])
    with urllib.request.urlopen(code.url, context=context, timeout=30) as response:  # noqa: S310
        user = re.search(r'value="([0-9a-f-]{36})">ada@contoso.com', response.read().decode())
    assert user is not None
    form = urllib.parse.urlencode({"user_code": code.code, "user": user.group(1)}).encode()
    urllib.request.urlopen(code.url, form, context=context, timeout=30).close()  # noqa: S310


async def test_a_device_code_is_shown_and_signs_in(people: PracticeCloud, connect: Connect) -> None:
    shown: asyncio.Queue[DeviceCode] = asyncio.Queue()
    async with connect(people, credentials.DEVICE_CODE, on_device_code=shown.put_nowait) as clients:
        signing_in = asyncio.create_task(clients.principal())
        code = await shown.get()
        assert re.fullmatch("[A-Z2-9]{9}", code.code) and code.url.endswith("/devicelogin")
        assert code.expires > datetime.now(UTC) + timedelta(minutes=10)
        assert not signing_in.done()
        await asyncio.to_thread(approve, people, code)
        assert await signing_in == "ada@contoso.com"
        assert len(await read_subscriptions(clients)) == 1
        assert shown.empty()


async def test_a_revoked_token_is_replaced_mid_run(people: PracticeCloud, connect: Connect) -> None:
    async with connect(people) as clients:
        await read_subscriptions(clients)
        people.control("POST", "revoke", {"principal": "robot"})
        assert len(await read_subscriptions(clients)) == 1
        assert await clients.principal() == ROBOT
    subscriptions = [entry["status"] for entry in people.log() if entry["path"] == "/subscriptions"]
    assert subscriptions == [200, 401, 200]


async def test_a_revoked_person_is_asked_again(people: PracticeCloud, connect: Connect) -> None:
    shown: asyncio.Queue[DeviceCode] = asyncio.Queue()
    async with connect(people, credentials.DEVICE_CODE, on_device_code=shown.put_nowait) as clients:
        first = asyncio.create_task(read_subscriptions(clients))
        await asyncio.to_thread(approve, people, await shown.get())
        await first
        people.control("POST", "revoke", {"principal": "ada@contoso.com"})
        second = asyncio.create_task(read_subscriptions(clients))
        code = await shown.get()
        await asyncio.to_thread(approve, people, code)
        assert len(await second) == 1


async def test_a_token_that_runs_out_is_renewed(people: PracticeCloud, connect: Connect) -> None:
    asked: list[RequestRecord] = []
    async with connect(people, environ=as_principal(people, 6, "six"), observe=asked.append) as clients:
        first = await clients._credential.get_token(*people.cloud.scopes, enable_cae=True)
        while time.time() <= first.expires_on:
            await asyncio.to_thread(people.control, "GET", "status")
        assert len(await read_subscriptions(clients)) == 1
    assert sum(record.path.endswith("/token") for record in asked) == 2
    assert {record.status for record in asked} == {200}


def test_each_way_says_beforehand_why_it_cannot_work(tmp_path: Path) -> None:
    cloud = named("public", {})
    problems = {way.id: way.problem for way in credentials.ways(cloud, {"PATH": str(tmp_path)})}
    assert problems[credentials.DEVICE_CODE] == ""
    assert "az is not installed" in problems[credentials.CLI]
    assert problems[credentials.ENVIRONMENT] == "AZURE_TENANT_ID and AZURE_CLIENT_ID not set."
    assert "AZURE_FEDERATED_TOKEN_FILE" in problems[credentials.WORKLOAD_IDENTITY]
    some = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "PATH": str(tmp_path)}
    problems = {way.id: way.problem for way in credentials.ways(cloud, some)}
    assert "neither" in problems[credentials.ENVIRONMENT]
    gone = {
        **some,
        "AZURE_CLIENT_CERTIFICATE_PATH": str(tmp_path / "x"),
        "AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "y"),
    }
    problems = {way.id: way.problem for way in credentials.ways(cloud, gone)}
    assert "does not exist" in problems[credentials.ENVIRONMENT]
    assert "does not exist" in problems[credentials.WORKLOAD_IDENTITY]
    assert credentials.likely_way(cloud, some) == credentials.DEVICE_CODE
    assert credentials.likely_way(cloud, {**some, "AZURE_CLIENT_SECRET": "s"}) == credentials.ENVIRONMENT


@pytest.mark.parametrize(
    ("tag", "is_one"), [("7783-7084-3265-9085-8269-3286-77\n", True), ("No Asset Tag\n", False), (None, True)]
)
def test_an_azure_vm_is_known_by_its_hardware(
    tag: str | None, is_one: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chassis = tmp_path / "chassis_asset_tag"
    if tag is not None:
        chassis.write_text(tag, encoding="ascii")
    monkeypatch.setattr(credentials, "_CHASSIS", chassis)
    problems = {way.id: way.problem for way in credentials.ways(named("public", {}), {})}
    assert (problems[credentials.MANAGED_IDENTITY] == "") is is_one
    told = {way.id: way.problem for way in credentials.ways(named("public", {}), {"IDENTITY_ENDPOINT": "http://x"})}
    assert told[credentials.MANAGED_IDENTITY] == ""


async def test_a_way_that_cannot_work_is_refused_in_one_sentence(people: PracticeCloud, connect: Connect) -> None:
    for way, words in (("carrier-pigeon", "no way to sign in"), (credentials.MANAGED_IDENTITY, "cannot be used")):
        with pytest.raises(ProblemError, match=words):
            async with connect(people, way):
                pytest.fail(f"{way} was accepted")
