"""Help for a screen, made from the registry of actions and what the screen says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asr_tui.actions import LIST, STEPS, Action, actions_in, key_name
from screens.widgets.blocks import Block
from screens.widgets.dialogs import Card

if TYPE_CHECKING:
    from screens.layout import FramedScreen


def help_card(screen: FramedScreen) -> Card:
    """What the screen is for, its keys, its words, and the page to read on."""
    own, lists, shared = actions_in(screen.IDENT), actions_in(LIST), actions_in(STEPS)
    blocks = [Block(screen.PURPOSE), Block("")]
    if own:
        blocks.extend([Block("Keys of this step", tone="strong"), *_keys(own), Block("")])
    blocks.extend([Block("Keys in a list", tone="strong"), *_keys(lists), Block("")])
    blocks.extend([Block("Keys everywhere", tone="strong"), *_keys(shared), Block("")])
    if screen.WORDS:
        blocks.append(Block("Words", tone="strong"))
        blocks.extend(Block(meaning, word) for word, meaning in screen.WORDS)
        blocks.append(Block(""))
    blocks.append(Block(screen.PAGE, "Read on"))
    return Card(f"Help: {screen.TITLE_TEXT}", blocks, label=18)


def _keys(actions: tuple[Action, ...]) -> list[Block]:
    return [Block(f"{a.title}. {a.tooltip}.", " or ".join(key_name(key) for key in a.keys)) for a in actions]
