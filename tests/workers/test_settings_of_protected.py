"""What the service takes only once a VM is protected: a name, a size, a static address, sent and read back."""

from __future__ import annotations

from pathlib import Path

from asr_tui.model.plan import NicChoice, VmOverride
from asr_tui.model.step import Step
from asr_tui.session.intents import SelectVms, SetOverride
from tests import walking
from tests.practice import PracticeCloud, thread_worker


async def test_name_size_and_address_are_sent_once_the_vm_is_protected(emulator: PracticeCloud, tmp_path: Path) -> None:
    worker = thread_worker(emulator, tmp_path)
    client = await worker.connect()
    await walking.architecture(client)
    await walking.prerequisites(client)
    await walking.vault(client)
    vm = next(row for row in client.view.vms if row.name == "web-01")
    nics = emulator.get(vm.id, "2024-07-01")["properties"]["networkProfile"]["networkInterfaces"]
    name = nics[0]["id"].rsplit("/", 1)[1]
    await walking.send(client, SelectVms(vm_ids=(vm.id,)))
    choice = VmOverride(
        target_name="web-01-dr", target_size="Standard_D2s_v5", nics={name: NicChoice(address="10.10.1.77")}
    )
    await walking.send(client, SetOverride(vm_id=vm.id, override=choice))
    await walking.run(client, Step.REPLICATION)
    view = await walking.protected(client)

    view = await walking.run(client, Step.REPLICATION)
    assert view.run.state == "finished"
    writes = [row for row in view.review.changes if row.action == "update"]
    assert [(row.kind, row.state, row.problem) for row in writes] == [("replicated item", "done", None)]
    item = emulator.get(view.replication.items[0].item_id, "2025-08-01")["properties"]["providerSpecificDetails"]
    assert (item["recoveryAzureVMName"], item["recoveryAzureVMSize"]) == ("web-01-dr", "Standard_D2s_v5")
    assert item["vmNics"][0]["ipConfigs"][0]["recoveryStaticIPAddress"] == "10.10.1.77"

    sent = len(emulator.writes())
    view = await walking.review(client, Step.REPLICATION)
    assert view.review.writes == 0
    assert len(emulator.writes()) == sent
    await client.close()
    worker.close()
