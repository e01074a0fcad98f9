"""The forms of the replication step: target settings, the replication policy, one VM's own settings, and the dial."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from asr_tui.model.plan import MAX_RETENTION_MINUTES, PolicyChoice
from asr_tui.session import own_settings
from asr_tui.session.intents import Intent, SetConcurrency, SetDefaults, SetOverride, SetPolicy
from screens.widgets.blocks import Block
from screens.widgets.dialogs import Form, Question

if TYPE_CHECKING:
    from asr_tui.session.planning_views import VmRow
    from asr_tui.session.views import View

MOST_AT_A_TIME = 1000
Made = tuple[Form, Callable[[Any], Intent]]


def targets_form(view: View) -> Made:
    """Target group, cache account and disk types; empty means by the rule."""
    now, part = view.plan.defaults, view.replication
    questions = [
        Question("resource_group", "Target group", now.resource_group, part.target_group or "by the rule", 90),
        Question("cache_account", "Cache account", now.cache_account, part.cache_account or "by the rule", 24),
        Question("replica_disk_type", "Replica disks", now.replica_disk_type, "as the source disk", 30),
        Question("target_disk_type", "Target disks", now.target_disk_type, "as the source disk", 30),
    ]
    told = [Block("Leave a field empty to take the default that stands in it.", tone="dim")]
    if part.caches:
        told.append(Block(", ".join(part.caches), "Could serve", "dim"))
    form = Form("Target settings", questions, blocks=told)
    return form, lambda values: SetDefaults(defaults=now.model_copy(update=values))


def own_form(view: View, row: VmRow) -> Made:
    """What one VM has in place of the defaults; empty means as all others."""
    now = own_settings.override_of(view.plan, row.id)
    texts = own_settings.as_texts(now)
    questions = [
        Question(one.id, one.title, texts[one.id], one.hint, 300) for one in own_settings.SETTINGS if not one.rare
    ]

    def judge(values: dict[str, str]) -> str:
        try:
            own_settings.changed(now, values)
        except ValueError as error:
            return f"Not understood: {error}."
        return ""

    form = Form(f"Own settings of {row.name}", questions, judge=judge)
    return form, lambda values: SetOverride(vm_id=row.id, override=own_settings.changed(now, values))


def dial_form(view: View) -> Made:
    """How many VMs are enabled at a time."""
    told = [
        Block(
            "What runs already goes on. VMs that are seeded at the same time share cache account and bandwidth; the "
            "portal takes 10.",
            tone="dim",
        )
    ]
    session = view.session
    if session.remaining_writes is not None and session.remaining_reads is not None:
        left = f"{session.remaining_writes:,} writes and {session.remaining_reads:,} reads at this moment"
        told.append(Block(left, "Azure allows", "dim"))
    question = Question("limit", "VMs at a time", str(view.run.item_limit), f"1 to {MOST_AT_A_TIME}", 4)
    form = Form("How many at a time", [question], blocks=told, judge=_judge_dial)
    return form, lambda values: SetConcurrency(limit=int(values["limit"]))


def _judge_dial(values: dict[str, str]) -> str:
    text = values["limit"]
    fits = text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_AT_A_TIME
    return "" if fits else f"It takes a number from 1 to {MOST_AT_A_TIME}."


def policy_form(view: View) -> Made:
    """Name, retention, app-consistent points, multi-VM sync, agent update."""
    now = view.plan.policy
    questions = [
        Question("name", "Policy name", now.name, limit=60),
        Question("retention", "Retention, hours", f"{now.retention_minutes / 60:g}", "0 to 360", 6),
        Question("app", "App points, min.", str(now.app_consistent_minutes), "0 is off, else 60 or more", 6),
        Question("sync", "Multi-VM sync", "yes" if now.multi_vm_sync else "no", "yes or no", 3),
        Question("update", "Agent auto-update", "yes" if now.agent_auto_update else "no", "yes or no", 3),
    ]
    told = [Block("A recovery point is made every 5 minutes and kept for as long as the retention says.", tone="dim")]
    if view.replication.policies:
        told.append(Block(", ".join(view.replication.policies), "In the vault", "dim"))
    form = Form("Replication policy", questions, blocks=told, judge=_judge)
    return form, lambda values: SetPolicy(policy=_policy(values))


def _policy(values: dict[str, str]) -> PolicyChoice:
    return PolicyChoice(
        name=values["name"],
        retention_minutes=round(float(values["retention"]) * 60),
        app_consistent_minutes=int(values["app"]),
        multi_vm_sync=_yes(values["sync"]),
        agent_auto_update=_yes(values["update"]),
    )


def _yes(text: str) -> bool:
    answers = {"yes": True, "y": True, "no": False, "n": False}
    if text.lower() not in answers:
        raise ValueError(f"{text!r} is neither yes nor no")
    return answers[text.lower()]


def _judge(values: dict[str, str]) -> str:
    """What is wrong with the form, by the plan's own limits."""
    try:
        policy = _policy(values)
    except (ValueError, OverflowError) as error:  # nan and inf are numbers, too
        return f"Not understood: {error}."
    most = MAX_RETENTION_MINUTES
    if not 0 <= policy.retention_minutes <= most:
        return f"Retention is 0 to {most // 60} hours."
    if not 0 <= policy.app_consistent_minutes <= most:
        return f"App points are 0 (off) to {most} minutes apart."
    return "" if values["name"] else "The policy needs a name."
