"""Every check of the catalogue: what trips it, what passes, and what it cannot know."""

from __future__ import annotations

import pytest

from asr_tui.model.finding import Finding, Severity
from asr_tui.rules import registry
from asr_tui.rules.catalogue import CHECKS, MODULES, by_id, run_all
from asr_tui.rules.facts import Facts
from tests.rules import makers
from tests.rules.cases import guests, keys, machines, networks, region_pairs, subscriptions
from tests.rules.cases.situations import Case, Situation, est

CASES: dict[str, Case] = {
    **subscriptions.CASES,
    **region_pairs.CASES,
    **machines.CASES,
    **guests.CASES,
    **networks.CASES,
    **keys.CASES,
}
TRIPS = [(check_id, situation) for check_id, case in CASES.items() for situation in case.trips]
PASSES = [(check_id, situation) for check_id, case in CASES.items() for situation in case.passes or (est(),)]
UNKNOWNS = [
    (check_id, situation)
    for check_id, case in CASES.items()
    for situation in (case.unknown, *case.more_unknown)
    if situation is not None
]


def found(check_id: str, situation: Situation) -> list[Finding]:
    check = by_id(check_id)
    assert check is not None
    return list(registry.run(check, Facts(*situation)))


def names(rows: list[tuple[str, Situation]]) -> list[str]:
    return [f"{check_id}-{number}" for number, (check_id, _) in enumerate(rows)]


def test_every_check_has_its_cases() -> None:
    assert {check.id for check in CHECKS} == set(CASES)
    assert len(CHECKS) >= 150
    assert {check.evaluate.__module__ for check in CHECKS} == {module.__name__ for module in MODULES}


@pytest.mark.parametrize(("check_id", "situation"), TRIPS, ids=names(TRIPS))
def test_trips(check_id: str, situation: Situation) -> None:
    findings = found(check_id, situation)
    told = [finding for finding in findings if finding.severity is not Severity.UNKNOWN]
    assert told, findings
    for finding in told:
        assert finding.check_id == check_id
        assert finding.subject
        assert finding.subject_id
        assert finding.evidence.endswith((".", "?")) or finding.from_service
        assert finding.remedy.endswith(".")
    assert len({finding.key for finding in findings}) == len(findings)


@pytest.mark.parametrize(("check_id", "situation"), PASSES, ids=names(PASSES))
def test_passes(check_id: str, situation: Situation) -> None:
    assert found(check_id, situation) == []


@pytest.mark.parametrize(("check_id", "situation"), UNKNOWNS, ids=names(UNKNOWNS))
def test_cannot_be_known(check_id: str, situation: Situation) -> None:
    unknowns = [finding for finding in found(check_id, situation) if finding.severity is Severity.UNKNOWN]
    assert unknowns
    for finding in unknowns:
        assert finding.evidence.strip()
        assert finding.remedy.endswith(".")


def test_each_check_trips_or_asks() -> None:
    """A check that never trips must at least say that it does not know: there is no check that cannot fail."""
    assert all(case.trips or case.unknown for case in CASES.values())


def test_metadata_is_complete() -> None:
    for check in CHECKS:
        info = check.info
        assert info.source.startswith("https://")
        assert info.read_on == "" or len(info.read_on) == 10
        assert info.title[0].isupper() or info.title[0] == "."
        assert not info.title.endswith(".")
        assert info.severity is not Severity.UNKNOWN


def test_a_taken_id_is_refused() -> None:
    info = CHECKS[0].info
    with pytest.raises(ValueError, match=info.id):
        registry.check(id=info.id, scope=info.scope, title="x", severity=info.severity, source="SM")(lambda _: [])


def test_the_whole_catalogue_runs_over_an_empty_estate() -> None:
    """Nothing read at all: everything is unknown or silent, and nothing breaks."""
    from asr_tui.model.estate import Estate
    from asr_tui.model.governance import Subscription

    estate = Estate(makers.NOW, Subscription("s", "S", "t", "Enabled"))
    outcome = dict(run_all(estate, makers.plan()))
    assert len(outcome) == len(CHECKS)
    assert not [f for findings in outcome.values() for f in findings if f.severity is Severity.BLOCKER]


def test_an_unknown_id_is_none() -> None:
    assert by_id("no-such-check") is None
