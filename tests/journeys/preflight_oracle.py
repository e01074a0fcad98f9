"""Preflight held against its consequences: what the checks say of each VM, and what enabling it then does.

One estate is served by the emulator over TLS and read with the product's own reader; every check runs over it with a plan for
all VMs of the source region. Then replication is enabled for **every** VM on the same cloud, the blocked ones too, and what
each job ends with is compared with what was said of the VM before.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from asr_tui.azure import cloud as clouds
from asr_tui.azure import versions
from asr_tui.azure.actions import run_command
from asr_tui.azure.clients import Clients
from asr_tui.azure.connection import open_cloud
from asr_tui.azure.credentials import ENVIRONMENT
from asr_tui.azure.device_code import DeviceCode
from asr_tui.azure.estate_reader import read_estate
from asr_tui.azure.rights import read_replica_verdicts
from asr_tui.azure.vm_reader import read_eligibility
from asr_tui.emulator import catalogue as operations
from asr_tui.emulator import certificates, estates
from asr_tui.emulator.call import Settings
from asr_tui.emulator.clock import Clock
from asr_tui.emulator.emulator import Emulator
from asr_tui.emulator.server import EmulatorServer, listening_socket
from asr_tui.emulator.store import Store
from asr_tui.emulator.tenancy import practice
from asr_tui.model import arm_id
from asr_tui.model.change import Change, Kind
from asr_tui.model.estate import Estate
from asr_tui.model.finding import Finding, Severity
from asr_tui.model.guest import GuestFacts
from asr_tui.model.plan import Plan
from asr_tui.model.problem import ProblemError
from asr_tui.rules import catalogue, eligibility, guest_probe, replica_kinds
from asr_tui.rules.changes import changes
from tests.emulator.conftest import Answer, Cloud

SOURCE, TARGET = "westeurope", "northeurope"
SPEED = 2000.0
"""Seconds of Azure in one of ours while guests are looked into."""

_PROBES_AT_ONCE = 12
_HOSTS = (
    "login.microsoftonline.com",
    "stcache.blob.core.windows.net",
    "pod01-rcm1.neu.hypervrecoverymanager.windowsazure.com",
)
_SILENT = "VMAgentStatusCommunicationError"
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What preflight says of one VM: its blockers, and what it could not know, each by check."""

    blockers: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Consequence:
    """How enabling one VM ended: the codes it failed with, none when it went well; what its item reports two days later."""

    codes: tuple[str, ...]
    health: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        return bool(self.codes)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Forecasts and consequences of one estate, by the VM's name.

    Attributes:
        plan_blockers: what stands against the whole plan, so that no VM of it passes.
        later: checks whose consequence comes after enabling.
        unseen: codes whose cause shows nowhere, with the check that says that it does not know.
    """

    forecasts: Mapping[str, Forecast]
    consequences: Mapping[str, Consequence]
    plan_blockers: tuple[Finding, ...]
    later: Collection[str]
    unseen: Mapping[str, str]

    def missed(self) -> dict[str, str]:
        """VMs that passed though enabling them fails, with the codes."""
        return {name: codes for name, codes in self._surprising().items() if not self._told_unknown(name)}

    def told_unknown(self) -> dict[str, str]:
        """VMs that fail for a reason of which preflight said that it cannot see it: not blocked, but not passed either."""
        return {name: codes for name, codes in self._surprising().items() if self._told_unknown(name)}

    def false_alarms(self) -> dict[str, str]:
        """VMs that were blocked though enabling them works, with the checks."""
        return {
            name: ", ".join(sorted(self._refusing(name)))
            for name, after in self.consequences.items()
            if not after.failed and self._refusing(name)
        }

    def blocked_for_later(self) -> dict[str, tuple[str, ...]]:
        """VMs that nothing blocks but what comes after enabling, with the checks."""
        return {
            name: tuple(forecast.blockers)
            for name, forecast in self.forecasts.items()
            if forecast.blockers and not self._refusing(name)
        }

    def passing(self) -> tuple[str, ...]:
        """VMs that may be enabled by what was said of them."""
        return tuple(name for name in self.forecasts if not self.plan_blockers and not self._refusing(name))

    def failing(self) -> int:
        """How many VMs fail to be enabled."""
        return sum(1 for after in self.consequences.values() if after.failed)

    def _surprising(self) -> dict[str, str]:
        passing = set(self.passing())
        return {n: ", ".join(after.codes) for n, after in self.consequences.items() if after.failed and n in passing}

    def _refusing(self, name: str) -> set[str]:
        return {check for check in self.forecasts[name].blockers if check not in self.later}

    def _told_unknown(self, name: str) -> bool:
        unknown = self.forecasts[name].unknown
        return all(self.unseen.get(code) in unknown for code in self.consequences[name].codes)


@dataclass(frozen=True, slots=True)
class Measured:
    """One estate, compared three times.

    Attributes:
        full: with all that preflight has.
        blind: without the look into the guests, where what only they show is told as unknown.
        own_rules: without the service's own verdict on each VM.
    """

    full: Comparison
    blind: Comparison
    own_rules: Comparison

    def each(self) -> tuple[Comparison, ...]:
        return (self.full, self.blind, self.own_rules)

    def row(self, name: str, seed: int) -> str:
        """A line of the table of rates."""
        full, vms = self.full, len(self.full.consequences)
        seeded = f" seed {seed}" if seed else ""
        return (
            f"preflight {name}{seeded}: {vms} VMs, {full.failing()} fail to enable; "
            f"missed {len(full.missed())} ({len(full.missed()) / vms:.1%}) {tally(full.missed())}; "
            f"false alarms {len(full.false_alarms())} ({len(full.false_alarms()) / vms:.1%}) "
            f"{tally(full.false_alarms())}; blocked for later {len(full.blocked_for_later())}; "
            f"told unknown {len(full.told_unknown())}; guests not looked into: {len(self.blind.missed())} of the failing "
            f"unknown; without the service's verdict: missed {len(self.own_rules.missed())}, "
            f"false alarms {len(self.own_rules.false_alarms())}"
        )


def _no_code(code: DeviceCode) -> None:
    raise AssertionError(f"nobody asked for the device code {code.code}")


@dataclass
class Stand:
    """A served cloud and the ways to it: the SDK's clients, and calls without sockets."""

    cloud: Cloud
    clock: Clock
    clients: Clients


