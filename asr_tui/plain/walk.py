"""One walk in the making: whom it talks to, what it was asked for, what it has told."""

from __future__ import annotations

from dataclasses import dataclass

from asr_tui.model.problem import Problem, ProblemError
from asr_tui.model.step import Step
from asr_tui.plain.conversation import Conversation
from asr_tui.plain.events import WALKTHROUGH, Event, Writer
from asr_tui.plain.summary import Tally
from asr_tui.session.views import View


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller laid down; an empty text leaves the choice to the plan, and then to the defaults.

    ``way`` is a way to sign in; regions are names such as ``westeurope``; ``until`` is the last step to take.
    """

    way: str = ""
    tenant: str = ""
    subscription: str = ""
    source_region: str = ""
    target_region: str = ""
    until: Step = Step.TEST_FAILOVER


class StepError(ProblemError):
    """A step came to an end without what it is for."""


class Walk:
    """One walk over one session.

    Args:
        talk: the conversation with the worker.
        writer: where events go.
        tally: counts for the summary; it keeps its counts over a restart of the worker.
    """

    def __init__(self, talk: Conversation, writer: Writer, tally: Tally, wishes: Wishes) -> None:
        self.talk = talk
        self.writer = writer
        self.tally = tally
        self.wishes = wishes
        self.step: Step | None = None

    @property
    def view(self) -> View:
        """The newest picture."""
        return self.talk.view

    def say(self, kind: str, subject: str, state: str, message: str, **extra: object) -> None:
        """Write one event of the present step."""
        self.writer.write(Event(self.step or WALKTHROUGH, kind, subject, state, message, extra))

    def fail(self, what: str, remedy: str = "", cause: str = "") -> StepError:
        """A failure of the present step, to be raised."""
        return StepError(Problem(what=what, cause=cause, remedy=remedy, where=self.step or WALKTHROUGH))
