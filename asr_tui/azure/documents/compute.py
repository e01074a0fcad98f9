"""Virtual machines, disks, availability sets, sizes on offer and quotas, as Microsoft.Compute tells them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from asr_tui.azure.documents.fields import (
    Document,
    documents,
    flag,
    ids,
    member,
    optional,
    optional_word,
    tags,
    text,
    texts,
    whole,
    word,
    words,
)
from asr_tui.model import arm_id
from asr_tui.model.compute import (
    AttachedDisk,
    AvailabilitySet,
    Disk,
    DiskEncryptionSet,
    DiskSku,
    Extension,
    Image,
    ScaleSet,
    Usage,
    VirtualMachine,
    VmSize,
)


@dataclass(frozen=True, slots=True)
class VmState:
    """What only the instance view of a VM tells, by the names of :class:`VirtualMachine`."""

    power_state: str | None
    os_name: str | None
    os_version: str | None
    computer_name: str | None
    agent_status: str | None
    agent_version: str | None
    extensions: tuple[Extension, ...]
    encrypted_disks: bool | None


def vm_state(document: Document) -> VmState | None:
    """The instance view in an entry of the list of statuses; None where the entry has none."""
    view = member(document, "properties", "instanceView")
    if view is None:
        return None
    return VmState(
        power_state=power_state(view),
        os_name=optional_word(view, "osName"),
        os_version=optional_word(view, "osVersion"),
        computer_name=optional(view, "computerName"),
        agent_status=_agent_status(view),
        agent_version=optional_word(view, "vmAgent", "vmAgentVersion"),
        extensions=tuple(_extension_view(entry) for entry in documents(view, "extensions")),
        encrypted_disks=_encrypted({}, view),
    )


def with_state(vm: VirtualMachine, state: VmState | None) -> VirtualMachine:
    """``vm`` with what its instance view tells. Extensions of a list may be named by id only: then the view's count."""
    if state is None:
        return vm
    named_only = vm.extensions is None or any(not each.type for each in vm.extensions)
    return replace(
        vm,
        power_state=state.power_state,
        os_name=state.os_name,
        os_version=state.os_version,
        computer_name=state.computer_name or vm.computer_name,
        agent_status=state.agent_status,
        agent_version=state.agent_version,
        extensions=state.extensions if named_only else vm.extensions,
        encrypted_disks=vm.encrypted_disks if state.encrypted_disks is None else state.encrypted_disks,
    )


def virtual_machine(document: Document) -> VirtualMachine:
    """A VM out of its document; the instance view is taken in where the document has one."""
    properties = member(document, "properties") or {}
    view = member(properties, "instanceView")
    linux = member(properties, "osProfile", "linuxConfiguration")
    windows = member(properties, "osProfile", "windowsConfiguration")
    nics = list(documents(properties, "networkProfile", "networkInterfaces"))
    primary = next((nic for nic in nics if flag(nic, "properties", "primary")), nics[0] if nics else None)
    no_password = flag(linux, "disablePasswordAuthentication")
    return VirtualMachine(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        size=word(properties, "hardwareProfile", "vmSize"),
        provisioning_state=word(properties, "provisioningState", default="Succeeded"),
        power_state=power_state(view),
        os_type=word(properties, "storageProfile", "osDisk", "osType", default="Linux"),
        os_name=optional_word(view, "osName"),
        os_version=optional_word(view, "osVersion"),
        computer_name=optional(view, "computerName") or optional(properties, "osProfile", "computerName"),
        image=_image(properties),
        disks=tuple(_attached_disks(properties)),
        nic_ids=ids(properties, "networkProfile", "networkInterfaces"),
        primary_nic_id=optional(primary, "id"),
        zones=words(document, "zones"),
        availability_set_id=optional(properties, "availabilitySet", "id"),
        proximity_placement_group_id=optional(properties, "proximityPlacementGroup", "id"),
        scale_set_id=optional(properties, "virtualMachineScaleSet", "id"),
        host_id=optional(properties, "host", "id") or optional(properties, "hostGroup", "id"),
        capacity_reservation_group_id=optional(properties, "capacityReservation", "capacityReservationGroup", "id"),
        security_type=optional_word(properties, "securityProfile", "securityType"),
        encryption_at_host=bool(flag(properties, "securityProfile", "encryptionAtHost")),
        disk_controller=optional_word(properties, "storageProfile", "diskControllerType"),
        priority=word(properties, "priority", default="Regular"),
        license_type=optional_word(properties, "licenseType"),
        extended_location=optional_word(document, "extendedLocation", "name"),
        identity_type=optional_word(document, "identity", "type"),
        provision_agent=_first_known(flag(linux, "provisionVMAgent"), flag(windows, "provisionVMAgent")),
        allow_extensions=flag(properties, "osProfile", "allowExtensionOperations"),
        agent_status=_agent_status(view),
        agent_version=optional_word(view, "vmAgent", "vmAgentVersion"),
        extensions=extensions(document),
        encrypted_disks=_encrypted(properties, view),
        password_login=None if no_password is None else not no_password,
        boot_diagnostics=flag(properties, "diagnosticsProfile", "bootDiagnostics", "enabled"),
        boot_diagnostics_account=optional(properties, "diagnosticsProfile", "bootDiagnostics", "storageUri"),
        plan=optional_word(document, "plan", "name"),
        time_created=optional(properties, "timeCreated"),
        tags=tags(document),
    )


