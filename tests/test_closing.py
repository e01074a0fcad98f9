"""What is told at the end: when the next drill is due, and what warns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from asr_tui import closing
from tests.screens import views_fixture as views


@pytest.mark.parametrize(
    ("tested", "due"), [("2026-01-15", "2026-07-15"), ("2026-08-31", "2027-02-28"), ("2026-12-31", "2027-06-30")]
)
def test_a_drill_is_due_after_six_months(tested: str, due: str) -> None:
    moment = datetime.fromisoformat(tested).replace(tzinfo=UTC)
    assert f"{closing.due(moment):%Y-%m-%d}" == due


def test_what_was_never_tested_is_late_or_ends_soon_warns() -> None:
    view = views.ready()
    now = datetime(2026, 3, 4, tzinfo=UTC)
    items = views.items(done=True)
    told = (
        items[0].model_copy(update={"last_tested": now - timedelta(days=400)}),
        items[1].model_copy(update={"certificate_expires": now + timedelta(days=20)}),
    )
    shown = view.model_copy(
        update={
            "replication": view.replication.model_copy(update={"items": told}),
            "session": view.session.model_copy(update={"azure_now": now}),
        }
    )
    remarks = {remark.label: remark for remark in closing.remarks(shown) if remark.label}
    assert remarks["Next drill"].text == "now: never tested were web-02"
    assert (remarks["Certificates"].tone, "2026-03-24 (web-02)" in remarks["Certificates"].text) == ("warn", True)
    assert any("were due on 2025-07-28" in remark.text for remark in closing.remarks(shown))
    assert remarks["Agents"].text == "9.63.7187.1 on 2 VMs"
