"""The sign-in page with more tenants than a person can look through, some of them somebody else's."""

from __future__ import annotations

from asr_tui.session.intents import ChooseSubscription, SignIn
from asr_tui.session.views import SubscriptionRow, TenantRow
from tests.screens import views_fixture as views
from tests.screens.harness import make_app, text_of
from tests.screens.memory_session import MemorySession
from tests.screens.pages import walk


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