def power_state(view: Document | None) -> str | None:
    """``running``, ``deallocated`` ... out of an instance view's statuses, None where it does not tell."""
    for status in documents(view, "statuses"):
        code = text(status, "code")
        if code.startswith("PowerState/"):
            return code.removeprefix("PowerState/")
    return None


def extensions(document: Document) -> tuple[Extension, ...] | None:
    """The VM's extensions: full child resources, else those of the instance view. None: the document does not tell."""
    if isinstance(member(document, "resources"), list):
        return tuple(_extension_resource(entry) for entry in documents(document, "resources"))
    view = member(document, "properties", "instanceView")
    if isinstance(member(view, "extensions"), list):
        return tuple(_extension_view(entry) for entry in documents(view, "extensions"))
    # Azure leaves both out for a VM that has none; with an instance view at hand that is an answer.
    return () if view is not None else None


def _extension_resource(entry: Document) -> Extension:
    return Extension(
        name=text(entry, "name") or arm_id.name(text(entry, "id")),
        publisher=word(entry, "properties", "publisher"),
        type=word(entry, "properties", "type"),
        state=word(entry, "properties", "provisioningState"),
    )


def _extension_view(entry: Document) -> Extension:
    publisher, _, kind = text(entry, "type").rpartition(".")
    state = next((text(status, "code") for status in documents(entry, "statuses")), "")
    return Extension(
        name=text(entry, "name"), publisher=publisher, type=kind, state=state.removeprefix("ProvisioningState/")
    )


def _image(properties: Document) -> Image | None:
    reference = member(properties, "storageProfile", "imageReference")
    if reference is None:
        return None
    return Image(
        publisher=word(reference, "publisher"),
        offer=word(reference, "offer"),
        sku=word(reference, "sku"),
        version=word(reference, "version"),
    )


def _attached_disks(properties: Document) -> Iterator[AttachedDisk]:
    os_disk = member(properties, "storageProfile", "osDisk")
    if os_disk is not None:
        yield _attached(os_disk, is_os=True)
    for disk in documents(properties, "storageProfile", "dataDisks"):
        yield _attached(disk, is_os=False)


def _attached(disk: Document, *, is_os: bool) -> AttachedDisk:
    return AttachedDisk(
        name=text(disk, "name"),
        disk_id=optional(disk, "managedDisk", "id"),
        lun=None if is_os else whole(disk, "lun"),
        is_os=is_os,
        size_gib=whole(disk, "diskSizeGB"),
        caching=word(disk, "caching", default="None"),
        write_accelerator=bool(flag(disk, "writeAcceleratorEnabled")),
        managed=optional(disk, "vhd", "uri") is None,
        ephemeral=text(disk, "diffDiskSettings", "option") == "Local",
    )


def _agent_status(view: Document | None) -> str | None:
    return next(
        (told for status in documents(view, "vmAgent", "statuses") if (told := optional_word(status, "displayStatus"))),
        None,
    )


def _encrypted(properties: Document, view: Document | None) -> bool | None:
    if flag(properties, "storageProfile", "osDisk", "encryptionSettings", "enabled"):
        return True
    disks = member(view, "disks")
    if not isinstance(disks, list):
        return None
    return any(flag(settings, "enabled") for disk in disks for settings in documents(disk, "encryptionSettings"))


def _first_known(*values: bool | None) -> bool | None:
    return next((value for value in values if value is not None), None)


