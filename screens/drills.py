"""What is told of a drill: a VM in it, what starting it means, what cleaning up deletes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asr_tui.model.plan import DEPENDENCIES, RecoveryPointKind
from asr_tui.wording import count, duration, since, stamp
from screens.rehearsal import targets_words
from screens.widgets.blocks import Block, problem_blocks
from screens.widgets.tones import CHECK_STATES, DRILL_STATES, TASK_STATES, says, tone_of

if TYPE_CHECKING:
    from asr_tui.session.running_views import DrillRow
    from asr_tui.session.views import View


POINTS = {
    RecoveryPointKind.LATEST_PROCESSED: ("Latest processed", "no wait: the newest point that is ready (low RTO)"),
    RecoveryPointKind.LATEST: ("Latest", "processes all data first (lowest RPO, takes longer)"),
    RecoveryPointKind.LATEST_APP_CONSISTENT: ("Latest app-consistent", "applications were quiesced; needs such points"),
    RecoveryPointKind.CUSTOM: ("One that you choose", "per VM: Enter on the VM shows its points"),
}


_DIALOG_CELLS = 70


def danger_of(view: View) -> str:
    """Why the chosen test network is not isolated; "" when it is."""
    choice = view.plan.drill
    if choice.create_network:
        return ""
    return next((one.danger for one in view.drill.networks if one.id.lower() == choice.network_id.lower()), "")


def point_words(row: DrillRow) -> str:
    """The recovery point of a VM in words: its kind and age where they are known, never its long id."""
    chosen = next((point for point in row.points if point.id == row.point), None)
    if chosen is not None:
        return f"{duration(chosen.age_seconds)} old, {chosen.kind}"
    return row.point.rpartition("/")[2]


def drill_blocks(row: DrillRow) -> list[Block]:
    """A VM in the drill: state, point, tasks, evidence, figures."""
    words = point_words(row)
    point = f"{words}, {stamp(row.point_time)}" if row.point_time else words
    told = (
        ("State", says(DRILL_STATES, row.state), tone_of(DRILL_STATES, row.state)),
        ("Why", row.why, "warn"),
        ("Point", point, "plain"),
        ("Test VM", row.test_vm, "plain"),
        ("RTO", "" if row.rto_seconds is None else duration(row.rto_seconds), "plain"),
        ("RPO", "" if row.rpo_seconds is None else duration(row.rpo_seconds), "plain"),
        ("Wave", str(row.wave) if row.wave else "", "plain"),
        ("Group", f"{row.multi_vm_group}: one common point for all its VMs" if row.multi_vm_group else "", "plain"),
        ("Your verdict", f"{row.verdict}. {row.note}" if row.note else row.verdict, "plain"),
        ("To verdict", "" if row.verdict_seconds is None else duration(row.verdict_seconds), "plain"),
    )
    blocks = [Block(text, label, tone) for label, text, tone in told if text]
    for task in row.tasks:
        took = f", {duration(task.seconds)}" if task.seconds is not None else ""
        sign = says(TASK_STATES, task.state)
        blocks.append(Block(f"{sign}: {task.title}{took}", "Task", tone_of(TASK_STATES, task.state)))
    for one in row.evidence:
        sign = says(CHECK_STATES, one.state)
        blocks.append(Block(f"{sign}: {one.what}, {one.detail}", "Evidence", tone_of(CHECK_STATES, one.state)))
    if row.output:
        blocks += [Block("Output of your own check:", tone="strong"), Block(_unfolded(row.output), kept=True)]
    if not row.tasks and row.points:
        for point_row in row.points[:5]:
            disks = count(point_row.disks, "disk")
            words = f"{duration(point_row.age_seconds)} old, {point_row.kind}, {disks}"
            blocks.append(Block(words, "Has point", "dim"))
    return [*blocks, Block(""), *problem_blocks(row.problem)] if row.problem else blocks


def start_blocks(view: View) -> list[Block]:
    """What starting the drill means."""
    drill = view.drill
    chosen = [row.vm_name for row in drill.rows if row.selected]
    left_out = [f"{row.vm_name}: {row.why}" for row in drill.rows if row.chosen and not row.selected]
    names = ", ".join(chosen[:6]) + (f" and {len(chosen) - 6} more" if len(chosen) > 6 else "")
    danger = danger_of(view)
    network = view.drill.network_name or "an isolated network made for the drill"
    blocks = [
        Block(names, "VMs"),
        *(Block(f"✗ {told}", "Left out", "bad") for told in left_out[:5]),
        Block(network, "Network"),
        *_made_blocks(view),
        *(
            Block(f"▲ {one.what}: {one.detail}", "Not certain" if one.state == "unknown" else "In the way", "warn")
            for one in drill.readiness
            if one.state != "passed"
        ),
        Block("The real VMs go on, and so does their replication. Test VMs cost money until the cleanup."),
    ]
    if danger:
        blocks.append(Block(f"▲ This network is not isolated: {danger}", tone="warn"))
        blocks.append(Block("Test VMs in it can meet the real ones. Type its name to go on.", tone="warn"))
    return [*blocks, *_asked_blocks(view), *_text_blocks(view)]


def _made_blocks(view: View) -> list[Block]:
    """What the drill writes before its first test failover; the bodies follow below."""
    kinds: dict[str, list[str]] = {}
    for change in view.drill.changes:
        if change.action != "reuse":
            kinds.setdefault(f"{change.action} {change.kind}", []).append(change.name)
    told = [f"{what} {', '.join(names)}" for what, names in kinds.items()]
    return [Block("; ".join(told), "Will write", "accent")] if told else []


def _asked_blocks(view: View) -> list[Block]:
    """What was answered, and what was not."""
    drill = view.drill
    answers = {**dict.fromkeys(DEPENDENCIES, ""), **drill.dependencies}
    blocks = [Block(f"{question}: {answer}", "Depends on") for question, answer in answers.items() if answer]
    open_ones = [question for question, answer in answers.items() if not answer]
    if open_ones:
        blocks.append(Block(f"▲ Not answered (d): {'; '.join(open_ones)}", "Depends on", "warn"))
    return blocks


def _text_blocks(view: View) -> list[Block]:
    """In full what runs in the test VMs, and what is sent to make the network."""
    blocks: list[Block] = []
    for system, script in view.drill.scripts.items():
        blocks += [
            Block(""),
            Block(f"Your own check, on {system}:", tone="strong"),
            Block(_unfolded(script), kept=True),
        ]
    for change in view.drill.changes:
        if change.body:
            blocks += [
                Block(""),
                Block(f"Body of {change.name}:", tone="strong"),
                Block(_unfolded(change.body), kept=True),
            ]
    return blocks


def _unfolded(text: str) -> str:
    """``text`` in lines that fit into a dialog, all of it: what runs as an administrator is not to be hidden at the edge."""
    lines = []
    for line in text.expandtabs(4).split("\n"):
        lines += [line[at : at + _DIALOG_CELLS] for at in range(0, len(line), _DIALOG_CELLS)] or [""]
    return "\n".join(lines)


def up_for(view: View) -> str:
    """How long the oldest test VM has been running, "" where none is up."""
    up = [row.running_at for row in view.drill.rows if row.running_at and not row.cleaned_at and row.test_vm]
    return since(min(up), view.session.azure_now) if up and view.drill.state != "done" else ""


def clean_up_blocks(view: View) -> list[Block]:
    """What the cleanup deletes."""
    test_vms = [row.test_vm for row in view.drill.rows if row.test_vm]
    names = ", ".join(test_vms[:6]) + (f" and {len(test_vms) - 6} more" if len(test_vms) > 6 else "")
    unjudged = sum(1 for row in view.drill.rows if row.test_vm and not row.verdict)
    blocks = [Block(f"{count(len(test_vms), 'test VM')} will be deleted: {names}.", tone="strong")]
    if unjudged:
        blocks.append(Block(f"▲ {count(unjudged, 'test VM')} without your verdict.", tone="warn"))
    blocks.append(Block("Afterwards a list of what is there proves that nothing was left.", tone="dim"))
    return blocks


def summary_blocks(view: View) -> list[Block]:
    """How the drill stands, in a few lines: state, point, network, what was measured, what is left."""
    drill, choice = view.drill, view.plan.drill
    network = drill.network_name or ("an isolated network made for the drill" if choice.create_network else "-")
    danger = danger_of(view)
    words, tone = _state_words(view)
    blocks = [Block(words, "Drill", tone)]
    if drill.state == "idle":
        blocks.append(Block("; ".join(POINTS[choice.recovery_point]), "Point"))
    if drill.state not in {"done", "failed"}:
        blocks.append(Block(f"▲ {network}: {danger}" if danger else network, "Network", "warn" if danger else "plain"))
    blocks += _figure_blocks(view)
    not_ready = next((one for one in drill.readiness if one.state != "passed"), None)
    if not_ready is not None and drill.state == "idle":
        blocks.append(Block(f"▲ {not_ready.what}: {not_ready.detail}", "Room", "warn"))
    if drill.leftovers:
        blocks.append(Block("✗ still there: " + ", ".join(drill.leftovers), "Left over", "bad"))
    elif drill.clean_proof:
        blocks.append(Block("✓ " + drill.clean_proof, "Cleaned up", "good"))
    return blocks


def _figure_blocks(view: View) -> list[Block]:
    """What was measured beside its targets, and what the last drill measured."""
    drill = view.drill
    targets = targets_words(drill.rto_target_minutes, drill.rpo_target_minutes)
    blocks = []
    figures = (
        ("RTO", drill.max_rto_seconds, drill.rto_target_minutes),
        ("RPO", drill.max_rpo_seconds, drill.rpo_target_minutes),
    )
    told = [_against(name, seconds, minutes) for name, seconds, minutes in figures if seconds is not None]
    if told:
        missed = any(seconds is not None and minutes and seconds > minutes * 60 for _, seconds, minutes in figures)
        blocks.append(Block(f"longest {', '.join(told)}", "Measured", "bad" if missed else "good"))
    elif drill.rto_target_minutes or drill.rpo_target_minutes:
        blocks.append(Block(targets, "Targets"))
    if drill.previous and drill.state in {"idle", "done"}:
        blocks.append(Block(drill.previous, "Last time", "dim"))
    return blocks


def _against(name: str, seconds: float, minutes: int) -> str:
    if not minutes:
        return f"{name} {duration(seconds)}"
    return f"{name} {duration(seconds)} ({'within' if seconds <= minutes * 60 else 'above'} {minutes} min)"


def _state_words(view: View) -> tuple[str, str]:
    drill, up = view.drill, up_for(view)
    chosen = sum(row.selected for row in drill.rows)
    left_out = sum(row.chosen and not row.selected for row in drill.rows)
    without = f", {left_out:,} left out" if left_out else ""
    since_words = f" for {up}" if up else ""
    words = {
        "idle": (f"○ not started; {count(chosen, 'VM')} chosen{without}", "warn" if left_out else "plain"),
        "running": (f"● running{since_words}: test VMs are being started", "accent"),
        "waiting": (f"▲ test VMs up{since_words}: look, v verdict, c clean up", "warn"),
        "cleaning-up": ("● cleaning up", "accent"),
        "done": (f"✗ cleaned up, but not passed{without}", "bad"),
        "failed": ("✗ failed; e tells why", "bad"),
    }
    if drill.state == "done" and drill.passed:
        return "✓ passed, and nothing of it is left", "good"
    return words.get(drill.state, (f"? {drill.state}", "plain"))
