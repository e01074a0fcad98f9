"""Entra ID: discovery documents, the token endpoint with its grants, device codes and managed identity."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from asr_tui.emulator import identity_assertions, identity_device, identity_managed
from asr_tui.emulator.call import Settings
from asr_tui.emulator.exchange import Incoming, Outgoing
from asr_tui.emulator.identity_directory import Directory
from asr_tui.emulator.identity_errors import SignInError, refusal_answer
from asr_tui.emulator.store import Store
from asr_tui.emulator.tenancy import Account
from asr_tui.emulator.tokens import CLOCK_SKEW_SECONDS, Grant, TokenError, TokenMint, client_info

_TENANT = r"/(?P<tenant>[^/]+)"
DEVICE_GRANTS = ("urn:ietf:params:oauth:grant-type:device_code", "device_code")


class IdentityService:
    """Answers everything under the authority host.

    Args:
        store: tenants and principals of the estate.
        mint: issues the tokens.
        settings: base URL and whether device codes approve themselves.
    """

    def __init__(self, store: Store, mint: TokenMint, settings: Settings) -> None:
        self._store = store
        self._mint = mint
        self._settings = settings
        self._routes: list[tuple[str, re.Pattern[str], Callable[[Incoming, str], Outgoing]]] = [
            ("GET", _pattern("/common/discovery/instance"), self._instances),
            ("GET", _pattern("/common/discovery/keys"), self._keys),
            ("GET", _pattern(_TENANT + r"/discovery/(v2\.0/)?keys"), self._keys),
            ("GET", _pattern(_TENANT + r"(/v2\.0)?/\.well-known/openid-configuration"), self._configuration),
            ("POST", _pattern(_TENANT + r"/oauth2(/v2\.0)?/token"), self._token),
            ("POST", _pattern(_TENANT + r"/oauth2(/v2\.0)?/devicecode"), self._device_code),
            ("GET", _pattern(_TENANT + r"/oauth2(/v2\.0)?/authorize"), self._authorize),
            ("GET", _pattern("/devicelogin"), self._device_page),
            ("POST", _pattern("/devicelogin"), self._device_answer),
            ("GET", _pattern("/msi/token"), self._managed_identity),
        ]

    def handle(self, request: Incoming) -> Outgoing | None:
        """The answer, or None when the path is not Entra ID's."""
        for method, pattern, answer in self._routes:
            if request.method == method and (found := pattern.fullmatch(request.path)):
                try:
                    return answer(request, found.groupdict().get("tenant", ""))
                except SignInError as refused:
                    return refusal_answer(refused, self._settings.base_url)
        return None

    # ---------------------------------------------------------------- discovery

    def _instances(self, request: Incoming, _: str) -> Outgoing:
        host = self._settings.base_url.removeprefix("https://")
        tenant = re.match(r"https?://[^/]+/([^/]+)", request.query.get("authorization_endpoint", ""))
        name = tenant.group(1) if tenant else "common"
        body = {
            "tenant_discovery_endpoint": f"{self._settings.base_url}/{name}/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }
        return Outgoing.json(200, body)

    def _keys(self, _request: Incoming, _tenant: str) -> Outgoing:
        return Outgoing.json(200, self._mint.keys())

    def _configuration(self, request: Incoming, name: str) -> Outgoing:
        tenant = Directory(self._store).tenant(name)
        base = f"{self._settings.base_url}/{name}"
        version = "/v2.0" if "/v2.0/" in request.path else ""
        placeholder = "{tenantid}" if tenant is None else tenant.id
        body = {
            "token_endpoint": f"{base}/oauth2{version}/token",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
            "jwks_uri": f"{base}/discovery{version}/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{self._settings.base_url}/{placeholder}/v2.0",
            "request_uri_parameter_supported": False,
            "authorization_endpoint": f"{base}/oauth2{version}/authorize",
            "device_authorization_endpoint": f"{base}/oauth2{version}/devicecode",
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "name", "oid", "tid", "preferred_username"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": self._settings.base_url.removeprefix("https://"),
        }
        return Outgoing.json(200, body)

    def _authorize(self, _request: Incoming, _tenant: str) -> Outgoing:
        page = (
            "<!doctype html><title>Not emulated</title><p>The asr-tui emulator does not emulate the "
            "authorization code flow. Use a client secret, a certificate, a device code or a managed identity."
        )
        return Outgoing.html(501, page)

    # ---------------------------------------------------------------- tokens

    def _token(self, request: Incoming, name: str) -> Outgoing:
        form = request.form()
        directory = Directory(self._store)
        directory.require_tenant(name)
        grant_type = form.get("grant_type", "")
        if not grant_type:
            raise SignInError("900144", parameter="grant_type")
        if "client_id" not in form:
            raise SignInError("900144", parameter="client_id")
        v1 = "/v2.0/" not in request.path
        if grant_type == "client_credentials":
            return self._client_credentials(directory, name, form, v1)
        if grant_type == "refresh_token":
            return self._refresh(directory, name, form, v1)
        if grant_type in DEVICE_GRANTS:
            return self._device_token(directory, name, form, v1)
        raise SignInError("70003", grant=grant_type)

    def _client_credentials(self, directory: Directory, tenant: str, form: dict[str, str], v1: bool) -> Outgoing:
        account = directory.application(tenant, form["client_id"])
        secret = form.get("client_secret")
        if "client_assertion" in form:
            identity_assertions.check(form["client_assertion"], account, self._settings.base_url)
        elif secret is None:
            raise SignInError("7000216")
        elif secret in account.expired_secrets:
            raise SignInError("7000222", app=account.client_id)
        elif secret not in account.secrets:
            raise SignInError("7000215", app=account.client_id)
        grant = directory.grant(form, account.client_id, self._settings.base_url, needs_default=not v1)
        directory.check_admitted(account, grant)
        return self._issued(account, grant, v1, refresh=False, openid=False)

    def _refresh(self, directory: Directory, tenant: str, form: dict[str, str], v1: bool) -> Outgoing:
        try:
            claims = self._mint.read(form.get("refresh_token", ""))
        except TokenError as error:
            raise SignInError("700082" if error.reason == "expired" else "70000") from error
        if claims.get("typ") != "refresh" or claims["client"].lower() != form["client_id"].lower():
            raise SignInError("70000")
        account = directory.user(claims["oid"], tenant)
        if claims["gen"] != self._mint.generation(account.object_id):
            raise SignInError("50173")
        grant = directory.grant(form, form["client_id"], self._settings.base_url)
        directory.check_admitted(account, grant)
        return self._issued(account, grant, v1, refresh=True, openid="openid" in form.get("scope", ""))

    def _device_token(self, directory: Directory, tenant: str, form: dict[str, str], v1: bool) -> Outgoing:
        code = form.get("device_code") or form.get("code") or ""
        with self._store.transaction():
            approval = identity_device.redeem(self._store, code, form["client_id"])
        account = directory.user(approval.object_id, tenant)
        merged = {**form, "scope": form.get("scope") or approval.scope}
        if approval.resource:
            merged.setdefault("resource", approval.resource)
        grant = directory.grant(merged, form["client_id"], self._settings.base_url)
        directory.check_admitted(account, grant)
        return self._issued(account, grant, v1, refresh=True, openid=True)

    def _issued(self, account: Account, grant: Grant, v1: bool, *, refresh: bool, openid: bool) -> Outgoing:
        token, life = self._mint.access_token(account, grant)
        body: dict[str, object] = {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life}
        if v1:
            claims = self._mint.read(token, leeway=CLOCK_SKEW_SECONDS)
            body |= {
                "expires_in": str(life),
                "ext_expires_in": str(life),
                "expires_on": str(claims["exp"]),
                "not_before": str(claims["nbf"]),
                "resource": grant.audience,
            }
        body["access_token"] = token
        if account.kind == "user":
            body["scope"] = grant.scopes
            body["client_info"] = client_info(account)
        if refresh:
            body["refresh_token"] = self._mint.refresh_token(account, grant)
        if openid:
            body["id_token"] = self._mint.id_token(account, grant, f"{self._settings.base_url}/{account.tenant}/v2.0")
        answer = Outgoing.json(200, body, {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})
        answer.principal = account.name
        return answer

    # ---------------------------------------------------------------- device code

    def _device_code(self, request: Incoming, name: str) -> Outgoing:
        directory = Directory(self._store)
        tenant = directory.require_tenant(name)
        form = request.form()
        if "client_id" not in form:
            raise SignInError("900144", parameter="client_id")
        directory.require_client(form["client_id"], name)
        approved_by = None
        if self._settings.auto_approve:
            users = directory.users(tenant)
            if not users:
                raise SignInError("50034", user="of this estate", tenant=name)
            approved_by = users[0].object_id
        with self._store.transaction():
            body = identity_device.start(self._store, form, self._settings, approved_by)
        return Outgoing.json(200, body)

    def _device_page(self, request: Incoming, _: str) -> Outgoing:
        users = Directory(self._store).users(None)
        return Outgoing.html(200, identity_device.page(users, request.query.get("user_code", "")))

    def _device_answer(self, request: Incoming, _: str) -> Outgoing:
        form = request.form()
        users = Directory(self._store).users(None)
        chosen = next((user for user in users if user.object_id == form.get("user")), None)
        if chosen is None:
            return Outgoing.html(400, identity_device.page(users, form.get("user_code", ""), "Choose who signs in."))
        with self._store.transaction():
            accepted = identity_device.approve(self._store, form.get("user_code", ""), chosen.object_id)
        if not accepted:
            note = "That code is not known or has expired. Check it and try again."
            return Outgoing.html(400, identity_device.page(users, form.get("user_code", ""), note))
        text = (
            "<!doctype html><title>Signed in</title>"
            f"<p>{escape(chosen.name)} is signed in. You can close this window and return to the terminal."
        )
        return Outgoing.html(200, text)

    # ---------------------------------------------------------------- managed identity

    def _managed_identity(self, request: Incoming, _: str) -> Outgoing:
        return identity_managed.answer(self._store, self._mint, request, self._settings.base_url)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(path, re.IGNORECASE)
