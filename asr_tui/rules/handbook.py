"""``docs/checks.md``, generated from the registry: ``python -m asr_tui.rules > docs/checks.md``."""

from __future__ import annotations

from collections.abc import Iterator

from asr_tui.model.finding import Scope
from asr_tui.rules import figures
from asr_tui.rules.catalogue import CHECKS
from asr_tui.rules.registry import Check

HEADINGS = {
    Scope.SUBSCRIPTION: "Subscription",
    Scope.REGION_PAIR: "Region pair and target",
    Scope.VAULT: "Vault",
    Scope.VM: "Virtual machine",
    Scope.DISK: "Disk",
    Scope.NIC: "Network interface",
    Scope.NETWORK: "Network",
    Scope.CACHE: "Cache storage account",
    Scope.POLICY: "Replication policy",
}

INTRODUCTION = """# Prerequisite checks

Generated from the registry of checks by `python -m asr_tui.rules`; a test keeps it current. Do not edit it by hand.

A check answers *passed*, one or more findings, or *unknown* with the reason why it could not be evaluated: it never passes
by default. The severity below is the usual one; a finding may be milder where the service is. *Prevents* is the error code
that an engineer meets who skips the check. *Read* is the date of the page's version that the rule was taken from; a dash
means that the rule is general knowledge of the platform, and the page is where to look it up.
"""


def checks_markdown() -> str:
    """The whole page, with a line break at its end."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield INTRODUCTION
    for scope in Scope:
        checks = [check for check in CHECKS if check.info.scope is scope]
        yield f"## {HEADINGS[scope]} ({len(checks)})"
        yield ""
        yield "| id | severity | what must hold | prevents | source | read |"
        yield "|---|---|---|---|---|---|"
        yield from (_row(check) for check in checks)
        yield ""
    yield f"{len(CHECKS)} checks in all."


def _row(check: Check) -> str:
    info = check.info
    page = next(source for source in figures.sources().values() if source.url == info.source)
    cells = (
        f"`{info.id}`",
        info.severity.value,
        info.title,
        info.prevents or "-",
        f"[{page.title}]({info.source})",
        info.read_on or "-",
    )
    return f"| {' | '.join(cells)} |"
