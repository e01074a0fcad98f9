"""Cases of guests, of change rates and of disks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from asr_tui.model.compute import AttachedDisk, DiskEncryptionSet
from asr_tui.model.guest import DiskWrites, GuestFacts, KernelList, VmLoad
from asr_tui.model.plan import Attestation, TargetDefaults
from asr_tui.model.replication import ReplicatedDisk
from tests.rules import makers
from tests.rules.cases.machines import item, portal
from tests.rules.cases.situations import (
    NO_DISKS,
    NO_SIZES,
    UNREAD_VAULT,
    account,
    case,
    disks,
    est,
    override,
    planned,
    vm,
)
from tests.rules.makers import SOURCE, TARGET

VM = makers.vm_id("web01")
WINDOWS: dict[str, Any] = {"os_type": "Windows", "os_name": "Windows Server 2022", "os_version": "10.0"}
CURRENT = {"kernel": "6.8.0-1041-azure", "distribution": "ubuntu", "version": "22.04"}


def guest(**facts: Any) -> Any:
    """web01 on Linux after a look into it."""
    return vm(more={"guests": (GuestFacts(VM, "Linux", **facts),)})


def windows(**facts: Any) -> Any:
    return vm(**WINDOWS, more={"guests": (GuestFacts(VM, "Windows", **facts),)})


def replicating(seen: GuestFacts) -> Any:
    """web01 replicated by the portal's vault, after a look into it."""
    return replace(portal()[0], guests=(seen,)), makers.plan("web01")


def attested(check_id: str, **machine: Any) -> Any:
    return vm(plan={"attested": (Attestation(check_id=check_id, vm_id=VM.upper()),)}, **machine)


def kernel(name: str, version: str = "22.04", distribution: str = "ubuntu", **more: Any) -> Any:
    facts = GuestFacts(VM, "Linux", kernel=name, distribution=distribution, version=version)
    return vm(more={"guests": (facts,)} | more)


def writes(
    average: float,
    peak: float = 0.0,
    *,
    high: bool = False,
    lun: int | None = None,
    kib: float = 32.0,
    hours: int = 168,
    cpu: float = 10.0,
    **machine: Any,
) -> Any:
    """web01 whose OS disk (or data disk) writes so many MB/s."""
    disks = (DiskWrites(lun, average, max(peak, average), kib, hours),)
    measured = (VmLoad(VM, makers.NOW, 7, disks, cpu_percent=cpu),)
    cache = account(kind="BlockBlobStorage", sku="Premium_LRS")
    plan = {"defaults": {"cache_account": cache.id}} if high else {}
    memory = machine.pop("memory", 16.0)
    sizes = (makers.size(memory_gib=memory), makers.size(region=TARGET))
    more = {"loads": measured, "storage_accounts": (cache,), "vm_sizes": sizes} | machine.pop("more", {})
    return vm(plan=plan, more=more, **machine)


def shared(**changes: Any) -> Any:
    return disks(**({"max_shares": 2} | changes))


def load(**changes: Any) -> Any:
    """web01 of which Azure Monitor told just this."""
    return vm(more={"loads": (VmLoad(VM, makers.NOW, 7, **changes),)})


UNSEEN = vm(more={"guests": (GuestFacts(VM, "Linux"),)})
BLIND = vm()
WINDOWS_BLIND = vm(**WINDOWS)
LIST = (KernelList("9.66", "ubuntu-22.04", frozenset({"6.8.0-1030-azure", "6.8.0-1039-azure"})),)
SLES_LIST = (KernelList("9.67", "sles-15", frozenset({"6.4.0-150700.53.55-default"})),)
OLD_UBUNTU = GuestFacts(VM, "Linux", kernel="4.4.0-148-generic", distribution="ubuntu", version="16.04")
SET = makers.rid("Microsoft.Compute/diskEncryptionSets", "dr", "keys")
HERE = DiskEncryptionSet(SET, "dr", TARGET)
KEYED = {"encryption_set_id": "/des/source"}
CHOSEN = {"defaults": TargetDefaults(disk_encryption_set=SET)}
DOUBLE = "EncryptionAtRestWithPlatformAndCustomerKeys"

