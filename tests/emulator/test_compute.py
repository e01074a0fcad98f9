"""Microsoft.Compute: VMs and their instance view, power, disks, SKUs, usages, extensions, run-command."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from azure.mgmt.compute import models

SUBSCRIPTION = "/subscriptions/8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37"
GROUP = SUBSCRIPTION + "/resourceGroups/rg-starter/providers/Microsoft.Compute"
ALL = SUBSCRIPTION + "/providers/Microsoft.Compute"
NET = SUBSCRIPTION + "/resourceGroups/rg-starter/providers/Microsoft.Network"
WEB = GROUP + "/virtualMachines/web-01"
DB = GROUP + "/virtualMachines/db-01"
SECRET = base64.b64encode(b"not a password").decode()


def settle(cloud: Any, answer: Any, state: str = "Succeeded") -> Any:
    """Let a write finish; gives its status document."""
    assert answer.status in (200, 201, 202), answer.body
    operation = answer.headers["Azure-AsyncOperation"]
    assert cloud.get(operation).body["status"] == "InProgress"
    cloud.clock.advance(400)
    status = cloud.get(operation).body
    assert status["status"] == state, status
    return status


def power(cloud: Any, path: str) -> str:
    statuses = cloud.get(path + "/instanceView").body["statuses"]
    return next(str(one["code"]) for one in statuses if one["code"].startswith("PowerState/"))


def make_nic(cloud: Any, name: str) -> str:
    subnet = {"id": f"{NET}/virtualNetworks/vnet-starter/subnets/snet-web"}
    inner = {"ipConfigurations": [{"name": "one", "properties": {"subnet": subnet}}]}
    path = f"{NET}/networkInterfaces/{name}"
    settle(cloud, cloud.put(path, {"location": "westeurope", "properties": inner}))
    return path


def machine(nic: str, **more: Any) -> dict[str, Any]:
    reference = {"publisher": "Canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts-gen2"}
    properties = {
        "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
        "storageProfile": {"imageReference": reference, "osDisk": {"createOption": "FromImage"}},
        "osProfile": {"computerName": "new", "adminUsername": "me", "adminPassword": SECRET},
        "networkProfile": {"networkInterfaces": [{"id": nic}]},
    }
    return {"location": "westeurope", "properties": properties | more}


# ---------------------------------------------------------------- reads


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


# ---------------------------------------------------------------- power


def test_power_goes_through_its_states(cloud: Any) -> None:
    stop = cloud.post(f"{WEB}/deallocate")
    assert power(cloud, WEB) == "PowerState/deallocating"
    assert cloud.post(f"{WEB}/start").code == "Conflict"
    settle(cloud, stop)
    assert power(cloud, WEB) == "PowerState/deallocated"
    assert "vmAgent" not in cloud.get(f"{WEB}/instanceView").body
    assert cloud.get(f"{GROUP}/disks/web-01-osdisk").body["properties"]["diskState"] == "Reserved"
    assert cloud.post(f"{WEB}/restart").code == "OperationNotAllowed"
    settle(cloud, cloud.post(f"{WEB}/start"))
    assert power(cloud, WEB) == "PowerState/running"
    settle(cloud, cloud.post(f"{WEB}/powerOff"))
    assert power(cloud, WEB) == "PowerState/stopped"


def test_reapply_repairs_a_failed_vm(make_cloud: Callable[..., Any]) -> None:
    estate = """
