"""What Azure Policy would deny is known before anything is made."""

from __future__ import annotations

from pathlib import Path

from asr_tui.model.finding import Severity
from asr_tui.model.plan import TargetDefaults
from asr_tui.session import intents
from tests import walking
from tests.conftest import StartCloud
from tests.practice import thread_worker


async def test_a_policy_against_the_replica_disks_blocks_the_vm(start_cloud: StartCloud, tmp_path: Path) -> None:
    cloud = start_cloud(estate="faulty")
    worker = thread_worker(cloud, tmp_path)
    client = await worker.connect()
    view = await walking.architecture(client)
    await walking.send(client, intents.SetDefaults(defaults=TargetDefaults(resource_group="rg-dr")))
    chosen = tuple(row.id for row in view.vms if row.name in {"f-disk-policy", "f-28031", "sound-01"})
    await walking.send(client, intents.SelectVms(vm_ids=chosen))
    view = await walking.prerequisites(client)
    told = [row for row in view.prerequisites.findings if row.check_id == "policy-disk-public-access"]
    assert [row.severity for row in told] == [Severity.BLOCKER]
    assert "Standard_LRS" in told[0].evidence
    # What the service will make at a failover is asked about as well: a warning, for it does not stop replication.
    later = [row for row in view.prerequisites.findings if row.check_id == "policy-vm-create"]
    assert [(row.severity, "Standard_B2ms" in row.evidence) for row in later] == [(Severity.WARNING, True)]
    asked = [entry for entry in cloud.log() if entry["path"].endswith("/checkPolicyRestrictions")]
    assert len(asked) > 5
    assert not [row for row in view.prerequisites.findings if row.check_id == "policy-change-set"]
    rows = {row.name: row for row in view.vms}
    assert not rows["f-disk-policy"].eligible
    assert rows["sound-01"].eligible
    await client.close()
    worker.close()
