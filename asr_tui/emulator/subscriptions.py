"""Subscriptions, tenants, locations, and the metadata document from which clients learn a cloud's endpoints."""

from __future__ import annotations

from asr_tui.emulator.access import readable_scopes
from asr_tui.emulator.call import Call, Reply
from asr_tui.emulator.errors import ArmError
from asr_tui.emulator.regions import Region, regions
from asr_tui.emulator.registry import ANY_VERSION, operation
from asr_tui.emulator.tenancy import SUBSCRIPTION, tenants

_SUBSCRIPTION = "/subscriptions/{sub}"


@operation("GET", "/subscriptions", versions=ANY_VERSION, action=None, evidence="documentation")
def list_subscriptions(call: Call) -> Reply:
    """The subscriptions in which the caller holds any role."""
    scopes = readable_scopes(call.store, call.principal, call.now)
    visible = [
        subscription
        for subscription in call.store.by_type(SUBSCRIPTION, call.now)
        if any(scope == subscription.key or scope.startswith(subscription.key + "/") for scope in scopes)
        and subscription.body["tenantId"].lower() == call.principal.tenant.lower()
    ]
    return call.page(visible, extra={"count": {"type": "Total", "value": len(visible)}})


@operation("GET", _SUBSCRIPTION, versions=ANY_VERSION, action=None, evidence="documentation")
def get_subscription(call: Call) -> Reply:
    """One subscription; 404 when the caller has no role in it, as if it were not there."""
    found = call.store.get(call.path, call.now)
    scopes = readable_scopes(call.store, call.principal, call.now)
    if found is None or not any((scope + "/").startswith(found.key + "/") for scope in scopes):
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{call.subscription}' could not be found.")
    return Reply(200, found.raw)


@operation("GET", "/tenants", versions=ANY_VERSION, action=None, evidence="documentation")
def list_tenants(call: Call) -> Reply:
    """The tenant of the caller's token."""
    entries = [
        {
            "id": f"/tenants/{tenant.id}",
            "tenantId": tenant.id,
            "countryCode": "NL",
            "displayName": tenant.name,
            "domains": [tenant.domain],
            "tenantCategory": "Home",
            "defaultDomain": tenant.domain,
            "tenantType": "AAD",
        }
        for tenant in tenants(call.store)
        if tenant.id.lower() == call.principal.tenant.lower()
    ]
    return call.page(entries)


@operation(
    "GET",
    _SUBSCRIPTION + "/locations",
    versions=ANY_VERSION,
    action="Microsoft.Resources/subscriptions/locations/read",
    evidence="documentation",
)
def list_locations(call: Call) -> Reply:
    """The regions, with pairs and zones."""
    return call.page([_location(call.subscription, region) for region in regions().values()])


def _location(subscription: str, region: Region) -> dict[str, object]:
    base = f"/subscriptions/{subscription}/locations"
    pair = [{"name": region.pair, "id": f"{base}/{region.pair}"}] if region.pair else []
    metadata: dict[str, object] = {
        "regionType": "Physical",
        "regionCategory": "Other" if region.reserved else "Recommended",
        "geography": region.geography,
        "geographyGroup": region.group,
        "longitude": region.longitude,
        "latitude": region.latitude,
        "physicalLocation": region.place,
        "pairedRegion": pair,
    }
    entry: dict[str, object] = {
        "id": f"{base}/{region.name}",
        "name": region.name,
        "type": "Region",
        "displayName": region.display,
        "regionalDisplayName": f"({region.group}) {region.display}",
        "metadata": metadata,
    }
    if region.zones:
        entry["availabilityZoneMappings"] = [
            {"logicalZone": str(zone), "physicalZone": f"{region.name}-az{zone}"} for zone in (1, 2, 3)
        ]
    return entry


@operation(
    "GET",
    "/metadata/endpoints",
    versions=ANY_VERSION,
    action=None,
    evidence="documentation",
    open=True,
    note="Names this emulator for sign-in and Resource Manager; every other service is left out.",
)
def endpoints(call: Call) -> Reply:
    """The endpoints of this cloud, without a sign-in: one object from 2022 on, a list of clouds from 2019 on."""
    base = call.base_url
    if call.api_version < "2019-05-01":
        authentication = {"loginEndpoint": base, "audiences": [base, "https://management.azure.com/"]}
        body: object = {
            "galleryEndpoint": base,
            "graphEndpoint": base,
            "portalEndpoint": base,
            "authentication": authentication,
        }
        return Reply(200, body)
    cloud = {
        "name": "AsrTuiPractice",
        "portal": base,
        "authentication": {
            "loginEndpoint": base,
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/", base],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": base,
        "media": base,
        "graphAudience": "https://graph.windows.net/",
        "graph": base,
        "batch": base,
        "sqlManagement": base,
        "vmImageAliasDoc": base,
        "activeDirectoryDataLake": base,
        "microsoftGraphResourceId": "https://graph.microsoft.com/",
        "appInsightsResourceId": base,
        "appInsightsTelemetryChannelResourceId": base,
        "attestationResourceId": base,
        "synapseAnalyticsResourceId": base,
        "logAnalyticsResourceId": base,
        "ossrDbmsResourceId": base,
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "acrLoginServer": "azurecr.io",
        },
    }
    return Reply(200, cloud if call.api_version >= "2022-01-01" else [cloud])
