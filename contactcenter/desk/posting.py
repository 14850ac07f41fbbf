"""What the desk shows in Slack, brought up to date: claim what is due of a lane, draw it as it is now, send it, settle.

Filled by flow/posts. A card that changed ten times while Slack was slow is sent once, with its latest state. Each lane
has the pace that Slack allows. Refuses to lose anything: what fails is due again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import case, update

from contactcenter.channels.payload import opened
from contactcenter.desk import cards, drawing, facts
from contactcenter.desk.drawing import Drawn, Waits
from contactcenter.desk.floor import Floor
from contactcenter.flow import inbound, ledger, posts
from contactcenter.flow.pickups import REMOTE
from contactcenter.flow.policies import DeskPolicy
from contactcenter.flow.queries import ATTACHMENT_BY_ID, ATTACHMENTS_OF, MESSAGE_BY_ID, RAW_BY_ID
from contactcenter.model.columns import SECOND, bind, word
from contactcenter.model.values import (
    Conflict,
    NotFound,
    RetryLater,
    StoreUnavailable,
    Undeliverable,
    Unknown,
    Unusable,
)
from contactcenter.ports import Files, Store, Tx
from contactcenter.slack.api import Api
from contactcenter.slack.pace import Pace
from contactcenter.thinking import think

AT_ONCE = 10  # of a lane in which nothing has to be in order
HANGS = 1 * SECOND  # until something is looked at again that waits for its card
DONE_ALREADY = ("already_reacted", "no_reaction", "message_not_found", "file_not_found", "file_deleted")
FOUND_WITHIN = 200  # messages among which a post of ours is looked for

post = posts.post
SETTLE = (
    update(post)
    .where(post.c.id == bind("row"), post.c.attempts == bind("attempt"))
    .values(
        shown=bind("drawn"),
        ts=bind("called"),
        landed=bind("there"),
        words=bind("says"),
        lane=bind("goes_on"),
        owner="",
        error="",
        due_at=bind("at"),
        state=case((post.c.wanted > bind("drawn"), word("due")), else_=word("done")),
    )
    .returning(post.c.state)
)
POSTPONE = update(post).where(post.c.id == bind("row"), post.c.state == word("due")).values(due_at=bind("at"))

log = logging.getLogger(__name__)


class Job(msgspec.Struct, frozen=True):
    """A claimed row and what it comes to."""

    row: Any
    drawn: Drawn


class Landed(msgspec.Struct, frozen=True):
    """Where Slack has it. `found`: from an attempt before, and what it says may be what was so then."""

    ts: str = ""
    channel: str = ""
    found: bool = False


class Posting:
    """One process at a time posts for a desk."""

    def __init__(
        self,
        floor: Callable[[], Floor],
        store: Store,
        files: Files,
        api: Api,
        tell: Callable[[str], Awaitable[None]],
    ) -> None:
        self._floor, self._store, self._files, self._api, self._tell = floor, store, files, api, tell
        self._updates = Pace(every=1.0)
        self._trouble: str | None = None  # as it was told last; blank: all is well

    async def step(self, lane: str, owner: str) -> int:
        """Bring what is due of a lane up to date; how much was tried."""
        if not await self._store.read(_any_due, lane):
            return 0
        ordered = lane.startswith(("post:", "card:"))
        if lane.startswith("card:"):
            await self._updates.turn(lane)  # before it is drawn: the latest state wins
        jobs = await self._store.write_in("posts", begin, self._floor(), lane, owner, 1 if ordered else AT_ONCE)
        await asyncio.gather(*(self._do(job) for job in jobs))
        return len(jobs)

    async def _do(self, job: Job) -> None:
        try:
            outcome: Landed | Exception = await self._send(job)
        except (RetryLater, Undeliverable, Unknown) as error:
            outcome = error
        except Exception as error:
            log.exception("a post failed", extra={"post": job.row.id, "kind": job.row.kind})
            outcome = error
        if isinstance(outcome, RetryLater) and outcome.after is not None and job.row.lane.startswith("card:"):
            self._updates.pause(job.row.lane, outcome.after)
        await self._told(outcome)
        try:
            await self._store.write_in("posts", settle, self._floor(), job, outcome)
        except (Conflict, StoreUnavailable) as error:
            log.warning("a post was not settled", extra={"post": job.row.id, "reason": type(error).__name__})

    async def _told(self, outcome: Landed | Exception) -> None:
        """How posting goes, when that changes; a post that Slack refuses is that post's affair."""
        trouble = str(outcome) if isinstance(outcome, Unusable) else ""
        if trouble == self._trouble or (isinstance(outcome, Exception) and not trouble):
            return
        try:
            await self._tell(trouble)
            self._trouble = trouble
        except StoreUnavailable:
            return  # the next one tells it

    async def _send(self, job: Job) -> Landed:
        row, drawn = job.row, job.drawn
        if drawn.card is not None:
            drawn = replace(drawn, calls=(await self._card(row, drawn.card),))
        if drawn.file:
            return await self._put(drawn)
        if row.attempts > 1 and not row.ts and (found := await self._found(row, drawn)):
            return found
        landed = Landed(row.ts, row.landed)
        for method, arguments in drawn.calls:
            told = await self._call(method, arguments)
            if told is None and row.kind == "card":
                return await self._anew(row, (method, arguments))
            landed = told or landed
        return landed

    async def _anew(self, row: Any, call: drawing.Call) -> Landed:
        """Somebody deleted the card: without one nobody can work."""
        again = drawing.anew(row, call)
        if row.attempts > 1 and (found := await self._found(row, Drawn((again,)))):
            return found
        return await self._call(*again) or Landed(row.ts, row.landed)

    async def _call(self, method: str, arguments: dict[str, Any]) -> Landed | None:
        try:
            answer = await self._api.call(method, **arguments)
        except Undeliverable as error:
            if any(code in str(error) for code in DONE_ALREADY):
                return None
            raise
        if method in ("chat.delete", "files.delete"):
            return Landed()
        return (
            Landed(str(answer["ts"]), str(answer["channel"])) if method.startswith("chat.") and "ts" in answer else None
        )

    async def _card(self, row: Any, found: facts.CardFacts) -> drawing.Call:
        """With a suggestion, which is thought out here: outside any transaction."""
        floor = self._floor()
        best = await think(floor.assistant.suggest, found.asks, limit=1) if found.asks.strip() else ()
        found = replace(found, suggestion=best[0] if best and best[0].score >= cards.LIKELY else None)
        return drawing.shown(row, cards.card(found, floor.public_url))

    async def _found(self, row: Any, drawn: Drawn) -> Landed | None:
        """What an earlier attempt, whose outcome nobody knows, has put there; None where it cannot be seen."""
        method, arguments = next(((m, a) for m, a in drawn.calls if m == "chat.postMessage"), ("", {}))
        if not method or "metadata" not in arguments:
            return None
        where = {"channel": row.place, "limit": FOUND_WITHIN, "include_all_metadata": True}
        try:
            if thread := arguments.get("thread_ts"):
                answer = await self._api.call("conversations.replies", ts=thread, **where)
            else:
                oldest = f"{row.created_at // SECOND - 60}"
                answer = await self._api.call("conversations.history", oldest=oldest, **where)
        except (Undeliverable, Unknown):  # it may not be asked for: rather twice than never, among colleagues
            return None
        for message in answer.get("messages", []):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == drawing.EVENT and metadata.get("event_payload", {}).get("post") == row.id:
                return Landed(str(message["ts"]), row.place, found=True)
        return None

    async def _put(self, drawn: Drawn) -> Landed:
        """A customer's file into the thread."""
        row, raw = await self._store.read(_file, drawn.file)
        if row is None:
            return Landed()
        if row.ref.startswith(REMOTE):
            raise RetryLater("the file is still being fetched", 5.0)
        try:
            async with opened(self._files, self._floor().policies, row, raw) as content:
                done = await self._api.upload(row.name, content, row.size, drawn.place, drawn.thread)
        except NotFound as error:
            raise Undeliverable(str(error)) from None
        return Landed(ts=f"file:{done.get('id', '')}", channel=drawn.place)


