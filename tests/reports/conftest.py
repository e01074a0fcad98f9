"""A record with something in every field."""

from __future__ import annotations

from datetime import timedelta

import pytest

from asr_tui.model.drill_record import DrillRecord, PreviousDrill, ProofRecord
from asr_tui.model.plan import AcceptedFinding, DrillChoice, DrillTargets
from tests.reports.makers import EVIL, GROUP, START, SUBSCRIPTION, vm


@pytest.fixture
def record() -> DrillRecord:
    return DrillRecord(
        program="asr-tui 0.1.0",
        drill="abc123",
        session="default",
        cloud="Azure",
        operator="ada@example.com",
        tenant="5b8d9f6e-3c1a-4e57-9d2b-70c4a1e8f3b5",
        subscription="Production",
        subscription_id=SUBSCRIPTION,
        vault="vault-dr",
        vault_id=f"{GROUP}/providers/Microsoft.RecoveryServices/vaults/vault-dr",
        source_region="West Europe",
        target_region="North Europe",
        recovery_point="latest-processed",
        choice=DrillChoice(vms=(f"{GROUP}/virtualMachines/web-01",), waves={f"{GROUP}/web-01": 1}, notes=EVIL),
        networks=(f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-drill",),
        network_made=True,
        dependencies={"DNS": EVIL},
        scripts={"linux": "echo passed"},
        readiness=(ProofRecord(what="Quota: cores", state="passed", detail="4 needed, 10 of 10 free"),),
        targets=DrillTargets(rto_minutes=60),
        state="done",
        started=START,
        finished=START + timedelta(minutes=20),
        vms=(vm("web-01", note=EVIL, output=f"5.15\n{EVIL}\npassed"), vm("db-01", rto_seconds=300.0)),
        notes=EVIL,
        clean_proof="Listed: nothing of the drill is left.",
        accepted=(AcceptedFinding(key="k", reason="known", by="ada", at=START),),
        previous=PreviousDrill(drill="old", started=START - timedelta(days=90), max_rto_seconds=400.0),
    )
