"""The unmodified SDK, sync and async, against the emulator over TLS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.identity.aio import ClientSecretCredential as AsyncClientSecretCredential
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.resources.aio import ResourceManagementClient as AsyncResourceManagementClient

SCOPES = ["https://management.azure.com/.default"]


def credential(served: Any, kind: Any = ClientSecretCredential, secret: str | None = None, **more: Any) -> Any:
    practice = served.practice
    return kind(
        practice.tenant,
        practice.client_id,
        secret or practice.client_secret,
        authority=served.authority,
        disable_instance_discovery=True,
        **more,
    )


def client(served: Any) -> ResourceManagementClient:
    return ResourceManagementClient(
        credential(served), served.practice.subscription, base_url=served.base_url, credential_scopes=SCOPES
    )


def test_the_sync_client_walks_groups_providers_and_resources(serve: Callable[..., Any]) -> None:
    served = serve("starter", speed=600)
    resources = client(served)
    assert [group.name for group in resources.resource_groups.list()] == ["rg-starter"]
    names = {provider.namespace for provider in resources.providers.list()}
    assert {"Microsoft.Compute", "Microsoft.RecoveryServices"} <= names
    assert resources.providers.register("Microsoft.RecoveryServices").registration_state == "Registered"
    made = resources.resource_groups.create_or_update("rg-new", {"location": "North Europe", "tags": {"a": "b"}})
    assert (made.location, made.tags, made.properties.provisioning_state) == ("northeurope", {"a": "b"}, "Succeeded")
    assert resources.resource_groups.check_existence("rg-new")
    assert not resources.resource_groups.check_existence("rg-none")
    resources.resource_groups.begin_delete("rg-new", polling_interval=0.1).result()
    assert not resources.resource_groups.check_existence("rg-new")
    with pytest.raises(ResourceNotFoundError) as caught:
        resources.resource_groups.get("rg-new")
    assert caught.value.error is not None
    assert caught.value.error.code == "ResourceGroupNotFound"


def test_an_id_behind_a_doubled_slash_is_found(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    resources = client(served)
    first = next(r for r in resources.resources.list() if r.type == "Microsoft.Compute/virtualMachines")
    assert resources.resources.get_by_id(first.id, api_version="2024-07-01").id == first.id


async def test_the_async_client_pages_through_a_long_list(serve: Callable[..., Any]) -> None:
    served = serve("starter", page_size=3)
    # aiohttp reads SSL_CERT_FILE once, when it is imported; a process of its own would need no more than that.
    trust = {"connection_verify": str(served.ca)}
    async with (
        credential(served, AsyncClientSecretCredential, **trust) as signed_in,
        AsyncResourceManagementClient(
            signed_in, served.practice.subscription, base_url=served.base_url, credential_scopes=SCOPES, **trust
        ) as resources,
    ):
        names = [r.name async for r in resources.resources.list()]
    assert len(names) == len(set(names)) > 9
    assert served.statuses("/resources") == [200] * -(-len(names) // 3)


def test_a_wrong_secret_is_refused_as_entra_id_refuses_it(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        credential(served, secret="wrong").get_token(*SCOPES)


def test_a_throttled_client_waits_as_told_and_gets_through(serve: Callable[..., Any]) -> None:
    served = serve("starter", speed=600)
    served.fault(when={"path": "**/rg-starter", "times": 2}, then={"throttle": 17})
    assert client(served).resource_groups.get("rg-starter").name == "rg-starter"
    assert served.statuses("/rg-starter") == [429, 429, 200]


def test_a_revoked_token_is_replaced_after_a_claims_challenge(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    resources = client(served)
    resources.resource_groups.get("rg-starter")
    served.fault(when={"path": "**/rg-starter", "nth": 1}, then={"revoke_token": True})
    assert resources.resource_groups.get("rg-starter").name == "rg-starter"
    assert served.statuses("/rg-starter") == [200, 401, 200]


def test_errors_of_arm_reach_the_caller_with_code_and_message(serve: Callable[..., Any]) -> None:
    served = serve("starter")
    with pytest.raises(HttpResponseError) as caught:
        client(served).resource_groups.create_or_update("rg-bad", {"location": "atlantis"})
    assert caught.value.error is not None
    assert caught.value.error.code == "LocationNotAvailableForResourceGroup"
