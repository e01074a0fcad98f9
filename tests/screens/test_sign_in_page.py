"""The sign-in page with more tenants than a person can look through, some of them somebody else's."""

from __future__ import annotations

from base64 import b64encode

import pytest

from asr_tui.qr import qr_rows
from asr_tui.session.intents import ChooseSubscription, SignIn
from asr_tui.session.views import SubscriptionRow, TenantRow
from tests.screens import views_fixture as views
from tests.screens.harness import make_app, text_of
from tests.screens.memory_session import MemorySession
from tests.screens.pages import walk

CODE = "GH7K-Q2PX"


SHORT = "https://microsoft.com/devicelogin"
LONG = "https://login.some-region.stack.example/adfs/oauth2/deviceauth?tenant=8d3f6b21-4c9e-4a7d-b05f-1e62c8d94a37"


def asking(url: str = SHORT) -> views.View:
    """Somebody has to type a code."""
    sign_in = views.sign_in("signing-in").model_copy(update={"device_url": url})
    return views.empty().model_copy(update={"sign_in": sign_in})


def crowd() -> views.View:
    own = TenantRow(id="t-0", name="Contoso", domain="contoso.example")
    others = (
        TenantRow(id=f"t-{n}", name=f"Customer {n:04d}", domain=f"c{n}.example", guest=True) for n in range(1, 3000)
    )
    made = views.ready()
    return made.model_copy(
        update={
            "sign_in": views.sign_in().model_copy(update={"tenants": (own, *others), "chosen": "device-code"}),
            "session": made.session.model_copy(update={"tenant": "t-7", "principal": "ada@contoso.example"}),
        }
    )


async def test_a_tenant_of_thousands_is_found_by_its_name() -> None:
    link = MemorySession(crowd())
    app = make_app(link, theme="calm")
    async with app.run_test(size=(100, 30)) as pilot:
        await walk(pilot, "7")
        assert "guest in tenant Customer 0007" in text_of(pilot)
        await walk(pilot, "t")
        assert "guest, c7.example" in text_of(pilot) and "3,000" in text_of(pilot)
        await walk(pilot, "slash 2 7 1 8 enter")
        assert "Customer 2718" in text_of(pilot) and "Customer 0007" not in text_of(pilot)
        await walk(pilot, "enter")
        while not link.sent:
            await pilot.pause()
    assert link.sent == [SignIn(way="device-code", tenant="t-2718")]


async def test_a_subscription_of_thousands_is_found_by_its_name() -> None:
    """The focus goes to the list as soon as there is one; states other than Enabled are marked."""
    link = MemorySession(views.empty())
    app = make_app(link, theme="calm")
    rows = tuple(
        SubscriptionRow(id=f"s-{n}", name=f"team {n:04d}", state="PastDue" if n == 3 else "Enabled")
        for n in range(4000)
    )
    async with app.run_test(size=(100, 30)) as pilot:
        await walk(pilot, "7")
        signed_in = views.sign_in().model_copy(update={"subscriptions": rows})
        link.update(sign_in=signed_in)
        while "4,000" not in text_of(pilot):
            await pilot.pause()
        assert "▲ PastDue" in text_of(pilot)
        await walk(pilot, "slash 2 7 1 8 enter enter")
        while not link.sent:
            await pilot.pause()
    assert link.sent == [ChooseSubscription(subscription_id="s-2718")]


@pytest.mark.parametrize(
    ("url", "size", "drawn"), [(SHORT, (80, 24), True), (LONG, (80, 24), False), (LONG, (140, 50), True)]
)
async def test_the_address_is_drawn_where_it_fits(url: str, size: tuple[int, int], drawn: bool) -> None:
    """As a QR code in half blocks; the code itself and the time left show in any case."""
    app = make_app(MemorySession(asking(url)), theme="calm")
    async with app.run_test(size=size) as pilot:
        await walk(pilot, "7")
        text = text_of(pilot)
        assert " ".join(CODE) in text and "left (until" in text
        assert all(row.strip() in text for row in qr_rows(url)[1:-1]) is drawn
        assert ("A larger terminal" in text) is not drawn


async def test_y_copies_the_code_to_the_engineers_own_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    app = make_app(MemorySession(asking()), theme="calm")
    async with app.run_test(size=(100, 30)) as pilot:
        await walk(pilot, "7")
        sent: list[str] = []
        assert app._driver is not None
        monkeypatch.setattr(app._driver, "write", sent.append)
        await walk(pilot, "y")
        assert f"\x1b]52;c;{b64encode(CODE.encode()).decode()}" in "".join(sent)
