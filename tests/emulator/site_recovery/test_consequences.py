"""Every error code that an estate can provoke: where the enable job fails, with which code and which story."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent
from typing import Any

import pytest

from tests.emulator.site_recovery.walk import Walk

PREFLIGHT = "EnableProtectionPrerequisitesCheck"
INSTALL = "CreateProtectionTarget"

ESTATE = """\
name: faulty
region: westeurope
resource_groups: {{rg-app: {{}}, rg-dr: {{region: northeurope}}}}
nat_gateways: {{ng: {{}}}}
networks:
  vnet-app:
    space: 10.1.0.0/16
    subnets: {{snet: {{prefix: 10.1.1.0/24, nat: ng, nsg: nsg}}, bare: {{prefix: 10.1.2.0/24, default_outbound: false}}}}
nsgs:
  nsg:
    rules:
      inbound: 200 allow in tcp Internet -> * port 443
{rules}
{more}
vms:
  vm-1:
    subnet: vnet-app/snet
{vm}
"""


def estate(vm: str = "    tags: {}", more: str = "", rules: str = "") -> str:
    return ESTATE.format(vm=vm, more=more, rules=indent(rules, "      "))


def guest(facts: str, os: str = "ubuntu-22.04") -> str:
    return estate(f"    os: {os}\n    guest: {{{facts}}}")


WINDOWS = "windows-2022"

PREFLIGHT_FAULTS = {
    "150019 stopped": ("150019", estate("    power: deallocated")),
    "150019 failed": ("150019", estate("    provisioning: Failed")),
    "150019 extension": ("150019", estate("    extensions: [{name: AzureMonitor, state: Failed}]")),
    "150039": ("150039", estate("    disks: [64]\n    guest: {uninitialised_luns: [0]}")),
    "28109": ("28109", estate(f"    os: {WINDOWS}\n    disks: [64]\n    guest: {{bitlocker: true}}")),
    "150172": ("150172", estate("    disks: [{size_mb: 512}]")),
    "150175": (
        "150175",
        estate("    encryption: ade\n    key_vault: kv-app", "key_vaults: {kv-app: {for_disk_encryption: true}}"),
    ),
    "150226": ("150226", estate("    stale_link: true")),
    "45005": ("45005", estate("    disks: [64 PremiumV2_LRS]")),
    "150097 quota": ("150097", estate(more="quotas: {northeurope: {cores: 1}}")),
    "150097 closed": ("150097", estate(more="closed_regions: [northeurope]")),
    "150097 restricted": (
        "150097",
        estate(more="restricted_sizes: [{sizes: standardDSv5Family, regions: northeurope}]"),
    ),
    "nvme": ("VirtualMachineNotSupported", estate("    controller: NVMe")),
    "host": ("VirtualMachineNotSupported", estate("    dedicated_host: true")),
    "confidential": ("VirtualMachineNotSupported", estate("    security: ConfidentialVM")),
    "trusted launch of old": (
        "VirtualMachineNotSupported",
        estate("    security: TrustedLaunch\n    created: 2024-03-31"),
    ),
    "trusted launch elsewhere": (
        "VirtualMachineNotSupported",
        estate("    security: TrustedLaunch\n    os: debian-11"),
    ),
    "scaling": ("VirtualMachineNotSupported", estate("    scale_set: flex-scaling")),
    "accelerator": ("VirtualMachineNotSupported", estate("    disks: [{size: 64, write_accelerator: true}]")),
}

INSTALL_FAULTS = {
    "151099 not ready": ("151099", estate("    agent: not-ready")),
    "151099 forbidden": ("151099", estate("    extension_operations: false")),
    "151095": ("151095", estate("    agent: outdated")),
    "150066": ("150066", guest("extension_operations: still-running")),
    "151076": ("151076", guest("extension_operations: time-out")),
    "151081": ("151081", guest("reboot_pending: true")),
    "151081 leftover": ("151081", guest("mobility_agent: leftover")),
    "151025": ("151025", guest("volume_shadow_copy: disabled", WINDOWS)),
    "515": ("515", guest("vss_provider: stale", WINDOWS)),
    "539": ("539", guest("kernel: 7.0.0-custom, kernel_supported: false")),
    "151124": ("151124", guest("grub: missing-lvm")),
    "151126": ("151126", guest("grub: device-names")),
    "151137": ("151137", guest("root_disk_visible: false")),
    "PrivateKeyNotFoundInCert": ("PrivateKeyNotFoundInCert", guest("machine_keys: stripped", WINDOWS)),
    "151075": ("151075", guest("storage_spaces_direct: true", WINDOWS)),
    "151195": ("151195", guest("dns: fails")),
    "151072": ("151072", guest("proxy: {authenticated: true}")),
    "proxy": ("A2AMobilityServiceConfiguratorConfigurationFailed", guest("proxy: {wrong: true}")),
    "151066": ("151066", guest("root_certificates: outdated")),
    "151196 firewall": ("151196", guest("blocked: [entra]")),
    "151197 firewall": ("151197", guest("blocked: [site-recovery]")),
    "151037 firewall": ("151037", guest("blocked: [storage]")),
    "151196 nsg": ("151196", estate(rules="closed: 100 deny out tcp * -> Internet port 443")),
    "151197 nsg": ("151197", estate(rules="closed: 100 deny out tcp * -> AzureSiteRecovery port 443")),
    "151037 nsg": ("151037", estate(rules="closed: 100 deny out tcp * -> Storage.WestEurope port 443")),
    "151192": ("151192", estate("    tags: {}").replace("subnet: vnet-app/snet", "subnet: vnet-app/bare")),
    "lock": ("ExtensionWriteLocked", estate("    lock: ReadOnly")),
    "150161": (
        "150161",
        estate(more="disks: {vm-1-osdisk-ASRReplica: {size: 30, group: rg-dr, region: northeurope}}"),
    ),
    "disk quota": (
        "TargetResourceCreationFailed",
        estate(more="quotas: {northeurope: {PremiumDiskCount: 0}}"),
    ),
    "disk policy": (
        "TargetResourceCreationFailed",
        estate(more="policies: {need-tag: {types: Microsoft.Compute/disks, required_tags: costCenter, group: rg-dr}}"),
    ),
}


def enable(make_walk: Callable[..., Walk], text: str) -> dict[str, Any]:
    walk = make_walk(text).set_up()
    job = walk.finish(walk.enable("vm-1"))
    assert walk.send("GET", walk.item("vm-1")).status == 404, "the item of a failed job goes"
    properties: dict[str, Any] = job["properties"]
    return properties


def check(job: dict[str, Any], task: str, code: str) -> None:
    assert job["state"] == "Failed"
    assert [entry["name"] for entry in job["tasks"] if entry["state"] == "Failed"] == [task]
    after = [entry["name"] for entry in job["tasks"]].index(task) + 1
    assert {entry["state"] for entry in job["tasks"][after:]} == {"NotStarted"}
    error = job["errors"][0]
    assert error["serviceErrorDetails"]["code"] == code
    assert set(error["serviceErrorDetails"]) == {
        "code",
        "message",
        "possibleCauses",
        "recommendedAction",
        "activityId",
    }
    assert "vm-1" in error["serviceErrorDetails"]["message"]
    assert set(error["providerErrorDetails"]) == {
        "errorCode",
        "errorMessage",
        "errorId",
        "possibleCauses",
        "recommendedAction",
    }
    assert error["errorLevel"] == "Error"
    assert "Restart" in job["allowedActions"]


@pytest.mark.parametrize(("code", "text"), PREFLIGHT_FAULTS.values(), ids=PREFLIGHT_FAULTS)
def test_the_prerequisites_check_refuses(make_walk: Callable[..., Walk], code: str, text: str) -> None:
    check(enable(make_walk, text), PREFLIGHT, code)


@pytest.mark.parametrize(("code", "text"), INSTALL_FAULTS.values(), ids=INSTALL_FAULTS)
def test_the_installation_fails(make_walk: Callable[..., Walk], code: str, text: str) -> None:
    check(enable(make_walk, text), INSTALL, code)


def test_more_than_thirty_codes_of_the_catalogue_can_be_provoked() -> None:
    codes = {code for code, _ in [*PREFLIGHT_FAULTS.values(), *INSTALL_FAULTS.values()]}
    assert len(codes) >= 30


def test_the_operation_says_little_and_the_job_says_why(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk(estate("    power: deallocated")).set_up()
    answer = walk.send("PUT", walk.item("vm-1"), walk.enable_body(walk.vm("vm-1")))
    walk.advance(minutes=20)
    status = walk.cloud.get(answer.headers["Azure-AsyncOperation"], version="")
    assert status.status == 200
    assert status.body["status"] == "Failed"
    assert status.body["error"] == {"code": "150253", "message": "Protection couldnt be enabled.", "details": None}


def test_a_vm_that_fails_at_the_agent_names_the_rule_that_denies(make_walk: Callable[..., Walk]) -> None:
    job = enable(make_walk, INSTALL_FAULTS["151196 nsg"][1])
    error = job["errors"][0]
    assert "'closed' (priority 100)" in error["serviceErrorDetails"]["message"]
    assert error["providerErrorDetails"]["errorCode"] == 151196
    assert error["taskId"] == "CreateProtectionTargetTask"


@pytest.mark.parametrize(
    ("vm", "code"),
    [
        ("    power: deallocated", "AzureVmIsNotInDesiredPowerState"),
        ("    provisioning: Failed", "AzureVmIsNotInDesiredProvisioningState"),
        ("    controller: NVMe", "VirtualMachineNotSupported"),
        ("    stale_link: true", "StaleResourceLinks"),
    ],
)
def test_eligibility_agrees(make_walk: Callable[..., Walk], vm: str, code: str) -> None:
    walk = make_walk(estate(vm))
    path = f"{walk.vm('vm-1')['id']}/providers/Microsoft.RecoveryServices/replicationEligibilityResults"
    listed = walk.get(path)
    assert set(listed) == {"value"}
    assert [error["code"] for error in listed["value"][0]["properties"]["errors"]] == [code]
    single = walk.get(f"{path}/default")
    assert single["properties"]["errors"] == listed["value"][0]["properties"]["errors"]
    assert single["id"] == listed["value"][0]["id"]


def test_a_vm_in_order_is_eligible(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk(estate())
    path = f"{walk.vm('vm-1')['id']}/providers/Microsoft.RecoveryServices/replicationEligibilityResults/default"
    assert walk.get(path)["properties"]["errors"] == []


def test_neither_vault_nor_its_group_may_be_in_the_source_region(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk(estate().replace("rg-dr: {region: northeurope}", "rg-dr: {region: westeurope}"))
    walk.make_group = lambda: None  # type: ignore[method-assign]  # it is there, in the source region
    job = walk.set_up().finish(walk.enable("vm-1"))["properties"]
    assert job["errors"][0]["serviceErrorDetails"]["code"] == "SourceRegionSameAsVault"


def test_a_cache_account_of_another_region_is_refused(walk: Walk) -> None:
    account = f"{walk.group_id}/providers/Microsoft.Storage/storageAccounts/stwrongregion"
    body = {"location": walk.target, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    walk.send("PUT", account, body, "2023-05-01")
    walk.advance(seconds=60)
    request = walk.enable_body(walk.vm("web-01"))
    for disk in request["properties"]["providerSpecificDetails"]["vmManagedDisks"]:
        disk["primaryStagingAzureStorageAccountId"] = account
    job = walk.finish(walk.accept("PUT", walk.item("web-01"), request))["properties"]
    assert job["errors"][0]["serviceErrorDetails"]["code"] == "CacheStorageAccountNotUsable"
    assert "same region" in job["errors"][0]["serviceErrorDetails"]["message"]


def test_a_failed_job_can_be_restarted_once_its_cause_is_gone(make_walk: Callable[..., Walk]) -> None:
    walk = make_walk(estate("    power: deallocated")).set_up()
    failed = walk.finish(walk.enable("vm-1"))
    assert walk.send("POST", f"{walk.vm('vm-1')['id']}/start", version="2024-07-01").status == 202
    walk.advance(minutes=3)
    again = walk.finish(walk.accept("POST", f"{walk.vault}/replicationJobs/{failed['name']}/restart"))
    assert again["properties"]["state"] == "Succeeded", again["properties"]["errors"]
    assert walk.job(failed["name"])["properties"]["allowedActions"] == []
