"""VMs and their lists, SKUs, usages: what a reader sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from azure.mgmt.compute import models

from tests.emulator.compute.machines import ALL, WEB


def test_every_vm_body_fits_the_sdks_models(make_cloud: Callable[..., Any]) -> None:
    cloud = make_cloud("contoso")
    bodies = cloud.get(f"{cloud.subscription}/providers/Microsoft.Compute/virtualMachines?$expand=instanceView").body
    for body in bodies["value"]:
        typed = models.VirtualMachine(body)
        assert typed.properties is not None
        assert typed.properties.instance_view is not None
        codes = [str(one.code) for one in typed.properties.instance_view.statuses or []]
        assert codes[0].startswith("ProvisioningState/")
        assert codes[1].startswith("PowerState/")
        assert typed.properties.storage_profile is not None
        assert not [name for name in body if name.startswith("_")]


def test_status_only_answers_states_for_all_in_one_list(make_cloud: Callable[..., Any]) -> None:
    cloud = make_cloud("contoso")
    path = f"{cloud.subscription}/providers/Microsoft.Compute/virtualMachines"
    found = {one["name"]: one for one in cloud.get(f"{path}?statusOnly=true").body["value"]}
    assert len(found) == 18
    states = {name: one["properties"]["instanceView"]["statuses"][1]["code"] for name, one in found.items()}
    assert states["web-staging"] == "PowerState/deallocated"
    assert states["web-01"] == "PowerState/running"
    agent = found["report-01"]["properties"]["instanceView"]["vmAgent"]["statuses"][0]
    assert agent["displayStatus"] == "Not Ready"
    assert "storageProfile" not in found["web-01"]["properties"]


def test_lists_are_paged(make_cloud: Callable[..., Any]) -> None:
    cloud = make_cloud("generated:450", page_size=200)
    answer = cloud.get(f"{cloud.subscription}/providers/Microsoft.Compute/virtualMachines")
    names: list[str] = []
    pages = 0
    while True:
        pages += 1
        names += [one["name"] for one in answer.body["value"]]
        if "nextLink" not in answer.body:
            break
        answer = cloud.get(answer.body["nextLink"])
    assert pages == 3
    assert len(set(names)) == 450


def test_expand_and_filter_are_checked(cloud: Any) -> None:
    assert cloud.get(f"{WEB}?$expand=everything").code == "InvalidParameter"
    assert cloud.get(f"{ALL}/virtualMachines?$filter=name eq 'x'").code == "BadRequest"
    assert cloud.get(f"{ALL}/locations/westeurope/virtualMachines").body["value"]
    assert cloud.get(f"{ALL}/locations/northeurope/virtualMachines").body["value"] == []


def test_skus_say_what_a_region_offers(make_cloud: Callable[..., Any]) -> None:
    estate = """
name: strict
networks: {vnet: {space: 10.0.0.0/16, subnets: {a: 10.0.0.0/24}}}
restricted_sizes:
  - {sizes: [standardESv5Family], regions: [northeurope]}
  - {sizes: Standard_D2s_v5, regions: northeurope, reason: QuotaId, zones: [1, 2]}
closed_regions: [swedencentral]
"""
    cloud = make_cloud(estate)

    def skus(region: str) -> dict[str, Any]:
        path = f"{cloud.subscription}/providers/Microsoft.Compute/skus?$filter=location eq '{region}'"
        found = cloud.get(path).body["value"]
        assert all(models.ResourceSku(one).name for one in found)
        return {one["name"]: one for one in found if one["resourceType"] == "virtualMachines"}

    north = skus("northeurope")
    assert north["Standard_E4s_v5"]["restrictions"][0]["type"] == "Location"
    zonal = north["Standard_D2s_v5"]["restrictions"][0]
    assert (zonal["type"], zonal["reasonCode"]) == ("Zone", "QuotaId")
    assert zonal["restrictionInfo"]["zones"] == ["1", "2"]
    assert north["Standard_D4s_v5"]["restrictions"] == []
    assert all(one["restrictions"] for one in skus("swedencentral").values())
    assert all(one["restrictions"] for one in skus("norwaywest").values())
    assert "Standard_M64s" not in skus("ukwest")
    assert (
        cloud.get(f"{cloud.subscription}/providers/Microsoft.Compute/skus?$filter=tier eq 'x'").code == "InvalidFilter"
    )


def test_usages_count_cores_and_disks(cloud: Any) -> None:
    found = cloud.get(f"{ALL}/locations/westeurope/usages").body["value"]
    used = {one["name"]["value"]: one["currentValue"] for one in found}
    assert used["cores"] == 2 + 2 + 4
    assert used["standardDSv5Family"] == 4
    assert used["PremiumDiskCount"] == 4
    assert cloud.get(f"{ALL}/locations/nowhere/usages").status == 400
    assert cloud.get(f"{ALL}/locations/westeurope/vmSizes").body["value"]
    assert cloud.get(f"{WEB}/vmSizes").body["value"]
