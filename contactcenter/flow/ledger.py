"""One rule for all work that must not be lost: take the oldest of a stream, do it, settle it, or keep it with a reason.

The six loops (workers.py) call this on their tables (model/ledgers.py). Two ways of working: `work_off` takes, does
and settles in one transaction; `take` and `settle` are for work done outside, and a settlement presents the attempt
it belongs to. What raises leaves its row, its traceback and a retry time; after the last attempt it is buried, listed,
and can be retried by `retry`. A failing row holds its own stream and no other.
"""

import traceback
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import case, delete, exists, select, update

from contactcenter.flow import rechecks
from contactcenter.model.columns import SECOND, bind, table, word
from contactcenter.model.desk import Act, Post
from contactcenter.model.ledgers import Inbox, Outbox, Owner, Pickup, Question, Timer, Waiting, Work
from contactcenter.model.values import (
    Conflict,
    NotFound,
    RetryLater,
    StoreUnavailable,
    Undeliverable,
    Unknown,
    Unparseable,
)
from contactcenter.ports import Tx

BATCH = 10  # rows of one stream in one use case, so that none takes long
NEVER = -1  # an instant before all others
ERROR_LIMIT = 8_000  # characters of a traceback that are kept


class Ledger:
    """The statements of one table of work, and the retry rule of its loop."""

    def __init__(
        self,
        loop: str,
        model: type[Work],
        backoff: Sequence[float],
        *,
        keep: bool = False,
        shard: str = "",
        tell: Callable[[Tx, Any], None] = lambda tx, row: None,
    ) -> None:
        rows = table(model)
        older = rows.alias()
        unfinished = rows.c.state.in_([word("due"), word("taken")])
        self.loop = loop
        self.backoff = backoff
        self.tell = tell  # whoever does not look for what is due by itself, of a row that is due again
        self._due_heads = (
            select(rows)
            .where(
                *([rows.c[shard] == bind("shard")] if shard else []),
                rows.c.state == word("due"),
                unfinished,
                rows.c.due_at <= bind("now"),
                ~exists().where(
                    older.c.stream == rows.c.stream,
                    older.c.id < rows.c.id,
                    older.c.state.in_([word("due"), word("taken")]),
                ),
            )
            .order_by(rows.c.due_at, rows.c.id)
            .limit(bind("limit"))
        )
        # Locked: another process that sweeps the same stream waits here, and finds the row done (PostgreSQL 13.2.1).
        stream = select(rows).where(rows.c.stream == bind("stream"), unfinished)
        self._head = stream.order_by(rows.c.id).limit(1).with_for_update()
        self._take = (
            update(rows)
            .where(rows.c.id == bind("row"), rows.c.state == word("due"))
            .values(state="taken", owner=bind("worker"), attempts=rows.c.attempts + 1)
            .returning(rows)
        )
        settled = (rows.c.id == bind("row"), rows.c.attempts == bind("attempt"))
        self._finish = (
            update(rows).where(*settled).values(state="done", error="", owner="")
            if keep
            else delete(rows).where(*settled)
        )
        self._finish_as_found = self._finish.where(rows.c.due_at == bind("due"))
        self._fail = (
            update(rows)
            .where(*settled)
            .values(
                state=case((rows.c.created_at <= bind("too_old"), word("buried")), else_=bind("becomes")),
                due_at=bind("again"),
                attempts=bind("tried"),
                error=bind("trouble"),
                owner="",
            )
            .returning(rows.c.state)
        )
        taken = select(rows).where(rows.c.state == word("taken"), unfinished)
        self._taken_by_dead = taken.where(~exists().where(table(Owner).c.id == rows.c.owner))
        self._taken_by = taken.where(rows.c.owner == bind("whose"))
        self._release = (
            update(rows)
            .where(rows.c.id == bind("row"), rows.c.attempts == bind("attempt"), rows.c.state == word("taken"))
            .values(state="due", owner="", due_at=bind("again"))
        )
        self._buried = (
            select(rows.c.id, rows.c.stream, rows.c.attempts, rows.c.error, rows.c.created_at)
            .where(rows.c.state == word("buried"), rows.c.id > bind("after"))
            .order_by(rows.c.id)
            .limit(bind("limit"))
        )
        self._retry = (
            update(rows)
            .where(rows.c.id == bind("row"), rows.c.state == word("buried"))
            .values(state="due", attempts=0, due_at=bind("now"), created_at=bind("now"), owner="")
            .returning(rows)
        )

    def due_heads(self, tx: Tx, /, limit: int = 200, **shard: str) -> list[Any]:
        """The rows that may be taken now, of one shard (channel) where the table has them."""
        return tx.all(self._due_heads, now=tx.now, limit=limit, **shard)

    def work_off(
        self,
        tx: Tx,
        stream: str,
        do: Callable[[Tx, Any], None],
        prepared: Callable[[Any], bool] = lambda row: True,
        most: int = BATCH,
    ) -> int:
        """Do what is due in a stream, oldest first, until one fails or is not prepared; how many were tried.

        What was put off while it was done is not finished by that.
        """
        for tried in range(most):
            row = tx.one(self._head, stream=stream)
            if row is None or row.state != "due" or row.due_at > tx.now or not prepared(row):
                return tried
            if not self.attempt(tx, row, do):
                return tried + 1
            tx.run(self._finish_as_found, row=row.id, attempt=row.attempts, due=row.due_at)
        if most > 1:  # who does one at a time comes again for the next
            tx.wake(self.loop)
        return most

    def attempt(self, tx: Tx, row: Any, do: Callable[[Tx, Any], None]) -> bool:
        """Do one row in a savepoint; True when it succeeded, else it is kept with its reason."""
        try:
            with tx.savepoint():
                do(tx, row)
        except StoreUnavailable:
            raise
        except Exception as error:
            self.fail(tx, row.id, row.attempts, error, tried=row.attempts + 1)
            return False
        return True

    def take(self, tx: Tx, row: int, worker: str) -> Any | None:
        """Claim a due row for a worker outside; None when somebody else has it."""
        return tx.one(self._take, row=row, worker=worker)

    def finish(self, tx: Tx, row: int, attempt: int) -> None:
        """It is done. Raises Conflict when the claim was lost meanwhile."""
        if tx.run(self._finish, row=row, attempt=attempt) == 0:
            raise Conflict(f"{self.loop} {row}: attempt {attempt} is no longer the current one")

    def fail(self, tx: Tx, row: int, attempt: int, error: Exception, *, tried: int, after: float | None = None) -> bool:
        """Keep it with its traceback and a retry time; True when it is buried instead. Raises Conflict as `finish`.

        `after`: seconds that the provider asked us to wait. That is no failure and counts as none, until it has asked
        for as long as failures would have been tried.
        """
        asked = after is not None
        buried = isinstance(error, Unparseable | Undeliverable) or (not asked and tried > len(self.backoff))
        wait = after if after is not None else self.backoff[min(tried, len(self.backoff)) - 1]
        done = tx.one(
            self._fail,
            row=row,
            attempt=attempt,
            becomes="buried" if buried else "due",
            again=tx.now + int(wait * SECOND),
            tried=tried - 1 if asked else tried,
            too_old=tx.now - int(sum(self.backoff) * SECOND) if asked else NEVER,
            trouble=explain(error),
        )
        if done is None:
            raise Conflict(f"{self.loop} {row}: attempt {attempt} is no longer the current one")
        return bool(done.state == "buried")

    def release(self, tx: Tx, row: int, attempt: int, again: int) -> None:
        """Give a claim back undone."""
        tx.run(self._release, row=row, attempt=attempt, again=again)

    def taken_by_dead(self, tx: Tx) -> list[Any]:
        """Rows whose owner no longer lives."""
        return tx.all(self._taken_by_dead)

    def taken_by(self, tx: Tx, owner: str) -> list[Any]:
        """Rows that an owner has claimed and not settled."""
        return tx.all(self._taken_by, whose=owner)

    def buried(self, tx: Tx, after: int = 0, limit: int = 50) -> list[Any]:
        """What was given up, oldest first."""
        return tx.all(self._buried, after=after, limit=limit)

    def retry(self, tx: Tx, row: int) -> None:
        """Make a buried row due again, with all its attempts. Raises NotFound."""
        again = tx.one(self._retry, row=row, now=tx.now)
        if again is None:
            raise NotFound(f"{self.loop} has no buried row {row}")
        self.tell(tx, again)
        tx.wake(self.loop)


