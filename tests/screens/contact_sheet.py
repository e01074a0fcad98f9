"""All pictures of the screens on one page, to be looked at: ``python -m tests.screens.contact_sheet [FOLDER]``."""

from __future__ import annotations

import asyncio
import html
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from tests.screens import gallery
from tests.screens import views_fixture as views
from tests.screens.gallery import Shot
from tests.screens.pages import DIALOGS

_HEAD = """<!doctype html><meta charset="utf-8"><title>asr-tui: every screen</title>
<style>body{font:14px sans-serif;background:#888}figure{display:inline-block;margin:8px}img{width:640px}</style>
"""


def _walks() -> Iterator[tuple[str, AsyncIterator[Shot]]]:
    """By heading: every page in each state, then every dialog."""
    for state in views.STATES:
        yield state, gallery.pages(state)
    for dialog in DIALOGS:
        yield f"dialog {dialog}", gallery.dialog(dialog)


async def _draw(folder: Path, heading: str, taken: AsyncIterator[Shot]) -> list[str]:
    """Write one SVG a picture; the figures that show them."""
    figures = []
    async for shot in taken:
        name = f"{heading.replace(' ', '-')}-{shot.name}"
        (folder / f"{name}.svg").write_text(shot.svg(), "utf-8")
        told = html.escape(shot.name)
        figures.append(
            f'<figure><img src="{name}.svg" alt="{told}" loading="lazy"><figcaption>{told}</figcaption></figure>'
        )
    return figures


def main(folder: Path) -> None:
    """Write one SVG a picture, and ``index.html`` that shows them all."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(TERM="xterm-256color", LANG="C.UTF-8", TZ="UTC")
    time.tzset()
    parts, number = [_HEAD], 0
    for heading, taken in _walks():
        figures = asyncio.run(_draw(folder, heading, taken))
        number += len(figures)
        parts.extend([f"<h2>{html.escape(heading)}</h2>", *figures])
    index = folder / "index.html"
    index.write_text("\n".join(parts), "utf-8")
    print(f"{number} pictures: {index}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screens"))
