"""Step 3: outbound access of each source network, its target network, and the subnets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from asr_tui.session.intents import AskEffectiveRules, ChooseSubnet, MapNetwork, TakeFixes
from asr_tui.session.planning_views import NetworkRow, SubnetRow, TagRow
from asr_tui.wording import clean, count, cut
from screens.frame import StepScreen, step_bindings
from screens.widgets.blocks import Block, lines_of
from screens.widgets.columns import Column
from screens.widgets.dialogs import Card, Choice, Form, Pick, Question
from screens.widgets.lines import Line, Pane
from screens.widgets.network_cards import aside_block, connection_blocks, interface_blocks, opinion_blocks, rule_blocks
from screens.widgets.table import Table
from screens.widgets.tones import VERDICTS, says, tone_of

if TYPE_CHECKING:
    from asr_tui.session.views import View

_NEW = "+new"
_BY_RULE = "+rule"
_LABEL = 13
_WORST_FIRST = ("denied", "partial", "unknown", "allowed")


class NetworkingScreen(StepScreen):
    """Networks above; for the highlighted one its outbound verdicts and its subnets below."""

    BINDINGS = step_bindings("networking")
    IDENT = "networking"
    TITLE_TEXT = "Networking"
    PURPOSE = (
        "See whether each network can reach what replication needs, and why not. "
        "Choose target networks and subnets; nothing is created before the review."
    )
    SECTIONS = frozenset({"networking"})
    PAGE = "https://learn.microsoft.com/azure/site-recovery/azure-to-azure-about-networking"
    WORDS = (
        ("Service tag", "a name for the addresses of an Azure service, used in security rules"),
        ("NSG", "network security group: rules on a NIC or a subnet; the lowest priority number that fits decides"),
        ("Network mapping", "which target network stands for a source network after a failover"),
        ("Subnet rule", "the target subnet of the same name, else the first one in the alphabet"),
    )

    def body(self) -> Iterable[Widget]:
        """Networks, tags, subnets."""
        networks = (
            Column[NetworkRow]("Source network", lambda row: row.name, 18, grow=2),
            Column[NetworkRow]("Addresses", lambda row: row.address_space, 15, grow=1, drop=3),
            Column[NetworkRow]("VMs", lambda row: str(row.vms), 4, align="right", drop=4),
            Column[NetworkRow]("Outbound", _outbound, 11, tone=lambda row: tone_of(VERDICTS, _verdict(row))),
            Column[NetworkRow]("Target network", _target, 22, grow=2),
        )
        tags = (
            Column[TagRow]("Verdict", lambda row: says(VERDICTS, row.verdict), 9, tone=_tag_tone),
            Column[TagRow]("Service tag", lambda row: row.tag, 22, grow=1),
            Column[TagRow]("Port", lambda row: row.port, 5, drop=1),
            Column[TagRow]("Deciding rule", lambda row: row.deciding_rule, 22, grow=3),
            Column[TagRow]("At", lambda row: " ".join((row.level, row.subject)).strip(), 12, grow=1, drop=3),
            Column[TagRow]("For", lambda row: row.purpose, 20, grow=2, drop=4),
        )
        subnets = (
            Column[SubnetRow]("Source subnet", lambda row: row.source, 16, grow=2),
            Column[SubnetRow]("VMs", lambda row: str(row.vms), 4, align="right", drop=2),
            Column[SubnetRow]("Target subnet", lambda row: row.target or "▲ none", 16, grow=2),
            Column[SubnetRow]("Why", lambda row: row.why, 24, grow=3, drop=1, tone=lambda _row: "dim", prose=True),
        )
        yield Table(networks, lambda row: row.id, noun="network", id="networks")
        yield Pane(self._remarks, id="network-remarks")
        yield Table(tags, lambda row: f"{row.tag}|{row.subject}|{row.level}", noun="tag", id="tags")
        yield Table(subnets, lambda row: row.source, noun="subnet", id="subnets", classes="fill")

    def show(self, view: View) -> None:
        """Show the networks."""
        empty = "No network: choose source and target first (step 1)."
        if view.session.source_region and view.session.estate_read_at is None:
            empty = self.once_read("Reading networks ...")
        elif view.session.source_region:
            empty = "No network of the source region holds a VM of the plan."
        self.query_one("#networks", Table).show(view.networking.networks, empty=empty)
        self._show_network()

    def _network(self) -> NetworkRow | None:
        row = self.query_one("#networks", Table).row
        return row if isinstance(row, NetworkRow) else None

    def _show_network(self) -> None:
        network = self._network()
        self.query_one("#tags", Table).show(_worst_first(network) if network else (), empty="No verdict yet.")
        self.query_one("#subnets", Table).show(network.subnets if network else (), empty="No subnet yet.")
        self.query_one("#network-remarks", Pane).redraw()

    @on(Table.Moved, "#networks")
    def _moved(self) -> None:
        self._show_network()

    def _remarks(self, cells: int) -> list[Line]:
        network = self._network()
        if network is None:
            return []
        ok = {True: "✓ ", False: "✗ ", None: "? "}[network.egress_ok]
        tone = {True: "dim", False: "bad", None: "warn"}[network.egress_ok]
        blocks = []
        if network.egress:
            blocks.append(Block(ok + network.egress, "Way out", tone))
        if network.remark:
            blocks.append(Block("▲ " + network.remark, "Mapping", "warn"))
        if network.not_carried:
            blocks.append(Block(", ".join(network.not_carried), "Not carried", "dim"))
        aside = aside_block(self.view.networking, network) if self.view else None
        blocks += [aside] if aside else []
        # One line each, where there is room two; Enter shows all of it.
        room = cells - _LABEL
        if self.app.size.height >= 34:
            room += room - 12  # what breaking at blanks may leave empty
        short = [Block(cut(clean(block.text), room), block.label, block.tone) for block in blocks]
        return lines_of(short, cells, _LABEL)

    def highlighted(self) -> tuple[str, list[Block]] | None:
        """The network, tag or subnet under the cursor."""
        network = self._network()
        if network is None:
            return None
        row = self.focused.row if isinstance(self.focused, Table) else None
        if isinstance(row, TagRow):
            return row.tag, _tag_blocks(row)
        if isinstance(row, SubnetRow):
            return row.source, [
                Block(row.target or "none", "Target"),
                Block(row.why, "Why"),
                Block(count(row.vms, "VM"), "Holds"),
                Block(", ".join(row.choices) or "none", "Choices"),
            ]
        return network.name, _network_blocks(network)

    @on(Table.Opened, "#networks")
    async def _open_network(self) -> None:
        await self.open_highlighted()

    @on(Table.Opened, "#tags")
    async def _open_tag(self) -> None:
        await self.open_highlighted()

    @on(Table.Opened, "#subnets")
    async def _open_subnet(self) -> None:
        await self.do_subnet()

    def refusal(self, action: str) -> str:
        """What needs a network or a subnet."""
        if action == "take-rules" and not (self.view and self.view.networking.missing):
            return "No security rule is missing."
        if action in {"map", "subnet", "opinion", "interfaces"} and self._network() is None:
            return "There is no network yet: choose the regions first (step 1)."
        if action == "interfaces" and not (self.view and self.view.networking.vms):
            return "There are too many VMs to list: select some first (step 5)."
        if action == "subnet" and self.query_one("#subnets", Table).row is None:
            return "This network has no subnet to map."
        return ""

    async def do_rules(self) -> None:
        """The rules that are missing, to be read and copied."""
        missing = self.view.networking.missing if self.view else ()
        await self.shell.dialog(Card("Missing security rules", rule_blocks(missing)))

    def do_take_rules(self) -> None:
        """Put all missing rules into the plan, or take them out."""
        view = self.view
        if view is None:
            return
        missing = {fix.key.lower(): fix.key for fix in view.networking.missing}
        others = [key for key in view.plan.fixes if key.lower() not in missing]
        taken = all(fix.taken for fix in view.networking.missing)
        self.submit(TakeFixes(keys=tuple(others) if taken else (*others, *missing.values())))
        where = "are out of the plan." if taken else "are in the plan: the review of step 5 shows them with all else."
        self.shell.say(f"{count(len(missing), 'rule')} {where}")

    async def do_opinion(self) -> None:
        """Pick a VM of this network and ask Azure about its interface; an answer that is there is shown."""
        view, network = self.view, self._network()
        if view is None or network is None:
            return
        known = {one.vm_id.lower(): one for one in view.networking.opinions}
        choices = [
            Choice(vm.id, vm.name, "asked already: shown" if vm.id.lower() in known else f"{vm.subnet}, {vm.power}")
            for vm in view.vms
            if vm.network.lower() == network.name.lower()
        ]

        async def picked(vm_id: object) -> None:
            if not isinstance(vm_id, str):
                return
            opinion = known.get(vm_id.lower())
            if opinion is not None and opinion.state == "done":
                heading = f"Azure on {opinion.vm_name} ({opinion.interface})"
                await self.shell.dialog(Card(heading, opinion_blocks(opinion)))
            else:
                self.submit(AskEffectiveRules(vm_id=vm_id))

        await self.shell.dialog(Pick("Azure's rules for the interface of which VM?", choices), picked)

    async def do_interfaces(self) -> None:
        """Pick a VM of this network and see where its interfaces go, and what stays behind."""
        view, network = self.view, self._network()
        if view is None or network is None:
            return
        rows = {row.vm_id: row for row in view.networking.vms if row.network_id.lower() == network.id.lower()}
        choices = [
            Choice(
                row.vm_id,
                row.name,
                f"{count(len(row.interfaces), 'interface')}, {count(len(row.not_carried), 'thing')} left behind",
            )
            for row in rows.values()
        ]

        async def picked(vm_id: object) -> None:
            if isinstance(vm_id, str):
                row = rows[vm_id]
                await self.shell.dialog(Card(f"Interfaces of {row.name}", interface_blocks(row)))

        await self.shell.dialog(Pick(f"Interfaces of which VM of {network.name}?", choices), picked)

    async def do_on_premises(self) -> None:
        """Gateways, circuits, connections, peerings and overlaps."""
        if self.view is not None:
            await self.shell.dialog(Card("Ways to on-premises", connection_blocks(self.view.networking)))

    async def do_map(self) -> None:
        """Choose the target network."""
        network = self._network()
        if network is None:
            return
        new = Choice(_NEW, "Create a new network", "same addresses as the source unless you say otherwise")
        options = [
            Choice(option.id, option.name, ", ".join(part for part in (option.address_space, option.remark) if part))
            for option in network.options
        ]
        current = _NEW if network.target_is_new else network.target_id
        pick = Pick(f"Target network for {network.name}", [new, *options], current=current)

        async def chosen(key: object) -> None:
            if key == _NEW:
                await self._name_network(network)
            elif isinstance(key, str):
                self.submit(MapNetwork(source_network_id=network.id, target_id=key))

        await self.shell.dialog(pick, chosen)

    async def _name_network(self, network: NetworkRow) -> None:
        name = network.target_name if network.target_is_new else ""
        plan = self.view.plan.networks.get(network.id.lower()) if self.view else None
        questions = [
            Question("name", "Name", name or f"{network.name}-asr", limit=64),
            Question("group", "Resource group", plan.create_group if plan else "", "by the rule when empty", 90),
            Question("space", "Address space", network.target_address_space or network.address_space, "10.1.0.0/16"),
        ]
        form = Form(f"New target network for {network.name}", questions, judge=_judge_network)

        def answered(values: object) -> None:
            if isinstance(values, dict):
                space = tuple(part.strip() for part in values["space"].split(",") if part.strip())
                self.submit(
                    MapNetwork(
                        source_network_id=network.id,
                        create_name=values["name"],
                        create_group=values["group"],
                        address_space=space,
                    )
                )

        await self.shell.dialog(form, answered)

    async def do_subnet(self) -> None:
        """Choose the target subnet."""
        network, row = self._network(), self.query_one("#subnets", Table).row
        if network is None or row is None:
            return
        rule = Choice(_BY_RULE, "By the service's rule", "the subnet of the same name, else the first one")
        choices = [rule, *(Choice(name, name) for name in row.choices)]

        def chosen(key: object) -> None:
            if isinstance(key, str):
                target = "" if key == _BY_RULE else key
                self.submit(ChooseSubnet(source_network_id=network.id, source_subnet=row.source, target_subnet=target))

        await self.shell.dialog(Pick(f"Target subnet for {row.source}", choices, current=row.target), chosen)


def _worst_first(network: NetworkRow) -> Sequence[TagRow]:
    known = {verdict: place for place, verdict in enumerate(_WORST_FIRST)}
    return sorted(network.tags, key=lambda row: known.get(row.verdict, len(known)))


def _judge_network(values: dict[str, str]) -> str:
    return "" if values["name"] else "The new network needs a name."


def _verdict(row: NetworkRow) -> str:
    verdicts = {tag.verdict for tag in row.tags}
    for verdict in ("denied", "partial", "unknown"):
        if verdict in verdicts:
            return verdict
    return "allowed" if verdicts else "unknown"


def _outbound(row: NetworkRow) -> str:
    return says(VERDICTS, _verdict(row))


def _target(row: NetworkRow) -> str:
    if not row.target_name:
        return "▲ not chosen"
    return f"{'+' if row.target_is_new else '='} {row.target_name}"


def _tag_tone(row: TagRow) -> str:
    return tone_of(VERDICTS, row.verdict)


def _tag_blocks(row: TagRow) -> list[Block]:
    return [
        Block(says(VERDICTS, row.verdict), "Verdict", tone_of(VERDICTS, row.verdict)),
        Block(row.purpose, "Needed for"),
        Block(row.port, "Port"),
        Block(row.deciding_rule, "Decided by"),
        Block(f"{row.level} {row.subject}".strip() or "-", "At"),
    ]


def _network_blocks(row: NetworkRow) -> list[Block]:
    target = f"{row.target_name or 'not chosen'} ({'will be created' if row.target_is_new else 'exists'})"
    blocks = [
        Block(row.address_space, "Addresses"),
        Block(row.resource_group, "Group"),
        Block(count(row.vms, "VM"), "Holds"),
        Block(row.egress or "not known", "Way out"),
        Block(target, "Target"),
        Block(row.target_address_space or "-", "Its addresses"),
    ]
    if row.remark:
        blocks.append(Block(row.remark, "Remark", "warn"))
    for thing in row.not_carried:
        blocks.append(Block(thing, "Not carried"))
    blocks.append(Block(row.id, "Id", "dim"))
    return blocks
