"""Well-known VM extensions and how an estate's extension becomes what ``instanceView`` is rendered from."""

from __future__ import annotations

from typing import Any

from .machines import Extension

ASR_PUBLISHER = "Microsoft.Azure.RecoveryServices.SiteRecovery"
"""Publisher of the Site Recovery extension; its types are ``Windows``, ``Linux``, ``LinuxRHEL7`` ..."""

_KNOWN = {
    ("AzureMonitor", "Linux"): ("Microsoft.Azure.Monitor", "AzureMonitorLinuxAgent"),
    ("AzureMonitor", "Windows"): ("Microsoft.Azure.Monitor", "AzureMonitorWindowsAgent"),
    ("DiskEncryption", "Linux"): ("Microsoft.Azure.Security", "AzureDiskEncryptionForLinux"),
    ("DiskEncryption", "Windows"): ("Microsoft.Azure.Security", "AzureDiskEncryption"),
    ("SiteRecovery", "Linux"): (ASR_PUBLISHER, "Linux"),
    ("SiteRecovery", "Windows"): (ASR_PUBLISHER, "Windows"),
    ("SqlIaas", "Windows"): ("Microsoft.SqlServer.Management", "SqlIaaSAgent"),
    ("Antimalware", "Windows"): ("Microsoft.Azure.Security", "IaaSAntimalware"),
}


def extension(spec: Extension | None, os_type: str) -> dict[str, Any]:
    """One entry of ``_instance.extensions``; None makes the Azure Disk Encryption extension."""
    chosen = spec or Extension(name="DiskEncryption", version="1.2")
    publisher, kind = _KNOWN.get((chosen.name, os_type), ("Contoso.Extensions", chosen.name))
    return {
        "name": chosen.type or kind if chosen.name != "SiteRecovery" else f"SiteRecovery-{os_type}",
        "publisher": chosen.publisher or publisher,
        "type": chosen.type or kind,
        "version": chosen.version,
        "state": chosen.state,
    }
