from __future__ import annotations

from dataclasses import replace

import pytest

from asr_tui.model.compute import Image
from asr_tui.model.finding import Severity
from asr_tui.model.recovery import SupportedSystem
from asr_tui.rules import operating_systems, registry, sizing
from asr_tui.rules.catalogue import by_id
from asr_tui.rules.facts import Facts
from asr_tui.rules.operating_systems import OperatingSystem
from tests.rules import makers
from tests.rules.cases.situations import vault


@pytest.mark.parametrize(
    ("name", "version", "expected", "supported"),
    [
        ("ubuntu", "22.04", "Ubuntu 22.04", True),
        ("ubuntu", "24.04.3", "Ubuntu 24.04", True),
        ("ubuntu", "23.10", "Ubuntu 23.10", False),
        ("ubuntu", "24", "Ubuntu", None),
        ("redhat", "9.4", "Red Hat Enterprise Linux 9.4", True),
        ("rhel", "9.9", "Red Hat Enterprise Linux 9.9", False),
        ("rhel", "6.5", "Red Hat Enterprise Linux 6.5", False),
        ("sles", "15-SP5", "SUSE Linux Enterprise Server 15.5", True),
        ("debian", "9.0", "Debian 9.0", False),
        ("debian", "", "Debian", None),
        ("oracle", "9.5", "Oracle Linux 9.5", True),
        ("almalinux", "8.9", "AlmaLinux 8.9", False),
        ("rocky", "9", "Rocky Linux 9", True),
        ("CentOS Linux", "7.9.2009", "CentOS 7.9", False),
        ("Windows Server 2019 Datacenter", "10.0.17763", "Windows Server 2019", True),
        ("Windows Server 2012 R2", "6.3", "Windows Server 2012", True),
        ("Windows 10 Pro", "10.0", "Windows 10", True),
        ("Haiku", "1", "Haiku", False),
    ],
)
def test_what_the_agent_reports(name: str, version: str, expected: str, supported: bool | None) -> None:
    system = operating_systems.recognise(makers.vm(os_name=name, os_version=version))
    assert system is not None
    assert system.name == expected
    assert operating_systems.support(system) is supported


@pytest.mark.parametrize(
    ("publisher", "offer", "sku", "expected"),
    [
        ("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2", ("ubuntu", "22.04", None)),
        ("Canonical", "ubuntu-24_04-lts", "server", ("ubuntu", "24.04", None)),
        ("Canonical", "UbuntuServer", "18.04-LTS", ("ubuntu", "18.04", None)),
        ("RedHat", "RHEL", "94_gen2", ("rhel", "9", 4)),
        ("RedHat", "RHEL", "8_10-gen2", ("rhel", "8", 10)),
        ("RedHat", "RHEL", "810-gen2", ("rhel", "8", 10)),
        ("RedHat", "RHEL", "10-lvm-gen2", ("rhel", "10", None)),
        ("SUSE", "sles-15-sp6", "gen2", ("sles", "15", 6)),
        ("SUSE", "SLES", "12-SP5", ("sles", "12", 5)),
        ("Debian", "debian-12", "12-gen2", ("debian", "12", None)),
        ("Oracle", "Oracle-Linux", "ol95-lvm-gen2", ("oracle", "9", 5)),
        ("resf", "rockylinux-x86_64", "9-base", ("rocky", "9", None)),
        ("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-azure-edition", ("windows-server", "2022", None)),
        ("MicrosoftWindowsDesktop", "windows-11", "win-ent", ("windows", "11", None)),
        ("kinvolk", "flatcar", "stable", ("flatcar", "", None)),
    ],
)
def test_what_the_image_says(publisher: str, offer: str, sku: str, expected: tuple[str, str, int | None]) -> None:
    system = operating_systems.recognise(makers.vm(os_name=None, image=Image(publisher, offer, sku)))
    assert system is not None
    assert (system.family, system.major, system.minor) == expected


