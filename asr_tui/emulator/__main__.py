"""``python -m asr_tui.emulator``: the emulator without the rest of asr-tui."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from asr_tui.emulator.command import Options, run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="asr-tui emulator", description="A local Azure for any ARM client.")
    parser.add_argument("--estate", metavar="NAME|PATH|generated:N", help="what it holds at first (contoso)")
    parser.add_argument("--port", type=int, default=0, help="TCP port (any free one)")
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of Azure per second (1)")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="a YAML file of faults")
    parser.add_argument("--state", type=Path, metavar="FILE", help="where it keeps its state (in memory)")
    parser.add_argument("--seed", type=int, default=0, help="seed of all that looks random (0)")
    parser.add_argument("--strict", action="store_true", help="refuse members that the API does not have")
    parser.add_argument("--reset", action="store_true", help="start over, dropping the old state")
    parser.add_argument("--allow-remote", action="store_true", help="listen on every address of this machine")
    parser.add_argument("--auto-approve", action="store_true", help="approve device codes at once")
    parser.add_argument("--exit-when-idle", type=float, metavar="MINUTES", help="end after so long without a request")
    return parser


if __name__ == "__main__":
    sys.exit(run(Options(**vars(_parser().parse_args()))))
