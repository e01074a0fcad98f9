"""From the registry of actions to Textual's bindings."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from asr_tui.actions import actions_in


def bindings(*contexts: str) -> list[BindingType]:
    """Bindings for all actions of ``contexts``; each runs ``action_act`` of the node that has them.

    Where two actions want one key, the one of the context named first gets it: name the particular before the general.
    """
    taken: set[str] = set()
    result: list[BindingType] = []
    for context in contexts:
        for action in actions_in(context):
            keys = [key for key in action.keys if key not in taken]
            taken.update(keys)
            if keys:
                result.append(
                    Binding(",".join(keys), f"act('{action.id}')", action.title, tooltip=action.tooltip, show=False)
                )
    return result