def disk(document: Document) -> Disk:
    """A managed disk."""
    properties = member(document, "properties") or {}
    return Disk(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        sku=word(document, "sku", "name"),
        size_gib=whole(properties, "diskSizeGB"),
        size_bytes=whole(properties, "diskSizeBytes"),
        state=optional_word(properties, "diskState"),
        managed_by=optional(document, "managedBy"),
        managed_by_extended=texts(document, "managedByExtended"),
        encryption_type=optional_word(properties, "encryption", "type"),
        encryption_set_id=optional(properties, "encryption", "diskEncryptionSetId"),
        azure_disk_encryption=bool(flag(properties, "encryptionSettingsCollection", "enabled")),
        max_shares=whole(properties, "maxShares") or 1,
        zones=words(document, "zones"),
        hyper_v_generation=optional_word(properties, "hyperVGeneration"),
        iops=whole(properties, "diskIOPSReadWrite"),
        throughput_mbps=whole(properties, "diskMBpsReadWrite"),
        sector_size=whole(properties, "creationData", "logicalSectorSize"),
        network_access_policy=optional_word(properties, "networkAccessPolicy"),
        public_network_access=optional_word(properties, "publicNetworkAccess"),
        tags=tags(document),
    )


def availability_set(document: Document) -> AvailabilitySet:
    """An availability set."""
    return AvailabilitySet(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        fault_domains=whole(document, "properties", "platformFaultDomainCount") or 2,
        update_domains=whole(document, "properties", "platformUpdateDomainCount") or 5,
        aligned=text(document, "sku", "name", default="Aligned") == "Aligned",
    )


def encryption_set(document: Document) -> DiskEncryptionSet:
    """A disk encryption set."""
    return DiskEncryptionSet(
        id=text(document, "id"),
        name=text(document, "name"),
        location=word(document, "location"),
        encryption_type=word(document, "properties", "encryptionType", default="EncryptionAtRestWithCustomerKey"),
    )


def scale_set(document: Document) -> ScaleSet:
    """A VM scale set; one without a VM profile only groups VMs that somebody else makes."""
    return ScaleSet(
        id=text(document, "id"),
        name=text(document, "name"),
        orchestration_mode=word(document, "properties", "orchestrationMode", default="Uniform"),
        has_profile=member(document, "properties", "virtualMachineProfile") is not None,
    )


def usage(document: Document, region: str) -> Usage:
    """A quota of ``region`` (compute, network and storage tell them alike)."""
    return Usage(
        name=word(document, "name", "value"),
        region=region,
        current=whole(document, "currentValue") or 0,
        limit=whole(document, "limit") or 0,
    )


def vm_size(document: Document, region: str) -> VmSize:
    """A VM size out of an entry of the resource SKU list, as offered in ``region``."""
    told = {text(entry, "name"): text(entry, "value") for entry in documents(document, "capabilities")}
    restricted, zones = _restrictions(document)
    return VmSize(
        name=word(document, "name"),
        region=region,
        family=word(document, "family"),
        vcpus=_number(told.get("vCPUs")),
        memory_gib=float(told.get("MemoryGB") or 0),
        max_nics=_number(told.get("MaxNetworkInterfaces")),
        max_data_disks=_number(told.get("MaxDataDiskCount")),
        premium_io=told.get("PremiumIO") == "True",
        architecture=(told.get("CpuArchitectureType") or "x64").lower(),
        generations=tuple(part for part in (told.get("HyperVGenerations") or "V1,V2").split(",") if part),
        controllers=tuple(part.strip() for part in (told.get("DiskControllerTypes") or "SCSI").split(",")),
        zones=_zones(document, region),
        restricted=restricted,
        restricted_zones=zones,
        accelerated_networking=told.get("AcceleratedNetworkingEnabled") == "True",
    )


def disk_sku(document: Document, region: str) -> DiskSku:
    """A disk account type out of an entry of the resource SKU list, as offered in ``region``."""
    return DiskSku(
        name=word(document, "name"),
        region=region,
        zones=_zones(document, region),
        restricted=_restrictions(document)[0],
    )


def _restrictions(document: Document) -> tuple[str | None, tuple[str, ...]]:
    """The reason code of a restriction on the whole region (else None), and the zones that are restricted."""
    reason: str | None = None
    zones: list[str] = []
    for entry in documents(document, "restrictions"):
        if text(entry, "type") == "Zone":
            zones.extend(texts(entry, "restrictionInfo", "zones"))
        else:
            reason = text(entry, "reasonCode", default="Restricted")
    return reason, tuple(sorted(zones))


def _zones(document: Document, region: str) -> tuple[str, ...]:
    for entry in documents(document, "locationInfo"):
        if text(entry, "location").lower() == region.lower():
            return tuple(sorted(words(entry, "zones")))
    return ()


def _number(told: str | None) -> int:
    return int(told) if told and told.isdigit() else 0
