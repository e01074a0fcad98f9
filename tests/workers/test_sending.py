"""However many VMs are enabled at a time, few writes wait for their answer at once: the watcher gets through."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from asr_tui.model.step import Step
from asr_tui.session.intents import SelectVms, SetConcurrency
from asr_tui.session.paths import session_paths
from asr_tui.workers.carrying import WRITES_IN_FLIGHT
from tests import walking
from tests.conftest import StartCloud
from tests.practice import thread_worker

VMS = WRITES_IN_FLIGHT + 8
SITE_RECOVERY = "2025-08-01"
ITEMS = "/replicationprotecteditems/"


async def test_what_waits_its_turn_is_not_journalled_as_sent(start_cloud: StartCloud, tmp_path: Path) -> None:
    cloud = start_cloud(estate=f"generated-clean:{VMS}")
    worker = thread_worker(cloud, tmp_path)
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.vault(client)
    cloud.control(
        "POST",
        "faults",
        {"faults": [{"when": {"method": "PUT", "path": f"**{ITEMS}*"}, "then": {"delay": 0.5}}]},
    )
    await walking.send(client, SetConcurrency(limit=1000))
    await walking.send(client, SelectVms(vm_ids=walking.eligible(client.view)))
    view = await walking.run(client, Step.REPLICATION)
    await client.close()
    worker.close()
    assert view.run.state == "finished"
    assert len(view.plan.vms) == VMS
    waiting = most = 0
    for line in session_paths("default", tmp_path, {"XDG_RUNTIME_DIR": str(tmp_path)}).journal.read_text().splitlines():
        entry = json.loads(line)
        waiting += entry["kind"] == "request" and ITEMS in entry["path"].lower()
        waiting -= entry["kind"] == "begun" and ITEMS in entry["key"]
        most = max(most, waiting)
    assert waiting == 0
    assert most == WRITES_IN_FLIGHT


async def test_one_at_a_time_vms_with_small_disks_go_first_whatever_the_order_of_their_selection(
    start_cloud: StartCloud, tmp_path: Path
) -> None:
    cloud = start_cloud(estate="generated-clean:8")
    worker = thread_worker(cloud, tmp_path)
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.vault(client)
    gib = {row.name.lower(): row.disk_gib for row in client.view.vms if row.eligible}
    largest_first = sorted((row for row in client.view.vms if row.eligible), key=lambda row: -row.disk_gib)
    await walking.send(client, SetConcurrency(limit=1))
    await walking.send(client, SelectVms(vm_ids=tuple(row.id for row in largest_first)))
    view = await walking.run(client, Step.REPLICATION)
    await client.close()
    worker.close()
    assert view.run.state == "finished"
    jobs = cloud.get(f"{view.vault.vault_id}/replicationJobs", SITE_RECOVERY)["value"]
    spans = sorted(
        (datetime.fromisoformat(job["properties"]["startTime"]), datetime.fromisoformat(job["properties"]["endTime"]))
        for job in jobs
        if job["properties"]["scenarioName"] == "EnableDr"
    )
    assert all(ended <= began + timedelta(seconds=1) for (_, ended), (began, _) in pairwise(spans))
    paths = [one["path"].lower() for one in cloud.writes() if one["method"] == "PUT" and ITEMS in one["path"].lower()]
    sizes = [gib[path.rsplit("/", 1)[1]] for path in paths]
    assert len(sizes) == len(gib) > 1
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
