"""The day's budget for the language model: taken before a request, settled after it.

Called by `app` for outside/language_model, from every process. What is taken and never settled (a crash, no answer)
stays spent: nobody knows what it cost.
"""

from datetime import UTC, datetime

from sqlalchemy import update

from contactcenter.model.columns import ONE, SECOND, ZERO, adding_new, bind, table
from contactcenter.model.spending import ModelDay
from contactcenter.ports import Tx

_day = table(ModelDay)
OPEN = adding_new(_day, "day", requests=ZERO, tokens=ZERO)
TAKE = (
    update(_day)
    .where(_day.c.day == bind("today"), _day.c.tokens + bind("more") <= bind("most"))
    .values(tokens=_day.c.tokens + bind("more"), requests=_day.c.requests + ONE)
    .returning(_day.c.tokens)
)
SETTLE = update(_day).where(_day.c.day == bind("today")).values(tokens=_day.c.tokens + bind("more"))


def take(tx: Tx, most: int, tokens: int) -> bool:
    """Are so many tokens left of the day's `most`? Then they are taken."""
    today = _today(tx)
    tx.run(OPEN, day=today)
    return tx.one(TAKE, today=today, more=tokens, most=most) is not None


def settle(tx: Tx, taken: int, used: int) -> None:
    """A request for which so many were taken has used these."""
    tx.run(SETTLE, today=_today(tx), more=used - taken)


def _today(tx: Tx) -> str:
    return datetime.fromtimestamp(tx.now // SECOND, UTC).date().isoformat()
