"""Operations that go wrong on the way: the question fails, the answer is lost, the service forgets, nothing ever ends."""

from __future__ import annotations

import pytest
from practice_cloud import Connect, PracticeCloud, StartEmulator
from test_writer import SetUp, carry_out, finish

from asr_tui.azure.clients import Clients
from asr_tui.azure.operations import Operation, poll, read_job
from asr_tui.azure.writer import begin, running_operation
from asr_tui.model.change import Kind
from asr_tui.model.problem import ProblemError


async def fabric_begun(emulator: PracticeCloud, clients: Clients) -> Operation:
    plan = SetUp(emulator.subscription_id)
    await carry_out(emulator, clients, plan.only(Kind.RESOURCE_GROUP, Kind.VAULT))
    return await begin(clients, plan.fabrics()[0])


async def test_an_operation_that_never_ends_keeps_running(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    emulator.fault({"method": "PUT", "path": "**/replicationFabrics/*"}, {"never_ends": True})
    async with connect(emulator) as clients:
        operation = await fabric_begun(emulator, clients)
        emulator.pass_time(86_400)
        state = await poll(clients, operation)
    assert state.state == "running" and not state.finished and state.problem is None


async def test_a_question_that_fails_says_nothing_of_the_operation(
    start_emulator: StartEmulator, connect: Connect
) -> None:
    emulator = start_emulator("--estate", "starter", "--speed", "600")
    async with connect(emulator) as clients:
        operation = await fabric_begun(emulator, clients)
        emulator.fault({"path": "**/replicationOperationStatus/*", "times": 7}, {"throttle": 6})
        with pytest.raises(ProblemError) as throttled:
            await poll(clients, operation)
        assert throttled.value.problem.status == 429 and throttled.value.problem.retry
        assert (await finish(emulator, clients, operation)).state == "succeeded"


async def test_a_poll_address_that_the_service_forgot(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        operation = await fabric_begun(emulator, clients)
        emulator.fault({"path": "**/replicationOperationStatus/*"}, {"status": 404, "code": "NotFound"})
        running = await poll(clients, operation)
        assert running.state == "running" and running.job is not None and running.job.tasks
        emulator.pass_time(600)
        assert (await poll(clients, operation)).state == "succeeded"
        vanished = operation.model_copy(update={"job_id": operation.job_id[:-4] + "0000"})
        state = await poll(clients, vanished)
    assert state.state == "failed" and state.problem is not None and state.problem.code == "OperationVanished"


async def test_a_resource_that_is_still_being_made_is_asked_itself(
    start_emulator: StartEmulator, connect: Connect
) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        plan = SetUp(emulator.subscription_id)
        await carry_out(emulator, clients, plan.only(Kind.RESOURCE_GROUP))
        vault = plan.only(Kind.VAULT)[0]
        begun = await begin(clients, vault)
        assert begun.style == "status" and begun.job_id == ""
        asked = begun.model_copy(update={"style": "resource", "poll_url": ""})
        assert (await finish(emulator, clients, asked)).state == "succeeded"
        nothing = asked.model_copy(update={"resource_id": vault.resource_id + "-none"})
        assert (await poll(clients, nothing)).state == "failed"
        assert await read_job(clients, f"{vault.resource_id}/replicationJobs/none") is None


async def test_a_cancelled_job_is_told_as_cancelled(start_emulator: StartEmulator, connect: Connect) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        plan = SetUp(emulator.subscription_id)
        await carry_out(emulator, clients, plan.only(Kind.RESOURCE_GROUP, Kind.VAULT))
        await carry_out(emulator, clients, plan.fabrics())
        inside = plan.inside("")
        await carry_out(emulator, clients, inside[:3])
        mapping = await begin(clients, inside[3])
        await clients.checked("POST", f"{mapping.job_id}/cancel", version="2025-08-01", body={"properties": {}})
        state = await finish(emulator, clients, mapping)
        assert state.state == "cancelled", state
        by_job = await finish(emulator, clients, mapping.model_copy(update={"style": "job"}))
    assert by_job.state == "cancelled"


async def test_a_write_whose_answer_was_lost_is_found_by_looking(
    start_emulator: StartEmulator, connect: Connect
) -> None:
    emulator = start_emulator("--estate", "starter")
    async with connect(emulator) as clients:
        plan = SetUp(emulator.subscription_id)
        await carry_out(emulator, clients, plan.only(Kind.RESOURCE_GROUP, Kind.VAULT))
        emulator.fault({"method": "PUT", "path": "**/replicationFabrics/*", "nth": 1}, {"reset": "after"})
        fabric = plan.fabrics()[0]
        try:
            operation = await begin(clients, fabric)
        except ProblemError as error:
            # The repetition of a PUT may meet the operation that the first one began.
            assert error.problem.status in {400, 409}, error.problem
            found = await running_operation(clients, fabric)
            assert found is not None
            operation = found
        assert (await finish(emulator, clients, operation)).state == "succeeded"
    assert len({entry["path"] for entry in emulator.log() if entry["method"] == "PUT"}) == 3
