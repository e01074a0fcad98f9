"""How a face and the worker talk: one JSON object a line over a Unix socket.

The worker greets first (``Greeting``). A face introduces itself (``Hello``), then sends ``Ask`` and ``Send`` messages; each
carries a number of its own, which the reply repeats, so replies may come in any order. ``Ask`` is a long poll: it is
answered as soon as the view's version is above ``since``, or with nothing changed after ``wait`` seconds.

Lists that grow with the estate (:data:`LONG`) go in blocks of :data:`BLOCK_ROWS` rows, each a line of its own before the
``Changed`` that ends the reply, and only the blocks in which a row changed. So no line is long, nobody has to hold or parse
a whole estate at once, and one selected VM of ten thousand costs one block.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any, Literal

from annotated_types import Interval

from asr_tui.model.part import Part
from asr_tui.session.intents import Answer, Intent

PROTOCOL_VERSION = 2
MAX_LINE_BYTES = 64 * 1024 * 1024
BLOCK_ROWS = 50

LONG: tuple[str, ...] = (
    "vms",
    "prerequisites.findings",
    "prerequisites.worklist",
    "networking.vms",
    "review.changes",
    "replication.items",
    "drill.rows",
)
"""Sections, or fields of sections, that are sent in blocks."""


class Greeting(Part):
    """From the worker, first. A face that speaks another version says so and leaves."""

    type: Literal["greeting"] = "greeting"
    protocol: int = PROTOCOL_VERSION
    program: str
    pid: int
    session: str


class Hello(Part):
    """From the face. ``writes`` False means that it only watches and never asks for the pen."""

    type: Literal["hello"] = "hello"
    protocol: int = PROTOCOL_VERSION
    client_id: str
    user: str
    host: str
    terminal: str
    writes: bool = True


class Ask(Part):
    """What changed since version ``since``? ``wait`` is 0 to 60 seconds."""

    type: Literal["ask"] = "ask"
    number: int
    since: int = 0
    wait: Annotated[float, Interval(ge=0, le=60)] = 0


class Send(Part):
    """Carry out ``intent``."""

    type: Literal["send"] = "send"
    number: int
    intent: Intent


class Block(Part):
    """Rows of the list ``name``: those from ``index`` times :data:`BLOCK_ROWS` on, as plain data."""

    type: Literal["block"] = "block"
    number: int
    name: str
    index: int
    rows: list[Any]


class Changed(Part):
    """The sections that changed as plain data, without their long lists; ``blocks`` says of how many blocks those lists
    consist now of which any changed. ``version`` is the one to ask from next."""

    type: Literal["changed"] = "changed"
    number: int
    version: int
    sections: dict[str, Any] = field(default_factory=dict)
    blocks: dict[str, int] = field(default_factory=dict)


class Answered(Part):
    """What became of an intent."""

    type: Literal["answered"] = "answered"
    number: int
    answer: Answer


class Refused(Part):
    """The conversation cannot go on: wrong version, or a malformed line."""

    type: Literal["refused"] = "refused"
    reason: str


FromFace = Hello | Ask | Send
FromWorker = Greeting | Block | Changed | Answered | Refused
