"""Cases of vaults, VMs, agents and operating systems."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from asr_tui.model.compute import AttachedDisk, Extension, Image, ScaleSet
from asr_tui.model.governance import ResourceGroup, ResourceLink
from asr_tui.model.plan import PolicyChoice, VaultChoice
from asr_tui.model.recovery import Eligibility, ServiceIssue, Vault
from asr_tui.model.replication import SiteRecovery
from asr_tui.rules import guest_probe
from tests.rules import makers
from tests.rules.cases.situations import (
    NO_DISKS,
    NO_SIZES,
    NO_VIEW,
    UNREAD_VAULT,
    account,
    both,
    case,
    disks,
    est,
    missing,
    override,
    planned,
    vault,
    vm,
    with_vault,
)
from tests.rules.makers import SOURCE, TARGET
from tests.rules.portal import portal_estate, portal_vault

VM = makers.vm_id("web01")
NAMED = {"vault": VaultChoice(name="Corp-Vault", resource_group="corp")}


def portal(held: Vault | None = None, **plan: Any) -> Any:
    return portal_estate(held), makers.plan("web01", "web02", **plan)


def item(**changes: Any) -> Vault:
    """The portal's vault with its first item changed."""
    held = portal_vault().site_recovery
    assert held is not None
    return portal_vault(items=(replace(held.items[0], **changes), *held.items[1:]))


def protected(**changes: Any) -> Any:
    """web01 changed, and replicated by the portal's vault."""
    base = portal_estate()
    return replace(base, vms=(makers.vm("web01", **changes), makers.vm("web02"))), makers.plan("web01")


def linked(target: str) -> Any:
    return est(links=(ResourceLink(VM, target),))


def extension(name: str, publisher: str, state: str) -> Any:
    return vm(extensions=(Extension(name, publisher, name, state),))


def image(publisher: str, offer: str = "", sku: str = "") -> dict[str, Any]:
    return {"os_name": None, "os_version": None, "image": Image(publisher, offer, sku)}


def mixed(second: str) -> Any:
    """Two VMs of one availability set, of sizes of two families."""
    avset = makers.availability_set("avset").id
    machines = (
        makers.vm("web01", availability_set_id=avset),
        makers.vm("web02", availability_set_id=avset, size=second),
    )
    sizes = (makers.size(), makers.size("Standard_E4s_v5", family="standardESv5Family"))
    return est(vms=machines, vm_sizes=sizes)


ASR = "Microsoft.Azure.RecoveryServices.SiteRecovery"
STALE = f"{makers.vault_id('old')}/protectedItemArmId/x"
MOVED = {"vault": VaultChoice(name="v", resource_group="dr", region="westeurope")}
HERE = ResourceGroup(makers.gid("dr"), "dr", SOURCE)
FAR = Vault(makers.vault_id("far", "far"), "far", TARGET)

