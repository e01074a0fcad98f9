"""Turns a record into HTML and Markdown by the templates in ``assets/reports``. Every text of the record is data: escaped."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache

import jinja2

from asr_tui.model.drill_record import DrillRecord
from asr_tui.reports.chart import chart
from asr_tui.resources import assets
from asr_tui.session.text import clean

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


def html(record: DrillRecord, digest: str) -> str:
    """A page that is complete in itself: no script, no image, no font from elsewhere; it prints well."""
    return (
        _environment(autoescape=True)
        .get_template("drill.html.j2")
        .render(record=record, digest=digest, chart=chart(record))
    )


def markdown(record: DrillRecord, digest: str) -> str:
    """The same for a wiki or a ticket."""
    return _environment(autoescape=False).get_template("drill.md.j2").render(record=record, digest=digest)


@cache
def _environment(*, autoescape: bool) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets() / "reports"),
        autoescape=autoescape,  # noqa: S701  Markdown is escaped by its own filter
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(moment=moment, span=span, plain=clean, cell=cell, lines=lines, block=block)
    return made


def moment(when: datetime | None) -> str:
    """A point in time, in UTC to the second."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if when else "-"


def span(seconds: float | None) -> str:
    """A length of time: ``3 min 27 s``."""
    if seconds is None:
        return "-"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes else "",
        f"{rest} s" if rest or whole == 0 else "",
    ]
    return " ".join(part for part in parts if part)


def cell(text: str) -> str:
    """Text in a Markdown table or line: its marks are shown, not followed."""
    return _MARKDOWN.sub(r"\\\1", clean(text))


def block(text: str) -> str:
    """Text of several lines, harmless."""
    return clean(text, multiline=True)


def lines(text: str) -> str:
    """Text of several lines as an indented Markdown block."""
    return "\n".join(f"    {line}" for line in clean(text, multiline=True).splitlines())
