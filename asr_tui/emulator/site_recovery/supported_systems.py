"""Operating systems that Site Recovery supports, as the service lists them."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from asr_tui.emulator.registry import SITE_RECOVERY, Call, Reply, operation
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.vault_scope import VAULT_PATH, VaultScope
from asr_tui.resources import assets


@cache
def _systems() -> list[dict[str, Any]]:
    path = assets() / "emulator" / "supported-systems.yaml"
    rows: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["systems"]
    return [
        {"osName": row["name"], "osType": row["type"], "osVersions": [_version(text) for text in row["versions"]]}
        for row in rows
    ]


def _version(text: str) -> dict[str, str]:
    """``6.1 SP1`` is version 6.1 with service pack 1; versions may hold wildcards (``7.*``)."""
    version, _, pack = text.partition(" SP")
    return {"version": version, "servicePack": pack} if pack else {"version": version}


@operation(
    "GET",
    VAULT_PATH + "/replicationSupportedOperatingSystems",
    versions=SITE_RECOVERY,
    action="Microsoft.RecoveryServices/vaults/replicationOperatingSystems/read",
    evidence="recorded",
)
def supported_systems(call: Call) -> Reply:
    """The list for Azure to Azure; another ``instanceType`` has none here."""
    scope = VaultScope.of(call)
    kind = call.query.get("instancetype", "A2A")
    systems = _systems() if kind.lower() == "a2a" else []
    return Reply(
        200,
        {
            "id": scope.path.child("replicationSupportedOperatingSystems", "Default"),
            "name": "Default",
            "type": ids.SUPPORTED_OS,
            "properties": {"supportedOsList": [{"instanceType": kind, "supportedOs": systems}]},
        },
    )
