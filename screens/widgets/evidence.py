"""What step 2 asks before it does something: to look into guests, to take the engineer's word, to accept, to name lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asr_tui.model.finding import Severity
from asr_tui.session.planning_views import CauseRow, CheckRow, FindingRow, PrerequisitesView
from asr_tui.wording import count
from screens.widgets.blocks import Block
from screens.widgets.dialogs import Confirm, Form, Question

ATTESTED = "vm-attested"
"""The check whose findings tell what the engineer confirmed."""

Row = CauseRow | FindingRow | CheckRow | None


def keys_of(row: Row) -> tuple[str, ...]:
    """The findings under the cursor: those of a cause, or the one."""
    if isinstance(row, CauseRow):
        return row.findings
    return (row.key,) if isinstance(row, FindingRow) else ()


def checks_of(row: Row, known: Mapping[str, FindingRow]) -> tuple[str, ...]:
    """The checks that found what is under the cursor, or the check itself."""
    if isinstance(row, CheckRow):
        return (row.id,)
    return tuple(dict.fromkeys(known[key].check_id for key in keys_of(row) if key in known))


def to_attest(row: Row, known: Mapping[str, FindingRow]) -> tuple[str, ...]:
    """Of those, the ones that wait for the engineer's word, or hold it."""
    found = [known[key] for key in keys_of(row) if key in known]
    return tuple(one.key for one in found if one.severity == Severity.UNKNOWN or one.check_id == ATTESTED)


def attest_question(findings: Sequence[FindingRow], *, back: bool) -> Confirm:
    """Whether the engineer stands in for these, or takes that back."""
    blocks = [Block(f"{one.title}: {', '.join(one.vm_names) or 'all'}") for one in findings]
    told = "Your name and the time are kept in the plan. The checks then run again."
    heading = "Take your word back?" if back else "Confirm that these are met?"
    return Confirm(heading, [*blocks, Block(""), Block(told, tone="dim")], no="Cancel", yes="I confirm")


def probe_question(part: PrerequisitesView, vms: int) -> Confirm:
    """The scripts that would run in the guests, whole."""
    number = count(vms, "VM")
    blocks = [Block(f"This runs in {number} through the VM agent, reads only, and changes nothing.", tone="strong")]
    for system, script in part.scripts.items():
        blocks += [Block(""), Block(system, tone="strong"), Block(script, kept=True)]
    return Confirm(f"Look into {number}?", blocks, no="Cancel", yes="Run it")


def accept_form(row: CauseRow | FindingRow) -> Form:
    """The reason for going on all the same."""
    question = Question("reason", "Reason", row.accepted, "why you go on; empty takes it back", 300)
    return Form("Accept this finding", [question], blocks=[Block(row.title, tone="strong"), Block(row.subject)])


def kernels_form(part: PrerequisitesView) -> Form:
    """Where published lists of kernels are."""
    told = [Block(part.kernel_lists or "No list is read: the documented series of kernels decide.", "Now")]
    told.append(
        Block("An address is one more host that the worker asks; a folder is on the worker's machine.", tone="dim")
    )
    question = Question("place", "Folder or address", part.kernels, "/path/to/lists or https://...", 1000)
    return Form("Lists of supported kernels", [question], blocks=told)
