"""Scripts in the guest: what a probe reads, and that nothing else is executed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.compute.machines import ALL, WEB, settle

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
