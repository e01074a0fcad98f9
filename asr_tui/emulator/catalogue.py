"""Importing this module fills the registry: one line for each module of emulated operations."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "asr_tui.emulator.absent",
    "asr_tui.emulator.compute.disk_writes",
    "asr_tui.emulator.compute.disks",
    "asr_tui.emulator.compute.extensions",
    "asr_tui.emulator.compute.machine_writes",
    "asr_tui.emulator.compute.machines",
    "asr_tui.emulator.compute.power",
    "asr_tui.emulator.compute.run_command",
    "asr_tui.emulator.compute.sets",
    "asr_tui.emulator.compute.skus",
    "asr_tui.emulator.insights.metrics",
    "asr_tui.emulator.key_vault.vaults",
    "asr_tui.emulator.links",
    "asr_tui.emulator.locks",
    "asr_tui.emulator.network.edges",
    "asr_tui.emulator.network.effective",
    "asr_tui.emulator.network.hybrid",
    "asr_tui.emulator.network.networks",
    "asr_tui.emulator.network.nics",
    "asr_tui.emulator.network.peerings",
    "asr_tui.emulator.network.resources",
    "asr_tui.emulator.network.route_tables",
    "asr_tui.emulator.network.security_groups",
    "asr_tui.emulator.network.service_tags",
    "asr_tui.emulator.network.usages",
    "asr_tui.emulator.operation_polls",
    "asr_tui.emulator.policies",
    "asr_tui.emulator.policy_definitions",
    "asr_tui.emulator.providers",
    "asr_tui.emulator.resource_groups",
    "asr_tui.emulator.roles",
    "asr_tui.emulator.site_recovery.containers",
    "asr_tui.emulator.site_recovery.drill",
    "asr_tui.emulator.site_recovery.eligibility",
    "asr_tui.emulator.site_recovery.events",
    "asr_tui.emulator.site_recovery.fabrics",
    "asr_tui.emulator.site_recovery.failover",
    "asr_tui.emulator.site_recovery.foreign_lists",
    "asr_tui.emulator.site_recovery.item_enable",
    "asr_tui.emulator.site_recovery.item_upkeep",
    "asr_tui.emulator.site_recovery.items",
    "asr_tui.emulator.site_recovery.jobs",
    "asr_tui.emulator.site_recovery.mappings",
    "asr_tui.emulator.site_recovery.network_mappings",
    "asr_tui.emulator.site_recovery.plan_runs",
    "asr_tui.emulator.site_recovery.plans",
    "asr_tui.emulator.site_recovery.policies",
    "asr_tui.emulator.site_recovery.recovery_points",
    "asr_tui.emulator.site_recovery.region_mappings",
    "asr_tui.emulator.site_recovery.reprotect",
    "asr_tui.emulator.site_recovery.supported_systems",
    "asr_tui.emulator.site_recovery.vault_backup",
    "asr_tui.emulator.site_recovery.vault_health",
    "asr_tui.emulator.site_recovery.vault_settings",
    "asr_tui.emulator.site_recovery.vaults",
    "asr_tui.emulator.storage.accounts",
    "asr_tui.emulator.storage.usages",
    "asr_tui.emulator.storage.writes",
    "asr_tui.emulator.subscriptions",
)
"""Every module that registers operations; add yours here."""


def load() -> None:
    """Import every module of operations; safe to call twice."""
    for name in MODULES:
        import_module(name)
