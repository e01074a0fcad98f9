"""Who loads what, looked at in fresh processes: a static graph of imports misses those inside functions."""

from __future__ import annotations

import graphlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"textual", "azure", "aiohttp", "msal", "pydantic", "yaml", "rich"}


def loaded(code: str) -> set[str]:
    """The top-level packages, and ours in full, that a fresh interpreter holds after running ``code``."""
    report = "import json, sys; print('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(done.stdout.rsplit("\n", 2)[-2]))


def tops(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def modules_below(package: str) -> list[str]:
    """Every module of a package folder, without importing any."""
    folder = ROOT / package.replace(".", "/")
    return [package, *(module.name for module in pkgutil.walk_packages([str(folder)], f"{package}."))]


@pytest.mark.parametrize(
    "argument", ["--help", "--version", "walkthrough --help", "check --help", "drill --help", "report --help"]
)
def test_help_loads_nothing_heavy(argument: str) -> None:
    modules = loaded(f"from asr_tui.cli import run\nassert run({argument.split()!r}) == 0")
    assert "click" in modules
    assert not tops(modules) & HEAVY


def test_a_usage_error_loads_nothing_heavy() -> None:
    modules = loaded("from asr_tui.cli import run\nassert run(['--practice', '--cloud', 'china']) == 2")
    assert not tops(modules) & {"textual", "azure", "aiohttp", "msal"}


FACES = [
    "asr_tui.commands",
    *modules_below("asr_tui.plain"),
    *modules_below("asr_tui.launch"),
    *modules_below("asr_tui.session"),
]


def test_the_plain_face_loads_neither_azure_nor_textual() -> None:
    modules = loaded("\n".join(f"import {name}" for name in FACES))
    assert not tops(modules) & {"textual", "azure", "aiohttp", "msal"}
    assert not {name for name in modules if name.startswith(("asr_tui.workers", "asr_tui.azure", "asr_tui.rules"))}


def test_the_screens_load_no_azure() -> None:
    names = ["asr_tui.app", "asr_tui.terminal", *modules_below("screens")]
    modules = loaded("\n".join(f"import {name}" for name in names))
    assert "textual" in modules
    assert not tops(modules) & {"azure", "aiohttp", "msal"}
    assert not {name for name in modules if name.startswith(("asr_tui.workers", "asr_tui.azure", "asr_tui.rules"))}


def test_the_process_of_the_screens_stays_small() -> None:
    """From the command line to the conversation: no validation, no TLS, nothing that only starts processes."""
    code = """
from asr_tui import cli, opening
from asr_tui.console import load_asyncio_without_tls
load_asyncio_without_tls()
import asr_tui.app, screens.registry, asr_tui.launch.door, asr_tui.launch.starting
"""
    modules = loaded(code)
    assert {"textual", "asyncio"} <= modules
    assert not modules & {"pydantic", "ssl", "_hashlib", "http.client", "asr_tui.launch.session", "asr_tui.commands"}


@pytest.mark.parametrize("package", ["asr_tui.model", "asr_tui.rules"])
def test_model_and_rules_are_pure(package: str) -> None:
    modules = loaded("\n".join(f"import {name}" for name in modules_below(package)))
    assert not tops(modules) & {"textual", "azure", "aiohttp", "msal", "sqlite3"}


def test_the_worker_loads_no_screen() -> None:
    modules = loaded("\n".join(f"import {name}" for name in modules_below("asr_tui.workers") if "__main__" not in name))
    assert not tops(modules) & {"textual", "screens"}


def test_the_emulator_shares_no_code_with_the_client() -> None:
    modules = loaded(
        "\n".join(f"import {name}" for name in modules_below("asr_tui.emulator") if "__main__" not in name)
    )
    ours = {name for name in modules if name.startswith("asr_tui.") and not name.startswith("asr_tui.emulator")}
    assert ours <= {"asr_tui.resources"}
    assert not tops(modules) & {"azure", "textual", "screens", "msal"}


def test_no_two_modules_import_each_other_in_a_loop() -> None:
    """Imports inside functions and for type checkers count, too: each is a thing that one module has to know of another."""
    graph = grimp.build_graph("asr_tui", "screens", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert "screens.help" in graphlib.TopologicalSorter(imports).static_order()  # a loop raises, and names its modules
