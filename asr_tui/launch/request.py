"""What a face was asked to work on, and the name of its session. Imports nothing heavy: a screen is to come up at once."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

PRACTICE = "practice"
DEFAULT_ESTATE = "contoso"


@dataclass(frozen=True, slots=True)
class Request:
    """What a face was asked to work on. Empty texts and None: not said.

    ``cloud``: public, usgov, china, practice. ``way``: a way to sign in. ``estate`` and ``speed`` concern the practice
    cloud; ``plan`` is the absolute path of a plan to take. ``read_only``: no write may leave the worker.
    ``keep_sign_in``: in the system's encrypted store, where it has one.
    """

    cloud: str = "public"
    session: str = ""
    way: str = ""
    tenant: str = ""
    subscription: str = ""
    estate: str = ""
    speed: float | None = None
    plan: str = ""
    read_only: bool = False
    keep_sign_in: bool = False

    @property
    def name(self) -> str:
        """The session's name: as given, or one for each cloud (and estate, for practice)."""
        if self.session:
            return self.session
        if self.cloud != PRACTICE:
            return "default" if self.cloud == "public" else _slug(self.cloud)
        return f"practice-{_slug(self.estate or DEFAULT_ESTATE)}"


def _slug(name: str) -> str:
    """An estate or cloud as part of a file name; paths of the same file name in different folders differ by a digest."""
    if re.fullmatch(r"[A-Za-z0-9._-]{1,40}", name):
        return name
    if name.startswith(("generated:", "generated-clean:")):
        return name.replace(":", "-")
    import hashlib  # its OpenSSL is megabytes, and a path is rare

    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
    return re.sub(r"[^A-Za-z0-9._-]", "-", Path(name).stem)[:30] + f"-{digest}"
