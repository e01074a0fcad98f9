"""All pictures of the screens on one page, to be looked at: ``python -m tests.screens.contact_sheet [FOLDER]``."""

from __future__ import annotations

import asyncio
import html
import os
import sys
from pathlib import Path

from tests.screens.harness import make_app
from tests.screens.memory_session import MemorySession
from tests.screens.pages import Picture, everything, view_of, walk

_HEAD = """<!doctype html><meta charset="utf-8"><title>asr-tui: every screen</title>
<style>body{font:14px sans-serif;background:#888}figure{display:inline-block;margin:8px}img{width:640px}</style>
"""


async def _draw(picture: Picture) -> str:
    os.environ.pop("NO_COLOR", None)
    if picture.looks == "no-colour":
        os.environ["NO_COLOR"] = "1"
    theme = picture.looks if picture.looks in {"light", "contrast", "terminal"} else "calm"
    app = make_app(MemorySession(view_of(picture.state)), theme=theme, ascii=picture.looks == "ascii")
    async with app.run_test(size=picture.size) as pilot:
        await walk(pilot, picture.keys)
        return app.export_screenshot(title=picture.name)


def main(folder: Path) -> None:
    """Write one SVG a picture, and ``index.html`` that shows them all."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(TERM="xterm-256color", LANG="C.UTF-8", TZ="UTC")
    figures = []
    for picture in everything():
        (folder / f"{picture.name}.svg").write_text(asyncio.run(_draw(picture)), "utf-8")
        name = html.escape(picture.name)
        figures.append(
            f'<figure><img src="{name}.svg" alt="{name}" loading="lazy"><figcaption>{name}</figcaption></figure>'
        )
    index = folder / "index.html"
    index.write_text(_HEAD + "\n".join(figures), "utf-8")
    print(f"{len(figures)} pictures: {index}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screens"))
