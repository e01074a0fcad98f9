"""A program named az that hangs, as the real one does behind a proxy that swallows its packets."""

from __future__ import annotations

import asyncio
import os
import select
import stat
import sys
from pathlib import Path

# Like the real one, a shell that starts Python. It tells the numbers of both, then says nothing more.
_HANGS = """#!/bin/sh
{python} -c 'import time; time.sleep(600)' &
echo $$ $! > {told}
wait
"""


def write_az(folder: Path, text: str) -> None:
    """A program named az in this folder."""
    program = folder / "az"
    program.write_text(text, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def hanging_az(folder: Path) -> None:
    """One that hangs, and waits for :func:`running` first."""
    write_az(folder, _HANGS.format(python=sys.executable, told=folder / "told"))
    os.mkfifo(folder / "told")


async def running(folder: Path) -> list[int]:
    """The numbers of az and of its child, as soon as both run."""
    told = await asyncio.to_thread((folder / "told").read_text, encoding="ascii")
    return [int(number) for number in told.split()]


def prove_ended(pids: list[int]) -> None:
    """They were told to end; a busy machine may need a moment for it."""
    for pid in pids:
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            assert select.select([process], [], [], 60)[0], f"process {pid} runs on"
        finally:
            os.close(process)
