"""Where the files under ``assets/`` are, in a checkout and in an installed wheel alike."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def assets() -> Path:
    """The folder of stylesheets, sample estates and rule data.

    In a wheel it stands inside the package; in a checkout, beside it.

    Raises:
        FileNotFoundError: the installation is damaged (neither place exists).
    """
    for candidate in (_PACKAGE / "assets", _PACKAGE.parent / "assets"):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"The asr-tui assets are missing beside {_PACKAGE}; reinstall asr-tui.")
