"""What the worker validates and serializes with pydantic: lines of faces, and the sections of its view.

Only the worker imports this. A face trusts its worker, which runs as the same user, and reads its lines with
:mod:`asr_tui.session.codec`.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, get_type_hints

from pydantic import Field, TypeAdapter

from asr_tui.session.intents import Intent
from asr_tui.session.protocol import Ask, FromFace, Hello, Send
from asr_tui.session.views import View


class _Send(Send):
    """A ``Send`` of which a wrong intent is told by its own fields, not by those of every kind that there is."""

    intent: Annotated[Intent, Field(discriminator="kind")]


FROM_FACE: TypeAdapter[FromFace] = TypeAdapter(Annotated[Hello | Ask | _Send, Field(discriminator="type")])


@cache
def section_adapter(name: str) -> TypeAdapter[Any]:
    """What turns the section ``name`` of the view into JSON and back; ``section.field`` is one of its lists."""
    kind: Any = View
    for part in name.split("."):
        kind = get_type_hints(kind, include_extras=True)[part]
    return TypeAdapter(kind)
