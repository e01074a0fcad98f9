"""One writes, the others watch. The pen can be taken over; the others see who has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from asr_tui.model.problem import Problem
from asr_tui.session.protocol import Hello
from asr_tui.session.views import Pen


class Desk:
    """The faces that are attached, in order of arrival, and which of them holds the pen.

    ``now`` gives the local time (UTC) at which somebody got the pen.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._faces: dict[int, Hello] = {}
        self._holder: int | None = None
        self._pen: Pen | None = None

    @property
    def pen(self) -> Pen | None:
        """Who holds the pen, or None."""
        return self._pen

    @property
    def faces(self) -> int:
        """How many faces are attached."""
        return len(self._faces)

    def join(self, connection: int, hello: Hello) -> None:
        """A face attached; it gets the pen if nobody has it, or if it is the same face coming back."""
        self._faces[connection] = hello
        if hello.writes and (self._pen is None or self._pen.client_id == hello.client_id):
            self._give(connection)

    def leave(self, connection: int) -> None:
        """A face left; its pen goes to the one that has been waiting longest."""
        self._faces.pop(connection, None)
        if self._holder == connection:
            self._holder = self._pen = None
            heir = next((number for number, hello in self._faces.items() if hello.writes), None)
            if heir is not None:
                self._give(heir)

    def take(self, connection: int) -> Problem | None:
        """Give the pen to ``connection``; a problem if that face only watches."""
        refusal = self._watching_only(connection)
        if refusal is None and self._holder != connection:
            self._give(connection)
        return refusal

    def refusal(self, connection: int) -> Problem | None:
        """Why ``connection`` may not write now, or None if it may."""
        refusal = self._watching_only(connection)
        if refusal is not None or self._holder == connection:
            return refusal
        if self._pen is None:
            self._give(connection)
            return None
        pen = self._pen
        return Problem(
            what=f"{pen.user}@{pen.host} on {pen.terminal} holds the pen since {pen.since:%H:%M:%S} UTC.",
            remedy="Take the pen over to change things here; they will see that you did.",
            code="pen-held",
        )

    def _watching_only(self, connection: int) -> Problem | None:
        if self._faces[connection].writes:
            return None
        return Problem(what="This face only watches.", remedy="Open the wizard to change things.", code="watching-only")

    def _give(self, connection: int) -> None:
        hello = self._faces[connection]
        self._holder = connection
        self._pen = Pen(
            client_id=hello.client_id, user=hello.user, host=hello.host, terminal=hello.terminal, since=self._now()
        )
