"""What agents see in Slack is to be brought up to date: said here by whoever changes it, done by desk/posting.

Called by flow/live and by the desk. Writes rows that name a ticket, a message, a note: never a customer's text
or address. Where no desk is configured it costs nothing.
"""

from typing import Any

import msgspec
from sqlalchemy import case, delete, select, update

from contactcenter.flow import ledger
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import BLANK, HOUR, SECOND, ZERO, adding_new, bind, table, word
from contactcenter.model.desk import Act, DeskThread, Post, SlackUser
from contactcenter.model.tickets import Message
from contactcenter.ports import Tx

BEFORE = 30  # of the latest messages of a ticket that stand in a thread which begins
HOME_EVERY = 10 * SECOND  # Slack limits how often a home may be published
HOME_OPEN = 1 * HOUR  # a home that was not opened for so long is not kept up to date
WORDS_LIMIT = 2_500  # characters
CHUNK = 500  # rows that are forgotten at once

act, message = table(Act), table(Message)
post, deskthread, slackuser = table(Post), table(DeskThread), table(SlackUser)
_unfinished = post.c.state.in_([word("due"), word("taken")])
_again = {
    "wanted": post.c.wanted + 1,
    "state": case((post.c.state == word("taken"), post.c.state), else_=word("due")),
    "attempts": case((_unfinished, post.c.attempts), else_=0),
    "due_at": case((_unfinished, post.c.due_at), else_=bind("at")),
}

ADD = adding_new(post, "kind", "subject", "place", "whom")
WANT_OF_TICKET = update(post).where(post.c.ticket_id == bind("ticket"), post.c.kind == word("card")).values(_again)
WANT_ALL_OF_TICKET = update(post).where(post.c.ticket_id == bind("ticket")).values(_again)
WANT_FILES_OF_TICKET = (
    update(post).where(post.c.ticket_id == bind("ticket"), post.c.kind == word("file")).values(_again)
)
WANT_OF_MESSAGE = (
    update(post)
    .where(post.c.kind.in_([word("message"), word("mark")]), post.c.subject == bind("message"))
    .values(_again)
)
WANT_OFFER = update(post).where(post.c.kind == word("offer"), post.c.subject == bind("offer")).values(_again)
WANT_HOMES = (
    update(post)
    .where(
        post.c.lane == word("home"),
        post.c.kind == word("home"),
        ~_unfinished,
        post.c.created_at > bind("since"),
    )
    .values({**_again, "due_at": case((post.c.due_at + HOME_EVERY > bind("at"), post.c.due_at + HOME_EVERY),
                                      else_=bind("at"))})
)  # fmt: skip
OPEN_HOME = (
    update(post)
    .where(post.c.kind == word("home"), post.c.whom == bind("user"))
    .values({**_again, "created_at": bind("at")})
)
SAID = (
    select(message.c.id).where(message.c.ticket_id == bind("ticket")).order_by(message.c.id.desc()).limit(bind("limit"))
)
_old_act, _old_post = act.alias(), post.alias()
PRUNE = (  # what was done in Slack and told to one person; what stands in a thread stays known
    delete(act).where(
        act.c.id.in_(
            select(_old_act.c.id)
            .where(_old_act.c.state.in_([word("done"), word("buried")]), _old_act.c.created_at < bind("before"))
            .order_by(_old_act.c.id)
            .limit(CHUNK)
        )
    ),
    delete(post).where(
        post.c.id.in_(
            select(_old_post.c.id)
            .where(
                _old_post.c.kind.in_([word("whisper"), word("figures")]),
                _old_post.c.state.in_([word("done"), word("buried")]),
                _old_post.c.created_at < bind("before"),
            )
            .order_by(_old_post.c.id)
            .limit(CHUNK)
        )
    ),
)
FORGET_WORDS = (
    update(post)
    .where(post.c.ticket_id == bind("ticket"), post.c.kind.in_([word("words"), word("deadline")]))
    .values(words=BLANK)
)
CARDS = select(post).where(post.c.ticket_id == bind("ticket"), post.c.kind == word("card")).order_by(post.c.id)
BY_TS = select(post).where(post.c.place == bind("place"), post.c.ts == bind("ts"), post.c.ts != BLANK)
ON_ITS_WAY = (  # it may be in Slack: whether it is, nobody has written down yet
    select(post.c.id)
    .where(post.c.place == bind("place"), post.c.kind == word("card"), post.c.ts == BLANK, _unfinished)
    .where(post.c.attempts > ZERO)
    .limit(1)
)
DROP = delete(post).where(post.c.kind == bind("kind"), post.c.subject == bind("subject"), post.c.ts == BLANK)
USERS_OF = select(slackuser).where(slackuser.c.agent_id == bind("agent")).order_by(slackuser.c.checked_at.desc())
MODE = select(deskthread).where(deskthread.c.ticket_id == bind("ticket"))
SET_MODE = adding_new(deskthread, "ticket_id")
CHANGE_MODE = (
    update(deskthread)
    .where(deskthread.c.ticket_id == bind("ticket"))
    .values(mode=bind("becomes"), since=bind("at"), assigned_at=bind("given"))
)


