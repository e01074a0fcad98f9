"""What would be written to Azure for a plan, in an order in which each change comes after all that it depends on.

What exists is reused whatever its name or casing; what differs from the plan is updated; a finished set-up needs no write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from asr_tui.model import arm_id
from asr_tui.model.change import Action, Change, ChangeSet, Kind
from asr_tui.model.estate import Estate
from asr_tui.model.plan import Plan, VmOverride
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.step import Step
from asr_tui.rules import bodies, item_changes, security_rules
from asr_tui.rules.defaults import resolve
from asr_tui.rules.facts import Facts
from asr_tui.rules.resolved import Planned, Resolved, ResolvedGroup, ResolvedItem, ResolvedNetwork

#: Namespaces that set-up writes to; the first one belongs to the vault step.
NAMESPACES = ("Microsoft.RecoveryServices", "Microsoft.Compute", "Microsoft.Network", "Microsoft.Storage")
#: The service's word for an item whose enabling has not finished.
ENABLING = "UnprotectedStatesBegin"


#: What is made outside the vault, and the vault itself, takes tags; what is inside it does not.
TAGGED = frozenset({Kind.RESOURCE_GROUP, Kind.NETWORK, Kind.AVAILABILITY_SET, Kind.CACHE_ACCOUNT, Kind.VAULT})


def changes(estate: Estate, plan: Plan) -> ChangeSet:
    """The change set of ``plan``.

    Raises:
        ProblemError: no region pair is chosen yet, or the vault exists but what it holds was not read.
    """
    resolved = resolve(estate, plan)
    _require(plan, resolved)
    return ChangeSet(tuple(_Builder(estate, plan, resolved).build()))


def _require(plan: Plan, resolved: Resolved) -> None:
    if not plan.source_region or not plan.target_region:
        raise ProblemError(
            Problem(
                what="No region pair is chosen yet.",
                remedy="Choose the source and the target region in step 1.",
                where="architecture",
            )
        )
    if not resolved.vault.readable:
        raise ProblemError(
            Problem(
                what=f"What the vault {resolved.vault.name} holds for Site Recovery was not read.",
                cause="Planning without it could ask for a second fabric or item.",
                remedy="Read the estate again; your account needs read access to the vault.",
                retry=True,
                where="vault",
                resource_id=resolved.vault.id,
            )
        )


class _Builder:
    """Collects changes and remembers the keys that later ones depend on."""

    def __init__(self, estate: Estate, plan: Plan, resolved: Resolved) -> None:
        self.estate = estate
        self.plan = plan
        self.resolved = resolved
        self.made: dict[str, Change] = {}
        self.fixes: list[str] = []

    def build(self) -> Iterator[Change]:
        self._providers()
        self._vault()
        if self.resolved.items:
            self._fixes()
            self._surroundings()
            self._pair()
            for network in self.resolved.networks:
                self._network_mappings(network)
            for item in self.resolved.items:
                self._item(item)
        yield from self._ordered()

    def _ordered(self) -> list[Change]:
        order = list(Kind)
        return sorted(self.made.values(), key=lambda change: order.index(change.kind))

    def _add(
        self,
        kind: Kind,
        planned: Planned,
        body: Mapping[str, Any],
        reason: str,
        depends_on: tuple[str, ...] = (),
        *,
        action: Action | None = None,
        step: Step = Step.REPLICATION,
        vm_id: str | None = None,
        weight: int = 0,
    ) -> None:
        key = arm_id.key(planned.id)
        if key in self.made:
            return
        what = action or (Action.REUSE if planned.exists else Action.CREATE)
        writes = what in {Action.CREATE, Action.UPDATE}
        if kind in TAGGED:
            body = bodies.tagged(dict(body), self.plan.defaults.tags)
        self.made[key] = Change(
            key=key,
            action=what,
            kind=kind,
            step=step,
            resource_id=planned.id,
            name=planned.name,
            reason=reason if writes or not planned.why else planned.why,
            body=dict(body) if writes else {},
            depends_on=tuple(arm_id.key(each) for each in depends_on if arm_id.key(each) in self.made),
            vm_id=vm_id,
            weight=weight,
        )

    def _providers(self) -> None:
        states = {provider.namespace.lower(): provider.state for provider in self.estate.providers}
        for namespace in NAMESPACES:
            state = states.get(namespace.lower(), "Registered")
            if state == "Registered":
                continue
            provider_id = f"/subscriptions/{self.resolved.subscription_id}/providers/{namespace}"
            self._add(
                Kind.PROVIDER,
                Planned(provider_id, namespace, False),
                {},
                f"{namespace} is {state} in this subscription.",
                action=Action.ADOPT if state == "Registering" else Action.CREATE,
                step=Step.VAULT if namespace == NAMESPACES[0] else Step.REPLICATION,
            )

    def _provider(self, namespace: str) -> str:
        return f"/subscriptions/{self.resolved.subscription_id}/providers/{namespace}"

    def _group(self, group: ResolvedGroup, reason: str, step: Step = Step.REPLICATION) -> None:
        self._add(Kind.RESOURCE_GROUP, group, {"location": group.location}, reason, step=step)

    def _vault(self) -> None:
        vault = self.resolved.vault
        self._group(vault.group, "The vault needs a resource group.", Step.VAULT)
        self._add(
            Kind.VAULT,
            vault,
            bodies.vault(vault.region),
            "The vault holds the set-up of replication; it must stand outside the source region.",
            (vault.group.id, self._provider(NAMESPACES[0])),
            action=Action.ADOPT if vault.provisioning else None,
            step=Step.VAULT,
        )

    def _fixes(self) -> None:
        """What findings offered and the engineer took up, as far as it is still missing."""
        wanted = {arm_id.key(each) for each in self.plan.fixes}
        if wanted:
            for change in security_rules.missing(Facts(self.estate, self.plan)):
                if change.key in wanted:
                    self.made[change.key] = change
                    self.fixes.append(change.key)

    def _surroundings(self) -> None:
        """Groups, networks, availability sets and cache accounts: what items need outside the vault."""
        resolved = self.resolved
        for group in resolved.groups:
            self._group(group, "What replication makes in the target region goes here.")
        for network in resolved.networks:
            source = self.estate.network_by_id.get(arm_id.key(network.source_id))
            self._add(
                Kind.NETWORK,
                network.target,
                bodies.network(source, network, resolved.target),
                f"Failed-over VMs of {network.source_name} need a network in the target region.",
                (network.group.id, self._provider("Microsoft.Network")),
            )
        for item in resolved.items:
            if item.availability_set is not None and item.existing is None:
                self._add(
                    Kind.AVAILABILITY_SET,
                    item.availability_set,
                    bodies.availability_set(resolved.target, item.set_domains),
                    "The source VM stands in an availability set.",
                    (item.group.id, self._provider("Microsoft.Compute")),
                )
        for cache in resolved.caches:
            self._add(
                Kind.CACHE_ACCOUNT,
                cache,
                bodies.cache_account(cache, resolved.source),
                "Writes are staged here, in the source region, before they are applied to the replica disks.",
                (cache.group.id, self._provider("Microsoft.Storage")),
            )

    def _pair(self) -> None:
        pair, vault = self.resolved.pair, self.resolved.vault
        for fabric, region in ((pair.source_fabric, self.resolved.source), (pair.target_fabric, self.resolved.target)):
            self._add(Kind.FABRIC, fabric, bodies.fabric(region), f"Stands for {region} in the vault.", (vault.id,))
        for container, fabric in (
            (pair.source_container, pair.source_fabric),
            (pair.target_container, pair.target_fabric),
        ):
            self._add(Kind.CONTAINER, container, bodies.container(), "Groups the replicated items.", (fabric.id,))
        self._policy()
        ends = (pair.source_container, pair.target_container)
        for mapping, end in ((pair.forward, ends[1]), (pair.reverse, ends[0])):
            differs = mapping is pair.forward and pair.forward_differs
            self._add(
                Kind.CONTAINER_MAPPING,
                mapping,
                bodies.container_mapping(pair.policy.id, end.id, auto_update=self.plan.policy.agent_auto_update),
                f"Lets items replicate into {end.name} under {pair.policy.name}.",
                (ends[0].id, ends[1].id, pair.policy.id),
                action=Action.UPDATE if differs else None,
            )

    def _policy(self) -> None:
        pair, choice = self.resolved.pair, self.plan.policy
        if pair.policy_differs:
            reason = f"Its settings differ from the plan; this changes them for all {pair.policy_items} of its items."
            self._add(Kind.POLICY, pair.policy, bodies.policy_update(choice), reason, action=Action.UPDATE)
            return
        reason = f"Keeps recovery points for {choice.retention_minutes} minutes."
        self._add(Kind.POLICY, pair.policy, bodies.policy(choice), reason, (self.resolved.vault.id,))

    def _network_mappings(self, network: ResolvedNetwork) -> None:
        pair = self.resolved.pair
        base = (pair.source_fabric.id, pair.target_fabric.id, network.target.id)
        forward = bodies.network_mapping(pair.target_fabric.name, network.source_id, network.target.id)
        self._add(
            Kind.NETWORK_MAPPING,
            network.mapping,
            forward,
            f"{network.source_name} fails over into {network.target.name}.",
            base,
            action=Action.UPDATE if network.differs else None,
        )
        if network.reverse is not None:
            back = bodies.network_mapping(pair.source_fabric.name, network.target.id, network.source_id)
            reason = f"{network.target.name} leads back to {network.source_name} after a failover."
            self._add(Kind.NETWORK_MAPPING, network.reverse, back, reason, base)

    def _item(self, item: ResolvedItem) -> None:
        pair = self.resolved.pair
        needs = [pair.forward.id, pair.reverse.id, item.group.id, item.cache.id, self._provider("Microsoft.Compute")]
        if item.network is not None:
            needs += [item.network.target.id, item.network.mapping.id]
        if item.availability_set is not None:
            needs.append(item.availability_set.id)
        needs += self.fixes
        action, body, reason = self._item_action(item)
        self._add(
            Kind.ITEM,
            item.item,
            body,
            reason,
            tuple(needs),
            action=action,
            vm_id=item.vm_id,
            weight=item.gib,
        )

    def _item_action(self, item: ResolvedItem) -> tuple[Action, Mapping[str, Any], str]:
        existing = item.existing
        if existing is None:
            count = len(item.disks)
            reason = f"Replicates {item.vm_name}: {count} {'disk' if count == 1 else 'disks'}, {item.gib} GiB."
            return Action.CREATE, bodies.item(self.resolved, item), reason
        if existing.protection_state == ENABLING:
            return Action.ADOPT, {}, "Its replication is being enabled."
        override = self.plan.overrides.get(arm_id.key(item.vm_id), VmOverride())
        wanted = item_changes.differing(override, existing)
        if existing.is_protected and wanted != bodies.ItemSettings():
            reason = f"The plan asks for {item_changes.told(wanted)} in the target."
            return Action.UPDATE, bodies.item_update(wanted), reason
        return Action.REUSE, {}, "It is replicated already."
