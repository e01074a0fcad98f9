"""The look into a guest: what real output means, what is missing when it was cut off, and that no host can break out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asr_tui.model.guest import KernelList
from asr_tui.rules import guest_probe, kernels
from asr_tui.rules.kernels import Support

VM = "/vm"
REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "kernels"

SERVICE = "pod01-rcm1.neu.hypervrecoverymanager.windowsazure.com"

LINUX = """== kernel
6.8.0-1041-azure
== system
VERSION_ID="22.04"
ID=ubuntu
== disks
NAME="sda" TYPE="disk" FSTYPE="" MOUNTPOINT="" PKNAME="" HCTL="0:0:0:0"
NAME="sda1" TYPE="part" FSTYPE="ext4" MOUNTPOINT="/" PKNAME="sda" HCTL=""
NAME="sda15" TYPE="part" FSTYPE="vfat" MOUNTPOINT="/boot/efi" PKNAME="sda" HCTL=""
NAME="sdb" TYPE="disk" FSTYPE="" MOUNTPOINT="" PKNAME="" HCTL="0:0:0:1"
NAME="sdb1" TYPE="part" FSTYPE="ext4" MOUNTPOINT="/mnt" PKNAME="sdb" HCTL=""
NAME="sdc" TYPE="disk" FSTYPE="xfs" MOUNTPOINT="/data" PKNAME="" HCTL="1:0:0:0"
NAME="sdd" TYPE="disk" FSTYPE="" MOUNTPOINT="" PKNAME="" HCTL="1:0:0:3"
NAME="sr0" TYPE="rom" FSTYPE="" MOUNTPOINT="" PKNAME="" HCTL="2:0:0:0"
== boot
GRUB_CMDLINE_LINUX="console=tty1 root=UUID=6a1c7f5e-0d32"
== modules
== proxy
== agent
== reboot
== fips
0
== memory
Mem:            7941        1200        5000          10        1700        6400
== resolve
yes
== sign-in
yes
== certificates
    Verify return code: 0 (ok)
== cache
no
== service
yes
== end
"""

LVM = """== disks
NAME="sda" TYPE="disk" FSTYPE="" MOUNTPOINT="" PKNAME="" HCTL="0:0:0:0"
NAME="sda2" TYPE="part" FSTYPE="LVM2_member" MOUNTPOINT="" PKNAME="sda" HCTL=""
NAME="rootvg-root--lv" TYPE="lvm" FSTYPE="xfs" MOUNTPOINT="/" PKNAME="sda2" HCTL=""
NAME="sdc" TYPE="disk" FSTYPE="" MOUNTPOINT="" PKNAME="" HCTL="1:0:0:0"
NAME="sdc1" TYPE="part" FSTYPE="ext4" MOUNTPOINT="/boot" PKNAME="sdc" HCTL=""
== boot
root=/dev/mapper/rootvg-root--lv rd.lvm.lv=rootvg/root-lv
== modules
drbd
== end
"""

WINDOWS = """== system
{"Caption":"Microsoft Windows Server 2022 Datacenter","Version":"10.0.20348","FreePhysicalMemory":4194304}
== services
[{"Name":"COMSysApp","StartType":3,"Status":1},{"Name":"svagents","StartType":2,"Status":4},{"Name":"VSS","StartType":4,"Status":1}]
== disks
[{"Number":0,"Lun":null,"Location":"Integrated : Bus 0 : Device 63667","PartitionStyle":"GPT"},
 {"Number":2,"Lun":null,"Location":"Integrated : Adapter 3 : Port 0 : Target 0 : LUN 4","PartitionStyle":"RAW"},
 {"Number":3,"Lun":1,"Location":null,"PartitionStyle":0},
 {"Number":4,"Lun":null,"Location":"elsewhere","PartitionStyle":"RAW"}]
== pools
[{"FriendlyName":"Primordial","IsPrimordial":true},{"FriendlyName":"S2D on c1","IsPrimordial":false}]
== bitlocker
{"MountPoint":"C:","ProtectionStatus":1}
== proxy
Current WinHTTP proxy settings:
    Proxy Server(s) :  proxy:8080