def card(tx: Tx, policies: Policies, ticket: int, queue: str, *, for_people: bool) -> None:
    """The card of a ticket: made in its queue's channel, and brought up to date wherever there is one.

    It is made once the ticket is for people: what the assistant settles is no noise in the channel. What was said
    before then stands in its thread.
    """
    if policies.desk is None:
        return
    tx.run(WANT_OF_TICKET, ticket=ticket, at=tx.now)
    place, stream = policies.desk.place(queue), f"card:{ticket}"
    lane = f"post:{place}"
    if for_people and place and _add(tx, "card", ticket, place, lane=lane, stream=f"{stream}:{place}", ticket=ticket):
        for row in reversed(tx.all(SAID, ticket=ticket, limit=BEFORE)):
            _add(tx, "message", row.id, place, lane=lane, stream=f"thread:{ticket}", ticket=ticket)
    tx.run(WANT_HOMES, at=tx.now, since=tx.now - HOME_OPEN)
    tx.wake("posts")


def entry(tx: Tx, policies: Policies, ticket: int, kind: str, subject: int) -> None:
    """A message, note or file in the thread of the ticket's newest card."""
    if policies.desk is None:
        return
    for row in tx.all(CARDS, ticket=ticket)[-1:]:
        _add(tx, kind, subject, row.place, lane=f"post:{row.place}", stream=f"thread:{ticket}", ticket=ticket)
    tx.wake("posts")


def changed(tx: Tx, policies: Policies, message: int) -> None:
    """What became of a message. Where no desk is configured it costs nothing."""
    if policies.desk is not None:
        touch(tx, message)


def touch(tx: Tx, message: int) -> None:
    """What a message says now, wherever it is shown: merging leaves it in the thread of the ticket it came in by."""
    if tx.run(WANT_OF_MESSAGE, message=message, at=tx.now):
        tx.wake("posts")


def offer(tx: Tx, policies: Policies, number: int, agent: int, ticket: int) -> None:
    """An offer is made, or has ended: shown to whom it is held out, where they are known in Slack."""
    if policies.desk is None:
        return
    if tx.run(WANT_OFFER, offer=number, at=tx.now) == 0:
        for row in tx.all(USERS_OF, agent=agent)[:1]:
            _add(tx, "offer", number, row.user, lane="whisper", stream=f"offer:{number}", ticket=ticket)
    tx.wake("posts")


def given(tx: Tx, policies: Policies, ticket: int, agent: int, by: str) -> None:
    """Somebody gave a ticket to an agent: told to them alone, where they are known in Slack."""
    if policies.desk is None:
        return
    for row in tx.all(USERS_OF, agent=agent)[:1]:
        whom = f"{row.user} {tx.now}"
        _add(
            tx, "given", ticket, row.user, lane="whisper", stream=f"given:{ticket}", whom=whom, words=by, ticket=ticket
        )
    tx.wake("posts")


def mark(tx: Tx, kind: str, subject: int, place: str, ts: str, ticket: int) -> None:
    """A reply (mark) or a note (noted) that stands in a thread already, in its writer's own words.

    No entry repeats it; a reaction of ours tells what became of it.
    """
    tx.run(DROP, kind="message" if kind == "mark" else "note", subject=subject)
    _add(tx, kind, subject, place, lane="mark", stream=f"mark:{place}:{ts}", ticket=ticket, ts=ts)
    tx.wake("posts")


