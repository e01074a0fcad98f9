"""An address as a QR code in half blocks: two modules above each other in one cell, dark on light."""

from __future__ import annotations

QUIET = 2
"""Light modules around the code. The standard asks for four; phones read it with two, and rows are dear here."""

_CELLS = {(0, 0): " ", (0, 1): "▄", (1, 0): "▀", (1, 1): "█"}
_INVERTED = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}


def qr_rows(text: str, *, dark_terminal: bool = False) -> tuple[str, ...]:
    """The rows of the QR code of ``text`` (error correction L, the smallest that holds it), all of one width.

    The text's own colour is the dark one; for terminals that write light on dark without colours of ours,
    ``dark_terminal`` draws the light modules in place of the dark ones.
    """
    import segno  # loaded only where a code is drawn

    code = segno.make(text, error="L", micro=False, boost_error=False)
    modules = [list(row) for row in code.matrix_iter(border=QUIET)]
    if len(modules) % 2:
        modules.append([0] * len(modules[0]))
    cells = _INVERTED if dark_terminal else _CELLS
    return tuple(
        "".join(cells[int(upper > 0), int(lower > 0)] for upper, lower in zip(*pair, strict=True))
        for pair in zip(modules[::2], modules[1::2], strict=True)
    )
