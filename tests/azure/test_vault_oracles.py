"""What the service says by itself: of a vault, and of the systems that it supports. Bodies as they were recorded, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from practice_cloud import Connect, StartEmulator

from asr_tui.azure.documents import recovery
from asr_tui.azure.documents.region_mappings import region_mappings
from asr_tui.azure.estate_reader import read_estate
from asr_tui.model.recovery import HealthIssue, RegionTargets

WIRE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "wire"
ESTATE = """
name: vaulted
resource_groups: {rg-apps: {}, rg-dr: {region: northeurope}}
networks: {vnet: {space: 10.1.0.0/16, subnets: {web: 10.1.1.0/24}}}
vms: {web-01: {subnet: vnet/web}}
vaults: {vault-dr: {group: rg-dr, region: northeurope}}
"""


def recorded(name: str) -> dict[str, Any]:
    path = WIRE / f"{name}.json"
    if not path.is_file():
        pytest.skip("the recorded bodies are not beside this repository")
    body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["body"]
    return body


def test_a_recorded_list_of_systems() -> None:
    found = {one.name: one.versions for one in recovery.supported_systems(recorded("supportedOperatingSystems.get"))}
    assert found["sles"] == ("15",)
    assert "22.04" in found["ubuntu"]
    assert found["Windows Server 2008 R2 Standard"] == ("6.1",)


def test_a_recorded_health_of_an_empty_vault() -> None:
    assert recovery.health_issues(recorded("vaultHealth.get.emptyVault")) == ()


def test_issues_of_a_vault_and_of_what_it_holds() -> None:
    error = {"errorCode": "1", "errorLevel": "Warning", "summaryMessage": "Short.", "recommendedAction": "Ask."}
    issue = {"healthCode": "153007", "severity": "Error", "issueCount": 3, "affectedResourceType": "a/b/items"}
    found = recovery.health_issues(
        {"properties": {"vaultErrors": [error], "protectedItemsHealth": {"issues": [issue]}}}
    )
    assert found == (
        HealthIssue("1", "Warning", message="Short.", action="Ask."),
        HealthIssue("153007", "Error", subject="items", count=3),
    )


async def test_both_are_read_with_the_vault(start_emulator: StartEmulator, connect: Connect, tmp_path: Path) -> None:
    file = tmp_path / "vaulted.yaml"
    file.write_text(ESTATE, encoding="utf-8")
    emulator = start_emulator("--estate", str(file))
    async with connect(emulator) as clients:
        estate = await read_estate(clients)
        assert estate.unreadable == ()
        vault = estate.vaults[0]
        assert vault.health == ()
        assert vault.supported_systems is not None
        assert {"ubuntu", "sles"} <= {system.name for system in vault.supported_systems}
        targets = {entry.source: entry.targets for entry in vault.region_mappings or ()}
        assert "northeurope" in targets["westeurope"] and "brazilsouth" not in targets["westeurope"]
        assert "brazilsoutheast" not in targets
        emulator.fault({"path": "**/replicationVaultHealth"}, {"status": 403, "code": "AuthorizationFailed"})
        emulator.fault({"path": "**/replicationSupportedRegionMappings"}, {"status": 400, "code": "BadRequest"})
        blind = await read_estate(clients)
    assert {part.what for part in blind.unreadable} == {"vault health", "region mappings"}
    assert blind.vaults[0].health is None and blind.vaults[0].site_recovery is not None
    assert blind.vaults[0].region_mappings is None
    assert blind.why_unreadable("region mappings")


EUROPE = (RegionTargets("westeurope", frozenset({"northeurope", "uksouth"})),)


@pytest.mark.parametrize(
    "answer",
    [
        {
            "value": [
                {"properties": {"primaryLocation": "West Europe", "recoveryLocations": ["North Europe", "uksouth"]}}
            ]
        },
        {
            "properties": {
                "mappings": [
                    {"primaryRegion": "WESTEUROPE", "recoveryRegion": "North Europe"},
                    {"primaryRegion": "westeurope", "recoveryRegion": "UK South"},
                ]
            }
        },
        {
            "value": [
                {
                    "sourceAzureLocation": {"name": "westeurope"},
                    "targetRegions": [{"name": "UK South"}, {"name": "northeurope"}],
                }
            ]
        },
        {
            "value": [
                {"primaryFabricLocationName": "westeurope", "secondaryLocations": ["northeurope", "uksouth", None, " "]}
            ]
        },
    ],
)
def test_region_pairs_are_read_in_any_likely_form(answer: dict[str, Any]) -> None:
    assert region_mappings(answer) == EUROPE


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"value": []},
        {"value": [{"properties": {"primaryLocation": "westeurope"}}]},
        {"value": [{"properties": {"recoveryLocation": "westeurope", "location": "northeurope"}}]},
        {"value": [{"primaryLocation": 3, "recoveryLocation": [4]}]},
        {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"primaryRegion": "x", "targetRegion": "y"}}}}}}}}},
    ],
)
def test_what_names_no_pair_is_not_understood(answer: dict[str, Any]) -> None:
    assert region_mappings(answer) is None


async def test_a_list_of_another_form_is_told_as_not_understood(
    start_emulator: StartEmulator, connect: Connect, tmp_path: Path
) -> None:
    file = tmp_path / "vaulted.yaml"
    file.write_text(ESTATE, encoding="utf-8")
    emulator = start_emulator("--estate", str(file))
    async with connect(emulator) as clients:
        emulator.fault(
            {"path": "**/replicationSupportedRegionMappings"}, {"status": 200, "body": {"value": ["westeurope"]}}
        )
        estate = await read_estate(clients)
    assert "could not be understood" in (estate.why_unreadable("region mappings") or "")
