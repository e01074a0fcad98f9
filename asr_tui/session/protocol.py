"""How a face and the worker talk: one JSON object a line over a Unix socket.

The worker greets first (``Greeting``). A face introduces itself (``Hello``), then sends ``Ask`` and ``Send`` messages; each
carries a number of its own, which the reply repeats, so replies may come in any order. ``Ask`` is a long poll: it is
answered as soon as the view's version is above ``since``, or with nothing changed after ``wait`` seconds.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from asr_tui.session.intents import Answer, Intent

PROTOCOL_VERSION = 1
MAX_LINE_BYTES = 64 * 1024 * 1024


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class Greeting(_Message):
    """From the worker, first. A face that speaks another version says so and leaves."""

    type: Literal["greeting"] = "greeting"
    protocol: int = PROTOCOL_VERSION
    program: str
    pid: int
    session: str


class Hello(_Message):
    """From the face. ``writes`` False means that it only watches and never asks for the pen."""

    type: Literal["hello"] = "hello"
    protocol: int = PROTOCOL_VERSION
    client_id: str
    user: str
    host: str
    terminal: str
    writes: bool = True


class Ask(_Message):
    """What changed since version ``since``? ``wait`` is 0 to 60 seconds."""

    type: Literal["ask"] = "ask"
    number: int
    since: int = 0
    wait: Annotated[float, Field(ge=0, le=60)] = 0


class Send(_Message):
    type: Literal["send"] = "send"
    number: int
    intent: Intent


class Changed(_Message):
    """The sections that changed, whole, as plain data; ``version`` is the one to ask from next."""

    type: Literal["changed"] = "changed"
    number: int
    version: int
    sections: dict[str, Any]


class Answered(_Message):
    type: Literal["answered"] = "answered"
    number: int
    answer: Answer


class Refused(_Message):
    """The conversation cannot go on: wrong version, or a malformed line."""

    type: Literal["refused"] = "refused"
    reason: str


FromFace = Annotated[Hello | Ask | Send, Field(discriminator="type")]
FromWorker = Annotated[Greeting | Changed | Answered | Refused, Field(discriminator="type")]

FROM_FACE: TypeAdapter[FromFace] = TypeAdapter(FromFace)
FROM_WORKER: TypeAdapter[FromWorker] = TypeAdapter(FromWorker)
