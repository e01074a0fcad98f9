"""What all the steps of the interview share: the talk with the worker, the prompt, and a menu."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from asr_tui.model.step import Step
from asr_tui.plain.asking.prompt import BackError, Choice, Keyboard, LeaveError, Prompt
from asr_tui.plain.conversation import Conversation, RefusedError
from asr_tui.plain.narrator import Narrator
from asr_tui.session.intents import Intent, TakePen
from asr_tui.session.views import View

NEXT = "next"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done in a step."""

    title: str
    run: Callable[[Interview], Awaitable[None]]


class Interview:
    """One engineer at a keyboard, one worker.

    Args:
        talk: the conversation with the worker.
        prompt: asks and prints.
        keyboard: the same that the prompt reads from.
        narrator: tells what changes while something runs.
    """

    def __init__(self, talk: Conversation, prompt: Prompt, keyboard: Keyboard, narrator: Narrator) -> None:
        self.talk = talk
        self.prompt = prompt
        self.narrator = narrator
        self._keyboard = keyboard

    @property
    def view(self) -> View:
        """The newest picture."""
        return self.talk.view

    async def refresh(self) -> View:
        """The picture as the worker has it right now."""
        await self.talk.look()
        return self.view

    async def send(self, intent: Intent) -> bool:
        """Send an intent and say the reasons where it is refused; returns whether it was accepted. Where somebody else holds
        the pen, taking it over is offered."""
        try:
            await self.talk.send(intent)
        except RefusedError as refusal:
            for problem in refusal.problems:
                self.prompt.say(f"Refused: {problem.sentence()}")
            if refusal.problems[0].code != "pen-held" or not await self.prompt.agree(
                "Take the pen over", default=False
            ):
                return False
            return await self.send(TakePen()) and await self.send(intent)
        return True

    async def follow(self, ready: Callable[[View], bool], waiting_for: str) -> bool:
        """Tell what happens until ``ready`` holds; on a terminal, Enter stops following (what runs goes on).

        Returns whether it came to hold.
        """
        if not self._keyboard.is_terminal:
            await self.talk.until(ready, waiting_for)
            return True
        self.prompt.say(f"Following {waiting_for}. Enter stops following; what runs goes on.")
        arrived = asyncio.create_task(self.talk.until(ready, waiting_for))
        pressed = asyncio.create_task(self._keyboard.line())
        try:
            await asyncio.wait({arrived, pressed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (arrived, pressed):
                if not task.done():
                    task.cancel()
            await asyncio.gather(arrived, pressed, return_exceptions=True)
        if arrived.done() and not arrived.cancelled():
            arrived.result()
            return True
        if pressed.result() is None:
            raise LeaveError
        return False

    async def rest(self) -> View:
        """Wait until the worker has nothing of ours to read or compute."""
        return await self.talk.until(lambda view: view.session.activity == "", "the worker")

    async def menu(self, step: Step, actions: Sequence[Action], default: int | None) -> str:
        """Ask what to do in a step, and do it. ``default`` is an action's index; None means the next step.

        Returns :data:`NEXT` when the engineer goes on.

        Raises:
            BackError, LeaveError: that was the answer.
        """
        choices = [Choice(str(number), action.title) for number, action in enumerate(actions)]
        following = Step(list(Step)[step.number]) if step.number < len(Step) else None
        choices.append(Choice(NEXT, f"Go on to {following.heading}" if following else "Finish"))
        answer = await self.prompt.choose("Your choice", choices, NEXT if default is None else str(default))
        if answer == NEXT:
            return NEXT
        try:
            await actions[int(answer)].run(self)
        except BackError:
            self.prompt.say("Back to the step; nothing was changed.")
        return ""