def lanes(desk: DeskPolicy) -> list[str]:
    """What is paced apart."""
    places = sorted(desk.everywhere)
    return [*(f"post:{place}" for place in places), *(f"card:{place}" for place in places), "whisper", "mark", "home"]


def begin(tx: Tx, floor: Floor, lane: str, owner: str, limit: int) -> list[Job]:
    """Claim and draw what is due of a lane."""
    jobs = []
    for head in ledger.posts.due_heads(tx, limit, shard=lane):
        drawn = drawing.draw(tx, floor, head)
        if isinstance(drawn, Waits):
            tx.run(POSTPONE, row=head.id, at=tx.now + HANGS)
        elif (row := ledger.posts.take(tx, head.id, owner)) is not None:
            jobs.append(Job(row, drawn))
    return jobs


def settle(tx: Tx, floor: Floor, job: Job, outcome: Landed | Exception) -> None:
    """Write down where it is now, or that it is due again. Raises Conflict when the claim was lost meanwhile."""
    row = job.row
    if isinstance(outcome, Exception):
        error = RetryLater(str(outcome)) if isinstance(outcome, Unknown) else outcome
        after = error.after if isinstance(error, RetryLater) else None
        ledger.posts.fail(tx, row.id, row.attempts, error, tried=row.attempts, after=after)
        return
    settled = tx.one(
        SETTLE,
        row=row.id,
        attempt=row.attempts,
        drawn=row.wanted - outcome.found,
        called=outcome.ts,
        there=outcome.channel if outcome.channel != row.place else "",
        says=_kept(job),
        goes_on=f"card:{row.place}" if row.kind == "card" else row.lane,
        at=tx.now,
    )
    if settled is None:
        raise Conflict(f"post {row.id}: attempt {row.attempts} is no longer the current one")
    _follow(tx, floor, row, outcome.ts)
    if settled.state == "due":
        tx.wake("posts")


