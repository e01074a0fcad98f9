"""Steps 1 to 3 of the interview: they look and choose, and write nothing to Azure."""

from __future__ import annotations

from asr_tui.plain import reports
from asr_tui.plain.asking import repairing
from asr_tui.plain.asking.interview import Action, Interview
from asr_tui.plain.asking.prompt import Choice
from asr_tui.session import intents
from asr_tui.session.planning_views import FindingRow, NetworkRow, RegionRow
from asr_tui.wording import count

SEVERITIES = ("blocker", "unknown", "warning", "info")


async def architecture(interview: Interview) -> str:
    """Step 1: the regions, and what stands where."""
    view = await interview.rest()
    session = view.session
    if view.plan.target_region:
        interview.prompt.say(
            f"From {session.source_region_title} to {session.target_region_title}: "
            f"{count(len(view.vms), 'VM')} in the source region."
        )
    else:
        interview.prompt.say("No regions are chosen yet.")
    actions = [
        Action("Choose source and target region", _choose_regions),
        Action("Read what stands where, and how replication and failover run", _read_diagram),
        Action("Read the estate from Azure again", _read_estate),
    ]
    return await interview.menu(view.steps[0].step, actions, None if view.plan.target_region else 0)


async def _choose_regions(interview: Interview) -> None:
    view = interview.view
    if not view.architecture.sources:
        interview.prompt.say("No region of this subscription holds a VM that can be read.")
        for problem in view.problems:
            interview.prompt.say(problem.sentence())
        return
    most = max(view.architecture.sources, key=lambda row: row.vms)
    source = await interview.prompt.choose(
        "Source region", [_region(row) for row in view.architecture.sources], view.plan.source_region or most.name
    )
    if not await interview.send(intents.ChooseRegions(source=source, target="")):
        return
    view = await interview.rest()
    possible = [row for row in view.architecture.targets if not row.refused]
    default = next((row.name for row in possible if row.paired), possible[0].name if possible else "")
    target = await interview.prompt.choose(
        "Target region", [_region(row) for row in view.architecture.targets], default
    )
    if await interview.send(intents.ChooseRegions(source=source, target=target)):
        await interview.rest()


def _region(row: RegionRow) -> Choice:
    parts = [row.title, f"({row.name})"]
    if row.vms:
        parts.append(count(row.vms, "VM"))
    if row.paired:
        parts.append("paired")
    if row.remark:
        parts.append(row.remark)
    return Choice(row.name, " ".join(parts), row.refused)


async def _read_diagram(interview: Interview) -> None:
    architecture = interview.view.architecture
    for side in ("source", "vault", "target"):
        interview.prompt.say(f"{side.capitalize()}:")
        for node in architecture.nodes:
            if node.side == side:
                detail = f": {node.detail}" if node.detail else ""
                interview.prompt.say(f"  {node.kind} {node.title} ({node.state}){detail}")
    for number, flow in enumerate(architecture.flows, 1):
        interview.prompt.say(f"  {number}. {flow}")


async def _read_estate(interview: Interview) -> None:
    if await interview.send(intents.ReadEstate()):
        await interview.rest()


async def prerequisites(interview: Interview) -> str:
    """Step 2: run the checks and read what they found."""
    view = await interview.rest()
    found = view.prerequisites
    if found.state == "idle":
        await _run_checks(interview)
        found = interview.view.prerequisites
    eligible = sum(1 for row in interview.view.vms if row.eligible)
    interview.prompt.say(
        f"{count(found.total, 'check')}: {count(found.blockers, 'blocker')}, {count(found.warnings, 'warning')}, "
        f"{found.unknowns} not evaluated, {found.infos} for information. "
        f"{eligible} of {count(len(interview.view.vms), 'VM')} can be protected."
    )
    actions = [
        Action("Read the findings of one severity", _by_severity),
        Action("Read the findings of one VM", _by_vm),
        Action("Which VMs can be protected, and why the others cannot", _eligibility),
        Action("Run one check again", _run_one),
        Action("Read Azure again and run all checks", _run_all_again),
        Action("Accept a finding, with a reason", _accept),
        Action("Read the findings by cause, and put repairs into the plan", repairing.repair),
        Action("Look into the guests with a read-only script", repairing.probe),
        Action("Confirm by your word what a check cannot see, or take that back", repairing.attest),
        Action("Name published lists of supported kernels", repairing.name_kernel_lists),
        Action("What this account lacks, and a role that would give it", repairing.read_rights),
    ]
    return await interview.menu(view.steps[1].step, actions, None)


