"""The base of every section of the view."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Immutable, and plain data on the wire."""

    model_config = ConfigDict(frozen=True)
