"""Long-running operations, resource groups and lists, as a client sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest


def group(cloud: Any, name: str = "rg-starter") -> str:
    return f"{cloud.subscription}/resourceGroups/{name}"


def account(cloud: Any, name: str = "stcacheabc") -> str:
    return f"{group(cloud)}/providers/Microsoft.Storage/storageAccounts/{name}"


ACCOUNT = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}


def altered(url: str, **changes: str | None) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {k: v for k, v in changes.items() if v is not None}
    kept = {name: value for name, value in query.items() if name not in changes or changes[name] is not None}
    return parts._replace(query=urlencode(kept)).geturl()


# ---------------------------------------------------------------- poll URLs


def test_a_poll_url_is_long_and_works_only_as_it_was_given(cloud: Any) -> None:
    cloud.put(group(cloud, "rg-a"), {"location": "westeurope"})
    url = cloud.delete(group(cloud, "rg-a")).headers["Location"]
    assert 3000 < len(url) < 6000
    assert cloud.get(url).status == 202
    for change in ({"s": "x"}, {"c": None}, {"t": "1"}, {"h": "AAAA"}, {"api-version": "2023-07-01"}):
        refused = cloud.get(altered(url, **change))
        assert (refused.status, refused.code) == (400, "InvalidOperationUrl"), change


def test_poll_urls_can_be_plain(make_cloud: Callable[..., Any]) -> None:
    cloud = make_cloud("starter", signed_poll_urls=False)
    cloud.put(group(cloud, "rg-a"), {"location": "westeurope"})
    url = cloud.delete(group(cloud, "rg-a")).headers["Location"]
    assert set(dict(parse_qsl(urlsplit(url).query))) == {"api-version"}
    assert cloud.get(url).status == 202


def test_an_operation_that_never_was_is_a_404(make_cloud: Callable[..., Any]) -> None:
    cloud = make_cloud("starter", signed_poll_urls=False)
    assert cloud.get(f"{cloud.subscription}/operationresults/none").status == 404


# ---------------------------------------------------------------- styles


def test_storage_answers_with_location_only_and_a_new_one_at_each_poll(cloud: Any) -> None:
    started = cloud.put(account(cloud), ACCOUNT, version="2023-05-01")
    assert (started.status, started.content) == (202, b"")
    assert started.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert started.headers["Retry-After"] == "17"
    assert "azure-asyncoperation" not in started.headers
    cloud.clock.advance(1)
    first = cloud.get(started.headers["Location"])
    assert (first.status, first.headers["Retry-After"]) == (202, "3")
    cloud.clock.advance(1)
    second = cloud.get(first.headers["Location"])
    assert first.headers["Location"] != started.headers["Location"]
    assert second.headers.get("Location") != first.headers["Location"]
    cloud.clock.advance(120)
    done = cloud.get(first.headers["Location"])
    assert (done.status, done.body["name"]) == (200, "stcacheabc")


def test_networks_answer_with_a_status_document(cloud: Any) -> None:
    network = f"{group(cloud)}/providers/Microsoft.Network/virtualNetworks/vnet-a"
    body = {"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}}
    started = cloud.put(network, body, version="2024-05-01")
    assert started.status == 201
    status = started.headers["Azure-AsyncOperation"]
    assert cloud.get(status).body == {"status": "InProgress"}
    cloud.clock.advance(600)
    assert cloud.get(status).body == {"status": "Succeeded"}
    assert cloud.get(network, version="2024-05-01").body["properties"]["provisioningState"] == "Succeeded"


# ---------------------------------------------------------------- resource groups


def test_a_group_is_made_once_and_keeps_its_location(cloud: Any) -> None:
    made = cloud.put(group(cloud, "Rg-New"), {"location": "North Europe", "tags": {"a": "1"}})
    assert (made.status, made.body["location"]) == (201, "northeurope")
    again = cloud.put(group(cloud, "rg-new"), {"location": "northeurope", "tags": {"b": "2"}})
    assert (again.status, again.body["name"], again.body["tags"]) == (200, "Rg-New", {"b": "2"})
    moved = cloud.put(group(cloud, "rg-new"), {"location": "westeurope"})
    assert (moved.status, moved.code) == (409, "InvalidResourceGroupLocation")


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("rg-a", {}, "LocationRequired"),
        ("rg-a", {"location": "atlantis"}, "LocationNotAvailableForResourceGroup"),
        ("bad!name", {"location": "westeurope"}, "InvalidResourceGroup"),
        ("ends.", {"location": "westeurope"}, "InvalidResourceGroup"),
        ("x" * 91, {"location": "westeurope"}, "InvalidResourceGroup"),
    ],
)
def test_a_group_that_cannot_be_is_refused(cloud: Any, name: str, body: dict[str, str], code: str) -> None:
    answer = cloud.put(group(cloud, name), body)
    assert (answer.status, answer.code) == (400, code)


def test_deleting_a_group_takes_what_is_in_it_and_stops_writes_meanwhile(cloud: Any) -> None:
    machine = f"{group(cloud)}/providers/Microsoft.Compute/virtualMachines/web-01"
    assert cloud.get(machine, version="2024-07-01").status == 200
    location = cloud.delete(group(cloud)).headers["Location"]
    assert cloud.get(group(cloud)).body["properties"]["provisioningState"] == "Deleting"
    refused = cloud.put(account(cloud), ACCOUNT, version="2023-05-01")
    assert (refused.status, refused.code) == (409, "ResourceGroupBeingDeleted")
    cloud.clock.advance(900)
    assert (cloud.get(location).status, cloud.get(location).content) == (200, b"")
    assert cloud.get(machine, version="2024-07-01").code == "ResourceGroupNotFound"
    assert cloud.put(group(cloud), {"location": "westeurope"}).status == 201
    assert cloud.get(f"{group(cloud)}/resources").body["value"] == []


# ---------------------------------------------------------------- lists


def names(cloud: Any, query: str = "") -> list[str]:
    return [entry["name"] for entry in cloud.get(f"{cloud.subscription}/resources{query}").body["value"]]


def test_resources_are_filtered(make_cloud: Callable[..., Any]) -> None:
    cloud = make_cloud("starter")
    machines = names(cloud, "?$filter=resourceType eq 'Microsoft.Compute/virtualMachines'")
    assert machines == ["web-01", "web-02", "db-01"]
    web = "?$filter=tagName eq 'tier' and tagValue eq 'web'"
    assert {"web-01", "web-02"} <= set(names(cloud, web))
    assert "db-01" not in names(cloud, web)
    assert names(cloud, "?$filter=resourceGroup eq 'other'") == []
    assert names(cloud, "?$filter=substringof('osdisk', name) and location eq 'westeurope'") != []
    assert cloud.get(f"{cloud.subscription}/resources?$filter=bad").code == "InvalidFilterInQueryString"


def test_pages_follow_each_other_to_the_end(make_cloud: Callable[..., Any]) -> None:
    cloud = make_cloud("starter", page_size=4)
    whole = names(make_cloud("starter"))
    found: list[str] = []
    url = f"{cloud.subscription}/resources?$filter=location eq 'westeurope'"
    while url:
        body = cloud.get(url).body
        assert len(body["value"]) <= 4
        found += [entry["name"] for entry in body["value"]]
        url = body.get("nextLink", "")
    assert found == whole
    refused = cloud.get(f"{cloud.subscription}/resources?$skipToken=9999")
    assert (refused.status, refused.code) == (400, "InvalidSkipToken")
    assert cloud.get(f"{cloud.subscription}/resources?$top=0").code == "InvalidTopInQueryString"
    assert len(cloud.get(f"{cloud.subscription}/resources?$top=2").body["value"]) == 2


def test_what_is_asked_for_with_expand_is_there(cloud: Any) -> None:
    url = f"{cloud.subscription}/resources?$expand=createdTime,changedTime,provisioningState&$top=1"
    (entry,) = cloud.get(url).body["value"]
    assert entry["createdTime"] == "2026-03-02T09:00:00.0000000Z"
    assert entry["provisioningState"] == "Succeeded"


def test_locations_tell_pairs_and_zones(cloud: Any) -> None:
    found = {entry["name"]: entry for entry in cloud.get(f"{cloud.subscription}/locations").body["value"]}
    assert found["westeurope"]["metadata"]["pairedRegion"][0]["name"] == "northeurope"
    assert [zone["logicalZone"] for zone in found["westeurope"]["availabilityZoneMappings"]] == ["1", "2", "3"]
    assert "availabilityZoneMappings" not in found["northcentralus"]


def test_a_provider_lists_its_types_and_is_only_unregistered_when_nothing_is_left(cloud: Any) -> None:
    compute = f"{cloud.subscription}/providers/microsoft.compute"
    body = cloud.get(compute).body
    assert "virtualMachines" in [entry["resourceType"] for entry in body["resourceTypes"]]
    assert cloud.post(compute + "/unregister").code == "CannotUnregisterProviderWithResources"
    quiet = f"{cloud.subscription}/providers/Microsoft.RecoveryServices"
    assert cloud.post(quiet + "/unregister").body["registrationState"] == "Unregistered"
    assert cloud.get(f"{cloud.subscription}/providers/Microsoft.Nothing").code == "InvalidResourceNamespace"
