"""Estates: the samples, the schema and its messages, what is generated, and the page about all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asr_tui.emulator import estates
from asr_tui.emulator.access import built_in_roles
from asr_tui.emulator.estates import reference
from asr_tui.emulator.estates.guest import data_of, guest_of
from asr_tui.emulator.estates.images import image_for, images
from asr_tui.emulator.estates.sizes import size_named, sizes
from asr_tui.emulator.regions import regions

NETWORK = """
networks:
  vnet: {space: 10.0.0.0/16, subnets: {a: 10.0.0.0/24, b: 10.0.1.0/29}}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(estates.EstateError) as caught:
        estates.parse(text, "my.yaml")
    return str(caught.value).splitlines()


def types(estate: estates.Estate) -> Counter[str]:
    return Counter(document["type"].rsplit("/", 1)[-1] for document in estate.documents)


# ---------------------------------------------------------------- the samples


def test_the_samples_are_there() -> None:
    assert {"starter", "contoso", "faulty"} <= set(estates.names())


@pytest.mark.parametrize("name", estates.names())
def test_every_sample_refers_to_what_exists(name: str) -> None:
    estate = estates.load(name)
    known = {document["id"].lower() for document in estate.documents}
    assert len(known) == len(estate.documents)
    for document in estate.documents:
        for identifier in _references(document["properties"]):
            parent = identifier.lower().split("/subnets/")[0].split("/backendaddresspools/")[0]
            assert parent in known, (document["name"], identifier)


def _references(value: Any) -> list[str]:
    """Ids of other resources in a body: members called ``id`` of objects that hold little else."""
    found: list[str] = []
    if isinstance(value, dict):
        if set(value) <= {"id", "properties", "storageAccountType"} and str(value.get("id", "")).count("/") == 8:
            found.append(value["id"])
        for inner in value.values():
            found += _references(inner)
    elif isinstance(value, list):
        for inner in value:
            found += _references(inner)
    return found


def test_contoso_is_the_estate_that_the_walk_expects() -> None:
    contoso = estates.load("contoso")
    vms = [one for one in contoso.documents if one["type"].endswith("virtualMachines")]
    assert len(vms) >= 12
    assert len({vm["id"].split("/")[4] for vm in vms}) == 3
    assert types(contoso)["virtualNetworks"] == 2
    assert {vm["properties"]["storageProfile"]["osDisk"]["osType"] for vm in vms} == {"Windows", "Linux"}
    assert sum("zones" in vm for vm in vms) >= 5
    assert sum("availabilitySet" in vm["properties"] for vm in vms) == 2


def test_contoso_has_text_that_must_not_style_the_screen() -> None:
    texts = [text for vm in estates.load("contoso").documents for text in vm.get("tags", {}).values()]
    assert any("[red]" in text for text in texts)
    assert any("\x1b[2J" in text for text in texts)
    assert any("\u202e" in text for text in texts)
    assert max(len(text) for text in texts) == 256


def test_the_practice_sign_in_is_the_first_principal(make_cloud: Callable[..., Any]) -> None:
    for name in ("starter", "contoso"):
        practice = make_cloud(name).practice
        assert practice.client_id
        assert practice.client_secret
    two = make_cloud("contoso")
    auditor = two.sign_in("3b90d2c7-58f1-4e6a-9c24-a6f7e81b0d53", "auditor-only-not-a-real-secret")
    token = auditor.body["access_token"]
    vms = f"{two.subscription}/providers/Microsoft.Compute/virtualMachines"
    first = two.get(vms, token=token).body["value"][0]
    refused = two.post(f"{first['id']}/deallocate", token=token)
    assert (refused.status, refused.code) == (403, "AuthorizationFailed")


# ---------------------------------------------------------------- writing one


def test_a_few_lines_are_an_estate() -> None:
    estate = estates.parse("name: tiny\n" + NETWORK + "vms: {one: {}, two: {os: windows-2022}}\n", "my.yaml")
    assert types(estate) == {"virtualNetworks": 1, "virtualMachines": 2, "disks": 2, "networkInterfaces": 2}
    one = next(d for d in estate.documents if d["name"] == "one")
    assert one["location"] == "westeurope"
    assert guest_of(one).kernel == images()["ubuntu-22.04"].kernel


