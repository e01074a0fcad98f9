"""What every ARM request passes: versions, sign-in, limits, roles, registrations, locks, policies, bodies."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from asr_tui.emulator import tenancy

GROUP = "/subscriptions/8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37/resourceGroups/rg-starter"
ESTATE = """
name: guarded
region: westeurope
subscriptions:
  - id: 11111111-2222-4333-8444-555555555555
    name: Guarded
    unregistered: [Microsoft.Storage]
principals:
  owner: {client_id: aaaaaaaa-0000-4000-8000-000000000001, secret: one, roles: [Owner]}
  reader: {client_id: aaaaaaaa-0000-4000-8000-000000000002, secret: two, roles: [Reader on rg-open]}
  contributor: {client_id: aaaaaaaa-0000-4000-8000-000000000003, secret: three, roles: [Contributor]}
  nobody: {client_id: aaaaaaaa-0000-4000-8000-000000000004, secret: four}
resource_groups:
  rg-open: {}
  rg-shut: {lock: ReadOnly}
  rg-kept: {lock: CanNotDelete}
policies:
  only-europe: {allowed_regions: [westeurope, northeurope]}
  tagged: {group: rg-open, types: [Microsoft.Storage/storageAccounts], required_tags: [owner]}
"""
SUBSCRIPTION = "/subscriptions/11111111-2222-4333-8444-555555555555"


@pytest.fixture
def guarded(make_cloud: Callable[..., Any]) -> Any:
    return make_cloud(ESTATE)


def token_of(cloud: Any, number: int, secret: str) -> str:
    answer = cloud.sign_in(f"aaaaaaaa-0000-4000-8000-00000000000{number}", secret)
    assert answer.status == 200, answer.body
    return str(answer.body["access_token"])


# ---------------------------------------------------------------- api-version


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "MissingApiVersionParameter"),
        ("?api-version=latest", "InvalidApiVersionParameter"),
        ("?api-version=2024-1-1", "InvalidApiVersionParameter"),
        ("?api-version=2001-01-01", "NoRegisteredProviderFound"),
    ],
)
def test_a_missing_or_wrong_api_version_is_a_400(cloud: Any, query: str, code: str) -> None:
    answer = cloud.get(GROUP + query, version="")
    assert (answer.status, answer.code) == (400, code)


def test_paths_that_are_not_emulated_answer_501_and_say_so(cloud: Any) -> None:
    answer = cloud.get(GROUP + "/providers/Microsoft.Web/sites")
    assert (answer.status, answer.code) == (501, "NotEmulated")
    assert "Microsoft.Web/sites" in answer.body["error"]["message"]


# ---------------------------------------------------------------- sign-in


def test_no_token_is_challenged_with_the_tenant_of_the_subscription(cloud: Any) -> None:
    answer = cloud.get(GROUP, token=None)
    assert (answer.status, answer.code) == (401, "AuthenticationFailed")
    header = answer.headers["WWW-Authenticate"]
    assert f'authorization_uri="https://127.0.0.1:4443/{cloud.practice.tenant}"' in header
    assert 'error="invalid_token"' in header
    assert "error_description=" in header


@pytest.mark.parametrize("token", ["garbage", "a.b.c"])
def test_a_token_that_is_not_ours_is_refused(cloud: Any, token: str) -> None:
    answer = cloud.get(GROUP, token=token)
    assert (answer.status, answer.code) == (401, "InvalidAuthenticationToken")


def test_a_changed_token_is_refused(cloud: Any) -> None:
    good = cloud.sign_in().body["access_token"]
    head, claims, signature = good.split(".")
    changed = ".".join([head, claims[:-4] + ("AAAA" if claims[-4:] != "AAAA" else "BBBB"), signature])
    assert cloud.get(GROUP, token=changed).status == 401
    assert cloud.get(GROUP, token=good).status == 200


def test_a_token_for_another_service_is_refused(cloud: Any) -> None:
    practice = cloud.practice
    form = {
        "grant_type": "client_credentials",
        "client_id": practice.client_id,
        "client_secret": practice.client_secret,
        "scope": "https://graph.microsoft.com/.default",
    }
    token = cloud.form(f"/{practice.tenant}/oauth2/v2.0/token", form).body["access_token"]
    assert cloud.get(GROUP, token=token).code == "InvalidAuthenticationTokenAudience"


def test_a_basic_header_is_not_a_sign_in(cloud: Any) -> None:
    answer = cloud.get(GROUP, token=None, headers={"Authorization": "Basic abc"})
    assert (answer.status, answer.code) == (401, "AuthenticationFailed")


# ---------------------------------------------------------------- headers


def test_every_answer_carries_the_common_headers(cloud: Any) -> None:
    answer = cloud.get(GROUP, headers={"x-ms-client-request-id": "mine"})
    assert answer.headers["x-ms-client-request-id"] == "mine"
    assert answer.headers["Date"] == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-ms-correlation-request-id"])
    assert re.fullmatch(r"WESTEUROPE:20260302T090000Z:[0-9a-f-]{36}", answer.headers["x-ms-routing-request-id"])
    assert (answer.headers["Cache-Control"], answer.headers["Expires"]) == ("no-cache", "-1")


def test_what_the_front_door_answers_itself_carries_no_limits(cloud: Any) -> None:
    answer = cloud.get(GROUP.replace("rg-starter", "rg-none"))
    assert (answer.status, answer.code) == (404, "ResourceGroupNotFound")
    assert answer.headers["x-ms-failure-cause"] == "gateway"
    assert not [name for name in answer.headers if name.startswith("x-ms-ratelimit")]


def test_head_answers_like_get_without_a_body(cloud: Any) -> None:
    found, missing = cloud.send("HEAD", GROUP), cloud.send("HEAD", GROUP + "x")
    assert (found.status, found.content) == (204, b"")
    assert (missing.status, missing.content) == (404, b"")


# ---------------------------------------------------------------- limits


def test_the_251st_read_in_an_instant_is_throttled_and_time_fills_the_bucket(cloud: Any) -> None:
    remaining = [cloud.get(GROUP).headers["x-ms-ratelimit-remaining-subscription-reads"] for _ in range(250)]
    assert remaining == [str(n) for n in range(249, -1, -1)]
    refused = cloud.get(GROUP)
    assert (refused.status, refused.code) == (429, "SubscriptionRequestsThrottled")
    assert refused.headers["Retry-After"] == "1"
    assert "'GET/SUBSCRIPTIONS/RESOURCEGROUPS'" in refused.body["error"]["message"]
    cloud.clock.advance(1)
    after = cloud.get(GROUP)
    assert (after.status, after.headers["x-ms-ratelimit-remaining-subscription-reads"]) == (200, "24")
    assert after.headers["x-ms-ratelimit-remaining-subscription-global-reads"] == str(3750 - 226)


def test_writes_and_deletes_have_buckets_of_their_own(cloud: Any) -> None:
    made = cloud.put(f"{cloud.subscription}/resourceGroups/rg-a", {"location": "westeurope"})
    assert made.headers["x-ms-ratelimit-remaining-subscription-writes"] == "199"
    gone = cloud.delete(f"{cloud.subscription}/resourceGroups/rg-a")
    assert gone.headers["x-ms-ratelimit-remaining-subscription-deletes"] == "199"


def test_one_principal_does_not_use_up_the_limit_of_another(guarded: Any) -> None:
    group = f"{SUBSCRIPTION}/resourceGroups/rg-open"
    for _ in range(250):
        guarded.get(group)
    assert guarded.get(group).status == 429
    assert guarded.get(group, token=token_of(guarded, 2, "two")).status == 200


def test_below_a_second_the_waiting_time_goes_into_its_own_header(make_cloud: Callable[..., Any]) -> None:
    cloud = make_cloud("starter", speed=60.0)
    for _ in range(250):
        cloud.get(GROUP)
    refused = cloud.get(GROUP)
    assert refused.status == 429
    assert "Retry-After" not in refused.headers
    assert refused.headers["x-ms-retry-after-ms"] == "20"


# ---------------------------------------------------------------- roles


def test_a_reader_of_a_group_reads_there_and_nowhere_else(guarded: Any) -> None:
    token = token_of(guarded, 2, "two")
    assert guarded.get(f"{SUBSCRIPTION}/resourceGroups/rg-open", token=token).status == 200
    refused = guarded.get(f"{SUBSCRIPTION}/resourceGroups/rg-shut", token=token)
    assert (refused.status, refused.code) == (403, "AuthorizationFailed")
    message = refused.body["error"]["message"]
    assert "'Microsoft.Resources/subscriptions/resourceGroups/read'" in message
    assert f"over scope '{SUBSCRIPTION}/resourceGroups/rg-shut'" in message
    assert "aaaaaaaa-0000-4000-8000-000000000002" in message


def test_lists_hold_only_what_the_caller_may_see(guarded: Any) -> None:
    token = token_of(guarded, 2, "two")
    listed = guarded.get(f"{SUBSCRIPTION}/resourceGroups", token=token).body["value"]
    assert [group["name"] for group in listed] == ["rg-open"]
    assert guarded.get("/subscriptions", token=token).body["count"]["value"] == 1
    assert guarded.get("/subscriptions", token=token_of(guarded, 4, "four")).body["value"] == []
    assert guarded.get(SUBSCRIPTION, token=token_of(guarded, 4, "four")).code == "SubscriptionNotFound"


def test_a_contributor_writes_but_grants_no_roles(guarded: Any) -> None:
    token = token_of(guarded, 3, "three")
    group = f"{SUBSCRIPTION}/resourceGroups/rg-open"
    assert guarded.send("PATCH", group, {"tags": {"a": "b"}}, token=token).status == 200
    grant = f"{group}/providers/Microsoft.Authorization/roleAssignments/99999999-0000-4000-8000-000000000000"
    body = {"properties": {"roleDefinitionId": "x", "principalId": "99999999-0000-4000-8000-000000000001"}}
    assert guarded.put(grant, body, token=token).code == "AuthorizationFailed"


def test_a_role_that_is_granted_over_arm_counts_and_one_taken_away_does_not(guarded: Any) -> None:
    token = token_of(guarded, 4, "four")
    group = f"{SUBSCRIPTION}/resourceGroups/rg-open"
    assert guarded.get(group, token=token).status == 403
    object_id = guarded.emulator._mint.read(token)["oid"]
    reader = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
    body = {"properties": {"roleDefinitionId": reader, "principalId": object_id}}
    grant = f"{group}/providers/Microsoft.Authorization/roleAssignments/99999999-0000-4000-8000-000000000000"
    assert guarded.put(grant, body).status == 201
    again = guarded.put(grant.replace("99999999-", "88888888-"), body)
    assert (again.status, again.code) == (409, "RoleAssignmentExists")
    assert guarded.get(group, token=token).status == 200
    assert guarded.get(group + "/providers/Microsoft.Authorization/permissions", token=token).body["value"] == [
        {"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}
    ]
    assert guarded.delete(grant).status == 200
    assert guarded.get(group, token=token).status == 403
    assert guarded.delete(grant).status == 204


# ---------------------------------------------------------------- registration, locks, policies


def test_a_write_to_an_unregistered_namespace_is_refused_until_it_is_registered(guarded: Any) -> None:
    account = f"{SUBSCRIPTION}/resourceGroups/rg-open/providers/Microsoft.Storage/storageAccounts/cacheaccount1"
    body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "tags": {"owner": "me"}}
    refused = guarded.put(account, body)
    assert (refused.status, refused.code) == (409, "MissingSubscriptionRegistration")
    assert refused.body["error"]["details"][0]["target"] == "Microsoft.Storage"
    provider = f"{SUBSCRIPTION}/providers/Microsoft.Storage"
    assert guarded.post(provider + "/register").body["registrationState"] == "Registering"
    assert guarded.put(account, body).status == 409
    guarded.clock.advance(45)
    assert guarded.get(provider).body["registrationState"] == "Registered"
    assert guarded.put(account, body).status == 202


def test_a_delete_lock_stops_deletes_and_a_read_only_lock_stops_writes(guarded: Any) -> None:
    kept, shut = (f"{SUBSCRIPTION}/resourceGroups/{name}" for name in ("rg-kept", "rg-shut"))
    refused = guarded.delete(kept)
    assert (refused.status, refused.code) == (409, "ScopeLocked")
    assert f"'{kept}'" in refused.body["error"]["message"]
    assert "cannot perform delete operation" in refused.body["error"]["message"]
    assert guarded.send("PATCH", kept, {"tags": {}}).status == 200
    assert "cannot perform write operation" in guarded.send("PATCH", shut, {"tags": {}}).body["error"]["message"]
    lock = f"{shut}/providers/Microsoft.Authorization/locks/lock-rg-shut"
    assert guarded.get(lock).body["properties"]["level"] == "ReadOnly"
    assert guarded.delete(lock).status == 200
    assert guarded.send("PATCH", shut, {"tags": {}}).status == 200


def test_a_lock_on_something_inside_a_group_keeps_the_group(guarded: Any) -> None:
    group = f"{SUBSCRIPTION}/resourceGroups/rg-open"
    network = f"{group}/providers/Microsoft.Network/virtualNetworks/vnet-a"
    body = {"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}}
    assert guarded.put(network, body).status == 201
    lock = f"{network}/providers/Microsoft.Authorization/locks/keep"
    assert guarded.put(lock, {"properties": {"level": "CanNotDelete"}}).status == 201
    assert guarded.delete(group).code == "ScopeLocked"
    listed = guarded.get(f"{group}/providers/Microsoft.Authorization/locks").body["value"]
    assert [entry["name"] for entry in listed] == ["keep"]
    assert guarded.get(f"{group}/providers/Microsoft.Authorization/locks?$filter=atScope()").body["value"] == []


def test_a_policy_denies_and_names_itself(guarded: Any) -> None:
    network = f"{SUBSCRIPTION}/resourceGroups/rg-open/providers/Microsoft.Network/virtualNetworks/vnet-a"
    body = {"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}}
    refused = guarded.put(network, body)
    assert (refused.status, refused.code) == (403, "RequestDisallowedByPolicy")
    error = refused.body["error"]
    assert error["target"] == "vnet-a"
    assert error["additionalInfo"][0]["info"]["policyAssignmentName"] == "only-europe"
    assert "e56962a6-4747-49cd-b67b-bf8b01975c4c" in error["message"]


def test_the_restrictions_check_tells_beforehand_what_a_policy_will_deny(guarded: Any) -> None:
    check = f"{SUBSCRIPTION}/resourceGroups/rg-open/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
    content = {"type": "Microsoft.Storage/storageAccounts", "location": "eastus"}
    body = {"resourceDetails": {"resourceContent": content, "apiVersion": "2023-01-01"}}
    answer = guarded.post(check, body).body
    assert [one["field"] for one in answer["fieldRestrictions"]] == ["location", "tags.owner"]
    assert len(answer["contentEvaluationResult"]["policyEvaluations"]) == 2
    fine = {"type": "Microsoft.Storage/storageAccounts", "location": "westeurope", "tags": {"Owner": "me"}}
    good = guarded.post(check, {"resourceDetails": {"resourceContent": fine}}).body
    assert (good["fieldRestrictions"], good["contentEvaluationResult"]["policyEvaluations"]) == ([], [])


def test_a_policy_can_be_assigned_and_taken_away_over_arm(cloud: Any) -> None:
    assignment = f"{GROUP}/providers/Microsoft.Authorization/policyAssignments/north"
    definition = "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c"
    parameters = {"listOfAllowedLocations": {"value": ["northeurope"]}}
    made = cloud.put(assignment, {"properties": {"policyDefinitionId": definition, "parameters": parameters}})
    assert made.status == 201
    network = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-a"
    body = {"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}}
    assert cloud.put(network, body).code == "RequestDisallowedByPolicy"
    assert cloud.delete(assignment).status == 200
    assert cloud.put(network, body).status == 201


# ---------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "body is required"),
        (b"{", "InvalidRequestContent"),
        (b"[]", "type 'Object'"),
        (b'{"location": 7}', "Path 'location'"),
        (b'{"location": "westeurope", "tags": {"a": {}}}', "Path 'tags.a'"),
        (b'{"location": "westeurope", "colour": "red"}', "'colour'"),
        (b"\xff\xfe", "InvalidRequestContent"),
        (b'{"location": "westeurope", "tags": {"a": NaN}}', "InvalidRequestContent"),
        (b'{"location": "westeurope", "tags": {"a": "\\ud800"}}', "InvalidRequestContent"),
        (b'{"location": "westeurope", "tags": ' + b"[" * 5000 + b"]" * 5000 + b"}", "InvalidRequestContent"),
    ],
)
def test_a_bad_body_is_a_400_that_names_the_field(cloud: Any, content: bytes, told: str) -> None:
    answer = cloud.send("PUT", f"{cloud.subscription}/resourceGroups/rg-a", content=content)
    assert answer.status == 400
    assert told in answer.content.decode()


def test_a_body_that_is_not_called_json_is_a_415(cloud: Any) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = cloud.put(f"{cloud.subscription}/resourceGroups/rg-a", {"location": "westeurope"}, headers=form)
    assert (answer.status, answer.code) == (415, "UnsupportedMediaType")
    json = {"Content-Type": "application/json; charset=utf-8"}
    assert (
        cloud.put(f"{cloud.subscription}/resourceGroups/rg-a", {"location": "westeurope"}, headers=json).status == 201
    )


def test_an_echoed_id_holds_printable_characters_only(cloud: Any) -> None:
    answer = cloud.get(GROUP, headers={"x-ms-client-request-id": "a\udcff\x1b[2Jb\u202e"})
    assert answer.headers["x-ms-client-request-id"] == "a[2Jb"


def test_an_expired_token_says_so(make_cloud: Callable[..., Any]) -> None:
    """Not before clocks that differ a little would agree that it has."""
    cloud = make_cloud("starter")
    store = cloud.emulator.store

    def answer_to(seconds: int) -> Any:
        with store.transaction():
            tenancy.put_accounts(store, [replace(a, token_seconds=seconds) for a in tenancy.accounts(store)])
        return cloud.get(GROUP, token=str(cloud.sign_in().body["access_token"]))

    assert answer_to(-5).status == 200
    answer = answer_to(-305)
    assert (answer.status, answer.code) == (401, "ExpiredAuthenticationToken")


def test_the_endpoints_of_the_cloud_are_told_without_a_sign_in(cloud: Any) -> None:
    found = cloud.get("/metadata/endpoints?api-version=2022-09-01", token=None).body
    assert cloud.get("/metadata/endpoints?api-version=2019-05-01", token=None).body == [found]
    assert found["resourceManager"] == found["authentication"]["loginEndpoint"] == "https://127.0.0.1:4443"
    older = cloud.get("/metadata/endpoints?api-version=2015-01-01", token=None).body
    assert older["authentication"]["loginEndpoint"] == "https://127.0.0.1:4443"


def test_a_member_that_the_api_does_not_have_is_ignored_and_logged(make_cloud: Callable[..., Any]) -> None:
    cloud = make_cloud("starter")
    body = {"location": "westeurope", "colour": "red"}
    assert cloud.put(f"{cloud.subscription}/resourceGroups/rg-a", body).status == 201
    assert cloud.log()[-1]["unknown_fields"] == ["colour"]


def test_a_refused_write_leaves_nothing_behind(cloud: Any) -> None:
    before = cloud.get(f"{cloud.subscription}/resourceGroups").body
    cloud.put(f"{cloud.subscription}/resourceGroups/bad!name", {"location": "westeurope"})
    assert cloud.get(f"{cloud.subscription}/resourceGroups").body == before