name: broken
networks: {vnet: {space: 10.0.0.0/16, subnets: {a: 10.0.0.0/24}}}
vms: {one: {provisioning: Failed}}
"""
    cloud = make_cloud(estate)
    path = f"{cloud.subscription}/resourceGroups/rg-estate/providers/Microsoft.Compute/virtualMachines/one"
    assert cloud.get(path).body["properties"]["provisioningState"] == "Failed"
    settle(cloud, cloud.post(f"{path}/reapply"))
    assert cloud.get(path).body["properties"]["provisioningState"] == "Succeeded"


# ---------------------------------------------------------------- writes


def test_a_vm_is_created_and_deleted_with_what_it_owns(cloud: Any) -> None:
    nic = make_nic(cloud, "new-nic")
    path = f"{GROUP}/virtualMachines/new"
    body = machine(nic)
    body["properties"]["storageProfile"]["dataDisks"] = [
        {"lun": 3, "createOption": "Empty", "diskSizeGB": 64, "deleteOption": "Delete"}
    ]
    created = cloud.put(path, body)
    assert created.status == 201
    assert created.body["properties"]["provisioningState"] == "Creating"
    assert "adminPassword" not in created.body["properties"]["osProfile"]
    assert power(cloud, path) == "PowerState/starting"
    settle(cloud, created)
    found = cloud.get(path).body
    assert found["properties"]["provisioningState"] == "Succeeded"
    storage = found["properties"]["storageProfile"]
    os_disk, data = storage["osDisk"]["managedDisk"]["id"], storage["dataDisks"][0]["managedDisk"]["id"]
    assert cloud.get(os_disk).body["managedBy"] == path
    assert cloud.get(nic).body["properties"]["virtualMachine"]["id"] == path
    assert cloud.delete(os_disk).code == "OperationNotAllowed"
    assert cloud.delete(nic).code == "NicInUse"
    settle(cloud, cloud.delete(path))
    assert cloud.get(path).status == 404
    assert cloud.get(data).status == 404
    left = cloud.get(os_disk).body
    assert "managedBy" not in left
    assert left["properties"]["diskState"] == "Unattached"
    assert "virtualMachine" not in cloud.get(nic).body["properties"]
    settle(cloud, cloud.delete(os_disk))
    assert cloud.get(os_disk).status == 404


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"hardwareProfile": {"vmSize": "Standard_Huge"}}, 400, "InvalidParameter"),
        ({"hardwareProfile": {"vmSize": 4}}, 400, "InvalidRequestContent"),
        ({"networkProfile": {"networkInterfaces": []}}, 400, "InvalidParameter"),
        ({"networkProfile": {"networkInterfaces": [{"id": f"{NET}/networkInterfaces/web-01-nic"}]}}, 400, "NicInUse"),
        ({"networkProfile": {"networkInterfaces": [{"id": f"{NET}/networkInterfaces/none"}]}}, 404, "NotFound"),
        ({"osProfile": {"adminUsername": "me"}}, 400, "InvalidParameter"),
        ({"availabilitySet": {"id": f"{GROUP}/availabilitySets/none"}}, 404, "NotFound"),
    ],
)
def test_a_wrong_vm_is_refused(cloud: Any, change: dict[str, Any], status: int, code: str) -> None:
    body = machine(make_nic(cloud, "new-nic"), **change)
    answer = cloud.put(f"{GROUP}/virtualMachines/new", body)
    assert (answer.status, answer.code) == (status, code)
    assert cloud.get(f"{GROUP}/virtualMachines/new").status == 404


def test_an_unknown_image_and_a_disk_of_another_vm_are_refused(cloud: Any) -> None:
    body = machine(make_nic(cloud, "new-nic"))
    body["properties"]["storageProfile"]["imageReference"]["sku"] = "none"
    assert cloud.put(f"{GROUP}/virtualMachines/new", body).code == "PlatformImageNotFound"
    taken = {"lun": 0, "createOption": "Attach", "managedDisk": {"id": f"{GROUP}/disks/db-01-sqldata"}}
    answer = cloud.send("PATCH", WEB, {"properties": {"storageProfile": {"dataDisks": [taken]}}})
    assert (answer.status, answer.code) == (409, "ConflictingUserInput")


def test_quota_and_restricted_sizes_stop_a_vm(make_cloud: Callable[..., Any]) -> None:
    estate = """
