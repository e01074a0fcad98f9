"""The check of deny assignments, which take away what roles give."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.finding import Scope, Severity
from asr_tui.rules import permissions
from asr_tui.rules.checks.governance import covers
from asr_tui.rules.facts import Facts
from asr_tui.rules.registry import Hit, check, unknown

MOST_NAMED = 3


@check(
    id="rbac-deny-assignments",
    scope=Scope.SUBSCRIPTION,
    title="No deny assignment takes back what the plan needs",
    severity=Severity.BLOCKER,
    source="RBAC",
    prevents="AuthorizationFailed",
)
def rbac_deny_assignments(facts: Facts) -> Iterator[Hit]:
    """The permissions that Azure lists for an account leave deny assignments out. One that denies needed actions is unknown:
    whether the account is among those it names, or excepts, does not show here."""
    found = facts.estate.deny_assignments
    if found is None:
        subscription = facts.estate.subscription
        why = facts.estate.why_unreadable("deny_assignments") or "The deny assignments were not read."
        remedy = "Grant Microsoft.Authorization/denyAssignments/read on the subscription."
        yield unknown(subscription.name or subscription.id, subscription.id, why, remedy)
    needs = permissions.needs(facts) if found else ()
    for deny in found or ():
        denied: dict[str, None] = {}
        for need in needs:
            if covers(deny.scope, need.scope) or covers(need.scope, deny.scope):
                denied |= dict.fromkeys(action for action in need.actions if permissions.allows(deny.denied, action))
        if denied:
            named, more = list(denied)[:MOST_NAMED], len(denied) - MOST_NAMED
            rest = f" and {more} more" if more > 0 else ""
            why = f"It denies {', '.join(named)}{rest} at {deny.scope}; whether it holds for your account is not known here."
            remedy = "Look it up under Access control, Deny assignments; ask who made it for an exception if it does."
            yield unknown(deny.name, deny.id, why, remedy)