def test_count_spreads_over_zones_and_addresses() -> None:
    text = "name: row\n" + NETWORK + "vms: {web: {count: 4, zone: [1, 2, 3], ip: 10.0.0.20, disks: [64 Premium_LRS]}}\n"
    estate = estates.parse(text, "my.yaml")
    vms = [d for d in estate.documents if d["type"].endswith("virtualMachines")]
    assert [(vm["name"], vm["zones"]) for vm in vms] == [
        ("web-01", ["1"]),
        ("web-02", ["2"]),
        ("web-03", ["3"]),
        ("web-04", ["1"]),
    ]
    nics = [d for d in estate.documents if d["type"].endswith("networkInterfaces")]
    addresses = [nic["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] for nic in nics]
    assert addresses == ["10.0.0.20", "10.0.0.21", "10.0.0.22", "10.0.0.23"]


def test_static_addresses_are_kept_free_for_those_who_want_them() -> None:
    text = "name: mixed\n" + NETWORK + "vms: {any: {}, sure: {ip: 10.0.0.4}}\n"
    nics = [d for d in estates.parse(text, "my.yaml").documents if d["type"].endswith("networkInterfaces")]
    found = {nic["name"]: nic["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] for nic in nics}
    assert found == {"any-nic": "10.0.0.5", "sure-nic": "10.0.0.4"}


def test_a_group_in_the_name_a_default_and_a_shared_disk() -> None:
    text = """
name: shared
resource_groups: {rg-a: {}, rg-b: {}}
vm_defaults: {os: windows-2022, subnet: vnet/a}
disks: {quorum: {size: 32, max_shares: 2}}
vms:
  rg-b/node: {count: 2, disks: [{attach: quorum}]}
  other: {nics: [{}, {subnet: vnet/b}]}
"""
    estate = estates.parse(text + NETWORK, "my.yaml")
    nodes = [d for d in estate.documents if d["name"].startswith("node-0") and d["type"].endswith("virtualMachines")]
    assert all("/rg-b/" in node["id"] for node in nodes)
    assert all(node["properties"]["storageProfile"]["osDisk"]["osType"] == "Windows" for node in nodes)
    quorum = next(d for d in estate.documents if d["name"] == "quorum")
    assert quorum["managedByExtended"] == [node["id"] for node in nodes]
    other = next(d for d in estate.documents if d["name"] == "other")
    assert len(other["properties"]["networkProfile"]["networkInterfaces"]) == 2


def test_facts_of_guests_and_disks_come_back_typed() -> None:
    text = "name: facts\n" + NETWORK + "vms: {one: {guest: {dns: fails}, disks: [{size: 64, churn: 9.5}]}}\n"
    documents = {one["name"]: one for one in estates.parse(text, "my.yaml").documents}
    assert guest_of(documents["one"]).dns == "fails"
    assert guest_of(documents["one"]).grub == "uuid"
    assert data_of(documents["one-data-0"]).churn == 9.5
    assert data_of(documents["one-osdisk"]).used_percent == 40


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: [", "my.yaml:1: not valid YAML"),
        ("- a list", "my.yaml:1: an estate is a mapping"),
        ("name: x\nname: y\n", "my.yaml:2: name: written twice; first on line 1"),
        ("description: x\n", "my.yaml:1: name: this field is needed"),
        ("name: x\nvmz: {}\n", "my.yaml:2: vmz: there is no such field"),
        ("name: x\nregion: mars\n", "my.yaml:2: region: there is no region 'mars'"),
        ("name: x\n\nvms:\n  one:\n    size: Standard_Huge\n", "my.yaml:5: vms.one.size: there is no VM size"),
        ("name: x\nvms:\n  one: {power: sleepy}\n", "my.yaml:3: vms.one.power: 'sleepy' is not one of"),
        ("name: x\nvms: {one: {disks: [big]}}\n", "my.yaml:2: vms.one.disks.0: write it as: <size in GiB>"),
        ("name: x\nnsgs:\n  n:\n    rules:\n      r: let them in\n", "my.yaml:5: nsgs.n.rules.r: write it as:"),
        ("name: x\nvms: {one: {}}\n", "my.yaml:2: vms.one: no network of the estate is in westeurope"),
        ("name: x\nvms: {one: {group: rg-no}}\n" + NETWORK, "vms.one.group: there is no resource group 'rg-no'"),
        ("name: x\nvms: {one: {subnet: vnet/zz}}\n" + NETWORK, "vms.one.subnet: network 'vnet' has no subnet 'zz'"),
        ("name: x\nvms: {one: {subnet: no/a}}\n" + NETWORK, "vms.one.subnet: there is no 'no' in 'networks'"),
        ("name: x\nvms: {one: {ip: 10.9.9.9}}\n" + NETWORK, "vms.one.ip: 10.9.9.9 is not in 10.0.0.0/24"),
        ("name: x\nvms: {one: {ip: 10.0.0.1}}\n" + NETWORK, "is one of the five addresses"),
        ("name: x\nvms: {a: {ip: 10.0.0.9}, b: {ip: 10.0.0.9}}\n" + NETWORK, "vms.b.ip: 10.0.0.9 is taken already"),
        ("name: x\nvms: {a: {count: 4, subnet: vnet/b}}\n" + NETWORK, "subnet 'b' (10.0.1.0/29) has no free address"),
        ("name: x\nvms: {a: {nics: [{}], ip: 10.0.0.4}}\n" + NETWORK, "'nics' replaces ip; write one or the other"),
        ("name: x\nvms: {a: {tags: {k: " + "v" * 257 + "}}}\n" + NETWORK, "vms.a.tags.k: string should have at most"),
        ("name: x\nvms: {'-a': {}}\n" + NETWORK, "'-a' is no VM name"),
        ("name: x\nvms: {rg-estate/a: {}, a: {}}\n" + NETWORK, "vms.a: the name is taken already, on line 2"),
        ("name: x\nvms: {a: {encryption: ade}}\n" + NETWORK, "Azure Disk Encryption needs a 'key_vault'"),
        ("name: x\nstorage_accounts: {No-Good: {}}\n", "storage_accounts.No-Good: a storage account name has 3 to 24"),
        ("name: x\nnetworks: {v: {space: 10.0.0.0/8, subnets: {a: 11.0.0.0/24}}}\n", "is not inside the address space"),
        ("name: x\nnetworks: {v: {space: 10.0.0.1/8}}\n", "is not an IPv4 prefix"),
        ("name: x\nprincipals: {p: {client_id: no}}\n", "principals.p.client_id"),
        (
            "name: x\nprincipals: {p: {client_id: aaaaaaaa-0000-4000-8000-000000000001, roles: [King]}}\n",
            "principals.p.roles.0: There is no role 'King'",
        ),
    ],
)
def test_a_mistake_names_file_line_and_field(text: str, expected: str) -> None:
    lines = problems(text)
    assert any(expected in line for line in lines), lines
    assert all(line.startswith("my.yaml:") for line in lines)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    lines = problems("name: x\nregion: mars\nvms:\n  a: {group: none}\n  b: {group: none}\n" + NETWORK)
    assert [line.split(":")[1] for line in lines] == ["2", "4", "5"]


def test_an_unknown_name_and_an_unreadable_file_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(estates.EstateError, match=r"There is no estate 'nope'\. Use one of contoso"):
        estates.load("nope")
    with pytest.raises(estates.EstateError, match="cannot be read: No such file"):
        estates.load(str(tmp_path / "none.yaml"))
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(estates.EstateError, match="it is not UTF-8 text"):
        estates.load(str(binary))


# ---------------------------------------------------------------- generated


def test_the_same_seed_makes_the_same_estate() -> None:
    first, again, other = (estates.load("generated:120", seed=seed) for seed in (3, 3, 4))
    assert first.documents == again.documents
    assert first.documents != other.documents


def test_a_generated_estate_is_a_realistic_mix() -> None:
    estate = estates.load("generated:600", seed=1)
    vms = [one for one in estate.documents if one["type"].endswith("virtualMachines")]
    assert len(vms) == 600
    running = sum(vm["_instance"]["power"] == "running" for vm in vms)
    assert 500 < running < 600
    assert len({vm["properties"]["hardwareProfile"]["vmSize"] for vm in vms}) >= 6
    assert len({image_for(vm["properties"]["storageProfile"]["imageReference"]) for vm in vms}) >= 8
    assert 200 < sum("zones" in vm for vm in vms) < 500
    assert types(estate)["disks"] > 700


def test_a_clean_generated_estate_holds_no_fault() -> None:
    estate = estates.load("generated-clean:600", seed=1)
    vms = [one for one in estate.documents if one["type"].endswith("virtualMachines")]
    assert len(vms) == 600
    assert all(vm["_instance"]["power"] == "running" for vm in vms)
    assert all(vm["properties"]["provisioningState"] == "Succeeded" for vm in vms)
    assert not any("diffDiskSettings" in str(vm["properties"]["storageProfile"]) for vm in vms)
    assert {vm["properties"].get("priority", "Regular") for vm in vms} == {"Regular"}


@pytest.mark.parametrize(
    "text", ["generated-clean:", "generated:", "generated:0", "generated:many", "generated:60000", "generated:-1"]
)
def test_a_wrong_number_is_one_sentence(text: str) -> None:
    with pytest.raises(estates.EstateError, match="write generated:N with N from 1 to 50,000"):
        estates.load(text)


# ---------------------------------------------------------------- data and documentation


def test_the_catalogues_hold_together() -> None:
    assert all(region.pair in regions() for region in regions().values() if region.pair)
    assert {"Owner", "Contributor", "Reader", "Site Recovery Contributor"} <= {role.name for role in built_in_roles()}
    for image in images().values():
        assert (image.os == "Linux") == bool(image.kernel)
        assert image_for(image.reference) == image
    for size in sizes().values():
        assert size_named(size.name.upper()) == size
        assert size.active_vcpus <= size.vcpus


def test_the_page_about_estates_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "estates.md"
    assert page.read_text(encoding="utf-8") == reference.render(), (
        "run: python -m asr_tui.emulator.estates.reference > docs/estates.md"
    )


def test_the_example_on_the_page_works() -> None:
    text = reference.render().split("```yaml\n")[1].split("```")[0]
    estate = estates.parse(text, "docs/estates.md")
    assert types(estate)["virtualMachines"] == 5


def test_surroundings_reach_the_cloud(make_cloud: Callable[..., Any]) -> None:
    cloud = make_cloud(
        """
name: around
tenant: {id: 6f1d2c3b-4a59-4e68-8777-968584a3b2c1, name: Fabrikam}
subscriptions:
  - {id: 0d1c2b3a-4958-4766-8554-433221100fed, name: First, unregistered: [Microsoft.KeyVault]}
  - {id: 1d1c2b3a-4958-4766-8554-433221100fed, name: Second}
resource_groups: {rg-a: {}, rg-dr: {region: northeurope, lock: CanNotDelete}, rg-b: {subscription: Second}}
vaults: {rsv-dr: {group: rg-dr}}
policies: {no-moon: {types: Microsoft.Storage/storageAccounts, group: rg-a}}
vms: {one: {lock: ReadOnly, stale_link: true}}
"""
        + NETWORK
    )
    first = cloud.subscription
    vaults = cloud.get(f"{first}/providers/Microsoft.RecoveryServices/vaults", version="2024-04-01").body["value"]
    assert [(vault["name"], vault["location"]) for vault in vaults] == [("rsv-dr", "northeurope")]
    locks = cloud.get(f"{first}/providers/Microsoft.Authorization/locks", version="2020-05-01").body["value"]
    assert {lock["properties"]["level"] for lock in locks} == {"CanNotDelete", "ReadOnly"}
    links = cloud.get(f"{first}/providers/Microsoft.Resources/links", version="2016-09-01").body["value"]
    assert [link["properties"]["sourceId"].rsplit("/", 1)[-1] for link in links] == ["one"]
    account = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
    denied = cloud.put(f"{first}/resourceGroups/rg-a/providers/Microsoft.Storage/storageAccounts/abc123", account)
    assert denied.code == "RequestDisallowedByPolicy"
    vault = {"location": "westeurope", "properties": {}}
    barred = cloud.put(f"{first}/resourceGroups/rg-a/providers/Microsoft.KeyVault/vaults/kv-a", vault)
    assert barred.code == "MissingSubscriptionRegistration"
    second = "/subscriptions/1d1c2b3a-4958-4766-8554-433221100fed"
    assert [one["name"] for one in cloud.get(f"{second}/resourceGroups").body["value"]] == ["rg-b"]