CASES = {
    "vault-region-not-source": case(planned(**MOVED)),
    "vault-rg-region-not-source": case(
        both({"resource_groups": (*est()[0].resource_groups, HERE)}, vault=VaultChoice(name="v1", resource_group="dr")),
        unknown=est(unreadable=missing("resource_groups")),
    ),
    "vault-region-is-target": case(planned(vault=VaultChoice(region="ukwest")), passes=planned(**MOVED)),
    "vault-name": case(
        planned(vault=VaultChoice(name="1x")),
        planned(vault=VaultChoice(name="gone", create=False)),
        passes=planned(vault=VaultChoice(name="v1", resource_group="bad.")),
    ),
    "vault-not-moving": case(with_vault(move_state="InProgress"), passes=with_vault(move_state="Succeeded")),
    "vault-public-access-off": case(
        with_vault(public_network_access="Disabled"),
        passes=with_vault(public_network_access="Disabled", private_endpoints=2),
    ),
    "vault-pe-order": case(
        portal(replace(portal_vault(), public_network_access="Disabled")),
        passes=with_vault(public_network_access="Disabled"),
        unknown=est(vaults=(vault(None, public_network_access="Disabled"),)),
    ),
    "vault-identity": case(
        with_vault(private_endpoints=1),
        both(
            {"vaults": (vault(SiteRecovery()),), "storage_accounts": (account(shared_key=False),)},
            defaults={"cache_account": "cacheacct"},
        ),
        passes=with_vault(private_endpoints=1, identity_type="SystemAssigned"),
        unknown=both({"vaults": (vault(SiteRecovery()),)}, defaults={"cache_account": "/subscriptions/x/gone"}),
    ),
    "vault-fabric-exists": case(portal(), unknown=UNREAD_VAULT),
    "vault-mapping-conflict": case(
        portal(policy=PolicyChoice(name="new", retention_minutes=60), vms=(), **NAMED),
        passes=with_vault(),
        unknown=UNREAD_VAULT,
    ),
    "vault-vm-not-elsewhere": case(
        portal(vault=VaultChoice(name="v2", resource_group="v2")), passes=portal(), unknown=est(vaults=(FAR,))
    ),
    "vault-item-failed": case(portal(item(protection_state="EnablingFailed")), passes=portal(), unknown=UNREAD_VAULT),
    "vault-vms-known": case(
        planned(vms=(makers.vm_id("ghost"),)), both({"vms": (makers.vm("web01", location="ukwest"),)})
    ),
    "vault-items-protected": case(portal(), unknown=UNREAD_VAULT),
    # -- the VM
    "vm-eligibility-oracle": case(
        est(
            eligibility=(
                Eligibility(
                    VM,
                    (ServiceIssue("X", "No.", action="Do."), ServiceIssue("Y", "No")),
                ),
            )
        ),
        passes=est(eligibility=(Eligibility(VM), Eligibility(makers.vm_id("web02")))),
        unknown=est(),
    ),
    "vm-running": case(vm(power_state="deallocated"), unknown=NO_VIEW),
    "vm-provisioning-succeeded": case(vm(provisioning_state="Failed"), vm(provisioning_state="Updating")),
    "vm-rg-same-region": case(
        est(resource_groups=(ResourceGroup(makers.gid("shop"), "shop", "ukwest"),)),
        passes=est(resource_groups=()),
        unknown=est(unreadable=missing("resource_groups")),
    ),
    "vm-stale-links": case(
        linked(STALE),
        passes=linked("/something/else"),
        more=((replace(portal_estate(), links=(ResourceLink(VM, STALE),)), makers.plan("web01")),),
        unknown=est(links=None),
    ),
    "vm-size-minimum": case(
        est(vm_sizes=(makers.size(vcpus=1),)), est(vm_sizes=(makers.size(memory_gib=0.5),)), unknown=NO_SIZES
    ),
    "vm-arm64": case(est(vm_sizes=(makers.size(architecture="Arm64"),)), unknown=NO_SIZES),
    "vm-nvme-controller": case(
        vm(disk_controller="NVMe"),
        vm(disk_controller=None, more={"vm_sizes": (makers.size(controllers=("NVMe",)),)}),
        passes=vm(disk_controller=None),
        unknown=NO_SIZES,
    ),
    "vm-dedicated-host": case(vm(host_id="/hosts/h1")),
    "vm-confidential": case(vm(security_type="ConfidentialVM")),
    "vm-trusted-launch-notes": case(vm(security_type="TrustedLaunch")),
    "vm-ephemeral-os": case(vm(disks=(AttachedDisk("os", None, is_os=True, ephemeral=True),))),
    "vm-spot": case(vm(priority="Spot")),
    "vm-vmss-flex-scaling": case(
        vm(scale_set_id="/vmss/a", more={"scale_sets": (ScaleSet("/vmss/A", "a", "Uniform"),)}),
        vm(scale_set_id="/vmss/a", more={"scale_sets": (ScaleSet("/vmss/a", "a", "Flexible", True),)}),
        passes=vm(scale_set_id="/vmss/a", more={"scale_sets": (ScaleSet("/vmss/a", "a", "Flexible"),)}),
        unknown=vm(scale_set_id="/vmss/a"),
    ),
    "vm-edge-zone": case(vm(extended_location="losangeles")),
    "vm-ppg": case(vm(proximity_placement_group_id="/ppg")),
    "vm-avset-same-family": case(mixed("Standard_E4s_v5"), passes=mixed("Standard_D4s_v5"), unknown=NO_SIZES),
    "vm-appliance": case(vm(**image("paloaltonetworks")), passes=vm(**image("canonical"))),
    # -- the agent
    "vm-agent-present": case(vm(provision_agent=False), vm(allow_extensions=False), unknown=NO_VIEW),
    "vm-agent-ready": case(
        vm(agent_status="Not Ready"),
        vm(more={"guests": (guest_probe.silent(VM, "Linux"),)}),
        passes=vm(agent_status=None, power_state="deallocated"),
        unknown=vm(agent_status=None),
    ),
    "vm-agent-linux-current": case(
        vm(agent_version="2.2.10"), passes=vm(agent_version="1.0", os_type="Windows"), unknown=NO_VIEW
    ),
    "vm-extension-failed": case(
        extension("Dep", "x", "Failed"), passes=extension("Dep", "x", "Succeeded"), unknown=vm(extensions=None)
    ),
    "vm-extension-asr-leftover": case(
        extension("SiteRecovery-Linux", ASR, "Transitioning"),
        extension("SiteRecovery-Linux", ASR, "Succeeded"),
        passes=extension("SiteRecovery-Linux", ASR, "Failed"),
        more=(protected(extensions=(Extension("SiteRecovery-Linux", ASR, "x", "Succeeded"),)),),
        unknown=NO_VIEW,
    ),
    "vm-extensions-not-copied": case(
        extension("Dep", "x", "Succeeded"), passes=extension("S", ASR, "Succeeded"), unknown=NO_VIEW
    ),
    "vm-identity-not-copied": case(vm(identity_type="SystemAssigned"), passes=vm(identity_type="None")),
    # -- the operating system
    "vm-os-supported": case(
        vm(os_name="CentOS Linux", os_version="7.9"),
        vm(os_name="Plan 9", os_version="4"),
        vm(**image("RedHat", "RHEL", "6_5")),
        vm(**image("kinvolk", "flatcar", "stable")),
        passes=vm(os_name="Windows Server 2019 Datacenter", os_version="10.0.17763"),
        unknown=vm(os_name=None, image=None),
    ),
    "vm-win-2008r2-sha2": case(unknown=vm(os_name="Windows Server 2008 R2", os_type="Windows")),
    "vm-trusted-launch-linux": case(
        vm(security_type="TrustedLaunch", time_created="2024-03-31T00:00:00Z"),
        vm(security_type="TrustedLaunch", time_created="2025-01-01", os_name="debian", os_version="11.1"),
        passes=vm(security_type="TrustedLaunch", time_created="2025-01-01"),
        unknown=vm(security_type="TrustedLaunch"),
    ),
    "vm-password-cloudinit": case(
        vm(password_login=True, os_version="18.04"),
        passes=vm(password_login=True),
        unknown=vm(os_name=None, image=None),
    ),
    "vm-rhel9-create-flow": case(vm(os_name="redhat", os_version="9.4"), unknown=vm(os_name=None, image=None)),
    "vm-marketplace-image": case(both({"vms": (makers.vm("web01", plan="byol"),)})),
    "vm-encryption-at-host": case(vm(encryption_at_host=True)),
    "vm-ade": case(vm(encrypted_disks=True), disks(azure_disk_encryption=True), unknown=NO_DISKS),
    "vm-hub-license": case(vm(license_type="Windows_Server")),
    "vm-bootdiag-account": case(vm(boot_diagnostics_account="https://x")),
    "vm-windows-name-length": case(
        vm(os_type="Windows", plan={"overrides": override(target_name="a-name-of-sixteen")}),
        passes=vm(plan={"overrides": override(target_name="a-name-of-sixteen")}),
    ),
    "vm-name-target-conflict": case(
        est(vms=(makers.vm("web01"), makers.vm("web01", "shop-asr", location=TARGET))),
        passes=portal(),
        unknown=est(unreadable=missing("vms")),
    ),
    "disk-replica-leftover": case(
        est(disks=(makers.disk("web01-os"), makers.disk("web01-os-ASRReplica", "shop-asr"))),
        passes=portal(),
        unknown=est(unreadable=missing("disks")),
    ),
}