def test_nothing_known_is_none() -> None:
    assert operating_systems.recognise(makers.vm(os_name=None, image=None)) is None
    assert operating_systems.recognise(makers.vm(os_name=None, image=Image("acme", "thing"))) is None
    assert operating_systems.recognise(makers.vm(os_name=None, image=Image())) is None


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (OperatingSystem("rhel", "R", "8", 4), True),
        (OperatingSystem("rhel", "R", "8", 1), False),
        (OperatingSystem("rhel", "R", "8"), None),
        (OperatingSystem("rhel", "R"), None),
        (OperatingSystem("rhel", "R", "7", 9), False),
        (OperatingSystem("debian", "D", "12"), True),
        (OperatingSystem("debian", "D", "13"), False),
        (OperatingSystem("flatcar", "F", "1"), False),
    ],
)
def test_trusted_launch(system: OperatingSystem, expected: bool | None) -> None:
    assert operating_systems.trusted_launch(system) is expected


# -- sizing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("memory", "high", "fast", "expected"),
    [
        (16, False, True, 54),
        (512, False, True, 54),
        (16, True, True, 54),
        (64, True, True, 100),
        (512, True, True, 500),
        (512, True, False, 100),
    ],
)
def test_ceilings_of_a_vm(memory: float, high: bool, fast: bool, expected: float) -> None:
    assert sizing.vm_ceiling(memory, high_churn=high, fast=fast) == expected


@pytest.mark.parametrize(
    ("sku", "gib", "write", "high", "vm", "expected"),
    [
        ("Standard_LRS", 1024, 32, False, 54, 2),
        ("Premium_LRS", 128, 4, False, 54, 2),
        ("Premium_LRS", 128, 16, False, 54, 4),
        ("Premium_LRS", 512, 64, False, 54, 20),
        ("Premium_LRS", 1024, 24, True, 100, 50),
        ("StandardSSD_LRS", 1024, 24, True, 500, 6),
        ("Premium_LRS", 64, 32, True, 500, 30),
        ("Premium_LRS", 128, 300, True, 500, 100),
        ("UltraSSD_LRS", 32767, 8, True, 500, 156.3),
    ],
)
def test_ceilings_of_a_disk(sku: str, gib: int, write: float, high: bool, vm: float, expected: float) -> None:
    assert sizing.disk_ceiling(sku, gib, write, high_churn=high, vm_mbps=vm) == expected


def test_the_first_copy_takes_as_long_as_its_slowest_disk() -> None:
    p10 = makers.disk("a", size_gib=128)
    hours = sizing.initial_replication_seconds([p10]) / 3600
    assert hours == pytest.approx(1.6, abs=0.1)
    both = sizing.initial_replication_seconds([p10, makers.disk("b", size_gib=4095)])
    assert both / 3600 == pytest.approx(20.3, abs=0.2)
    assert sizing.initial_replication_seconds([]) == 0
    assert sizing.throughput(makers.disk("c", throughput_mbps=900)) == 900
    assert sizing.throughput(makers.disk("d", sku="Odd_LRS")) == 60


LISTED = (
    SupportedSystem("sles", ("15",)),
    SupportedSystem("redhat", ("7.*", "8.*", "9.10")),
    SupportedSystem("Windows Server 2031 Datacenter", ("10.0",)),
    SupportedSystem("Windows Server Datacenter", ("10.0",)),
)


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("sles", "15.9", True),
        ("redhat", "9.10", True),
        ("redhat", "9.11", False),
        ("redhat", "", False),
        ("Windows Server 2031 Datacenter", "10.0", True),
        ("Windows Server 2032 Datacenter", "10.0", False),
        ("debian", "13", False),
    ],
)
def test_the_services_own_yes_wins_over_our_table(name: str, version: str, expected: bool) -> None:
    vm = makers.vm("web01", os_name=name, os_version=version, image=None)
    system = operating_systems.recognise(vm)
    assert system is not None
    assert operating_systems.listed(system, LISTED) is expected
    check = by_id("vm-os-supported")
    assert check is not None
    estate = makers.estate(vms=(vm,), vaults=(replace(vault(), supported_systems=LISTED),))
    found = registry.run(check, Facts(estate, makers.plan("web01")))
    blocked = [finding for finding in found if finding.severity is Severity.BLOCKER]
    assert not (blocked and expected)