async def _run_checks(interview: Interview, intent: intents.RunChecks | None = None) -> None:
    if await interview.send(intent or intents.RunChecks()):
        await interview.talk.until(
            lambda view: view.prerequisites.state == "done" and view.session.activity == "", "the checks"
        )


async def _run_all_again(interview: Interview) -> None:
    await _run_checks(interview, intents.RunChecks(reread=True))


async def _run_one(interview: Interview) -> None:
    choices = [
        Choice(row.id, f"{row.title} ({row.state}{f', {row.findings}' if row.findings else ''})")
        for row in interview.view.prerequisites.checks
    ]
    chosen = await interview.prompt.choose("Which check", choices)
    await _run_checks(interview, intents.RunChecks(check_id=chosen, reread=True))
    _tell(interview, [row for row in interview.view.prerequisites.findings if row.check_id == chosen])


async def _by_severity(interview: Interview) -> None:
    rows = interview.view.prerequisites.findings
    choices = [Choice(name, f"{name}: {sum(1 for row in rows if row.severity == name)}") for name in SEVERITIES]
    severity = await interview.prompt.choose("Which severity", choices, "blocker")
    _tell(interview, [row for row in rows if row.severity == severity])


async def _by_vm(interview: Interview) -> None:
    choices = [
        Choice(row.id, f"{row.name}: {count(row.blockers, 'blocker')}, {count(row.warnings, 'warning')}")
        for row in interview.view.vms
    ]
    chosen = (await interview.prompt.choose("Which VM", choices)).lower()
    rows = interview.view.prerequisites.findings
    _tell(interview, [row for row in rows if chosen in {vm.lower() for vm in row.vm_ids}])


def _tell(interview: Interview, rows: list[FindingRow]) -> None:
    if not rows:
        interview.prompt.say("No findings.")
    for row in rows:
        code = f" Prevents error {row.code}." if row.code else ""
        accepted = f" Accepted: {row.accepted}." if row.accepted else ""
        interview.prompt.say(f"{row.severity.upper()} {row.subject}: {row.title}.{code}{accepted}")
        interview.prompt.say(f"  Seen: {row.evidence}")
        if row.remedy:
            interview.prompt.say(f"  Remedy: {row.remedy}")
        if row.source:
            read_on = f", read on {row.source_read_on}" if row.source_read_on else ""
            interview.prompt.say(f"  Source: {row.source}{read_on}")


async def _eligibility(interview: Interview) -> None:
    for row in interview.view.vms:
        verdict = "can be protected" if row.eligible else f"cannot be protected: {row.why_not}"
        interview.prompt.say(f"  {row.name}: {verdict if row.eligible is not None else 'not checked yet'}")


async def _accept(interview: Interview) -> None:
    rows = [row for row in interview.view.prerequisites.findings if not row.accepted]
    choices = [Choice(row.key, f"{row.severity} {row.subject}: {row.title}") for row in rows]
    if not choices:
        interview.prompt.say("There is no finding to accept.")
        return
    key = await interview.prompt.choose("Which finding", choices)
    reason = await interview.prompt.ask("Your reason (it is kept with the plan)")
    await interview.send(intents.AcceptFinding(key=key, reason=reason))


