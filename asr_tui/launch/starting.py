"""Starting what a session needs in a process of its own.

The screens do it this way: what is needed once, to ask the practice cloud for its certificate and to start processes, does
not stay in their memory, and leaving while the worker starts neither waits for it nor stops it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from asr_tui.launch.request import Request
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.session.codec import decode


class StartError(ProblemError):
    """The session's processes could not be started. ``usage`` is True where the request itself is at fault."""

    def __init__(self, problem: Problem, *, usage: bool = False) -> None:
        super().__init__(problem)
        self.usage = usage


async def ensure(request: Request) -> Path:
    """Find or start the session's processes; the socket of its worker.

    Raises:
        StartError: that failed; it says why.
    """
    starter = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "asr_tui.launch", json.dumps(asdict(request))),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # a hang-up of this terminal is none of its business
    )
    out, err = await starter.communicate()
    try:
        told = json.loads(out)
    except ValueError as error:
        said = err.decode(errors="replace").strip().splitlines()[-1:]
        what = "The worker cannot be started."
        raise StartError(Problem(what=what, cause=f"It said: {said[0]}" if said else "")) from error
    if "problem" in told:
        raise StartError(decode(Problem, told["problem"]), usage=told["usage"])
    return Path(told["socket"])
