"""The worklist: findings by cause, repairs that join the change set, and what an account lacks."""

from __future__ import annotations

import json
from pathlib import Path

from asr_tui.model.step import Step
from asr_tui.session.intents import AcceptFinding, SelectVms, TakeFixes
from tests import walking
from tests.conftest import StartCloud
from tests.practice import thread_worker, until


async def test_a_repair_that_is_taken_joins_the_review_and_lets_its_vm_be_protected(
    start_cloud: StartCloud, tmp_path: Path
) -> None:
    emulator = start_cloud(estate="contoso")
    worker = thread_worker(emulator, tmp_path)
    client = await worker.connect()
    try:
        await walking.architecture(client)
        view = await walking.prerequisites(client)
        causes = view.prerequisites.worklist
        listed = [key for cause in causes for key in cause.findings]
        assert sorted(listed) == sorted(row.key for row in view.prerequisites.findings)
        assert len(causes) < len(listed)
        cause = next(cause for cause in causes if cause.fixes)
        assert cause.unblocks >= 1
        view = await walking.send(
            client, AcceptFinding(key=cause.findings[0], reason="CHG-7", others=cause.findings[1:])
        )
        assert {row.key for row in view.prerequisites.worklist if row.accepted == "CHG-7"} == {cause.key}
        concerned = {vm for row in view.prerequisites.findings if row.key in cause.findings for vm in row.vm_ids}
        refused = await client.send(SelectVms(vm_ids=tuple(concerned)))
        assert "cannot be protected" in refused.problems[0].what

        view = await walking.send(client, TakeFixes(keys=tuple(fix.key for fix in cause.fixes)))
        assert all(fix.taken for row in view.prerequisites.worklist if row.key == cause.key for fix in row.fixes)
        await walking.prerequisites(client)
        await walking.vault(client)
        await walking.send(client, SelectVms(vm_ids=tuple(concerned)))
        view = await walking.review(client, Step.REPLICATION)
        assert not view.review.blockers
        shown = {row.resource_id.lower() for row in view.review.changes if row.action == "create"}
        assert {fix.key.lower() for fix in cause.fixes} <= shown
        view = await walking.run(client, Step.REPLICATION)
        assert view.run.state == "finished"
        written = {entry["path"].lower() for entry in emulator.writes()}
        assert {fix.key.lower() for fix in cause.fixes} <= written
        view = await until(
            client, lambda view: {row.milestone for row in view.replication.items} & {"protected", "failed"} != set()
        )
        assert {row.milestone for row in view.replication.items} == {"protected"}
    finally:
        await client.close()
        worker.close()


async def test_what_an_account_lacks_is_told_with_a_role_and_a_request(start_cloud: StartCloud, tmp_path: Path) -> None:
    emulator = start_cloud(estate="contoso")
    auditor = {
        "AZURE_CLIENT_ID": "3b90d2c7-58f1-4e6a-9c24-a6f7e81b0d53",
        "AZURE_CLIENT_SECRET": "auditor-only-not-a-real-secret",
    }
    worker = thread_worker(emulator, tmp_path, environ=dict(emulator.environ) | auditor)
    client = await worker.connect()
    try:
        await walking.architecture(client)
        view = await walking.prerequisites(client)
        held = view.prerequisites.permissions
        assert held.known
        missing = {action for gap in held.gaps for action in gap.actions}
        assert "Microsoft.RecoveryServices/vaults/write" in missing
        role = json.loads(held.role)
        assert set(role["Actions"]) == missing
        assert set(role["AssignableScopes"]) == {gap.scope for gap in held.gaps}
        assert all(action in held.request for action in missing)
    finally:
        await client.close()
        worker.close()