CASES = {
    "vm-kernel-supported": case(
        kernel("5.3.0-mine"),
        kernel("6.8.0-9999-azure"),
        kernel("6.8.0-1041-azure"),
        kernel("6.4.0-150700.53.99-default", "15.7", "sles", kernel_lists=SLES_LIST),
        kernel("6.8.0-1045-azure", kernel_lists=LIST),
        kernel("6.8.0-1035-azure", kernel_lists=LIST),
        kernel("garbage", kernel_lists=LIST),
        kernel("5.14.0-1.el9", "9.4", "rhel"),
        passes=kernel("6.8.0-1039-azure", kernel_lists=LIST),
        more=(attested("vm-kernel-supported", more={"guests": (OLD_UBUNTU,)}), vm(os_type="Windows")),
        unknown=kernel("6.6.0-azl3", "3.0", "azurelinux"),
        more_unknown=(UNSEEN, BLIND, vm(more={"guests": (OLD_UBUNTU,)}), kernel("5.3.0-1-azure")),
    ),
    "vm-custom-kernel": case(guest(kernel="6.8.0-mine"), passes=guest(**CURRENT), unknown=UNSEEN),
    "vm-linux-fs": case(
        guest(file_systems=("ext4", "zfs")), passes=guest(file_systems=("ext4", "xfs")), unknown=UNSEEN
    ),
    "vm-linux-boot-layout": case(
        guest(root_device="device"),
        guest(root_device="missing-lvm"),
        guest(root_device="uuid", split_boot=True),
        passes=guest(root_device="uuid", split_boot=False),
        unknown=guest(root_device="uuid"),
    ),
    "vm-drbd-storage-replica": case(
        guest(modules=("drbd",)), passes=guest(modules=()), unknown=BLIND, more_unknown=(UNSEEN,)
    ),
    "vm-win-services": case(
        windows(disabled_services=("VSS",)),
        windows(disabled_services=(), left_vss_provider=True),
        passes=windows(disabled_services=(), left_vss_provider=False),
        unknown=WINDOWS_BLIND,
        more_unknown=(windows(), windows(disabled_services=())),
    ),
    "vm-migrated-by-asr": case(
        guest(old_agent=True),
        guest(old_agent=False, reboot_pending=True),
        passes=guest(old_agent=False),
        more=(replicating(GuestFacts(VM, "Linux", old_agent=True)),),
        unknown=BLIND,
        more_unknown=(UNSEEN,),
    ),
    "vm-s2d-sofs": case(
        windows(storage_pools=("S2D on c1",)),
        windows(storage_pools=("Data",)),
        passes=windows(storage_pools=()),
        unknown=WINDOWS_BLIND,
        more_unknown=(windows(),),
    ),
    "vm-agent-policy-certs": case(
        guest(fips=True), passes=guest(fips=False), unknown=UNSEEN, more_unknown=(windows(fips=False),)
    ),
    "vm-dotnet": case(
        windows(dotnet="4.0.3"), passes=windows(dotnet="4.8"), unknown=WINDOWS_BLIND, more_unknown=(windows(),)
    ),
    "vm-root-certs": case(guest(certificates=False), passes=guest(certificates=True), unknown=UNSEEN),
    "vm-ram-overhead": case(
        guest(free_memory_mib=100),
        load(free_memory_mib=100),
        writes(1.0, high=True, cpu=90.0, more={"guests": (GuestFacts(VM, "Linux", free_memory_mib=4000),)}),
        passes=guest(free_memory_mib=4000),
        more=(load(free_memory_mib=4000),),
        unknown=NO_SIZES,
        more_unknown=(BLIND, load()),
    ),
    "vm-attested": case(attested("vm-clock"), passes=planned(attested=(Attestation(check_id="x", vm_id="/gone"),))),
    "vm-antivirus": case(passes=attested("vm-antivirus"), unknown=BLIND),
    "vm-clock": case(passes=attested("vm-clock"), unknown=BLIND),
    "net-proxy-auth": case(
        guest(proxy="authenticated"), guest(proxy="plain"), passes=guest(proxy="none"), unknown=UNSEEN
    ),
    "net-private-dns": case(guest(resolves=False), passes=guest(resolves=True), unknown=UNSEEN),
    "net-firewall-url": case(
        guest(reaches_sign_in=True, reaches_cache=False),
        guest(reaches_sign_in=True, reaches_cache=True, reaches_service=False),
        passes=guest(reaches_sign_in=True, reaches_cache=True, reaches_service=True),
        unknown=guest(reaches_sign_in=True, reaches_cache=True),
        more_unknown=(guest(proxy="plain", reaches_sign_in=False),),
    ),
    "disk-initialized": case(
        disks(more={"guests": (GuestFacts(VM, "Linux", uninitialised=(0, 5)),)}),
        passes=disks(plan={"overrides": override(excluded_disks=("web01-d0",))}),
        more=(disks(more={"guests": (GuestFacts(VM, "Linux", uninitialised=()),)}),),
        unknown=disks(),
    ),
    "disk-bitlocker-guest": case(windows(bitlocker=True), passes=windows(bitlocker=False), unknown=WINDOWS_BLIND),
    # -- change rates
    "vm-metrics-churn": case(
        writes(60.0),
        writes(60.0, high=True),
        passes=writes(60.0, high=True, memory=64.0),
        unknown=BLIND,
        more=(replicating(GuestFacts(VM, "Linux")),),
        more_unknown=(
            writes(60.0, size="Odd"),
            writes(1.0, hours=5),
            load(),
            load(refused="Not allowed.", forbidden=True),
            load(refused="Broken."),
        ),
    ),
    "disk-churn": case(
        writes(9.0),
        writes(1.0, peak=30.0),
        writes(40.0, high=True, memory=64.0),
        writes(
            12.0, high=True, memory=512.0, os_type="Windows", more={"disks": (makers.disk("web01-os", size_gib=128),)}
        ),
        writes(
            20.0,
            high=True,
            memory=512.0,
            os_type="Windows",
            more={"disks": (makers.disk("web01-os", sku="Standard_LRS"),)},
        ),
        passes=writes(1.0),
        unknown=BLIND,
        more_unknown=(writes(60.0, more={"disks": ()}),),
    ),
    "vm-highchurn-ram": case(writes(1.0, high=True), passes=writes(1.0, high=True, memory=32.0), unknown=NO_SIZES),
    "vm-highchurn-linux": case(
        writes(150.0, high=True, memory=512.0),
        passes=writes(150.0, high=True, memory=512.0, os_version="24.04"),
        more=(writes(90.0, high=True, memory=512.0),),
        unknown=writes(90.0, high=True, memory=512.0, hours=3),
    ),
    # -- disks
    "disk-managed": case(vm(disks=(AttachedDisk("os", None, is_os=True, managed=False),))),
    "disk-os-max": case(disks(os={"size_gib": 4096}), passes=disks(size_gib=8192), unknown=NO_DISKS),
    "disk-data-max": case(disks(size_gib=32768), unknown=NO_DISKS),
    "disk-min": case(
        disks(size_bytes=512 * 1024**2),
        passes=disks(size_bytes=1, plan={"overrides": override(excluded_disks=("WEB01-D0",))}),
        unknown=NO_DISKS,
    ),
    "disk-type": case(disks(sku="Odd_LRS"), unknown=NO_DISKS),
    "disk-premiumv2-ultra-highchurn": case(
        disks(
            sku="UltraSSD_LRS",
            plan={"defaults": {"cache_account": "cacheacct"}},
            more={"storage_accounts": (account(),)},
        ),
        passes=disks(sku="PremiumV2_LRS"),
        unknown=NO_DISKS,
    ),
    "disk-premiumv2-iops": case(disks(sku="PremiumV2_LRS"), unknown=NO_DISKS),
    "disk-shared": case(
        shared(), passes=shared(plan={"overrides": override(excluded_disks=("web01-d0",))}), unknown=NO_DISKS
    ),
    "vm-guest-cluster": case(
        shared(),
        shared(machine=WINDOWS, managed_by_extended=("/a", "/b", "/c", "/d", "/e")),
        passes=shared(machine=WINDOWS, managed_by_extended=("/a", "/b")),
        unknown=NO_DISKS,
    ),
    "disk-shared-redundancy": case(
        shared(sku="Premium_ZRS", plan={"defaults": TargetDefaults(target_disk_type="Premium_LRS")}),
        passes=shared(sku="Premium_ZRS"),
        unknown=NO_DISKS,
    ),
    "disk-zrs-target": case(
        disks(sku="Premium_ZRS", plan={"defaults": TargetDefaults(target_disk_type="Premium_LRS")}),
        passes=disks(sku="Premium_ZRS"),
        unknown=NO_DISKS,
    ),
    "disk-write-accelerator": case(disks(attached={"write_accelerator": True})),
    "disk-caching-4tb": case(
        disks(attached={"caching": "ReadOnly"}, size_gib=8192), passes=disks(size_gib=8192), unknown=NO_DISKS
    ),
    "vm-data-disk-count": case(vm(disks=tuple(AttachedDisk(f"d{n}", f"/d{n}", n) for n in range(65)))),
    "disk-cmk-des-target": case(
        disks(**KEYED),
        disks(**KEYED, plan=CHOSEN, more={"encryption_sets": (replace(HERE, location=SOURCE),)}),
        passes=disks(**KEYED, plan=CHOSEN, more={"encryption_sets": (HERE,)}),
        unknown=disks(**KEYED, plan=CHOSEN),
    ),
    "disk-double-encryption": case(
        disks(**KEYED, encryption_type=DOUBLE, plan=CHOSEN, more={"encryption_sets": (HERE,)}),
        passes=disks(
            **KEYED,
            encryption_type=DOUBLE,
            plan=CHOSEN,
            more={"encryption_sets": (replace(HERE, encryption_type=DOUBLE),)},
        ),
        unknown=NO_DISKS,
    ),
    "disk-cmk-slow": case(disks(**KEYED), unknown=NO_DISKS),
    "disk-one-hot-add": case(
        portal(item(disks=(ReplicatedDisk("/other", "other", True, "Protected", 1),))),
        passes=portal(item(disks=())),
        unknown=UNREAD_VAULT,
    ),
    "disk-network-access": case(
        disks(network_access_policy="DenyAll"), disks(public_network_access="Disabled"), unknown=NO_DISKS
    ),
    "disk-exclude": case(
        disks(plan={"overrides": override(excluded_disks=("ghost",))}),
        disks(plan={"overrides": override(excluded_disks=("web01-os",))}),
        passes=disks(plan={"overrides": override(excluded_disks=("web01-d0",))}),
    ),
    "disk-temp-data": case(est(vm_sizes=(makers.size(temp_disk_gib=32),)), unknown=NO_SIZES),
}