name: tight
networks: {vnet: {space: 10.0.0.0/16, subnets: {a: 10.0.0.0/24}}}
quotas: {westeurope: {standardDSv5Family: 3}}
restricted_sizes: [{sizes: standardESv5Family, regions: westeurope}]
vms: {one: {}}
"""
    cloud = make_cloud(estate)
    group = f"{cloud.subscription}/resourceGroups/rg-estate/providers"
    body = machine(f"{group}/Microsoft.Network/networkInterfaces/none")
    path = f"{group}/Microsoft.Compute/virtualMachines/two"
    over = cloud.put(path, body)
    assert (over.status, over.code) == (409, "OperationNotAllowed")
    assert "Current Limit: 3" in over.body["error"]["message"]
    body["properties"]["hardwareProfile"]["vmSize"] = "Standard_E4s_v5"
    assert cloud.put(path, body).code == "SkuNotAvailable"


def test_disks_are_attached_and_detached(cloud: Any) -> None:
    spare = f"{GROUP}/disks/spare"
    made = {"createOption": "Empty"}
    body = {
        "location": "westeurope",
        "sku": {"name": "Premium_LRS"},
        "properties": {"creationData": made, "diskSizeGB": 32},
    }
    settle(cloud, cloud.put(spare, body))
    attach = {"lun": 5, "createOption": "Attach", "managedDisk": {"id": spare}}
    settle(cloud, cloud.send("PATCH", WEB, {"properties": {"storageProfile": {"dataDisks": [attach]}}}))
    assert cloud.get(spare).body["managedBy"] == WEB
    assert cloud.get(WEB).body["properties"]["storageProfile"]["dataDisks"][0]["diskSizeGB"] == 32
    twice = [attach, {**attach, "managedDisk": {"id": f"{GROUP}/disks/other"}}]
    again = cloud.send("PATCH", WEB, {"properties": {"storageProfile": {"dataDisks": twice}}})
    assert again.code == "InvalidParameter"
    settle(cloud, cloud.send("PATCH", WEB, {"properties": {"storageProfile": {"dataDisks": []}}}))
    assert cloud.get(spare).body["properties"]["diskState"] == "Unattached"


def test_a_vm_is_resized_and_tagged(cloud: Any) -> None:
    asked = {"tags": {"owner": "me"}, "properties": {"hardwareProfile": {"vmSize": "Standard_D4s_v5"}}}
    settle(cloud, cloud.send("PATCH", WEB, asked))
    body = cloud.get(WEB).body
    assert body["tags"] == {"owner": "me"}
    assert body["properties"]["hardwareProfile"]["vmSize"] == "Standard_D4s_v5"
    arm = {"properties": {"hardwareProfile": {"vmSize": "Standard_D2ps_v5"}}}
    assert cloud.send("PATCH", WEB, arm).code == "OperationNotAllowed"
    whole = cloud.get(WEB).body
    settle(cloud, cloud.put(WEB, whole))
    assert cloud.get(WEB).body["properties"]["storageProfile"] == whole["properties"]["storageProfile"]


def test_a_disk_grows_and_keeps_its_rules(cloud: Any) -> None:
    path = f"{GROUP}/disks/db-01-sqldata"
    assert cloud.send("PATCH", path, {"properties": {"diskSizeGB": 128}}).code == "OperationNotAllowed"
    assert cloud.send("PATCH", path, {"sku": {"name": "StandardSSD_LRS"}}).code == "OperationNotAllowed"
    grown = cloud.send("PATCH", path, {"properties": {"diskSizeGB": 512}})
    settle(cloud, grown)
    properties = cloud.get(path).body["properties"]
    assert (properties["diskSizeGB"], properties["tier"]) == (512, "P20")
    access = cloud.post(f"{path}/beginGetAccess", {"access": "Read", "durationInSeconds": 600})
    assert access.status == 202
    cloud.clock.advance(30)
    assert cloud.get(access.headers["Location"]).body["accessSAS"].startswith("https://md-")
    assert cloud.post(f"{path}/endGetAccess").status == 202
    bad = {"location": "westeurope", "properties": {"creationData": {"createOption": "Empty"}}}
    assert cloud.put(f"{GROUP}/disks/none", bad).code == "InvalidParameter"


def test_availability_and_encryption_sets(cloud: Any) -> None:
    path = f"{GROUP}/availabilitySets/av"
    made = cloud.put(
        path, {"location": "westeurope", "sku": {"name": "Aligned"}, "properties": {"platformFaultDomainCount": 2}}
    )
    assert made.status == 200
    assert cloud.send("PATCH", path, {"tags": {"a": "b"}}).body["tags"] == {"a": "b"}
    changed = {"location": "westeurope", "properties": {"platformFaultDomainCount": 3}}
    assert cloud.put(path, changed).code == "PropertyChangeNotAllowed"
    nic = make_nic(cloud, "new-nic")
    member = f"{GROUP}/virtualMachines/member"
    settle(cloud, cloud.put(member, machine(nic, availabilitySet={"id": path})))
    assert cloud.get(path).body["properties"]["virtualMachines"] == [{"id": member}]
    assert cloud.delete(path).code == "OperationNotAllowed"
    settle(cloud, cloud.delete(member))
    assert cloud.delete(path).status == 200
    key = {"activeKey": {"keyUrl": "https://kv.vault.azure.net/keys/k/1", "sourceVault": {"id": f"{GROUP}/none"}}}
    refused = cloud.put(f"{GROUP}/diskEncryptionSets/des", {"location": "westeurope", "properties": key})
    assert refused.code == "KeyVaultNotFound"


# ---------------------------------------------------------------- extensions and run-command


def test_extensions_come_and_go(cloud: Any) -> None:
    path = f"{WEB}/extensions/Monitor"
    body = {
        "location": "westeurope",
        "properties": {
            "publisher": "Microsoft.Azure.Monitor",
            "type": "AzureMonitorLinuxAgent",
            "typeHandlerVersion": "1.0",
        },
    }
    assert cloud.get(path).status == 404
    assert cloud.put(path, {"location": "westeurope", "properties": {}}).code == "InvalidParameter"
    settle(cloud, cloud.put(path, body))
    assert cloud.get(path).body["properties"]["provisioningState"] == "Succeeded"
    assert [one["name"] for one in cloud.get(f"{WEB}/instanceView").body["extensions"]] == ["Monitor"]
    assert cloud.get(WEB).body["resources"][0]["id"] == path
    settle(cloud, cloud.delete(path))
    assert cloud.get(f"{WEB}/extensions").body["value"] == []
    assert cloud.delete(path).status == 204


GUESTS = """
name: guests
networks:
  vnet:
    space: 10.0.0.0/16
    subnets:
      open: {prefix: 10.0.0.0/24}
      closed: {prefix: 10.0.1.0/24, nsg: shut}
