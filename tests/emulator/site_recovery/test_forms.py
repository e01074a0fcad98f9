"""Small forms: times, ids, addresses and filters as the service writes and reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr_tui.emulator.site_recovery import addressing, filters, timeline
from asr_tui.emulator.site_recovery import identifiers as ids
from asr_tui.emulator.site_recovery.timestamps import loaded, precise, saved, ticks, whole

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(MOMENTS)
def test_times_have_up_to_seven_digits_and_no_trailing_zero(moment: datetime) -> None:
    text = precise(moment)
    assert text.endswith("Z")
    fraction = text[:-1].partition(".")[2]
    assert len(fraction) <= 7
    assert not fraction.endswith("0")
    read = datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00") if fraction else datetime.fromisoformat(text)
    assert abs(read - moment) < timedelta(microseconds=1)
    assert loaded(saved(moment)) == moment
    assert datetime.fromisoformat(whole(moment)) == moment.replace(microsecond=0)


def test_ticks_are_those_of_dotnet() -> None:
    assert ticks(datetime(2025, 12, 15, 7, 10, 32, tzinfo=UTC)) == 639013794320000000


def test_ids_change_their_first_letter_between_services() -> None:
    vault = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v"
    assert ids.site_recovery(vault) == "/S" + vault[2:]
    assert ids.other_service(ids.site_recovery(vault)) == vault
    assert ids.resource_group(vault) == "/subscriptions/s/resourceGroups/rg"
    assert ids.same(vault.upper(), vault + "/")
    assert not ids.same(None, vault)


SUBNET = {
    "name": "a",
    "id": "/subscriptions/s/x/subnets/a",
    "properties": {"addressPrefix": "10.0.0.0/24", "delegations": []},
}


@pytest.mark.parametrize(
    ("wish", "used", "address"),
    [
        (addressing.Wish("10.0.0.9"), (), "10.0.0.9"),
        (addressing.Wish("10.0.0.9"), ("10.0.0.9",), "10.0.0.4"),
        (addressing.Wish("10.0.0.9", keep_last=True), ("10.0.0.9",), "10.0.0.254"),
        (addressing.Wish("192.168.0.9"), (), "10.0.0.4"),
        (addressing.Wish("10.0.0.9", explicit="10.0.0.77"), (), "10.0.0.77"),
        (addressing.Wish("10.0.0.9", explicit="10.0.0.77"), ("10.0.0.77", "10.0.0.9"), None),
        (addressing.Wish("10.0.0.2"), (), "10.0.0.4"),
        (addressing.Wish("10.0.0.255", keep_last=True), (), "10.0.0.254"),
    ],
)
def test_addresses_follow_the_published_rules(
    wish: addressing.Wish, used: tuple[str, ...], address: str | None
) -> None:
    assert addressing.choose(SUBNET, wish, {IPv4Address(text) for text in used}) == address


def test_the_subnet_of_the_same_name_is_taken_else_the_first_by_alphabet() -> None:
    names = ("GatewaySubnet", "snet-b", "snet-a")
    vnet = {"properties": {"subnets": [{**SUBNET, "name": name} for name in names]}}
    assert addressing.subnet_for(vnet, "SNET-B")["name"] == "snet-b"  # type: ignore[index]
    assert addressing.subnet_for(vnet, "other")["name"] == "snet-a"  # type: ignore[index]
    assert addressing.subnet_for({"properties": {"subnets": []}}, "x") is None


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", True),
        ("startTime ge 2026-03-02T09:00:00Z", True),
        ("startTime ge '2026-03-02T10:00:00.1234567Z'", False),
        ("startTime le datetime'2026-03-02T10:00:00'", True),
        ("startTime ge '3/2/2026 9:00:00 AM'", True),
        ("startTime ge '2026-03-02T12:00:00+02:00'", False),
        ("jobStatus eq 'failed'", True),
        ("jobStatus eq 'Succeeded' or jobStatus eq 'Failed'", True),
        ("endTime le '2030-01-01T00:00:00Z'", False),
    ],
)
def test_filters_read_times_in_every_form(text: str, passes: bool) -> None:
    facts = {"starttime": "2026-03-02T09:30:00Z", "jobstatus": "Failed", "endtime": None}
    assert filters.passes(text, facts) is passes


def test_a_timeline_folds_what_has_come_and_forgets_what_is_dropped() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    record = {"base": {"stage": "a"}, "changes": []}
    timeline.add(record, now, timeline.change(now + timedelta(hours=1), "job-1", stage="b"))
    timeline.add(record, now, timeline.change(now + timedelta(hours=2), None, stage="c"))
    later = now + timedelta(hours=3)
    assert timeline.state(record, now)["stage"] == "a"
    assert timeline.state(record, later)["stage"] == "c"
    timeline.drop(record, now, "job-1")
    assert timeline.state(record, now + timedelta(minutes=90))["stage"] == "a"
    timeline.add(record, later)
    assert record == {"base": {"stage": "c"}, "changes": []}