@asynccontextmanager
async def standing(estate: str, seed: int, folder: Path) -> AsyncIterator[Stand]:
    """Serve ``estate`` on this loop until the end of the block."""
    operations.load()
    store, clock = Store(None), Clock.starting_now(SPEED)
    source = estates.load(estate, seed)
    with store.transaction():
        source.populate(store, clock.now())
        store.put_fact("estate", source.name)
        store.put_fact("seed", seed)
    bound = listening_socket("127.0.0.1", 0)
    address = f"https://127.0.0.1:{bound.getsockname()[1]}"
    emulator = Emulator(store, clock, Settings(base_url=address, speed=SPEED, strict=True))
    authority = certificates.authority(store)
    bundle = folder / "ca.pem"
    bundle.write_bytes(authority.cert_pem.bytes())
    server = EmulatorServer(emulator, bound, certificates.server_context(authority, ["127.0.0.1", "localhost"]))
    await server.start()
    account = practice(store)
    environ = {
        "ASR_TUI_ARM_ENDPOINT": address,
        "AZURE_AUTHORITY_HOST": address,
        "REQUESTS_CA_BUNDLE": str(bundle),
        "AZURE_TENANT_ID": account.tenant,
        "AZURE_CLIENT_ID": account.client_id,
        "AZURE_CLIENT_SECRET": account.client_secret,
        "AZURE_SUBSCRIPTION_ID": account.subscription,
    }
    try:
        async with await open_cloud(
            clouds.practice(environ),
            ENVIRONMENT,
            environ=environ,
            on_device_code=_no_code,
            subscription_id=account.subscription,
        ) as clients:
            yield Stand(Cloud(emulator, clock, account), clock, clients)  # type: ignore[arg-type]
    finally:
        await server.stop()
        store.close()


async def measure(
    estate: str, seed: int, folder: Path, later: frozenset[str], unseen: Mapping[str, str], **wishes: Any
) -> Measured:
    """What preflight says of every VM of ``estate``, and what enabling each of them then does.

    Args:
        estate: a name, the path of an estate's file, or ``generated:N``.
        folder: where the certificate goes.
        later, unseen: see :class:`Comparison`.
        wishes: fields of the plan.
    """
    async with standing(estate, seed, folder) as stand:
        read = await read_estate(stand.clients, source_region=SOURCE, target_region=TARGET)
        vms = tuple(vm.id for vm in read.vms_in(SOURCE))
        plan = Plan(subscription=read.subscription.id, source_region=SOURCE, target_region=TARGET, vms=vms, **wishes)
        told = replace(
            read,
            eligibility=await read_eligibility(stand.clients, vms),
            replica_verdicts=await read_replica_verdicts(stand.clients, replica_kinds.wanted(read, plan), TARGET),
        )
        seen = replace(told, guests=await _look_inside(stand.clients, told))
        forecasts = [_forecast(each, plan) for each in (seen, told, replace(seen, eligibility=()))]
        watched = {name for name, said in forecasts[0][0].items() if not later.isdisjoint(said.blockers)}
        truth = _enable(stand, [change for change in changes(seen, plan) if change.writes], vms, watched)
    full, blind, own_rules = (Comparison(said, truth, whole, later, unseen) for said, whole in forecasts)
    return Measured(full, blind, own_rules)