def whisper(tx: Tx, place: str, user: str, words: str, key: str, thread: str = "") -> None:
    """Something that one person is told, in a channel, or directly where the place is blank; once per key."""
    whom = f"{user} {key}"
    _add(tx, "whisper", 0, place, lane="whisper", stream=f"whisper:{user}", whom=whom, words=words, thread=thread)
    tx.wake("posts")


def tell(tx: Tx, place: str, words: str, key: str, ticket: int | None = None) -> None:
    """Something said in a channel, once per key: to supervisors, or in the thread of a ticket where one is given."""
    stream = f"words:{place}" if ticket is None else f"thread:{ticket}"
    _add(tx, "words", 0, place, lane=f"post:{place}", stream=stream, ticket=ticket, whom=key, words=words)
    tx.wake("posts")


def figures(tx: Tx, place: str, day: str) -> None:
    """A day's figures, told in a channel once."""
    _add(tx, "figures", 0, place, lane=f"post:{place}", stream=f"words:{place}", whom=day)
    tx.wake("posts")


def home(tx: Tx, agent: int, user: str) -> None:
    """Somebody opened the app's home: it is published, and kept up to date for a while."""
    if tx.run(OPEN_HOME, user=user, at=tx.now) == 0:
        _add(tx, "home", agent, "", lane="home", stream=f"home:{user}", whom=user)
    tx.wake("posts")


def mode_of(tx: Tx, policies: Policies, ticket: int) -> str:
    """Whether its owner's words in the thread are a "reply" or a "note"."""
    row = tx.one(MODE, ticket=ticket)
    return str(row.mode) if row is not None else (policies.desk.replies if policies.desk is not None else "note")


def set_mode(tx: Tx, ticket: Any, mode: str, at: int) -> None:
    """Change that, or confirm it for a new owner, at an instant by Slack's clock. `ticket`: its row as it is now."""
    given = ticket.assigned_at or 0
    if tx.run(CHANGE_MODE, ticket=ticket.id, becomes=mode, at=at, given=given) == 0:
        tx.run(SET_MODE, ticket_id=ticket.id, mode=mode, since=at, assigned_at=given)
    tx.run(WANT_OF_TICKET, ticket=ticket.id, at=tx.now)
    tx.wake("posts")


def replies_since(tx: Tx, ticket: Any, ahead: int) -> int:
    """From when on, by Slack's clock (µs), the owner's words were meant as replies: ticket and mode were theirs.

    `ahead`: µs that Slack's clock is ahead of ours, by which we know when the ticket was given.
    """
    row = tx.one(MODE, ticket=ticket.id)
    if row is not None and row.assigned_at == (ticket.assigned_at or 0):
        return int(row.since)
    return shown_since(tx, ticket, ahead)


def shown_since(tx: Tx, ticket: Any, ahead: int) -> int:
    """Since when, by Slack's clock (µs), its card has shown everybody whose it is, and in which mode its thread is."""
    row = tx.one(MODE, ticket=ticket.id)
    given = 0 if ticket.assigned_at is None else ticket.assigned_at + ahead
    return int(given if row is None else max(row.since, given))


def notes_since(tx: Tx, ticket: int) -> int:
    """When its thread was told to keep all as notes, by Slack's clock (µs); 0 when it was not."""
    row = tx.one(MODE, ticket=ticket)
    return int(row.since) if row is not None and row.mode == "note" else 0


def ticket_in(tx: Tx, place: str, thread: str) -> int | None:
    """The ticket whose thread that is."""
    row = tx.one(BY_TS, place=place, ts=thread)
    return int(row.subject) if row is not None and row.kind in ("card", "thread") else None


def known_as(tx: Tx, kind: str, place: str, ts: str, ticket: int) -> None:
    """Keep what a message of Slack's is that needs nothing of us: the "thread" of a card that somebody deleted, or
    one that was deleted ("unsaid") before we heard what it said.
    """
    subject = ticket if kind == "thread" else 0
    _add(tx, kind, subject, place, lane="mark", stream=f"mark:{place}:{ts}", ticket=ticket, whom=ts, ts=ts)


