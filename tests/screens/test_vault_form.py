"""Naming a new vault: what would be taken anyway stands there, and a wrong region is told with what may be meant."""

from __future__ import annotations

from asr_tui.model.plan import VaultChoice
from asr_tui.session import intents
from tests.screens import views_fixture as views
from tests.screens.harness import Wizard, until, until_gone, until_shown
from tests.screens.memory_session import MemorySession


async def test_the_form_is_filled_in_and_a_wrong_region_is_told(wizard: Wizard) -> None:
    ready = views.ready()
    vault = ready.vault.model_copy(update={"default_name": "vault-asr-northeurope", "default_group": "rg-asr"})
    plan = ready.plan.model_copy(update={"vault": VaultChoice()})
    session = MemorySession(ready.model_copy(update={"vault": vault, "plan": plan}))
    async with wizard(session) as pilot:
        await pilot.press("4", "v")
        await until_shown(pilot, "vault-asr-northeurope", "rg-asr")
        await pilot.press("tab", "tab", "ctrl+u", *"nort", "enter", "enter")
        told = await until_shown(pilot, "No region is called nort. Perhaps North Europe?")
        assert "France" not in told
        await pilot.press("shift+tab", *"h europe", "tab", "enter")
        await until_gone(pilot, "No region is called")
        await until(pilot, lambda: bool(session.sent))
    assert session.sent == [
        intents.ChooseVault(name="vault-asr-northeurope", resource_group="rg-asr", region="northeurope")
    ]
