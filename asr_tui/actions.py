"""The one registry of actions. Bindings, footer, help, command palette and the key table of the docs all come from here.

Nothing can be bound that is not listed. A context in ``where`` is a screen's id, or one of: ``everywhere`` (also in
dialogs), ``steps`` (every step and what stands around them), ``list`` (a table has the focus), ``pane`` (a text that
scrolls has the focus), ``dialog``, ``field`` (a text field has the focus).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

EVERYWHERE = "everywhere"
STEPS = "steps"
LIST = "list"
PANE = "pane"
DIALOG = "dialog"
FIELD = "field"


@dataclass(frozen=True, slots=True)
class Action:
    """``keys`` are Textual's key names, the first one is shown; ``rank`` orders the footer (0: not shown there)."""

    id: str
    keys: tuple[str, ...]
    title: str
    tooltip: str
    where: tuple[str, ...]
    rank: int = 0


ACTIONS: tuple[Action, ...] = (
    # What a step is about comes first in the footer.
    Action("begin", ("enter",), "Begin", "Go on to the first step that needs you", ("welcome",), 10),
    Action("again", ("c",), "Connect", "Start the worker again, or attach to it", ("welcome",), 12),
    Action("sign-out", ("x",), "Sign out", "Forget this sign-in; the worker stays", ("sign-in",), 20),
    Action("tenant", ("t",), "Tenant", "Sign in to another tenant that you can enter", ("sign-in",), 22),
    Action(
        "keep",
        ("s",),
        "Keep",
        "Keep a sign-in by device code in the system's encrypted keyring, or forget it",
        ("sign-in",),
        24,
    ),
    Action("diagram", ("d",), "Diagram", "All the room for the diagram, or the regions again", ("architecture",), 24),
    Action("severity", ("s",), "Severity", "Show one severity at a time", ("prerequisites",), 20),
    Action("one-vm", ("v",), "One VM", "Show what concerns one VM", ("prerequisites",), 22),
    Action("catalogue", ("c",), "Checks", "Switch between findings and the list of all checks", ("prerequisites",), 24),
    Action(
        "check-one",
        ("r",),
        "Read again",
        "Read from Azure what the highlighted finding depends on, nothing else, and run the checks",
        ("prerequisites",),
        18,
    ),
    Action(
        "check-all", ("R",), "Read all", "Read everything from Azure anew and run every check", ("prerequisites",), 19
    ),
    Action(
        "by-cause", ("w",), "By cause", "One row for what one repair clears, or every finding", ("prerequisites",), 23
    ),
    Action(
        "repair",
        ("f",),
        "Repair",
        "Put the repair into the plan, to be reviewed (again: take it out)",
        ("prerequisites",),
        16,
    ),
    Action(
        "rights",
        ("m",),
        "Rights",
        "What this account lacks, with a role and a message to its owner",
        ("prerequisites",),
        27,
    ),
    Action(
        "probe", ("p",), "Probe", "Look into the guests with a read-only script (shown first)", ("prerequisites",), 29
    ),
    Action(
        "attest", ("t",), "Attest", "Confirm yourself what nobody else can see, or take it back", ("prerequisites",), 30
    ),
    Action(
        "kernels",
        ("l",),
        "Lists",
        "Name the folder or https address of published lists of supported kernels",
        ("prerequisites",),
        31,
    ),
    Action("accept", ("plus",), "Accept", "Keep this finding as accepted, with a reason", ("prerequisites",), 28),
    Action("map", ("m",), "Map", "Choose the target network of the highlighted network", ("networking",), 18),
    Action("subnet", ("s",), "Subnet", "Choose the target subnet of the highlighted subnet", ("networking",), 20),
    Action(
        "interfaces",
        ("i",),
        "Interfaces",
        "Where each interface of a VM goes, by which rule, and what of its networking stays behind",
        ("networking",),
        21,
    ),
    Action(
        "rules",
        ("f",),
        "Rules",
        "The security rules that are missing, both ways: as commands, as JSON, and into the plan",
        ("networking",),
        22,
    ),
    Action(
        "take-rules",
        ("t",),
        "Plan rules",
        "Put all missing security rules into the plan, to be reviewed (again: take them out)",
        ("networking",),
        23,
    ),
    Action("opinion", ("p",), "Opinion", "Ask Azure which rules it applies to a VM's interface", ("networking",), 24),
    Action(
        "on-premises", ("v",), "On-premises", "Gateways, circuits and overlaps, and what applies", ("networking",), 26
    ),
    Action("name-vault", ("v",), "New vault", "Name a vault to be created, its group and its region", ("vault",), 20),
    Action("review", ("w",), "Review", "See every change before anything is written", ("vault", "replication"), 14),
    Action("targets", ("t",), "Targets", "Target group, cache account and disk types", ("replication",), 18),
    Action("policy", ("p",), "Policy", "Retention and app-consistent points", ("replication",), 20),
    Action("progress", ("v",), "Progress", "Switch between choosing VMs and watching them", ("replication",), 16),
    Action("pause", ("z",), "Pause", "Start nothing new, or go on", ("vault", "replication"), 26),
    Action("retry", ("f",), "Retry failed", "Try again what failed", ("vault", "replication"), 28),
    Action("retry-one", ("F",), "Retry this", "It is put right: try this VM again", ("replication",), 30),
    Action("cancel-run", ("c",), "Cancel run", "Begin nothing more; asks first", ("vault", "replication"), 32),
    Action("dial", ("d",), "Dial", "How many VMs are enabled at a time", ("replication",), 61),
    Action("own", ("s",), "Settings", "What this VM has in place of the defaults", ("replication",), 63),
    Action("point", ("p",), "Point", "Which recovery point to use", ("test-failover",), 18),
    Action("drill-network", ("t",), "Network", "The network for the test VMs", ("test-failover",), 20),
    Action("start", ("s",), "Start", "Start the test failover (asks first)", ("test-failover",), 14),
    Action("rehearsal", ("d",), "Plan", "Waves, targets, dependencies and your own checks", ("test-failover",), 21),
    Action("verdict", ("v",), "Verdict", "Record what you saw on the test VM", ("test-failover",), 22),
    Action("clean-up", ("c",), "Clean up", "Delete the test VMs (asks first)", ("test-failover",), 24),
    Action("export", ("x",), "Export", "Write the changes to files: JSON, and a script for az", ("review",), 20),
    Action("fold", ("space",), "Fold", "Fold or unfold the changes of one kind", ("review",), 18),
    Action("confirm", ("c",), "Carry out", "Carry out these changes (asks first)", ("review",), 12),
    Action("finish", ("f",), "Finish", "See how everything stands", ("test-failover",), 40),
    # What a list or a text offers.
    Action("open", ("enter",), "Open", "Open or choose what is highlighted", (LIST,), 5),
    Action("mark", ("space",), "Select", "Select or unselect the highlighted row", (LIST,), 6),
    Action("mark-all", ("a",), "All", "Select all that can be selected, or none", (LIST,), 7),
    Action("filter", ("slash",), "Filter", "Show only rows with these words", (LIST,), 8),
    Action("up", ("up", "k"), "Up", "One row up", (LIST, PANE)),
    Action("down", ("down", "j"), "Down", "One row down", (LIST, PANE)),
    Action("page-up", ("pageup",), "Page up", "One page up", (LIST, PANE)),
    Action("page-down", ("pagedown",), "Page down", "One page down", (LIST, PANE)),
    Action("home", ("home", "g"), "First", "To the first row", (LIST, PANE)),
    Action("end", ("end", "G"), "Last", "To the last row", (LIST, PANE)),
    Action("focus-next", ("tab",), "Next part", "To the next part of the screen", (EVERYWHERE,)),
    Action("focus-previous", ("shift+tab",), "Previous part", "To the previous part of the screen", (EVERYWHERE,)),
    # The same on every step.
    Action("next", ("n", "ctrl+right"), "Next", "To the next step", (STEPS,), 50),
    Action("back", ("b", "ctrl+left"), "Back", "To the step before; no answer is lost", (STEPS,), 52),
    Action("operations", ("o",), "Operations", "Show or hide what runs in Azure", (STEPS,), 60),
    Action("error", ("e",), "Error", "The whole of an error: cause, remedy, ids", (STEPS,), 62),
    Action("refresh", ("r",), "Refresh", "Read this from Azure again", (STEPS,), 70),
    Action("copy", ("y",), "Copy", "Copy the highlighted row (OSC 52)", (STEPS, DIALOG), 72),
    Action("palette", ("colon", "ctrl+p"), "Commands", "Find any command by its name", (STEPS,), 74),
    Action("pen", ("ctrl+g",), "Take over", "Take the pen from another terminal", (STEPS,)),
    Action("theme", ("ctrl+t",), "Colours", "Next theme: calm, light, contrast, terminal", (STEPS,)),
    Action("bytes", ("f4",), "Bytes", "Show or hide how much goes over the line", (STEPS,)),
    Action("go-welcome", ("0",), "Welcome", "To the welcome page", (STEPS,)),
    Action("go-architecture", ("1",), "Architecture", "To step 1", (STEPS,)),
    Action("go-prerequisites", ("2",), "Prerequisites", "To step 2", (STEPS,)),
    Action("go-networking", ("3",), "Networking", "To step 3", (STEPS,)),
    Action("go-vault", ("4",), "Vault", "To step 4", (STEPS,)),
    Action("go-replication", ("5",), "Replication", "To step 5", (STEPS,)),
    Action("go-test-failover", ("6",), "Test failover", "To step 6", (STEPS,)),
    Action("go-sign-in", ("7",), "Sign in", "To the sign-in and subscriptions", (STEPS,)),
    Action("go-finish", ("8",), "Finish", "To the summary", (STEPS,)),
    Action("escape", ("escape",), "Close", "Close this, clear the filter, leave the field", (STEPS, DIALOG), 90),
    Action("leave", ("q", "ctrl+q", "ctrl+c"), "Leave", "Leave; says what keeps running", (STEPS,), 95),
    Action("leave-now", ("ctrl+q", "ctrl+c"), "Leave", "Leave; says what keeps running", (DIALOG,)),
    Action("help", ("question_mark", "f1"), "Help", "What this screen is for, its keys and its words", (STEPS,), 99),
    Action("redraw", ("ctrl+l",), "Redraw", "Draw the whole screen again", (EVERYWHERE,)),
    Action("suspend", ("ctrl+z",), "Suspend", "To the shell; fg brings you back", (EVERYWHERE,)),
)

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}

_KEY_NAMES = {
    "slash": "/",
    "plus": "+",
    "question_mark": "?",
    "colon": ":",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
}


def key_name(key: str) -> str:
    """How a key is written for people: ``Ctrl+Right``, ``/``, ``n``."""
    *modifiers, last = key.split("+")
    name = _KEY_NAMES.get(last, last.upper() if last.startswith("f") and last[1:].isdigit() else last)
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])


def actions_in(*contexts: str) -> tuple[Action, ...]:
    """The actions of these contexts, in the registry's order. Of two that want one key the more particular comes first."""
    return tuple(action for action in ACTIONS if any(context in action.where for context in contexts))


def footer(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Those that the footer shows, in its order, each key once."""
    shown: dict[str, Action] = {}
    for action in sorted((action for action in actions if action.rank), key=lambda action: action.rank):
        shown.setdefault(action.keys[0], action)
    return tuple(shown.values())
