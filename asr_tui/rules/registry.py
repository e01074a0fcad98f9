"""The registry of checks: adding a check is one function with its metadata, in one of ``asr_tui/rules/checks/``.

A check looks at :class:`asr_tui.rules.facts.Facts` and yields a :class:`Hit` for each thing that is wrong or could not be
known; nothing yielded means passed. :func:`run` makes findings of them, with the check's own metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from asr_tui.model.change import Change
from asr_tui.model.estate import Estate
from asr_tui.model.finding import CheckInfo, Finding, Scope, Severity
from asr_tui.model.plan import Plan
from asr_tui.rules import figures
from asr_tui.rules.facts import Facts, VmFacts, label


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that a check found. ``severity`` and ``code`` None: the check's own. See :class:`Finding` for the rest."""

    subject: str
    subject_id: str
    evidence: str
    remedy: str
    vm_ids: tuple[str, ...] = ()
    cause: str = ""
    severity: Severity | None = None
    code: str | None = None
    from_service: bool = False
    fixes: tuple[Change, ...] = ()


def unknown(subject: str, subject_id: str, why: str, remedy: str, vm_ids: tuple[str, ...] = ()) -> Hit:
    """The hit of a check that could not be evaluated, and why."""
    return Hit(subject, subject_id, why, remedy, vm_ids, cause="unknown", severity=Severity.UNKNOWN)


def on_vm(
    vm: VmFacts,
    evidence: str,
    remedy: str,
    *,
    cause: str = "",
    severity: Severity | None = None,
    code: str | None = None,
) -> Hit:
    """A hit on one VM."""
    return Hit(vm.name, vm.id, evidence, remedy, (vm.id,), cause=cause, severity=severity, code=code)


def on_vms(
    facts: Facts,
    vms: Sequence[VmFacts],
    evidence: str,
    remedy: str,
    *,
    cause: str = "",
    severity: Severity | None = None,
) -> Iterator[Hit]:
    """One hit for all of ``vms``, or none where there are none: for what has one cause and one remedy."""
    if vms:
        ids = tuple([vm.vm.id for vm in vms])
        yield Hit(label(vms), facts.source, evidence, remedy, ids, cause=cause, severity=severity)


def unknown_vms(
    facts: Facts, vms: Sequence[VmFacts], why: str, remedy: str, *, cause: str = "unknown"
) -> Iterator[Hit]:
    """One unknown for all VMs of which something was not read, or none where there are none. A check with several such
    reasons gives each a ``cause`` of its own."""
    return on_vms(facts, vms, why, remedy, cause=cause, severity=Severity.UNKNOWN)


Evaluate = Callable[[Facts], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the catalogue: what is known of it, and the function that evaluates it."""

    info: CheckInfo
    evaluate: Evaluate

    @property
    def id(self) -> str:
        return self.info.id


_checks: dict[str, Check] = {}


def check(
    *, id: str, scope: Scope, title: str, severity: Severity, source: str, prevents: str = ""
) -> Callable[[Evaluate], Evaluate]:
    """Register the decorated function as the check ``id``. ``source`` is a key of ``assets/rules/sources.yaml``.

    Raises:
        ValueError: the id is taken.
    """
    page = figures.source(source)

    def register(evaluate: Evaluate) -> Evaluate:
        if id in _checks:
            raise ValueError(f"There are two checks of the id {id}.")
        info = CheckInfo(id, scope, title, severity, prevents, page.url, page.read_on)
        _checks[id] = Check(info, evaluate)
        return evaluate

    return register


def registered() -> tuple[Check, ...]:
    """Every check registered so far, by scope and then in the order of its module."""
    order = list(Scope)
    return tuple(sorted(_checks.values(), key=lambda each: order.index(each.info.scope)))


def run(check: Check, facts: Facts) -> tuple[Finding, ...]:
    """The findings of one check; empty when it passed."""
    info = check.info
    return tuple(
        Finding(
            check_id=info.id,
            severity=hit.severity or info.severity,
            scope=info.scope,
            title=info.title,
            subject=hit.subject,
            subject_id=hit.subject_id,
            evidence=hit.evidence,
            remedy=hit.remedy,
            code=info.prevents if hit.code is None else hit.code,
            source=info.source,
            vm_ids=hit.vm_ids,
            cause=hit.cause,
            from_service=hit.from_service,
            fixes=hit.fixes,
        )
        for hit in check.evaluate(facts)
    )


def evaluate(checks: Iterable[Check], estate: Estate, plan: Plan) -> Iterator[tuple[CheckInfo, tuple[Finding, ...]]]:
    """Each of ``checks`` with its findings, one by one, over one set of indexes."""
    facts = Facts(estate, plan)
    for each in checks:
        yield each.info, run(each, facts)
