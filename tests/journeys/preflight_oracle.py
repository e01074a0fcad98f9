"""Preflight held against its consequences: what the checks say of each VM, and what enabling it then does.

One estate is served by the emulator over TLS and read with the product's own reader; every check runs over it with a plan for
all VMs of the source region. Then replication is enabled for **every** VM on the same cloud, the blocked ones too, and what
each job ends with is compared with what was said of the VM before.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
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
from asr_tui.rules import catalogue, eligibility, guest_probe
from asr_tui.rules.changes import changes
from tests.emulator.conftest import Cloud

SOURCE, TARGET = "westeurope", "northeurope"
SPEED = 2000.0
"""Seconds of Azure in one of ours while guests are looked into."""

_PROBES_AT_ONCE = 12
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What preflight says of one VM: its blockers, and what it could not know, each by check."""

    blockers: Mapping[str, str]
    unknown: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Consequence:
    """How enabling one VM ended: the codes it failed with, none when it went well; what its item reports two days later."""

    codes: tuple[str, ...]
    health: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        return bool(self.codes)


@dataclass
class Comparison:
    """Forecasts and consequences of one estate, by the VM's name."""

    estate: str
    forecasts: dict[str, Forecast]
    consequences: dict[str, Consequence]
    plan_blockers: tuple[Finding, ...]
    later: Mapping[str, str]
    unforeseeable: Mapping[str, str] = field(default_factory=dict)

    def missed(self) -> dict[str, str]:
        """VMs of which nothing bad was said though enabling them fails."""
        return {
            name: ", ".join(after.codes)
            for name, after in self.consequences.items()
            if after.failed and not self._refused(name) and not self._told_unknown(name)
        }

    def told_unknown(self) -> dict[str, str]:
        """VMs that fail for a reason that preflight said it cannot see, so that they did not pass it either."""
        return {
            name: ", ".join(after.codes)
            for name, after in self.consequences.items()
            if after.failed and not self._refused(name) and self._told_unknown(name)
        }

    def false_alarms(self) -> dict[str, str]:
        """VMs that were blocked for enabling though it goes well."""
        return {
            name: ", ".join(sorted(self._refusing(name)))
            for name, after in self.consequences.items()
            if not after.failed and self._refused(name)
        }

    def blocked_for_later(self) -> dict[str, tuple[str, ...]]:
        """VMs that are blocked by nothing but what comes after enabling."""
        return {
            name: tuple(forecast.blockers)
            for name, forecast in self.forecasts.items()
            if forecast.blockers and not self._refused(name)
        }

    def _refusing(self, name: str) -> set[str]:
        return {check for check in self.forecasts[name].blockers if check not in self.later}

    def _refused(self, name: str) -> bool:
        return bool(self._refusing(name))

    def _told_unknown(self, name: str) -> bool:
        unknown = self.forecasts[name].unknown
        return all(self.unforeseeable.get(code) in unknown for code in self.consequences[name].codes)

    def failing(self) -> int:
        return sum(1 for after in self.consequences.values() if after.failed)


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


async def compare(
    estate: str, seed: int, folder: Path, later: Mapping[str, str], unforeseeable: Mapping[str, str]
) -> tuple[Comparison, Comparison, Comparison]:
    """Forecasts with everything preflight has, without the look into guests, and by our own rules alone; then the truth."""
    async with standing(estate, seed, folder) as stand:
        read = await read_estate(stand.clients, source_region=SOURCE, target_region=TARGET)
        vms = tuple(vm.id for vm in read.vms_in(SOURCE))
        plan = Plan(subscription=read.subscription.id, source_region=SOURCE, target_region=TARGET, vms=vms)
        told = replace(read, eligibility=await read_eligibility(stand.clients, vms))
        seen = replace(told, guests=await _look_inside(stand.clients, told))
        wanted = changes(seen, plan)
        kinds = (seen, told, replace(seen, eligibility=()))
        forecasts = [_forecast(each, plan) for each in kinds]
        truth = _enable(stand, [change for change in wanted if change.writes], vms)
        first, second, third = (
            Comparison(estate, said, truth, whole, later, unforeseeable) for said, whole in forecasts
        )
        return first, second, third


