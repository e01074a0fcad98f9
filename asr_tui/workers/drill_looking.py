"""Looks at a test VM: what Azure tells of it against what was to be expected, and the engineer's own check."""

from __future__ import annotations

from asr_tui.azure import actions, drill_reader
from asr_tui.azure.drill_reader import DrillNetwork, TestVm
from asr_tui.model import arm_id
from asr_tui.model.estate import Estate
from asr_tui.model.problem import ProblemError
from asr_tui.model.replication import ReplicatedItem
from asr_tui.rules import drill_evidence
from asr_tui.rules.drill_evidence import Found, Source
from asr_tui.session.running_views import EvidenceRow
from asr_tui.workers.drill import Drill, Rehearsal
from asr_tui.workers.following import Following
from asr_tui.workers.stage import Stage
from asr_tui.workers.state import Picture

OWN_CHECK = "Own check"
"""What the result of the engineer's script is called among the evidence."""


class Looking:
    """Reads each drill network once; it does not change while test VMs are looked at."""

    def __init__(self, stage: Stage, following: Following) -> None:
        self._stage = stage
        self._following = following
        self._networks: dict[str, DrillNetwork | None] = {}

    async def compare(self, row: Rehearsal, found: TestVm, item: ReplicatedItem) -> tuple[EvidenceRow, ...]:
        """What the rules make of the test VM beside its source.

        Raises:
            ProblemError: the network cannot be read.
        """
        picture = self._stage.state.picture
        source = _source(picture, row, item)
        if picture is None or source is None:
            return (EvidenceRow(what="Source VM", state="unknown", detail="It is not in the estate as it was read."),)
        if row.network_id and row.network_id not in self._networks:
            self._networks[row.network_id] = await drill_reader.read_network(self._following.clients(), row.network_id)
        network = self._networks.get(row.network_id)
        own = {arm_id.key(nic.id) for nic in found.nics}
        told = Found(
            vm=found.vm,
            nics=found.nics,
            disks=found.disks,
            network_id=row.network_id,
            network=network.network if network else None,
            taken=_taken(picture.estate, row.network_id, own),
        )
        proofs = drill_evidence.evidence(source, told)
        return tuple(EvidenceRow(what=one.what, state=one.state, detail=one.detail) for one in proofs)

    async def run_script(self, drill: Drill, row: Rehearsal, found: TestVm) -> None:
        """The engineer's own check, as it was shown. Its last line decides: passed, failed, or the engineer judges."""
        system = found.vm.os_type.lower()
        script = drill.scripts.get(system, "")
        if not script:
            return
        command = "RunPowerShellScript" if system == "windows" else "RunShellScript"
        try:
            told = await actions.run_command(self._following.clients(), row.test_vm_id, command, script.splitlines())
        except ProblemError as error:
            row.evidence += (EvidenceRow(what=OWN_CHECK, state="unknown", detail=error.problem.sentence()),)
            return
        row.output = "\n".join(part for part in (told.output, told.errors) if part)
        last = next((line.strip() for line in reversed(told.output.splitlines()) if line.strip()), "")
        state = next((word for word in ("passed", "failed") if last.lower().startswith(word)), "unknown")
        row.evidence += (EvidenceRow(what=OWN_CHECK, state=state, detail=last or "It printed nothing."),)


def _source(picture: Picture | None, row: Rehearsal, item: ReplicatedItem) -> Source | None:
    vm = picture.estate.vm_by_id.get(arm_id.key(row.vm_id)) if picture else None
    if picture is None or vm is None:
        return None
    estate = picture.estate
    nic = estate.nic_by_id.get(arm_id.key(vm.primary_nic_id or next(iter(vm.nic_ids), "")))
    address = nic.primary_ip if nic else None
    place = estate.subnet_by_id.get(arm_id.key(address.subnet_id)) if address and address.subnet_id else None
    planned = picture.resolved.item_by_vm.get(arm_id.key(row.vm_id))
    return Source(vm, item, nic, place[1] if place else None, planned.subnet if planned else "")


def _taken(estate: Estate, network_id: str, own: set[str]) -> frozenset[str]:
    """The addresses that others have in a network, as the estate was read."""
    within = arm_id.key(network_id) + "/"
    return frozenset(
        ip.private_ip
        for nic in estate.nics
        if arm_id.key(nic.id) not in own
        for ip in nic.ip_configurations
        if ip.private_ip and arm_id.key(ip.subnet_id or "").startswith(within)
    )
