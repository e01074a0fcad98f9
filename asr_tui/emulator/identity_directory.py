"""The directory: which tenants, applications and users there are, and what they may be granted."""

from __future__ import annotations

import json
from collections.abc import Mapping

from asr_tui.emulator.identity_errors import SignInError
from asr_tui.emulator.store import Store
from asr_tui.emulator.tenancy import Account, Tenant, accounts, tenants
from asr_tui.emulator.tokens import Grant

_SHARED_TENANTS = ("common", "organizations", "consumers")

PUBLIC_CLIENTS: Mapping[str, str] = {
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Microsoft Azure CLI",
    "1950a258-227b-4e31-a9cf-717495945fc2": "Microsoft Azure PowerShell",
    "872cd9fa-d31f-45e0-9eab-6e460a02d1f1": "Visual Studio",
}
"""Applications that exist in every tenant and sign users in without a secret."""

MANAGEMENT_AUDIENCES = (
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://management.core.usgovcloudapi.net",
    "https://management.usgovcloudapi.net",
    "https://management.core.chinacloudapi.cn",
    "https://management.chinacloudapi.cn",
)
"""Audiences that mean Resource Manager, without the slash that may end them."""

_OTHER_RESOURCES = (
    "https://graph.microsoft.com",
    "https://graph.windows.net",
    "https://vault.azure.net",
    "https://storage.azure.com",
    "https://database.windows.net",
)
_OPENID_SCOPES = ("openid", "profile", "email", "offline_access")


class Directory:
    """A view of the tenants and principals at the moment of one request."""

    def __init__(self, store: Store) -> None:
        self._tenants = tenants(store)
        self._accounts = accounts(store)

    def tenant(self, name: str) -> Tenant | None:
        """The tenant with this GUID or domain; None for ``common`` and ``organizations``.

        Raises:
            SignInError: AADSTS90002, no such tenant.
        """
        wanted = name.lower()
        if wanted in _SHARED_TENANTS:
            return None
        for tenant in self._tenants:
            if wanted in (tenant.id.lower(), tenant.domain.lower()):
                return tenant
        raise SignInError("90002", tenant=name)

    def require_tenant(self, name: str) -> Tenant | None:
        """Same as ``tenant``, under the name that says what it is called for."""
        return self.tenant(name)

    def application(self, tenant: str, client_id: str) -> Account:
        """The service principal of an application.

        Raises:
            SignInError: AADSTS700016 (unknown application), AADSTS90002 (unknown tenant).
        """
        home = self.tenant(tenant)
        for account in self._accounts:
            same = account.client_id.lower() == client_id.lower() and account.kind != "user"
            if same and (home is None or account.tenant.lower() == home.id.lower()):
                return account
        raise SignInError("700016", app=client_id, tenant_name=home.name if home else tenant)

    def require_client(self, client_id: str, tenant: str) -> None:
        """Check that an application may sign users in.

        Raises:
            SignInError: AADSTS700016.
        """
        if client_id.lower() not in PUBLIC_CLIENTS:
            self.application(tenant, client_id)

    def users(self, tenant: Tenant | None) -> list[Account]:
        """The people of a tenant, or of all of them."""
        return [a for a in self._accounts if a.kind == "user" and (tenant is None or a.tenant == tenant.id)]

    def user(self, object_id: str, tenant: str) -> Account:
        """The person with this object id, as a member of ``tenant``.

        Raises:
            SignInError: AADSTS50034.
        """
        home = self.tenant(tenant)
        for account in self.users(home):
            if account.object_id == object_id:
                return account
        raise SignInError("50034", user=object_id, tenant=tenant)

    def managed_identity(self, client_id: str | None) -> Account | None:
        """The managed identity with this client id, or the only one."""
        for account in self._accounts:
            if account.kind == "managedIdentity" and client_id in (None, "", account.client_id):
                return account
        return None

    def grant(self, form: Mapping[str, str], client_id: str, base_url: str, *, needs_default: bool = False) -> Grant:
        """What the form asks for.

        Raises:
            SignInError: AADSTS900144, 70011, 1002012 or 500011.
        """
        if "resource" in form and not form.get("scope", "").strip():
            audience, scopes = form["resource"], ".default"
        else:
            audience, scopes = _scopes(form, needs_default)
        known = (*MANAGEMENT_AUDIENCES, *_OTHER_RESOURCES, base_url)
        if audience.rstrip("/").lower() not in known:
            name = self._tenants[0].name if self._tenants else ""
            raise SignInError("500011", resource=audience, tenant_name=name)
        return Grant(audience, client_id, _capabilities(form.get("claims", "")), scopes)

    def check_admitted(self, account: Account, grant: Grant) -> None:
        """Refuse principals whom the estate says Entra ID refuses.

        Raises:
            SignInError: with the number of the estate.
        """
        if account.refusal is not None:
            name = PUBLIC_CLIENTS.get(grant.client_id.lower(), account.name)
            raise SignInError(
                account.refusal,
                app=grant.client_id,
                app_name=name,
                user=account.name,
                resource=grant.audience,
                tenant=account.tenant,
                tenant_name=account.tenant,
                seconds="3600",
            )


def _scopes(form: Mapping[str, str], needs_default: bool) -> tuple[str, str]:
    """Audience and the scopes granted, from a v2.0 scope parameter."""
    wanted = [scope for scope in form.get("scope", "").split() if scope.lower() not in _OPENID_SCOPES]
    if not wanted:
        if needs_default or not form.get("scope"):
            raise SignInError("900144", parameter="scope")
        return MANAGEMENT_AUDIENCES[0], form["scope"]
    audience, slash, name = wanted[0].rpartition("/")
    if not slash or "://" not in wanted[0]:
        raise SignInError("70011", scope=wanted[0])
    if needs_default and name != ".default":
        raise SignInError("1002012", scope=wanted[0])
    granted = f"{audience}/user_impersonation {audience}/.default"
    return audience, granted


def _capabilities(claims: str) -> tuple[str, ...]:
    """The client capabilities (``cp1``) that a claims parameter announces."""
    try:
        asked = json.loads(claims) if claims else {}
        values = asked["access_token"]["xms_cc"]["values"]
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()
