"""What stops the mobility agent from being installed in the guest, and from reaching the service afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.emulator.estates.extensions import ASR_PUBLISHER
from asr_tui.emulator.site_recovery.consequences import outbound, scope_rules
from asr_tui.emulator.site_recovery.error_catalogue import Fault
from asr_tui.emulator.site_recovery.source_vm import SourceVm
from asr_tui.emulator.site_recovery.vault_scope import VaultScope

_OLDEST_LINUX_AGENT = (2, 2, 53)
"""Azure Linux agents below this version are refused: the oldest that Azure supports at all (Site Recovery names none)."""


def first_fault(scope: VaultScope, vm: SourceVm) -> Fault | None:
    """The first thing that goes wrong, in the order in which the service meets it; None when nothing does."""
    return next(_all(scope, vm), None)


def _all(scope: VaultScope, vm: SourceVm) -> Iterator[Fault]:
    yield from _extension(scope, vm)
    yield from _installation(vm)
    yield from _configuration(vm)
    yield from _reachability(scope, vm)


def _extension(scope: VaultScope, vm: SourceVm) -> Iterator[Fault]:
    """Putting the extension on the VM: a lock, the guest agent, earlier extensions."""
    message = scope_rules.locked(scope.call.store, vm.id, "write", scope.now)
    if message:
        yield Fault("ExtensionWriteLocked", azure=message)
    instance, profile = vm.instance, vm.properties.get("osProfile") or {}
    if instance.get("agent", "ready") != "ready":
        yield Fault("151099", f"The status of the guest agent is '{instance['agent']}'.")
    if profile.get("allowExtensionOperations") is False:
        yield Fault("151099", "The machine does not allow extension operations.")
    version = str(instance.get("agentVersion") or "")
    if vm.os_type == "Linux" and version and _parts(version) < _OLDEST_LINUX_AGENT:
        yield Fault("151095", f"Its version is {version}.")
    if vm.guest.extension_operations == "still-running" or _leftover(vm):
        yield Fault("150066")
    if vm.guest.extension_operations == "time-out":
        yield Fault("151076")


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _leftover(vm: SourceVm) -> bool:
    """An extension of an earlier protection that is neither done nor gone."""
    return any(
        extension.get("publisher") == ASR_PUBLISHER and extension.get("state") not in ("Succeeded", "Failed")
        for extension in vm.instance.get("extensions", [])
    )


def _installation(vm: SourceVm) -> Iterator[Fault]:
    guest = vm.guest
    if guest.reboot_pending:
        yield Fault("151081", "A restart of the guest is pending.")
    if guest.mobility_agent == "leftover":
        yield Fault("151081", "An agent of an earlier protection is still installed.")
    if vm.os_type == "Windows":
        for name, start in (
            ("Volume Shadow Copy", guest.volume_shadow_copy),
            ("COM+ System Application", guest.com_plus),
        ):
            if start == "disabled":
                yield Fault("151025", f"The service '{name}' is disabled.")
        if guest.vss_provider == "stale":
            yield Fault("515")
        return
    if not guest.kernel_supported:
        yield Fault("539", f"The kernel is '{guest.kernel}'." if guest.kernel else "")
    if guest.grub == "missing-lvm":
        yield Fault("151124")
    if guest.grub == "device-names":
        yield Fault("151126")
    if not guest.root_disk_visible:
        yield Fault("151137")


def _configuration(vm: SourceVm) -> Iterator[Fault]:
    guest = vm.guest
    if guest.machine_keys == "stripped":
        yield Fault("PrivateKeyNotFoundInCert")
    if guest.storage_spaces_direct:
        yield Fault("151075", "The guest uses Storage Spaces Direct.")
    if guest.dns == "fails":
        yield Fault("151195")
    if guest.proxy is not None and guest.proxy.wrong:
        yield Fault("A2AMobilityServiceConfiguratorConfigurationFailed")
    if guest.proxy is not None and guest.proxy.authenticated:
        yield Fault("151072", f"The proxy {guest.proxy.address}:{guest.proxy.port} asks for a sign-in.")


def _reachability(scope: VaultScope, vm: SourceVm) -> Iterator[Fault]:
    """In the agent's own order: sign in, trust the service, reach it, reach the cache."""
    store, now = scope.call.store, scope.now
    stranded = outbound.no_way_out(store, vm, now)
    if stranded:
        yield Fault("151192", stranded)
    blocked = set(vm.guest.blocked)
    for tag, endpoint, code in (
        (outbound.ENTRA, "entra", "151196"),
        (outbound.SITE_RECOVERY_TAG, "site-recovery", "151197"),
        (outbound.storage_tag(vm.location), "storage", "151037"),
    ):
        denied = outbound.denied(store, vm, tag, now)
        if denied is not None:
            yield Fault(code, denied.sentence())
        if endpoint in blocked:
            yield Fault(code, f"A firewall on the way blocks the endpoint '{endpoint}'.")
        if endpoint == "entra" and vm.guest.root_certificates == "outdated":
            yield Fault("151066")
    vault = scope.vault.body["properties"]
    if vault.get("publicNetworkAccess") == "Disabled" and not vault.get("privateEndpointConnections"):
        yield Fault("151197", "The vault is not reachable from public networks and has no private endpoint.")