def escalated(tx: Tx, policies: Policies, ticket: int, at: str) -> None:
    """Supervisors are told in their channel."""
    if policies.desk is not None and policies.desk.supervisors:
        place = policies.desk.supervisors
        _add(tx, "escalation", ticket, place, lane=f"post:{place}", stream=f"words:{place}", ticket=ticket, whom=at)
        tx.wake("posts")


class Deadline(msgspec.Struct, frozen=True):
    """A deadline that comes near or is missed. `what`: its target in words. `key`: of what is told once."""

    what: str
    due: int
    missed: bool
    key: str


def deadline(tx: Tx, policies: Policies, ticket: Any, told: Deadline, *, owner: bool, steer: bool) -> None:
    """Told to the ticket's owner in its thread, and to supervisors, who hear of it too where nobody has the ticket."""
    if policies.desk is None:
        return
    cards, supervisors = tx.all(CARDS, ticket=ticket.id)[-1:], policies.desk.supervisors
    when = f"<!date^{told.due // SECOND}^{{date_short_pretty}} {{time}}|{told.due // SECOND}>"
    words = f":rotating_light: The {told.what} is late: it was due {when}."
    if not told.missed:
        words = f":hourglass: The {told.what} is due {when}."
    if owner and ticket.assignee_id is not None:
        known = "".join(f"<@{row.user}> " for row in tx.all(USERS_OF, agent=ticket.assignee_id)[:1])
        for card in cards:
            tell(tx, card.place, f"{known}{words}", f"deadline {ticket.id} {told.key}", ticket.id)
    if supervisors and (steer or ticket.assignee_id is None):
        _add(
            tx, "deadline", ticket.id, supervisors, lane=f"post:{supervisors}", stream=f"words:{supervisors}",
            ticket=ticket.id, whom=told.key, words=words,
        )  # fmt: skip
        tx.wake("posts")


def merged(tx: Tx, source: int, target: int, *, undone: bool) -> None:
    """Told in the thread of the ticket that goes on: what was said in the other one stays in that one's thread."""
    joined = "merged into this one: what was said there stays in its own thread, and what comes is shown here."
    words = f"Ticket {source} was {'taken out of this one again.' if undone else joined}"
    for card in tx.all(CARDS, ticket=target)[-1:]:
        tell(tx, card.place, f":twisted_rightwards_arrows: {words}", f"merged {source} {tx.now}", target)


def rewritten(tx: Tx, ticket: Any, message: int, how: str) -> None:
    """A customer changed a message that stands in the thread: whoever answers the ticket is told, once per message.

    The entry itself is brought up to date, of which Slack notifies nobody. `ticket`: its locked row.
    """
    if ticket.assignee_id is None:
        return
    for card in tx.all(CARDS, ticket=ticket.id)[-1:]:
        words = f":pencil2: The customer {how} a message above: read it again."
        tell(tx, card.place, words, f"rewritten {message}", ticket.id)


def files_gone(tx: Tx, ticket: int) -> None:
    """Files of a ticket were taken away: they are in Slack, too."""
    if tx.run(WANT_FILES_OF_TICKET, ticket=ticket, at=tx.now):
        tx.wake("posts")


def forget(tx: Tx, ticket: int) -> None:
    """What it says is erased: empty what we keep of it, and take away what stands in Slack.

    What agents typed there themselves is theirs.
    """
    tx.run(FORGET_WORDS, ticket=ticket)
    if tx.run(WANT_ALL_OF_TICKET, ticket=ticket, at=tx.now):
        tx.run(WANT_HOMES, at=tx.now, since=0)
        tx.wake("posts")


def _add(tx: Tx, kind: str, subject: int, place: str, *, lane: str, stream: str, **more: Any) -> bool:
    """False when it is there already."""
    done = tx.run(
        ADD,
        **ledger.due(tx.now, stream),
        lane=lane,
        kind=kind,
        subject=subject,
        ticket_id=more.get("ticket"),
        place=place,
        whom=more.get("whom", ""),
        ts=more.get("ts", ""),
        landed="",
        thread=more.get("thread", ""),
        words=more.get("words", "")[:WORDS_LIMIT],
        wanted=1,
        shown=0,
    )
    return bool(done)