== agent
True
== reboot
False
== fips
{"Enabled":1}
== dotnet
{"Version":"4.8.04161"}
== resolve
{"Name":"login.microsoftonline.com","IPAddress":"20.190.159.2"}
== sign-in
{"TcpTestSucceeded":true}
== certificates
{"StatusCode":200}
== cache
{"TcpTestSucceeded":false}
== service
{"TcpTestSucceeded":false}
== end
"""


def test_a_vss_provider_is_left_where_the_agent_is_gone() -> None:
    listed = "== providers\nProvider name: 'Azure Site Recovery VSS Provider'\n"
    gone, installed = "== agent\nFalse\n", "== agent\nTrue\n"
    assert guest_probe.parse("/vm", "Windows", listed + gone).left_vss_provider is True
    assert guest_probe.parse("/vm", "Windows", listed + installed).left_vss_provider is False
    assert guest_probe.parse("/vm", "Windows", listed).left_vss_provider is None
    assert (
        guest_probe.parse("/vm", "Windows", "== providers\nProvider name: 'Microsoft'\n" + gone).left_vss_provider
        is False
    )
    assert guest_probe.parse("/vm", "Windows", gone).left_vss_provider is None


def test_a_silent_guest_is_not_one_that_answered() -> None:
    assert guest_probe.silent("/vm", "Linux").answered is False
    assert guest_probe.parse("/vm", "Linux", "").answered is True


def test_a_linux_guest_in_good_order() -> None:
    found = guest_probe.parse(VM, "Linux", LINUX)
    assert (found.kernel, found.distribution, found.version) == ("6.8.0-1041-azure", "ubuntu", "22.04")
    assert found.file_systems == ("ext4", "vfat", "xfs")
    assert found.uninitialised == (3,)
    assert (found.root_device, found.split_boot) == ("uuid", False)
    assert (found.modules, found.proxy, found.old_agent, found.reboot_pending, found.fips) == (
        (),
        "none",
        False,
        False,
        False,
    )
    assert found.free_memory_mib == 6400
    assert (found.resolves, found.reaches_sign_in, found.reaches_cache, found.certificates) == (True, True, False, True)
    assert found.reaches_service is True


def test_lvm_and_a_boot_disk_of_its_own() -> None:
    found = guest_probe.parse(VM, "Linux", LVM)
    assert (found.root_device, found.split_boot, found.modules) == ("uuid", True, ("drbd",))
    assert found.kernel is None
    gone = guest_probe.parse(VM, "Linux", LVM.replace("rootvg/root-lv", "rootvg/gone"))
    assert gone.root_device == "missing-lvm"
    named = guest_probe.parse(
        VM, "Linux", LVM.replace("root=/dev/mapper/rootvg-root--lv rd.lvm.lv=rootvg/root-lv", "root=/dev/sda1")
    )
    assert named.root_device == "device"


@pytest.mark.parametrize(
    ("line", "proxy"),
    [("http_proxy=http://10.0.0.4:8080", "plain"), ("https_proxy=http://user:pw@10.0.0.4:8080", "authenticated")],
)
def test_a_proxy_of_linux(line: str, proxy: str) -> None:
    assert guest_probe.parse(VM, "Linux", LINUX.replace("== proxy", f"== proxy\n{line}")).proxy == proxy


def test_what_was_cut_off_is_not_seen() -> None:
    tail = LINUX[LINUX.index("0:0:0:1") :]
    found = guest_probe.parse(VM, "Linux", tail)
    assert (found.kernel, found.uninitialised, found.split_boot, found.file_systems) == (None, None, None, None)
    assert found.reaches_sign_in is True
    nothing = guest_probe.parse(VM, "Linux", "")
    assert (nothing.proxy, nothing.root_device, nothing.fips, nothing.certificates, nothing.resolves) == (None,) * 5
    rootless = guest_probe.parse(VM, "Linux", '== disks\nNAME="sda" TYPE="disk" FSTYPE="" PKNAME="" HCTL="0:0:0:0"\n')
    assert rootless.split_boot is None


def test_a_windows_guest() -> None:
    found = guest_probe.parse(VM, "Windows", WINDOWS)
    assert (found.distribution, found.free_memory_mib) == ("Microsoft Windows Server 2022 Datacenter", 4096)
    assert found.disabled_services == ("VSS",)
    assert found.uninitialised == (1, 4)
    assert (found.storage_pools, found.bitlocker, found.proxy) == (("S2D on c1",), True, "plain")
    assert (found.old_agent, found.reboot_pending, found.fips, found.dotnet) == (True, False, True, "4.8.04161")
    assert (found.resolves, found.reaches_sign_in, found.reaches_cache, found.certificates) == (True, True, False, True)
    assert found.reaches_service is False


def test_a_windows_guest_that_says_little() -> None:
    nothing = guest_probe.parse(VM, "Windows", "")
    assert nothing == guest_probe.parse(VM, "Windows", "== services\nGet-Service : not JSON\n== dotnet\n")
    assert (nothing.disabled_services, nothing.uninitialised, nothing.storage_pools, nothing.bitlocker) == (None,) * 4
    assert (nothing.proxy, nothing.old_agent, nothing.reaches_sign_in, nothing.certificates) == (None,) * 4
    untrusted = guest_probe.parse(VM, "Windows", WINDOWS.replace('{"StatusCode":200}', ""))
    assert untrusted.certificates is False
    blocked = guest_probe.parse(
        VM, "Windows", WINDOWS.replace('{"TcpTestSucceeded":true}', '{"TcpTestSucceeded":false}')
    )
    assert (blocked.reaches_sign_in, blocked.certificates) == (False, None)
    signing = guest_probe.parse(VM, "Windows", WINDOWS.replace("proxy:8080", "proxy:8080\nAuthentication : required"))
    assert signing.proxy == "authenticated"
    direct = guest_probe.parse(VM, "Windows", "== proxy\nDirect access (no proxy server).\n")
    assert direct.proxy == "none"


@pytest.mark.parametrize("os_type", ["Linux", "Windows"])
def test_scripts_only_read(os_type: str) -> None:
    script = guest_probe.script(os_type, "login.microsoftonline.com", "cache.blob.core.windows.net", SERVICE)
    assert "@" not in script.replace("@(", "")
    assert "cache.blob.core.windows.net" in script
    without = re.sub(r"(2>|>|<) ?(/dev/null|&1|/dev/tcp/\S+)", "", script)
    assert not re.search(r"\b(rm|mv|tee|dd|Set-|Remove-|New-|Out-File|Stop-|Start-|Restart-)", without)
    assert ">" not in without
    assert os_type in guest_probe.COMMANDS


@pytest.mark.parametrize("host", ["a;rm -rf /", "", "$(x)", "a b", "-x", "host'", "a\nb"])
def test_only_a_host_name_gets_into_a_script(host: str) -> None:
    with pytest.raises(ValueError, match="not a host name"):
        guest_probe.script("Linux", "login.microsoftonline.com", host, SERVICE)
    with pytest.raises(ValueError, match="not a host name"):
        guest_probe.script("Linux", host, "ok", SERVICE)
    with pytest.raises(ValueError, match="not a host name"):
        guest_probe.script("Linux", "ok", "ok", host)


# -- kernels ----------------------------------------------------------------------------------------------------------

LISTS = kernels.newest(
    (
        KernelList("9.65.1", "ubuntu-22.04", frozenset({"6.8.0-2000-azure"})),
        KernelList("9.66.2", "ubuntu-22.04", frozenset({"6.8.0-1030-azure", "6.8.0-1039-azure"})),
        KernelList("9.67.1", "ubuntu-22.04", frozenset()),
    )
)


@pytest.mark.parametrize(
    ("kernel", "distribution", "expected"),
    [
        ("6.8.0-1041-azure", "ubuntu-22.04", Support.DOCUMENTED),
        ("6.8.0-1042-azure", "ubuntu-22.04", Support.NEWER),
        ("6.2.0-1001-azure", "ubuntu-22.04", Support.UNRECORDED),
        ("6.8.0-1001-oracle", "ubuntu-22.04", Support.UNRECORDED),
        ("4.4.0-148-generic", "ubuntu-16.04", Support.UNRECORDED),
        ("6.11.0-1001-azure", "ubuntu-22.04", Support.UNRECORDED),
        ("6.8.0-1041-mine", "ubuntu-22.04", Support.UNSUPPORTED),
        ("6.1.0-41-cloud-amd64", "debian-12", Support.DOCUMENTED),
        ("6.12.74+deb12-cloud-amd64", "debian-12", Support.UNRECORDED),
        ("5.10.0-0.deb10.30-amd64", "debian-10", Support.DOCUMENTED),
        ("6.4.0-150600.23.78-default", "sles-15", Support.DOCUMENTED),
        ("6.4.0-150600.8.52-azure", "sles-15", Support.DOCUMENTED),
        ("5.3.18-150300.38.150-azure", "sles-15", Support.UNRECORDED),
        ("6.4.0-mine", "sles-15", Support.UNSUPPORTED),
        ("5.14.0-427.79.1.el9_4.x86_64", "rhel-9", Support.DOCUMENTED),
        ("5.14.0-570.58.1.el9_6.x86_64", "rocky-9", Support.DOCUMENTED),
        ("5.14.0-570.el9_6.x86_64", "rocky-9", Support.UNSUPPORTED),
        ("4.18.0-553.74.1.el8_10.x86_64", "rhel-8", Support.DOCUMENTED),
        ("4.18.0-305.25.1.el8_4.x86_64", "rhel-8", Support.UNSUPPORTED),
        ("4.18.0-348.el8.x86_64", "rhel-8", Support.UNSUPPORTED),
        ("5.14.0-100.el9.x86_64", "alma-9", Support.UNSUPPORTED),
        ("6.0.0-1.el9.x86_64", "rhel-9", Support.UNSUPPORTED),
        ("odd", "rhel-9", Support.UNSUPPORTED),
        ("6.6.0", "azurelinux-3", Support.UNKNOWN),
    ],
)
def test_kernels_by_series(kernel: str, distribution: str, expected: Support) -> None:
    assert kernels.support(kernel, distribution, {}) is expected


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        ("6.8.0-1039-azure", Support.LISTED),
        ("6.8.0-1039-mine", Support.UNSUPPORTED),
        ("odd", Support.UNSUPPORTED),
        ("6.8.0-1035-azure", Support.UNSUPPORTED),
        ("6.8.0-1040-azure", Support.NEWER),
        ("6.8.0-50-generic", Support.UNSUPPORTED),
    ],
)
def test_kernels_by_the_newest_list(kernel: str, expected: Support) -> None:
    assert kernels.support(kernel, "ubuntu-22.04", LISTS) is expected


def test_a_list_decides_about_a_distribution_that_the_table_does_not_have() -> None:
    lists = {"ubuntu-26.04": KernelList("9.70.1", "ubuntu-26.04", frozenset({"7.0.0-1001-azure"}))}
    assert kernels.support("7.0.0-1001-azure", "ubuntu-26.04", lists) is Support.LISTED
    assert kernels.support("7.0.0-1002-azure", "ubuntu-26.04", lists) is Support.NEWER
    assert kernels.support("7.1.0-1-azure", "ubuntu-26.04", lists) is Support.UNSUPPORTED


def test_a_stock_kernel_is_documented_though_a_list_lacks_it() -> None:
    lists = {"sles-15": KernelList("9.67.1", "sles-15", frozenset({"6.4.0-150600.8.50-azure"}))}
    assert kernels.support("6.4.0-150700.53.99-default", "sles-15", lists) is Support.DOCUMENTED
    assert kernels.support("6.4.0-150600.8.52-azure", "sles-15", lists) is Support.NEWER


def test_names_of_distributions() -> None:
    assert kernels.distribution("ubuntu", "22.04") == "ubuntu-22.04"
    assert kernels.distribution("ol", "9.5") == "oracle-9"
    assert kernels.distribution("sles", "15.6") == "sles-15"


def test_a_list_is_told_by_its_name() -> None:
    found = kernels.parse_list("SLES15-64_supported_kernels.txt", "4.12.14-5.13-azure:0\n\n5.3.18-16-azure:2\n", "9.66")
    assert found == KernelList("9.66", "sles-15", frozenset({"4.12.14-5.13-azure", "5.3.18-16-azure"}))
    assert kernels.parse_list("README.txt", "", "9.66") is None


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the published lists are not here")
def test_the_published_lists_are_understood() -> None:
    lists = [
        kernels.parse_list(path.name, path.read_text(), path.parent.name)
        for path in sorted(REFERENCE.glob("*/*_supported_kernels.txt"))
    ]
    assert None not in lists
    newest = kernels.newest(each for each in lists if each is not None)
    assert {"ubuntu-22.04", "ubuntu-24.04", "debian-12", "sles-15"} <= set(newest)
    for name, each in newest.items():
        assert all(kernels.support(kernel, name, newest) is Support.LISTED for kernel in each.kernels)
