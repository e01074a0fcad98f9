"""``python -m asr_tui.launch REQUEST``: find or start what a session needs, for a face that keeps itself small.

REQUEST is a :class:`asr_tui.launch.request.Request` as JSON. One line of JSON on stdout tells the outcome: ``socket``, or a
``problem`` with whether it is one of usage.
"""

from __future__ import annotations

import json
import sys

from asr_tui.launch import session as sessions
from asr_tui.launch.request import Request
from asr_tui.model.problem import Problem, ProblemError
from asr_tui.session.codec import encode
from asr_tui.session.paths import StateError


def main(text: str) -> None:
    """Do it and tell the outcome."""
    try:
        socket = sessions.ensure(Request(**json.loads(text)), lambda _: None).socket
    except ProblemError as error:
        told = {"problem": json.loads(encode(error.problem)), "usage": bool(getattr(error, "usage", False))}
    except StateError as error:
        told = {"problem": json.loads(encode(Problem(what=str(error)))), "usage": True}
    else:
        told = {"socket": str(socket)}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
