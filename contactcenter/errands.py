"""What the assistant has asked outside before it speaks: the desk's own systems, and a language model.

Between the assistant's loop (workers), which goes on with other questions meanwhile, and flow/assist, which settles
what comes of it. An errand that is cut off by the end of the process is run again by whoever reads the question next;
so errands only read. Refuses to let a model see what a tool told: only answers that are passages of articles go there.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.phrasing import Wish, phrased, unphrased, wish_for
from contactcenter.knowledge.replies import Answer, LookUp, Outcome, Phrase, Question, Reply, Settled
from contactcenter.model.history import ToolAsked
from contactcenter.model.values import NoRecord, NoText
from contactcenter.ports import Caller
from contactcenter.thinking import think


class Says(Protocol):
    """A language model."""

    async def say(self, wish: Wish) -> str:
        """What it says. Raises NoText; bounded in time, size and money."""


class Done(NamedTuple):
    """What an errand came to."""

    outcome: Settled | Exception
    tool: ToolAsked | None = None


Errand = Callable[[], Awaitable[Done]]


@dataclass
class Errands:
    """Those of one process. Without a caller tools are not asked, without a model passages are said as they are."""

    assistant: Assistant
    caller: Caller | None = None
    model: Says | None = None
    running: set[asyncio.Task[None]] = field(default_factory=set)

    def of(self, question: Question, outcome: Outcome | Exception) -> Errand | None:
        """What is to be asked before an outcome is settled; None for nothing."""
        if isinstance(outcome, LookUp):
            return lambda: self._look_up(question, outcome)
        if self.model is None or not isinstance(outcome, Reply):
            return None
        model, reply = self.model, outcome
        asks = any(isinstance(part, Answer) for part in reply.parts)
        return (lambda: _phrase(model, question.text, reply)) if asks else None

    def run(self, errand: Errand, settle: Callable[[Done], Awaitable[None]]) -> None:
        """Beside everything else, until `end`."""

        async def run() -> None:
            await settle(await errand())

        task = asyncio.create_task(run(), name="errand")
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def end(self) -> None:
        """Break off what runs: it is asked again by whoever finds us dead."""
        for errand in list(self.running):
            errand.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    async def _look_up(self, question: Question, lookup: LookUp) -> Done:
        writer, article = question.writer, lookup.article
        try:
            found = (
                NoRecord("nothing can be asked here")
                if self.caller is None
                else await self.caller.look_up(lookup.tool, lookup.data, writer.kind, writer.address)
            )
            told = ToolAsked(lookup.tool, article, found.reason if isinstance(found, NoRecord) else "it found it")
            return Done(await think(self.assistant.looked_up, question, lookup, found), told)
        except Exception as error:
            return Done(error, ToolAsked(lookup.tool, article, type(error).__name__))


async def _phrase(model: Says, question: str, reply: Reply) -> Done:
    """Each answer in the model's words, as far as they are the passage's."""
    try:
        said = await asyncio.gather(*(_said(model, question, part) for part in reply.parts))
        return Done(replace(reply, parts=tuple(said)))
    except Exception as error:
        return Done(error)


async def _said(model: Says, question: str, part: Answer | Phrase) -> Answer | Phrase:
    if not isinstance(part, Answer):
        return part
    wish = wish_for(question, part)
    if wish is None:
        return unphrased(part, "it is too long for the model")
    try:
        return phrased(part, await model.say(wish))
    except NoText as error:
        return unphrased(part, str(error))