async def _look_inside(clients: Clients, estate: Estate) -> tuple[GuestFacts, ...]:
    """The guests' answers to the probe; a VM that does not take a run-command has none."""
    turn = asyncio.Semaphore(_PROBES_AT_ONCE)
    host = f"cache.blob.core.{SOURCE}.example.net"

    async def look(vm_id: str, os_type: str) -> GuestFacts | None:
        script = guest_probe.script(os_type, "login.microsoftonline.com", "stcache.blob.core.windows.net")
        async with turn:
            try:
                told = await run_command(clients, vm_id, guest_probe.COMMANDS[os_type], script.splitlines())
            except ProblemError:
                return None  # it is off or its agent silent: its guest stays unseen, as the checks will say
        return guest_probe.parse(vm_id, os_type, told.output)

    found = await asyncio.gather(*(look(vm.id, vm.os_type or "") for vm in estate.vms_in(SOURCE)))
    return tuple(each for each in found if each is not None)


def _forecast(estate: Estate, plan: Plan) -> tuple[dict[str, Forecast], tuple[Finding, ...]]:
    findings = eligibility.merge(each for _, found in catalogue.run_all(estate, plan) for each in found)
    verdicts = eligibility.verdicts(estate, plan, findings)
    said = {vm.id: Forecast({}, {}) for vm in estate.vms_in(SOURCE)}
    by_key = {arm_id.key(vm_id): forecast for vm_id, forecast in said.items()}
    for finding in findings:
        for vm_id in finding.vm_ids:
            forecast = by_key[arm_id.key(vm_id)]
            if finding.severity is Severity.BLOCKER:
                forecast.blockers[finding.check_id] = finding.evidence  # type: ignore[index]
            elif finding.severity is Severity.UNKNOWN:
                forecast.unknown[finding.check_id] = finding.evidence  # type: ignore[index]
    for key, forecast in by_key.items():
        assert verdicts[key].eligible == (not forecast.blockers)
    whole = tuple(each for each in findings if each.severity is Severity.BLOCKER and not each.vm_ids)
    return {arm_id.name(vm_id): forecast for vm_id, forecast in said.items()}, whole


# ---------------------------------------------------------------- the truth


def _enable(stand: Stand, writes: list[Change], vms: Collection[str]) -> dict[str, Consequence]:
    """Carry the set-up out, enable every VM, and see how it ended for each."""
    items = {arm_id.key(change.vm_id): change for change in writes if change.kind is Kind.ITEM and change.vm_id}
    assert items.keys() == {arm_id.key(vm_id) for vm_id in vms}, "the change set leaves VMs out"
    for change in writes:
        if change.kind is not Kind.ITEM:
            answer = _put(stand, change)
            assert answer.status in {200, 201, 202}, (change.name, answer.content)
            stand.clock.advance(300)
            stand.cloud.token = None
    answers = {key: _put(stand, change) for key, change in items.items()}
    stand.clock.advance(2 * _HOUR)
    stand.cloud.token = None
    found = {
        items[key].name: _codes(stand, answer.headers["x-ms-request-id"].rpartition("/")[2], items[key].resource_id)
        if answer.status == 202
        else (answer.code,)
        for key, answer in answers.items()
    }
    stand.clock.advance(2 * 24 * _HOUR)
    stand.cloud.token = None
    names = {change.name: arm_id.name(change.vm_id or "") for change in items.values()}
    health = {change.name: _health(stand, change.resource_id) for change in items.values() if not found[change.name]}
    return {names[name]: Consequence(codes, health.get(name, ())) for name, codes in found.items()}


def _put(stand: Stand, change: Change) -> Any:
    method = "POST" if change.kind is Kind.PROVIDER else "PUT"
    path = f"{change.resource_id}/register" if change.kind is Kind.PROVIDER else change.resource_id
    return stand.cloud.send(method, path, dict(change.body), version=versions.of_id(path))


def _codes(stand: Stand, job: str, item: str) -> tuple[str, ...]:
    vault = item.split("/replicationFabrics/")[0]
    answer = stand.cloud.get(f"{vault}/replicationJobs/{job}", version=versions.SITE_RECOVERY)
    job_body = answer.body["properties"]
    if job_body["state"] == "Succeeded":
        return ()
    assert job_body["state"] == "Failed", job_body
    return tuple(dict.fromkeys(_error_codes(job_body)))


def _error_codes(job: Mapping[str, Any]) -> Iterator[str]:
    for error in job["errors"]:
        yield str(error["serviceErrorDetails"]["code"])


def _health(stand: Stand, item: str) -> tuple[str, ...]:
    body = stand.cloud.get(item, version=versions.SITE_RECOVERY).body["properties"]
    return tuple(sorted({str(error["errorCode"]) for error in body.get("healthErrors") or ()}))


def tally(found: Mapping[str, str]) -> str:
    """``3x 150019, 1x 151037`` for VMs by their reason."""
    counted = Counter(found.values())
    return "; ".join(f"{count}x {reason}" for reason, count in counted.most_common())
