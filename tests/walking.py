"""The six steps through intents only, as a face would send them. Each step can be repeated: what is done stays done."""

from __future__ import annotations

from asr_tui.model.step import Step
from asr_tui.session import intents
from asr_tui.session.client import SessionClient
from asr_tui.session.intents import Intent
from asr_tui.session.views import View
from tests.practice import until

RUN_OVER = frozenset({"finished", "failed", "cancelled", "paused"})


async def send(client: SessionClient, intent: Intent) -> View:
    """Send an intent that has to be accepted; the view shows its effect."""
    answer = await client.send(intent)
    assert answer.accepted, [problem.sentence() for problem in answer.problems]
    await client.refresh()
    return client.view


async def at_rest(client: SessionClient) -> View:
    """The view, once nothing is being read or worked out."""
    return await until(client, lambda view: view.session.activity == "")


async def architecture(client: SessionClient, target: str = "northeurope") -> View:
    """Step 1."""
    view = await until(client, lambda view: bool(view.architecture.sources) and view.session.activity == "")
    source = view.plan.source_region or max(view.architecture.sources, key=lambda row: row.vms).name
    if (view.plan.source_region, view.plan.target_region) != (source, target):
        await send(client, intents.ChooseRegions(source=source, target=target))
    return await at_rest(client)


async def prerequisites(client: SessionClient) -> View:
    """Step 2."""
    await send(client, intents.RunChecks())
    return await until(client, lambda view: view.prerequisites.state == "done" and view.session.activity == "")


async def review(client: SessionClient, step: Step) -> View:
    """The list of changes of a step."""
    await send(client, intents.PrepareReview(step=step))
    return await until(client, lambda view: view.review.scope is step and view.session.activity == "")


async def run(client: SessionClient, step: Step) -> View:
    """Review, confirm and follow the changes of a step to their end."""
    view = await review(client, step)
    assert not view.review.blockers, view.review.blockers
    await send(client, intents.ConfirmReview(digest=view.review.digest))
    return await run_over(client, step)


async def run_over(client: SessionClient, step: Step) -> View:
    """The view, once the run of a step is over and what it made has been read."""
    await until(client, lambda view: view.run.scope is step and view.run.state in RUN_OVER)
    return await at_rest(client)


async def vault(client: SessionClient) -> View:
    """Step 4."""
    if not client.view.plan.vault.name:
        await send(client, intents.ChooseVault())
    view = await run(client, Step.VAULT)
    assert view.run.state == "finished", view.run
    return await until(client, lambda view: view.vault.state == "ready")


def eligible(view: View) -> tuple[str, ...]:
    """The VMs that can be, or are, protected."""
    return tuple(row.id for row in view.vms if row.eligible or row.protected)


async def enable(client: SessionClient) -> View:
    """Step 5 up to the end of the run: replication is enabled, disks are still being copied."""
    await send(client, intents.SelectVms(vm_ids=eligible(client.view)))
    return await run(client, Step.REPLICATION)


async def protected(client: SessionClient) -> View:
    """The view, once every selected VM is protected."""
    return await until(
        client,
        lambda view: (
            len(view.replication.items) == len(view.plan.vms)
            and all(row.milestone == "protected" for row in view.replication.items)
        ),
    )


async def to_replication(client: SessionClient) -> View:
    """Steps 1 to 5."""
    await architecture(client)
    await prerequisites(client)
    await vault(client)
    view = await enable(client)
    assert view.run.state == "finished", view.run
    return await protected(client)


async def choose_drill(client: SessionClient, **choice: object) -> View:
    """Step 6: who takes part, from which point, in which network."""
    await send(client, intents.PrepareDrill.model_validate(choice))
    return await until(client, lambda view: any(row.chosen for row in view.drill.rows) and view.session.activity == "")


async def start_drill(client: SessionClient) -> View:
    """The drill up to the point where the engineer is asked for a verdict (or it failed)."""
    await send(client, intents.StartDrill(digest=client.view.drill.digest))
    return await until(client, lambda view: view.drill.state not in {"idle", "running"})


async def finish_drill(client: SessionClient) -> View:
    """Verdicts and cleanup."""
    for row in client.view.drill.rows:
        if row.state == "verified" and not row.verdict:
            await send(client, intents.RecordVerdict(vm_id=row.vm_id, verdict="passed"))
    await send(client, intents.CleanUpDrill(notes="tested by hand"))
    return await until(client, lambda view: view.drill.state in {"done", "failed"})
