"""What a look into a guest showed, what was measured of it, and the lists of kernels that the Mobility service supports.

``None`` in a field means *not seen*: the probe did not run, was cut off, or the guest does not have the command.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class GuestFacts:
    """The answers of one guest at ``read_at`` (UTC).

    ``root_device``: uuid, device (names such as /dev/sda1) or missing-lvm. ``proxy``: none, plain or authenticated.
    ``uninitialised`` are LUNs of data disks without a partition table. ``certificates`` tells whether the sign-in host's
    certificate is trusted. ``free_memory_mib`` in MiB. ``left_vss_provider``: Site Recovery's VSS provider is registered though
    its agent is not installed. ``answered`` False: the guest took no command, so nothing else is known.
    """

    vm_id: str
    os_type: str
    read_at: datetime | None = None
    kernel: str | None = None
    distribution: str | None = None
    version: str | None = None
    file_systems: tuple[str, ...] | None = None
    uninitialised: tuple[int, ...] | None = None
    root_device: str | None = None
    split_boot: bool | None = None
    modules: tuple[str, ...] | None = None
    proxy: str | None = None
    resolves: bool | None = None
    reaches_sign_in: bool | None = None
    reaches_cache: bool | None = None
    reaches_service: bool | None = None
    certificates: bool | None = None
    old_agent: bool | None = None
    reboot_pending: bool | None = None
    fips: bool | None = None
    free_memory_mib: int | None = None
    disabled_services: tuple[str, ...] | None = None
    storage_pools: tuple[str, ...] | None = None
    bitlocker: bool | None = None
    dotnet: str | None = None
    left_vss_provider: bool | None = None
    answered: bool | None = None


@dataclass(frozen=True, slots=True)
class KernelList:
    """The kernels that one version of the Mobility service supports on one distribution (``ubuntu-22.04``, ``sles-15``)."""

    agent: str
    distribution: str
    kernels: frozenset[str]


@dataclass(frozen=True, slots=True)
class DiskWrites:
    """What was measured of one disk: MB/s (of 1,048,576 bytes) on average and in its highest minute, KiB of an average write,
    and how many hours have figures.

    ``lun`` is None for the OS disk.
    """

    lun: int | None
    average_mbps: float
    peak_mbps: float
    write_kib: float
    hours: int


@dataclass(frozen=True, slots=True)
class VmLoad:
    """What Azure Monitor measured of one VM over the ``days`` before ``read_at`` (UTC).

    ``disks`` holds those that have figures at all. ``free_memory_mib`` is the least that was free, ``cpu_percent`` the average.
    ``refused`` is why nothing could be read ("" where it could), ``forbidden`` whether a permission was missing.
    """

    vm_id: str
    read_at: datetime
    days: int
    disks: tuple[DiskWrites, ...] = ()
    free_memory_mib: int | None = None
    cpu_percent: float | None = None
    refused: str = ""
    forbidden: bool = False
