"""Our verdict on the security groups in front of a VM, held against the rules that Azure itself works out for its interface.

Source: https://learn.microsoft.com/azure/virtual-network/diagnose-network-traffic-filter-problem
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from asr_tui.model import arm_id
from asr_tui.model.network import EffectiveRules, NetworkSecurityGroup, SecurityRule
from asr_tui.rules import nsg, outbound
from asr_tui.rules.facts import Facts, VmFacts
from asr_tui.rules.nsg import TagVerdict

SHOWN = 3
_DEFAULTS = 65000


@dataclass(frozen=True, slots=True)
class Comparison:
    """One required tag: the two verdicts, and what decides each."""

    tag: str
    port: int
    ours: nsg.Verdict
    azure: nsg.Verdict
    our_rule: str
    azure_rule: str

    @property
    def differs(self) -> bool:
        """Whether the two do not say the same."""
        return self.ours is not self.azure


@dataclass(frozen=True, slots=True)
class Opinion:
    """``groups`` are the NSGs that Azure applies; ``remarks`` say what of them our snapshot tells otherwise."""

    groups: tuple[str, ...]
    rows: tuple[Comparison, ...]
    remarks: tuple[str, ...]


def compare(facts: Facts, vm: VmFacts, effective: Iterable[EffectiveRules]) -> Opinion:
    """Every tag that ``vm`` needs, by our snapshot and by Azure's rules.

    Raises:
        ValueError: subnet or interface of the VM is not in the snapshot.
    """
    if vm.network is None or vm.subnet is None or vm.nic is None:
        raise ValueError(f"the interface of {vm.name} is not known")
    told = tuple(effective)
    ours = outbound.place(facts.estate, vm.network, vm.subnet, vm.nic)
    azure = replace(
        ours,
        nic_group=next((_group(each) for each in told if each.subnet_id is None), None),
        subnet_group=next((_group(each) for each in told if each.subnet_id is not None), None),
    )
    rows = []
    for tag in outbound.required(facts):
        if outbound.is_needed(tag, facts, vm):
            mine = outbound.at(facts, vm.network, vm.subnet, vm.nic, tag)
            theirs = nsg.evaluate(azure, nsg.Wanted(tag.tag, port=tag.port), facts.tags)
            rows.append(Comparison(tag.tag, tag.port, mine.verdict, theirs.verdict, _by(mine), _by(theirs)))
    pairs = ((ours.nic_group, azure.nic_group, "interface"), (ours.subnet_group, azure.subnet_group, "subnet"))
    remarks = tuple(remark for mine, theirs, where in pairs for remark in _remarks(mine, theirs, where))
    return Opinion(tuple(arm_id.name(each.security_group_id) for each in told), tuple(rows), remarks)


def _group(effective: EffectiveRules) -> NetworkSecurityGroup:
    group_id = effective.security_group_id
    return NetworkSecurityGroup(group_id, arm_id.name(group_id), "", effective.rules)


def _by(verdict: TagVerdict) -> str:
    return verdict.decision.sentence() if verdict.decision else verdict.why


def _remarks(ours: NetworkSecurityGroup | None, azure: NetworkSecurityGroup | None, where: str) -> Iterator[str]:
    """What the two know of the group on the interface or on the subnet."""
    if ours is None or azure is None:
        if azure is not None:
            yield f"Azure applies {azure.name} on the {where}; our snapshot has no group there."
        if ours is not None:
            yield f"Our snapshot has {ours.name} on the {where}; Azure applies no group there."
        return
    if not arm_id.same(ours.id, azure.id):
        yield f"Azure applies {azure.name} on the {where}; our snapshot has {ours.name} there."
        return
    mine, theirs = _rules(ours), _rules(azure)
    for names, what in ((theirs - mine, "has, and our snapshot has not"), (mine - theirs, "does not have any more")):
        if names:
            yield f"{azure.name} in Azure {what}: {_listed(sorted(names))}."


def _rules(group: NetworkSecurityGroup) -> frozenset[str]:
    """The group's own rules by what decides: name, direction, priority, access."""
    return frozenset(_line(rule) for rule in group.rules if rule.priority < _DEFAULTS)


def _line(rule: SecurityRule) -> str:
    return f"{rule.name} ({rule.access} {rule.direction}, priority {rule.priority})"


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + rest