def due(now: int, stream: str, at: int | None = None) -> dict[str, Any]:
    """What every new row of work begins with: due now, or at an instant."""
    return {
        "stream": stream,
        "state": "due",
        "due_at": now if at is None else at,
        "attempts": 0,
        "owner": "",
        "error": "",
        "created_at": now,
    }


def explain(error: Exception) -> str:
    """What is kept of an error: the remedy's own words, or the traceback of a fault."""
    if isinstance(error, Unparseable | NotFound | Undeliverable | RetryLater | Unknown):
        return f"{type(error).__name__}: {error}"
    return "".join(traceback.format_exception(error))[-ERROR_LIMIT:]


inbox = Ledger("inbox", Inbox, backoff=(1, 5, 30, 300), keep=True)
questions = Ledger("assistant", Question, backoff=(1, 5, 30))
waiting = Ledger("router", Waiting, backoff=(1, 5, 30, 300), tell=lambda tx, row: rechecks.ticket(tx, row.ticket_id))
outbox = Ledger(
    "outbox", Outbox, backoff=(2, 10, 60, 300, 1800, 3600, 7200, 14400, 28800, 43200, 86400), shard="channel"
)
timers = Ledger("upkeep", Timer, backoff=(1, 5, 30, 300, 3600))
files = Ledger("files", Pickup, backoff=(2, 10, 60, 300, 1800, 3600, 7200), shard="channel")

acts = Ledger("desk", Act, backoff=(1, 5, 30, 300), keep=True)
posts = Ledger("posts", Post, backoff=(1, 5, 15, 60, 300, 900, 3600), keep=True, shard="lane")

LEDGERS = {ledger.loop: ledger for ledger in (inbox, questions, waiting, outbox, timers, files, acts, posts)}
