"""Entra ID: every way to sign in, with azure-identity and MSAL unmodified, and every way to be refused."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    CredentialUnavailableError,
    DeviceCodeCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from asr_tui.emulator import tenancy

SCOPE = "https://management.azure.com/.default"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
ESTATE = """
name: people
tenant: {id: 5b8d9f6e-3c1a-4e57-9d2b-70c4a1e8f3b5, name: Contoso, domain: contoso.onmicrosoft.com}
subscriptions:
  - {id: 11111111-2222-4333-8444-555555555555, name: People}
principals:
  robot: {client_id: aaaaaaaa-0000-4000-8000-000000000001, secret: one, roles: [Owner]}
  ada@contoso.com: {client_id: aaaaaaaa-0000-4000-8000-000000000002, kind: user, roles: [Reader]}
  identity: {client_id: aaaaaaaa-0000-4000-8000-000000000003, kind: managedIdentity, roles: [Reader]}
  stale: {client_id: aaaaaaaa-0000-4000-8000-000000000004, secret: four, expired_secret: true}
  blocked: {client_id: aaaaaaaa-0000-4000-8000-000000000005, secret: five, refused: "53003"}
  outsider: {client_id: aaaaaaaa-0000-4000-8000-000000000006, secret: six, refused: "50105"}
