"""The wizard as it is, attached to a socket: ``python -m benchmarks.face SOCKET [BEATS]``.

The same start as by hand, but for the worker, which is there already. With BEATS its event loop's silences go to that file.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from asr_tui.console import Options, load_asyncio_without_tls

if TYPE_CHECKING:
    from asr_tui.session.client import SessionClient


def main(socket: str, beats: str = "") -> int:
    """Run it on this terminal."""
    gc.disable()
    load_asyncio_without_tls()
    from asr_tui import app

    tasks = []

    async def connect() -> SessionClient:
        import asyncio
        from pathlib import Path

        from asr_tui.session.client import SessionClient

        if beats:
            from benchmarks.heartbeat import beat

            tasks.append(asyncio.create_task(beat(Path(beats))))
        client = await SessionClient.connect(socket)
        await client.refresh(0)
        return client

    return app.run(connect, Options())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
