"""What is wrong with a VM and its disks before anything is installed: the prerequisites check's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from asr_tui.emulator.compute.views import power_state
from asr_tui.emulator.estates.images import image_for
from asr_tui.emulator.estates.sizes import size_named
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.error_catalogue import Fault
from asr_tui.emulator.site_recovery.source_vm import SourceDisk, SourceVm
from asr_tui.emulator.store import Store

LINK_TYPE = "Microsoft.Resources/links"
_MEMORY_GB = 1
_VCPUS = 2
_LARGEST_OS_GB = 4095
_LARGEST_DATA_GB = 32767
_MOST_DATA_DISKS = 64
_TRUSTED_LINUX_SINCE = "2024-04-01"
_APPLIANCES = ("paloaltonetworks", "fortinet", "checkpoint", "cisco", "f5-networks")


def state_faults(vm: SourceVm, now: datetime) -> Iterator[Fault]:
    """Power and provisioning state (150019)."""
    power = power_state(vm.doc, now)
    if power != "running":
        yield Fault("150019", f"Its power state is '{power}'; it must be 'running'.")
    state = provisioning_state(vm)
    if state != "Succeeded":
        yield Fault("150019", f"Its provisioning state is '{state}'; it must be 'Succeeded'.")
    for extension in vm.instance.get("extensions", []):
        if extension.get("state") == "Failed":
            yield Fault("150019", f"Its extension '{extension['name']}' is in the state 'Failed'.")


def provisioning_state(vm: SourceVm) -> str:
    """``provisioningState`` of the VM."""
    return str(vm.properties.get("provisioningState", "Succeeded"))


def kind_faults(vm: SourceVm) -> Iterator[Fault]:
    """Kinds of VM that can't be protected at all."""
    for sentence in (*_size_sentences(vm), *_kind_sentences(vm), *_system_sentences(vm)):
        yield Fault("VirtualMachineNotSupported", sentence)


def _size_sentences(vm: SourceVm) -> Iterator[str]:
    size = size_named(vm.size)
    if size is None:
        return
    if size.architecture.lower() == "arm64":
        yield f"The size '{size.name}' has the Arm64 architecture."
    if size.active_vcpus < _VCPUS or size.memory_gb < _MEMORY_GB:
        yield f"The size '{size.name}' has less than {_VCPUS} vCPUs or {_MEMORY_GB} GB of memory."


def _kind_sentences(vm: SourceVm) -> Iterator[str]:
    properties = vm.properties
    storage = properties["storageProfile"]
    if str(storage.get("diskControllerType", "SCSI")).upper() == "NVME":
        yield "Its disk controller is NVMe; only SCSI is supported."
    if (properties.get("host") or properties.get("hostGroup")) is not None:
        yield "It is on a dedicated host."
    if (properties.get("securityProfile") or {}).get("securityType") == "ConfidentialVM":
        yield "It is a confidential virtual machine."
    if (storage["osDisk"].get("diffDiskSettings") or {}).get("option") == "Local":
        yield "Its operating system disk is ephemeral."
    if storage["osDisk"].get("vhd"):
        yield "Its operating system disk is unmanaged."
    if str((properties.get("virtualMachineScaleSet") or {}).get("id", "")).endswith("vmss-flex-scaling"):
        yield "It is in a scale set that has a scaling profile."
    if len(storage.get("dataDisks", [])) > _MOST_DATA_DISKS:
        yield f"It has more than {_MOST_DATA_DISKS} data disks."


def _system_sentences(vm: SourceVm) -> Iterator[str]:
    reference = vm.properties["storageProfile"].get("imageReference") or {}
    image = image_for(reference)
    if vm.os_type == "Linux" and (vm.properties.get("securityProfile") or {}).get("securityType") == "TrustedLaunch":
        if str(vm.properties.get("timeCreated", _TRUSTED_LINUX_SINCE)) < _TRUSTED_LINUX_SINCE:
            yield f"It is a Linux machine with trusted launch made before {_TRUSTED_LINUX_SINCE}."
        if image is not None and not image.trusted_launch:
            yield f"Its operating system '{image.release}' is not supported with trusted launch."
    if image is not None and not image.supported:
        yield f"Its operating system '{image.release}' is not supported."
    publisher = str(reference.get("publisher", "")).lower()
    if publisher in _APPLIANCES:
        yield f"It is an appliance of '{publisher}', which can't host the Mobility Service."


def link_faults(store: Store, vm: SourceVm, now: datetime) -> Iterator[Fault]:
    """Resource links of an earlier protection (150226)."""
    for link in store.children(vm.id, LINK_TYPE, now):
        properties = link.body["properties"]
        target = str(properties.get("targetId", "")).lower()
        mine = ids.same(properties.get("sourceId"), vm.id)
        if mine and ("microsoft.recoveryservices/vaults" in target or "/protecteditemarmid/" in target):
            yield Fault("150226", f"The link '{link.name}' points to '{properties['targetId']}'.")
            return


def guest_disk_faults(vm: SourceVm, protected: list[SourceDisk]) -> Iterator[Fault]:
    """What the guest says about its disks: never initialised (150039), BitLocker (28109)."""
    guest = vm.guest
    for disk in protected:
        if disk.lun is not None and disk.lun in guest.uninitialised_luns:
            yield Fault("150039", f"The disk '{disk.name}' at LUN {disk.lun} is not initialised.")
    if guest.bitlocker and any(disk.lun is not None for disk in protected):
        yield Fault("28109", "BitLocker is on for a data disk.")


def disk_faults(disk: SourceDisk, high_churn: bool) -> Iterator[Fault]:
    """Sizes and kinds of a disk that can't be replicated."""
    properties = disk.doc["properties"]
    size = disk.size_gb
    if int(properties.get("diskSizeBytes") or size * 1024**3) < 1024**3:
        megabytes = int(properties["diskSizeBytes"]) // 1024**2
        yield Fault("150172", f"The disk '{disk.name}' has {megabytes} MB.")
    largest = _LARGEST_OS_GB if disk.lun is None else _LARGEST_DATA_GB
    if size > largest:
        yield Fault("VirtualMachineNotSupported", f"The disk '{disk.name}' is larger than {largest} GiB.")
    if disk.attached.get("writeAcceleratorEnabled"):
        yield Fault("VirtualMachineNotSupported", f"Write accelerator is on for the disk '{disk.name}'.")
    if int(properties.get("maxShares") or 1) > 1:
        yield Fault(
            "VirtualMachineNotSupported",
            f"The disk '{disk.name}' is shared; its machines have to be protected as a cluster.",
        )
    if disk.sku in ("PremiumV2_LRS", "UltraSSD_LRS") and not high_churn:
        yield Fault(
            "45005",
            f"The disk '{disk.name}' is of type {disk.sku}, which needs high churn and a premium block blob cache.",
        )
