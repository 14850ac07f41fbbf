"""Where the assistant thinks: in a thread of its own, and learns in another, so that the event loop does neither.

Put together by `app`; asked by workers, web and desk. One thread answers, one question after the other: two would
only take turns. What is learned in steps is learned in full soon after.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from contactcenter.knowledge.assistant import Assistant

P = ParamSpec("P")
T = TypeVar("T")

LOOK_SECONDS = 1.0  # until it is looked whether there is something to learn

_answering = ThreadPoolExecutor(max_workers=1, thread_name_prefix="answering")

log = logging.getLogger(__name__)


async def think(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the function returns, computed in the thread that answers."""
    return await asyncio.get_running_loop().run_in_executor(_answering, lambda: function(*args, **kwargs))


async def keep_learning(assistant: Assistant) -> None:
    """Have the assistant catch up with what it learned only in part, whenever there is such; until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if not assistant.study.behind:
            continue
        try:
            await _aside(assistant.catch_up)
        except Exception:  # what is known stays known; the next change may be learned again
            log.exception("the assistant could not learn")
            assistant.study.give_up()


def _aside(work: Callable[[], None]) -> asyncio.Future[None]:
    """Work in a thread that no end of the process waits for: an equation cannot be interrupted."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def run() -> None:
        failed: Exception | None = None
        try:
            work()
        except Exception as error:  # told to whoever waits
            failed = error
        try:
            loop.call_soon_threadsafe(_settle, done, failed)
        except RuntimeError:  # the loop is closed, and nobody waits
            pass

    threading.Thread(target=run, name="learning", daemon=True).start()
    return done


def _settle(done: asyncio.Future[None], failed: Exception | None) -> None:
    if done.done():  # cancelled
        return
    if failed is None:
        done.set_result(None)
    else:
        done.set_exception(failed)
