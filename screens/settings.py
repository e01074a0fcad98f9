"""The two forms of the replication step: target settings, and the replication policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from asr_tui.model.plan import MAX_RETENTION_MINUTES, PolicyChoice, TargetDefaults
from asr_tui.session.intents import Intent, SetDefaults, SetPolicy
from screens.widgets.blocks import Block
from screens.widgets.dialogs import Form, Question

if TYPE_CHECKING:
    from asr_tui.session.views import View

Made = tuple[Form, Callable[[Any], Intent]]


def targets_form(view: View) -> Made:
    """Target group, cache account and disk types; empty means by the rule."""
    now, part = view.plan.defaults, view.replication
    questions = [
        Question("resource_group", "Target group", now.resource_group, part.target_group or "by the rule", 90),
        Question("cache_account", "Cache account", now.cache_account, part.cache_account or "by the rule", 24),
        Question("replica_disk_type", "Replica disk type", now.replica_disk_type, "as the source disk", 30),
        Question("target_disk_type", "Target disk type", now.target_disk_type, "as the source disk", 30),
    ]
    told = [Block("Leave a field empty to take the default that stands in it.", tone="dim")]
    if part.caches:
        told.append(Block(", ".join(part.caches), "Could serve", "dim"))
    form = Form("Target settings", questions, blocks=told)
    return form, lambda values: SetDefaults(defaults=TargetDefaults(**values))


def policy_form(view: View) -> Made:
    """Name, retention, app-consistent points, multi-VM sync, agent update."""
    now = view.plan.policy
    questions = [
        Question("name", "Policy name", now.name, limit=60),
        Question("retention", "Retention, hours", f"{now.retention_minutes / 60:g}", "0 to 360", 6),
        Question("app", "App points, minutes", str(now.app_consistent_minutes), "0 is off, else 60 or more", 6),
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