"""
TENANT = "5b8d9f6e-3c1a-4e57-9d2b-70c4a1e8f3b5"
ROBOT = "aaaaaaaa-0000-4000-8000-000000000001"


@pytest.fixture
def people(make_cloud: Callable[..., Any]) -> Any:
    return make_cloud(ESTATE)


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def trusted(served: Any) -> dict[str, Any]:
    return {"authority": served.authority, "disable_instance_discovery": True}


# ---------------------------------------------------------------- azure-identity, over TLS


def test_a_certificate_signs_in_and_another_one_does_not(serve: Callable[..., Any]) -> None:
    served = serve(ESTATE)
    mine, other = certificate("mine"), certificate("other")
    served.change_account(ROBOT, certificates=[mine.partition("-----BEGIN PRIVATE")[0]])
    accepted = CertificateCredential(TENANT, ROBOT, certificate_data=mine.encode(), **trusted(served))
    assert claims_of(accepted.get_token(SCOPE).token)["appid"] == ROBOT
    with_chain = CertificateCredential(
        TENANT, ROBOT, certificate_data=mine.encode(), send_certificate_chain=True, **trusted(served)
    )
    assert with_chain.get_token(SCOPE).token
    refused = CertificateCredential(TENANT, ROBOT, certificate_data=other.encode(), **trusted(served))
    with pytest.raises(ClientAuthenticationError, match="AADSTS700027"):
        refused.get_token(SCOPE)


def test_a_federated_assertion_signs_in_when_issuer_subject_and_audience_are_trusted(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    served = serve(ESTATE)
    trust = {"issuer": "https://ci.example", "subject": "repo:main", "audience": "api://AzureADTokenExchange"}
    served.change_account(ROBOT, federated=[trust])
    good = assertion("https://ci.example", "repo:main")
    assert ClientAssertionCredential(TENANT, ROBOT, lambda: good, **trusted(served)).get_token(SCOPE).token
    file = tmp_path / "token"
    file.write_text(good)
    workload = WorkloadIdentityCredential(
        tenant_id=TENANT, client_id=ROBOT, token_file_path=str(file), **trusted(served)
    )
    assert workload.get_token(SCOPE).token
    bad = ClientAssertionCredential(
        TENANT, ROBOT, lambda: assertion("https://ci.example", "repo:fork"), **trusted(served)
    )
    with pytest.raises(ClientAuthenticationError, match="AADSTS70021"):
        bad.get_token(SCOPE)


def test_a_device_code_that_approves_itself_signs_a_person_in(serve: Callable[..., Any]) -> None:
    served = serve(ESTATE, auto_approve=True, speed=60.0)
    prompts: list[tuple[str, str]] = []
    credential = DeviceCodeCredential(
        tenant_id=TENANT, prompt_callback=lambda uri, code, _: prompts.append((uri, code)), **trusted(served)
    )
    claims = claims_of(credential.get_token(SCOPE).token)
    assert (claims["upn"], claims["appid"], claims["idtyp"]) == ("ada@contoso.com", AZURE_CLI, "user")
    assert prompts[0][0] == f"{served.base_url}/devicelogin"
    assert re.fullmatch("[A-Z2-9]{9}", prompts[0][1])


def test_a_managed_identity_signs_in_the_app_service_way(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve(ESTATE)
    status = served.control("GET", "status")
    monkeypatch.setenv("IDENTITY_ENDPOINT", status["identity_endpoint"])
    monkeypatch.setenv("IDENTITY_HEADER", status["identity_header"])
    token = ManagedIdentityCredential().get_token(SCOPE).token
    assert claims_of(token)["appid"] == "aaaaaaaa-0000-4000-8000-000000000003"
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")
    with pytest.raises((ClientAuthenticationError, CredentialUnavailableError)):
        ManagedIdentityCredential().get_token(SCOPE)


def test_the_printed_environment_signs_in(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve(ESTATE)
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", served.base_url)
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", ROBOT)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "one")
    assert EnvironmentCredential(disable_instance_discovery=True).get_token(SCOPE).token


# ---------------------------------------------------------------- device code, by hand


def start_device(people: Any, **more: str) -> dict[str, Any]:
    form = {"client_id": AZURE_CLI, "scope": f"{SCOPE} openid offline_access", **more}
    answer = people.form(f"/{TENANT}/oauth2/v2.0/devicecode", form)
    assert answer.status == 200, answer.body
    body: dict[str, Any] = answer.body
    return body


def redeem(people: Any, code: str) -> Any:
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": AZURE_CLI,
        "device_code": code,
    }
    return people.form(f"/{TENANT}/oauth2/v2.0/token", form)


def approve(people: Any, code: str) -> Any:
    page = people.get("/devicelogin", token=None)
    user = re.search(r'value="([0-9a-f-]{36})">ada@contoso.com', page.content.decode())
    assert user is not None
    return people.form("/devicelogin", {"user_code": code, "user": user.group(1)})


def test_a_device_code_waits_until_its_code_is_typed_and_works_once(people: Any) -> None:
    started = start_device(people)
    assert started["user_code"] in started["message"]
    waiting = redeem(people, started["device_code"])
    assert (waiting.status, waiting.body["error"]) == (400, "authorization_pending")
    assert approve(people, started["user_code"].lower()).status == 200
    token = redeem(people, started["device_code"])
    assert token.status == 200
    assert claims_of(token.body["id_token"])["preferred_username"] == "ada@contoso.com"
    assert claims_of(token.body["access_token"])["upn"] == "ada@contoso.com"
    assert redeem(people, started["device_code"]).body["error"] == "invalid_grant"


def test_a_wrong_code_is_refused_on_the_page_and_shown_as_text(people: Any) -> None:
    answer = approve(people, '"><script>alert(1)</script>')
    assert answer.status == 400
    assert b"<script>" not in answer.content
    assert b"not known or has expired" in answer.content


def test_an_expired_device_code_says_so(people: Any) -> None:
    started = start_device(people)
    key = "device:" + started["device_code"].encode().hex()
    record = people.emulator.store.operation(key)
    with people.emulator.store.transaction():
        people.emulator.store.put_operation(key, {**record, "expires": time.time() - 1})
    assert redeem(people, started["device_code"]).body["error"] == "expired_token"
    assert approve(people, started["user_code"]).status == 400


def test_a_refresh_token_gives_a_new_token_until_it_is_revoked(people: Any) -> None:
    started = start_device(people)
    approve(people, started["user_code"])
    first = redeem(people, started["device_code"]).body
    form = {
        "grant_type": "refresh_token",
        "client_id": AZURE_CLI,
        "refresh_token": first["refresh_token"],
        "scope": SCOPE,
    }
    second = people.form(f"/{TENANT}/oauth2/v2.0/token", form)
    assert second.status == 200
    assert second.body["access_token"] != first["access_token"]
    people.post("/emulator/revoke", {"principal": "ada@contoso.com"})
    assert people.form(f"/{TENANT}/oauth2/v2.0/token", form).body["error_codes"] == [50173]
    other = people.form(f"/{TENANT}/oauth2/v2.0/token", {**form, "refresh_token": "garbage"})
    assert other.body["error_codes"] == [70000]


# ---------------------------------------------------------------- refusals


def sign_in(people: Any, tenant: str = TENANT, **form: str) -> Any:
    values = {
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "client_secret": "one",
        "scope": SCOPE,
        **form,
    }
    return people.form(f"/{tenant}/oauth2/v2.0/token", {k: v for k, v in values.items() if v})


@pytest.mark.parametrize(
    ("form", "number", "status", "error"),
    [
        ({"client_secret": "wrong"}, 7000215, 401, "invalid_client"),
        ({"client_secret": ""}, 7000216, 400, "invalid_request"),
        ({"client_id": "bbbbbbbb-0000-4000-8000-000000000001"}, 700016, 400, "unauthorized_client"),
        ({"client_id": ROBOT[:-1] + "4", "client_secret": "four"}, 7000222, 401, "invalid_client"),
        ({"client_id": ROBOT[:-1] + "5", "client_secret": "five"}, 53003, 400, "access_denied"),
        ({"client_id": ROBOT[:-1] + "6", "client_secret": "six"}, 50105, 400, "invalid_grant"),
        ({"scope": "https://management.azure.com/user_impersonation"}, 1002012, 400, "invalid_scope"),
        ({"scope": "https://nothing.example/.default"}, 500011, 400, "invalid_resource"),
        ({"scope": "nonsense"}, 70011, 400, "invalid_scope"),
        ({"scope": ""}, 900144, 400, "invalid_request"),
        ({"grant_type": "password"}, 70003, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 900144, 400, "invalid_request"),
        ({"client_id": ""}, 900144, 400, "invalid_request"),
        ({"client_assertion": "garbage"}, 700027, 401, "invalid_client"),
    ],
)
def test_a_refused_sign_in_names_its_number(
    people: Any, form: dict[str, str], number: int, status: int, error: str
) -> None:
    answer = sign_in(people, **form)
    assert (answer.status, answer.body["error"], answer.body["error_codes"]) == (status, error, [number])
    assert answer.body["error_description"].startswith(f"AADSTS{number}: ")
    assert re.search(r"Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36}", answer.body["error_description"])


def test_an_unknown_tenant_is_told_apart_from_an_unknown_application(people: Any) -> None:
    assert sign_in(people, tenant="99999999-0000-4000-8000-000000000000").body["error_codes"] == [90002]
    unknown = people.get("/99999999-0000-4000-8000-000000000000/v2.0/.well-known/openid-configuration", token=None)
    assert unknown.body["error_codes"] == [90002]
    assert sign_in(people, tenant="contoso.onmicrosoft.com").status == 200


@pytest.mark.parametrize("number", ["65001", "50076", "70043"])
def test_a_person_can_be_refused_at_every_sign_in(people: Any, number: str) -> None:
    store = people.emulator.store
    changed = [replace(a, refusal=number) if a.kind == "user" else a for a in tenancy.accounts(store)]
    with store.transaction():
        tenancy.put_accounts(store, changed)
    started = start_device(people)
    approve(people, started["user_code"])
    assert redeem(people, started["device_code"]).body["error_codes"] == [int(number)]


def test_an_assertion_outside_its_time_is_refused(people: Any) -> None:
    old = assertion("https://ci.example", "repo:main", expires=-3600)
    answer = sign_in(people, client_secret="", client_assertion=old)
    assert answer.body["error_codes"] == [700024]


# ---------------------------------------------------------------- discovery, tokens


def test_discovery_leads_to_the_keys_that_verify_the_tokens(people: Any) -> None:
    found = people.get(f"/{TENANT}/v2.0/.well-known/openid-configuration", token=None).body
    base = people.emulator.settings.base_url
    assert found["token_endpoint"] == f"{base}/{TENANT}/oauth2/v2.0/token"
    assert found["issuer"] == f"{base}/{TENANT}/v2.0"
    keys = people.get(found["jwks_uri"].removeprefix(base), token=None).body
    token = sign_in(people).body["access_token"]
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="https://management.azure.com")
    assert claims["tid"] == TENANT


def test_instance_discovery_names_this_host(people: Any) -> None:
    wanted = f"/common/discovery/instance?api-version=1.1&authorization_endpoint=https://127.0.0.1:4443/{TENANT}/x"
    body = people.get(wanted, token=None, version="").body
    assert body["tenant_discovery_endpoint"].startswith(f"https://127.0.0.1:4443/{TENANT}/")
    assert body["metadata"][0]["aliases"] == ["127.0.0.1:4443"]


def test_the_older_token_endpoint_takes_a_resource(people: Any) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "client_secret": "one",
        "resource": "https://management.core.windows.net/",
    }
    body = people.form(f"/{TENANT}/oauth2/token", form).body
    assert body["resource"] == "https://management.core.windows.net/"
    assert int(body["expires_on"]) > time.time()
    assert people.get("/subscriptions", token=body["access_token"]).status == 200


def test_a_revoked_token_is_answered_with_a_claims_challenge(people: Any) -> None:
    token = sign_in(people).body["access_token"]
    assert people.get("/subscriptions", token=token).status == 200
    assert people.post("/emulator/revoke", {"principal": "robot"}).body == {"revoked": ["robot"]}
    answer = people.get("/subscriptions", token=token)
    assert answer.status == 401
    assert 'error="insufficient_claims", claims="' in answer.headers["WWW-Authenticate"]
    assert people.get("/subscriptions", token=sign_in(people).body["access_token"]).status == 200


def test_a_principal_is_refused_and_admitted_while_the_cloud_runs(people: Any) -> None:
    def change(**wanted: object) -> Any:
        return people.post("/emulator/principal", {"principal": "robot", **wanted})

    token = sign_in(people).body["access_token"]
    assert change(refused="53003").body == {"changed": ["robot"]}
    assert sign_in(people).body["error_codes"] == [53003]
    assert people.get("/subscriptions", token=token).status == 200, "what it holds is as good as before"
    assert change(refused="", token_seconds=7).status == 200
    assert sign_in(people).body["expires_in"] == 7
    assert change(token_seconds=60).status == 200 and sign_in(people).status == 200
    for wrong in ({}, {"refused": "1"}, {"refused": ["53003"]}, {"token_seconds": 0}, {"token_seconds": True}):
        assert change(**wrong).status == 400, wrong
    assert people.post("/emulator/principal", {"principal": "nobody", "refused": ""}).status == 400


def test_no_secret_and_no_token_is_written_to_the_log(people: Any) -> None:
    token = sign_in(people).body["access_token"]
    people.get("/subscriptions", token=token)
    text = people.get("/emulator/log").content.decode()
    assert "client_secret" not in text
    assert token not in text


# ---------------------------------------------------------------- material


def assertion(issuer: str, subject: str, expires: int = 600) -> str:
    now = int(time.time())
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": "api://AzureADTokenExchange",
        "iat": now - 7200,
        "nbf": now - 7200,
        "exp": now + expires,
    }
    return jwt.encode(claims, "a key of somebody else, long enough for HS256", algorithm="HS256")


def certificate(name: str) -> str:
    """A self-signed certificate and its key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
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
