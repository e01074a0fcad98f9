"""Work that blocks, on a thread of its own, waited for by a coroutine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def begun(work: Callable[[], Result], name: str) -> asyncio.Future[Result]:
    """Run ``work`` on a daemon thread, which a process that ends need not wait for (a pool's thread would hold it).

    The future may be settled by others first; what the thread brings then counts for nothing.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Result] = loop.create_future()

    def succeed(result: Result) -> None:
        if not answer.done():
            answer.set_result(result)

    def fail(error: Exception) -> None:
        if not answer.done():
            answer.set_exception(error)

    def hand_over(settle: Callable[[], None]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle)

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001  handed over whole to who waits
            told = error
            hand_over(lambda: fail(told))
        else:
            hand_over(lambda: succeed(result))

    threading.Thread(target=run, name=name, daemon=True).start()
    return answer
