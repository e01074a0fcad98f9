"""``python -m benchmarks [--full] [emulator|onboarding|drilling|watching|rules|terminal ...]``: all of them, at a size that takes minutes.

``--full`` takes the sizes of ``docs/benchmarks.md``, which take half an hour.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from benchmarks import drilling, emulator, onboarding, rules, screens, terminal, watching

QUICK: Mapping[str, Callable[[], None]] = {
    "terminal": lambda: terminal.main(runs=5),
    "screens": lambda: screens.main(runs=5),
    "rules": lambda: rules.main((1_000, 10_000)),
    "watching": lambda: watching.main(vms=200),
    "onboarding": lambda: onboarding.main(vms=50, speed=20, limits=[]),
    "drilling": lambda: drilling.main((1, 20)),
    "emulator": lambda: emulator.main(vms=2_000, items=200),
}

FULL: Mapping[str, Callable[[], None]] = {
    "terminal": lambda: terminal.main(runs=5),
    "screens": lambda: screens.main(runs=5),
    "rules": lambda: rules.main((1_000, 10_000, 50_000)),
    "watching": lambda: watching.main(vms=1_000),
    "onboarding": lambda: onboarding.main(vms=500, speed=onboarding.DEFAULT_SPEED, limits=[]),
    "drilling": drilling.main,
    "emulator": lambda: emulator.main(vms=10_000, items=1_000),
}


def main() -> None:
    """Run what was asked for, in the order above."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(QUICK)}; all if none is named")
    parser.add_argument("--full", action="store_true", help="the sizes of docs/benchmarks.md")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in QUICK]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; choose from {', '.join(QUICK)}")
    for name, measure in (FULL if chosen.full else QUICK).items():
        if not chosen.names or name in chosen.names:
            measure()


if __name__ == "__main__":
    main()