nsgs: {shut: {rules: {deny: 200 deny out any * -> Internet}}}
vms:
  good: {os: ubuntu-22.04, subnet: vnet/open, disks: [64]}
  bad:
    os: rhel-9
    subnet: vnet/open
    disks: [64, 32]
    guest:
      root_certificates: outdated
      uninitialised_luns: [1]
      proxy: {address: "http://proxy", authenticated: true}
      grub: device-names
      mobility_agent: leftover
  nameless: {os: ubuntu-24.04, subnet: vnet/open, guest: {dns: fails}}
  fenced: {os: ubuntu-24.04, subnet: vnet/closed}
  silent: {os: ubuntu-24.04, subnet: vnet/open, agent: not-ready}
  shop:
    os: windows-2022
    subnet: vnet/open
    disks: [64]
    guest: {volume_shadow_copy: disabled, uninitialised_luns: [0], storage_spaces_direct: true}
"""


@pytest.fixture
def guests(make_cloud: Callable[..., Any]) -> Callable[..., str]:
    """``guests(vm, script)`` gives what the script printed."""
    cloud = make_cloud(GUESTS, strict=True)
    base = f"{cloud.subscription}/resourceGroups/rg-estate/providers/Microsoft.Compute/virtualMachines"

    def run(name: str, *lines: str) -> str:
        command = "RunPowerShellScript" if name == "shop" else "RunShellScript"
        answer = cloud.post(f"{base}/{name}/runCommand", {"commandId": command, "script": list(lines)})
        assert answer.status == 202, answer.body
        assert cloud.post(f"{base}/{name}/runCommand", {"commandId": command}).code == "Conflict"
        cloud.clock.advance(400)
        final = cloud.get(answer.headers["Location"])
        if final.status != 200:
            return str(final.code)
        return "\n".join(one["message"] for one in final.body["value"])

    return run


def test_a_linux_probe_reads_the_guest(guests: Callable[..., str]) -> None:
    probe = (
        "# read-only probe",
        "uname -r",
        "cat /etc/os-release | grep ^ID=",
        "lsblk -n -o NAME,TYPE,FSTYPE; grep root= /etc/default/grub",
        "for host in login.microsoftonline.com cache.blob.core.windows.net; do",
        '  timeout 5 bash -c "</dev/tcp/$host/443" && echo "$host open" || echo "$host shut"',
        "done",
        "openssl s_client -connect login.microsoftonline.com:443 </dev/null 2>/dev/null | grep Verify",
        "test -d /usr/local/ASR && echo leftover",
        "cat /etc/environment | grep -i https_proxy",
    )
    good = guests("good", *probe)
    assert "6.8.0-1041-azure" in good
    assert "ID=ubuntu" in good
    assert "sdc1 part ext4" in good
    assert "root=UUID=" in good
    assert "login.microsoftonline.com open" in good
    assert "Verify return code: 0 (ok)" in good
    assert "leftover" not in good
    bad = guests("bad", *probe)
    assert "ID=rhel" in bad
    assert "sdc1 part xfs" in bad
    assert "sdd disk -" in bad
    assert "sdd1" not in bad
    assert "root=/dev/sda1" in bad
    assert "unable to get local issuer certificate" in bad
    assert "leftover" in bad
    assert "https_proxy=http://proxyuser" in bad


def test_names_and_ways_out_are_those_of_the_estate(guests: Callable[..., str]) -> None:
    probe = (
        "getent hosts login.microsoftonline.com && echo resolved",
        "curl -sS https://login.microsoftonline.com -o /dev/null",
    )
    assert "resolved" in guests("good", *probe)
    nameless = guests("nameless", *probe)
    assert "resolved" not in nameless
    assert "Could not resolve host" in nameless
    fenced = guests("fenced", *probe)
    assert "resolved" in fenced
    assert "Connection timed out" in fenced


def test_a_windows_probe_reads_the_guest(guests: Callable[..., str]) -> None:
    seen = guests(
        "shop",
        "Get-Service VSS,COMSysApp | Select-Object Name,StartType | ConvertTo-Json -Compress",
        "Get-Disk | Select-Object Lun,PartitionStyle | ConvertTo-Json -Compress",
        "netsh winhttp show proxy",
        "Test-NetConnection login.microsoftonline.com -Port 443 | Select-Object TcpTestSucceeded | ConvertTo-Json",
        "Get-StoragePool | ConvertTo-Json",
    )
    assert '{"Name":"VSS","StartType":"Disabled"}' in seen
    assert '{"Lun":0,"PartitionStyle":"RAW"}' in seen
    assert "Direct access (no proxy server)" in seen
    assert '{"TcpTestSucceeded":true}' in seen
    assert "S2D on cluster" in seen


def test_nothing_else_is_executed(guests: Callable[..., str]) -> None:
    seen = guests("good", "rm -rf /", "python3 -c 'print(1)'", "echo $HOME", "while true; do echo x; done")
    assert "rm: command not found" in seen
    assert "python3: command not found" in seen
    assert "Remove-Item" in guests("shop", "Remove-Item C:\\ -Recurse")


def test_a_silent_agent_fails_the_command(guests: Callable[..., str]) -> None:
    assert guests("silent", "uname -r") == "VMAgentStatusCommunicationError"


def test_run_command_needs_a_running_vm_and_the_right_script(cloud: Any) -> None:
    assert cloud.post(f"{WEB}/runCommand", {"commandId": "RunPowerShellScript"}).code == "InvalidParameter"
    assert cloud.post(f"{WEB}/runCommand", {"commandId": "Nope"}).code == "InvalidParameter"
    settle(cloud, cloud.post(f"{WEB}/deallocate"))
    assert cloud.post(f"{WEB}/runCommand", {"commandId": "RunShellScript"}).code == "OperationNotAllowed"
    assert [one["id"] for one in cloud.get(f"{ALL}/locations/westeurope/runCommands").body["value"]]
    assert cloud.get(f"{ALL}/locations/westeurope/runCommands/runshellscript").body["osType"] == "Linux"