async def _look_inside(clients: Clients, estate: Estate) -> tuple[GuestFacts, ...]:
    """The guests' answers to the probe; a VM that does not take a run-command has none."""
    turn = asyncio.Semaphore(_PROBES_AT_ONCE)

    async def look(vm_id: str, os_type: str) -> GuestFacts | None:
        script = guest_probe.script(os_type, *_HOSTS)
        async with turn:
            try:
                told = await run_command(clients, vm_id, guest_probe.COMMANDS[os_type], script.splitlines())
            except ProblemError as error:
                if error.problem.code == _SILENT:
                    return guest_probe.silent(vm_id, os_type)
                return None  # it is off, or takes no commands: its guest stays unseen, as the checks will say
        return guest_probe.parse(vm_id, os_type, told.output)

    found = await asyncio.gather(*(look(vm.id, vm.os_type or "") for vm in estate.vms_in(SOURCE)))
    return tuple(each for each in found if each is not None)


def _forecast(estate: Estate, plan: Plan) -> tuple[dict[str, Forecast], tuple[Finding, ...]]:
    findings = eligibility.merge(each for _, found in catalogue.run_all(estate, plan) for each in found)
    verdicts = eligibility.verdicts(estate, plan, findings)
    said = {vm.id: Forecast() for vm in estate.vms_in(SOURCE)}
    by_key = {arm_id.key(vm_id): forecast for vm_id, forecast in said.items()}
    for finding in findings:
        for vm_id in finding.vm_ids:
            forecast = by_key[arm_id.key(vm_id)]
            if finding.severity is Severity.BLOCKER:
                forecast.blockers[finding.check_id] = finding.evidence
            elif finding.severity is Severity.UNKNOWN:
                forecast.unknown[finding.check_id] = finding.evidence
    for key, forecast in by_key.items():
        assert verdicts[key].eligible == (not forecast.blockers)
    whole = tuple(each for each in findings if each.severity is Severity.BLOCKER and not each.vm_ids)
    return {arm_id.name(vm_id): forecast for vm_id, forecast in said.items()}, whole


# ---------------------------------------------------------------- the truth


def _enable(
    stand: Stand, writes: list[Change], vms: Collection[str], watched: Collection[str]
) -> dict[str, Consequence]:
    """Carry the set-up out, enable every VM, and see how it ended; of the ``watched`` ones also how they are days later."""
    items = {arm_id.name(change.vm_id): change for change in writes if change.kind is Kind.ITEM and change.vm_id}
    assert items.keys() == {arm_id.name(vm_id) for vm_id in vms}, "the change set leaves VMs out"
    for change in writes:
        if change.kind is not Kind.ITEM:
            answer = _put(stand, change)
            if answer.status not in {200, 201, 202}:
                return dict.fromkeys(items, Consequence((answer.code,)))  # without it no VM can be enabled
            _pass_time(stand, 300)
    answers = {name: _put(stand, change) for name, change in items.items()}
    _pass_time(stand, 2 * _HOUR)
    codes = {name: _ended(stand, answer, items[name].resource_id) for name, answer in answers.items()}
    _pass_time(stand, 48 * _HOUR)
    return {
        name: Consequence(found, _health(stand, items[name].resource_id) if name in watched and not found else ())
        for name, found in codes.items()
    }


def _pass_time(stand: Stand, seconds: float) -> None:
    stand.clock.advance(seconds)
    stand.cloud.token = None  # the old one has expired


def _put(stand: Stand, change: Change) -> Answer:
    method = "POST" if change.kind is Kind.PROVIDER else "PUT"
    path = f"{change.resource_id}/register" if change.kind is Kind.PROVIDER else change.resource_id
    return stand.cloud.send(method, path, dict(change.body), version=versions.of_id(path))


def _ended(stand: Stand, answer: Answer, item: str) -> tuple[str, ...]:
    """The codes with which enabling ended: those of its job, or of the refusal; none when it went well."""
    if answer.status != 202:
        return (answer.code,)
    vault = item.split("/replicationFabrics/")[0]
    name = answer.headers["x-ms-request-id"].rpartition("/")[2]
    job = stand.cloud.get(f"{vault}/replicationJobs/{name}", version=versions.SITE_RECOVERY).body["properties"]
    assert job["state"] in {"Succeeded", "Failed"}, job
    found = (str(error["serviceErrorDetails"]["code"]) for error in job["errors"])
    return tuple(dict.fromkeys(found)) if job["state"] == "Failed" else ()


def _health(stand: Stand, item: str) -> tuple[str, ...]:
    body = stand.cloud.get(item, version=versions.SITE_RECOVERY).body["properties"]
    return tuple(sorted({str(error["errorCode"]) for error in body.get("healthErrors") or ()}))


def tally(found: Mapping[str, str]) -> str:
    """``3x 150019, 1x 151037`` for VMs by their reason."""
    counted = Counter(found.values())
    return "; ".join(f"{count}x {reason}" for reason, count in counted.most_common())