def _kept(job: Job) -> str:
    """The words of a row once it is shown: the reaction that stands there; what one was told alone is forgotten."""
    row = job.row
    return job.drawn.mark if row.lane == "mark" else "" if row.kind == "whisper" else row.words


def _follow(tx: Tx, floor: Floor, row: Any, called: str) -> None:
    """What comes after it: the files of a message; the words of a reply that was not delivered, to send it again."""
    if row.kind == "card" and row.ts and row.ts != called:
        posts.known_as(tx, "thread", row.place, row.ts, row.subject)
    elif row.kind == "message":
        message = tx.one(MESSAGE_BY_ID, id=row.subject)
        if message is not None and message.direction == "inbound":
            for attached in tx.all(ATTACHMENTS_OF, message=row.subject):
                posts.entry(tx, floor.policies, row.ticket_id, "file", attached.id)
    elif row.kind == "mark":
        message = tx.one(MESSAGE_BY_ID, id=row.subject)
        if message is not None and message.delivery in ("unknown", "buried"):
            posts.entry(tx, floor.policies, row.ticket_id, "message", row.subject)


def _any_due(tx: Tx, lane: str) -> bool:
    return bool(ledger.posts.due_heads(tx, 1, shard=lane))


def _file(tx: Tx, number: int) -> tuple[Any, Any]:
    row = tx.one(ATTACHMENT_BY_ID, id=number)
    raw = None if row is None or row.inbox_id is None else tx.one(RAW_BY_ID, id=row.inbox_id)
    return row, None if raw is None else inbound.raw_of(raw)
