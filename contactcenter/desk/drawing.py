"""What each post says right now: read from the tables, in the transaction that claims it. Called by desk/posting.

A call is a method of Slack's and its arguments; a post may need several (a reaction is taken away, another put).
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from contactcenter.desk import cards, facts, home, orders
from contactcenter.desk.floor import Floor
from contactcenter.flow import posts
from contactcenter.flow.queries import ATTACHMENT_BY_ID, MESSAGE_BY_ID
from contactcenter.flow.views import shown_ticket
from contactcenter.ports import Tx
from contactcenter.slack.text import escaped

EVENT = "contactcenter_post"  # of the metadata by which a post of ours is found again
QUIET = {"unfurl_links": False, "unfurl_media": False}

Call = tuple[str, dict[str, Any]]


class Drawn(msgspec.Struct, frozen=True):
    """What to send. `mark`: the reaction that stands there afterwards. `card`: one that may want a suggestion first."""

    calls: tuple[Call, ...] = ()
    mark: str = ""
    card: facts.CardFacts | None = None
    file: int = 0  # the attachment to put into `place`, in `thread`
    place: str = ""
    thread: str = ""


class Waits(msgspec.Struct, frozen=True):
    """Not yet: what it hangs on is not there."""


Draw = Callable[[Tx, Floor, Any], Drawn | Waits]


def draw(tx: Tx, floor: Floor, row: Any) -> Drawn | Waits:
    """What a row of Post comes to; nothing to send where it needs nothing any more."""
    return KINDS[row.kind](tx, floor, row)


def shown(row: Any, said: Mapping[str, Any], thread: str = "") -> Call:
    """Put it there, or change what is there."""
    if row.ts:
        return "chat.update", {"channel": row.landed or row.place, "ts": row.ts, **said}
    hangs = {"thread_ts": thread} if thread else {}
    return _posted(row, {**hangs, **said})


def anew(row: Any, call: Call) -> Call:
    """What was to be changed and is gone, put there again."""
    return _posted(row, {name: value for name, value in call[1].items() if name not in ("channel", "ts")})


def _posted(row: Any, said: Mapping[str, Any]) -> Call:
    """With what it is found by, should nobody hear that it arrived."""
    metadata = {"event_type": EVENT, "event_payload": {"post": row.id}}
    return "chat.postMessage", {"channel": row.place, **said, **QUIET, "metadata": metadata}


def _gone(row: Any) -> Drawn:
    """What it showed was erased."""
    return Drawn((("chat.delete", {"channel": row.landed or row.place, "ts": row.ts}),) if row.ts else ())


def _card(tx: Tx, floor: Floor, row: Any) -> Drawn:
    found = facts.card(tx, floor.policies, row.subject)
    return _gone(row) if found is None else Drawn(card=found)


def _entry(tx: Tx, floor: Floor, row: Any) -> Drawn | Waits:
    found = facts.message(tx, row.subject) if row.kind == "message" else facts.note(tx, row.subject)
    if found is None or (row.ts and found.is_erased):
        return _gone(row)
    thread = _thread_of(tx, row)
    if not thread:
        return Waits()
    return Drawn((shown(row, cards.entry(found, floor.public_url), thread),))


def _file(tx: Tx, floor: Floor, row: Any) -> Drawn | Waits:
    if row.ts:
        gone = tx.one(ATTACHMENT_BY_ID, id=row.subject) is None
        return Drawn((("files.delete", {"file": row.ts.removeprefix("file:")}),) if gone else ())
    thread = _thread_of(tx, row)
    return Drawn(file=row.subject, place=row.place, thread=thread) if thread else Waits()


def _mark(tx: Tx, floor: Floor, row: Any) -> Drawn:
    if row.kind == "noted":
        mark = cards.NOTED
    else:
        message = tx.one(MESSAGE_BY_ID, id=row.subject)
        mark = cards.MARKS.get(message.delivery, "") if message is not None else ""
    at = {"channel": row.place, "timestamp": row.ts}
    calls: list[Call] = []
    if row.words and row.words != mark:
        calls.append(("reactions.remove", {**at, "name": row.words}))
    if mark and row.words != mark:
        calls.append(("reactions.add", {**at, "name": mark}))
    return Drawn(tuple(calls), mark=mark)


def _nothing(tx: Tx, floor: Floor, row: Any) -> Drawn:
    return Drawn()


def _offer(tx: Tx, floor: Floor, row: Any) -> Drawn:
    found = facts.offer(tx, floor.policies, row.subject)
    if found is None or (not row.ts and found.state != "open"):
        return Drawn()
    return Drawn((shown(row, cards.offer(found, floor.public_url)),))


def _given(tx: Tx, floor: Floor, row: Any) -> Drawn:
    view = shown_ticket(tx, row.subject, floor.policies.kinds)
    return Drawn((shown(row, cards.given(view, row.words, floor.public_url)),))


def _whisper(tx: Tx, floor: Floor, row: Any) -> Drawn:
    user = row.whom.partition(" ")[0]
    text = escaped(row.words)
    if not row.place or row.place.startswith("D"):  # where there is nobody else, nothing has to be whispered
        return Drawn((("chat.postMessage", {"channel": user, "text": text, **QUIET}),))
    hangs = {"thread_ts": row.thread} if row.thread else {}
    return Drawn((("chat.postEphemeral", {"channel": row.place, "user": user, "text": text, **hangs}),))


def _words(tx: Tx, floor: Floor, row: Any) -> Drawn | Waits:
    thread = "" if row.ticket_id is None else _thread_of(tx, row)
    if not row.words:
        return _gone(row)
    if row.ticket_id is not None and not thread:
        return Waits()
    return Drawn((shown(row, {"text": row.words}, thread),))


def _figures(tx: Tx, floor: Floor, row: Any) -> Drawn:
    return Drawn((shown(row, {"text": "Figures", "blocks": orders.figures(tx, floor)}),))


def _escalation(tx: Tx, floor: Floor, row: Any) -> Drawn:
    found = facts.escalation(tx, floor.policies, row.subject)
    if found is None:
        return _gone(row)
    said = cards.escalation(found, floor.public_url)
    return Drawn((shown(row, said),))


def _deadline(tx: Tx, floor: Floor, row: Any) -> Drawn:
    if not row.words:
        return _gone(row)
    view = shown_ticket(tx, row.subject, floor.policies.kinds)
    return Drawn((shown(row, cards.deadline(view, row.words, floor.public_url)),))


def _home(tx: Tx, floor: Floor, row: Any) -> Drawn:
    view = home.view(facts.home(tx, floor.policies, row.subject), floor.public_url) if row.subject else home.stranger()
    return Drawn((("views.publish", {"user_id": row.whom, "view": view}),))


def _thread_of(tx: Tx, row: Any) -> str:
    """The ts of the card in the row's channel; blank while it is not there."""
    return next((card.ts for card in tx.all(posts.CARDS, ticket=row.ticket_id) if card.place == row.place), "")


KINDS: Mapping[str, Draw] = {
    "card": _card,
    "message": _entry,
    "note": _entry,
    "file": _file,
    "mark": _mark,
    "noted": _mark,
    "thread": _nothing,
    "unsaid": _nothing,
    "offer": _offer,
    "given": _given,
    "whisper": _whisper,
    "words": _words,
    "figures": _figures,
    "escalation": _escalation,
    "deadline": _deadline,
    "home": _home,
}
