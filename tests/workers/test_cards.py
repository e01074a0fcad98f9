from __future__ import annotations

from asr_tui.model.finding import Finding, Scope, Severity
from asr_tui.model.problem import Problem
from asr_tui.workers.cards import with_card

VM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web"


def finding(check_id: str, vm_id: str = VM) -> Finding:
    return Finding(
        check_id=check_id,
        severity=Severity.BLOCKER,
        scope=Scope.NETWORK,
        title="t",
        subject="nsg-web",
        subject_id="/nsg",
        evidence="Denied by deny-all.",
        remedy="r.",
        vm_ids=(vm_id,),
    )


def test_a_card_brings_what_was_seen_here_and_where_it_is_documented() -> None:
    told = Problem(what="Could not register.", code="151197", detail="the service's text")
    found = with_card(told, [finding("net-nsg-asr"), finding("net-nsg-asr", VM + "2"), finding("vm-clock")], VM.upper())
    assert found.what == told.what
    assert found.cause.count("Seen here: nsg-web: Denied by deny-all.") == 1
    assert found.remedy
    assert found.detail.startswith("the service's text\n151197, ")
    assert "https://learn.microsoft.com/" in found.detail


def test_the_services_own_words_stay_in_front() -> None:
    told = Problem(what="Failed.", cause="The service's cause.", remedy="The service's remedy.", code="151197")
    found = with_card(told, [])
    assert (found.cause, found.remedy) == ("The service's cause.", "The service's remedy.")


def test_a_code_without_a_card_keeps_the_services_words() -> None:
    told = Problem(what="Something new.", cause="c", remedy="r", code="999999")
    assert with_card(told, [finding("net-nsg-asr")]) == told