async def networking(interview: Interview) -> str:
    """Step 3: what each network reaches, and where it is mapped to."""
    view = await interview.rest()
    for row in view.networking.networks:
        _tell_network(interview, row)
    if not view.networking.networks:
        interview.prompt.say("No source network holds a VM of the plan.")
    actions = [
        Action("Map a network to another target", _map_network),
        Action("Where the interfaces of one VM go, and what stays behind", _read_interfaces),
        Action("Choose another target subnet", _choose_subnet),
        Action("Read the security rules that are missing, as commands, and put them into the plan", repairing.rules),
        Action("Ask Azure which security rules it applies to a VM", repairing.ask_azure),
        Action("Read what connects on-premises, and what applies to it", repairing.read_connections),
    ]
    return await interview.menu(view.steps[2].step, actions if view.networking.networks else [], None)


def _tell_network(interview: Interview, row: NetworkRow) -> None:
    kind = "new" if row.target_is_new else "existing"
    say = interview.prompt.say
    say(f"Network {row.name} ({row.address_space}), {count(row.vms, 'VM')}:")
    say(f"  fails over into the {kind} network {row.target_name} ({row.target_address_space})")
    if row.remark:
        say(f"  remark: {row.remark}")
    if row.egress:
        say(f"  way out: {row.egress}")
    for tag in row.tags:
        where = f" for {tag.subject}" if tag.subject else ""
        say(f"  {tag.tag} port {tag.port}{where}: {tag.verdict}, by {tag.deciding_rule} ({tag.purpose})")
    for subnet in row.subnets:
        say(f"  subnet {subnet.source} to {subnet.target}: {subnet.why}")
    for omission in row.not_carried:
        say(f"  not carried over: {omission}")


async def _read_interfaces(interview: Interview) -> None:
    rows = {row.vm_id: row for row in interview.view.networking.vms}
    if not rows:
        interview.prompt.say("There are too many VMs to list: select some first (step 5).")
        return
    chosen = await interview.prompt.choose("Which VM", [Choice(row.vm_id, row.name) for row in rows.values()])
    for line in reports.interface_lines(rows[chosen]):
        interview.prompt.say(line)


async def _pick_network(interview: Interview) -> NetworkRow:
    rows = interview.view.networking.networks
    choices = [Choice(row.id, f"{row.name}, to {row.target_name}") for row in rows]
    chosen = await interview.prompt.choose("Which source network", choices, rows[0].id)
    return next(row for row in rows if row.id == chosen)


async def _map_network(interview: Interview) -> None:
    row = await _pick_network(interview)
    choices = [Choice("", "A new network")]
    choices += [
        Choice(option.id, f"{option.name} ({option.address_space}){f': {option.remark}' if option.remark else ''}")
        for option in row.options
    ]
    target = await interview.prompt.choose("Target network", choices, row.target_id)
    if target:
        accepted = await interview.send(intents.MapNetwork(source_network_id=row.id, target_id=target))
    else:
        name = await interview.prompt.ask("Name of the new network", row.target_name if row.target_is_new else "")
        accepted = await interview.send(intents.MapNetwork(source_network_id=row.id, create_name=name))
    if accepted:
        await interview.rest()


async def _choose_subnet(interview: Interview) -> None:
    row = await _pick_network(interview)
    subnets = [Choice(subnet.source, f"{subnet.source}, to {subnet.target}: {subnet.why}") for subnet in row.subnets]
    if not subnets:
        interview.prompt.say("This network has no subnet with VMs.")
        return
    source = await interview.prompt.choose("Which source subnet", subnets, subnets[0].value)
    chosen = next(subnet for subnet in row.subnets if subnet.source == source)
    targets = [Choice("", "By the service's rule")] + [Choice(name, name) for name in chosen.choices]
    target = await interview.prompt.choose("Target subnet", targets, "")
    await interview.send(intents.ChooseSubnet(source_network_id=row.id, source_subnet=source, target_subnet=target))
