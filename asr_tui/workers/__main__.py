"""``python -m asr_tui.workers``: one session's worker, detached from any terminal."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from asr_tui.model.problem import ProblemError
from asr_tui.session.paths import SessionPaths, StateError, session_paths
from asr_tui.workers.worker import IDLE_SECONDS, Options, Worker


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped; 0 at a clean end, 1 with one sentence on stderr if the session cannot be served."""
    try:
        asyncio.run(_serve(_options(arguments)))
    except StateError as error:
        print(error, file=sys.stderr)
        return 1
    except ProblemError as error:
        print(error.problem.sentence(), file=sys.stderr)
        return 1
    return 0


async def _serve(options: Options) -> None:
    worker = Worker.open(options)
    loop = asyncio.get_running_loop()
    # A hang-up of the terminal that started us is none of our business.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    await worker.run()


def _options(arguments: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m asr_tui.workers", description="The worker of one session.")
    parser.add_argument("--session", default="default")
    parser.add_argument("--state-dir", type=Path, help="the state directory (ASR_TUI_STATE_DIR)")
    parser.add_argument("--socket", type=Path, help="the Unix socket to serve")
    parser.add_argument("--cloud", default="public", help="public, usgov, china, practice, or a YAML file")
    parser.add_argument("--auth", default="", metavar="WAY", help="sign in by this way at once")
    parser.add_argument("--tenant", default="", metavar="ID")
    parser.add_argument("--subscription", default="", metavar="ID|NAME")
    parser.add_argument("--plan", default="", metavar="FILE", help="begin with this plan")
    parser.add_argument("--idle-seconds", type=float, default=IDLE_SECONDS, metavar="N", help="0: never end by itself")
    parser.add_argument("--read-only", action="store_true", help="no write can leave this process")
    parser.add_argument("--keep-sign-in", action="store_true", help="in the system's encrypted store, where it has one")
    given = parser.parse_args(arguments)
    paths = session_paths(given.session, given.state_dir)
    return Options(
        session=given.session,
        paths=SessionPaths(paths.directory, given.socket or paths.socket),
        cloud=given.cloud,
        way=given.auth,
        tenant=given.tenant,
        subscription=given.subscription,
        plan=given.plan,
        idle_seconds=given.idle_seconds,
        read_only=given.read_only,
        keep_sign_in=given.keep_sign_in,
    )


if __name__ == "__main__":
    sys.exit(main())
