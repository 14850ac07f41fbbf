"""What the desk says by itself, and when it must be silent (RFC 3834).

Asked by flow/assist before an answer, and called by flow/inbound and flow/assist when people are to answer: whether
the message is acknowledged. Where robots write (mail), headers are not enough: some robots mark nothing, so there is
a last brake by number, and addresses that mail came back from are left alone.
"""

import logging
from datetime import datetime
from typing import Any

import msgspec

from contactcenter.crm.history import record
from contactcenter.crm.identify import identify, mailbox_of, normalise
from contactcenter.crm.queries import CLAIMS_OF, IDENTITY_BY_ID
from contactcenter.flow import foretold, outbound, queries, talks
from contactcenter.flow.policies import Policies, QueuePolicy, Way
from contactcenter.model.columns import DAY, SECOND
from contactcenter.model.history import AutomaticWithheld
from contactcenter.model.values import Sender
from contactcenter.ports import Tx
from contactcenter.routing.hours import Hours

A_DAY = 10  # automatic messages to one address
NAME = "Assistant"
TOLD_ONCE_IN = 1 * DAY

log = logging.getLogger(__name__)


def why_silent(tx: Tx, policies: Policies, ticket: Any) -> str:
    """Why nothing automatic may be said to a ticket's customer now; blank when it may, and then it counts."""
    if not _robots_write(policies, ticket):
        return ""
    written_to = _written_to(tx, ticket)
    suppressed = tx.one(queries.SUPPRESSED, kind=written_to.kind, whom=written_to.address)
    if suppressed is not None:
        return f"nothing automatic goes to this address: {suppressed.reason}"
    identity = _counted(tx, ticket, written_to)
    fresh = identity.told_since + DAY <= tx.now
    if not fresh and identity.told >= A_DAY:
        log.warning("a robot may be answering: no more automatic messages today", extra={"ticket": ticket.id})
        return f"{A_DAY} automatic messages went to this address within a day: a robot may be answering"
    since, told = (tx.now, 1) if fresh else (identity.told_since, identity.told + 1)
    tx.run(queries.COUNT_TOLD, identity=identity.id, since=since, number=told)
    return ""


def acknowledge(tx: Tx, policies: Policies, ticket: Any) -> None:
    """Tell a customer whose locked ticket now waits for people that it is here, and when they are back if they are
    not there. Says nothing where neither is configured; of mail, each once a day to an address: who was told at noon
    that a mail is here is told at night that nobody is."""
    here, away = _here(tx, policies, ticket), _away(tx, policies, ticket)
    if _robots_write(policies, ticket) and (here or away):
        identity = _counted(tx, ticket, _written_to(tx, ticket))
        here = "" if identity.acknowledged_at + TOLD_ONCE_IN > tx.now else here
        away = "" if identity.away_told_at + TOLD_ONCE_IN > tx.now else away
        if not (here or away):
            return
        if silent := why_silent(tx, policies, ticket):
            record(tx, ticket.customer_id, "system", AutomaticWithheld(silent), ticket.id)
            return
        if here:
            tx.run(queries.NOTE_ACKNOWLEDGED, identity=identity.id, at=tx.now)
        if away:
            tx.run(queries.NOTE_AWAY_TOLD, identity=identity.id, at=tx.now)
    mail = _asks_mail(tx, policies, ticket) if away else ""
    elsewhere = "" if mail or _robots_write(policies, ticket) else foretold.by_email(tx, policies, ticket)
    if text := "\n\n".join(filter(None, (here, away, mail, elsewhere))):
        outbound.say(tx, policies, ticket, text, ("assistant", None, NAME))


def _asks_mail(tx: Tx, policies: Policies, ticket: Any) -> str:
    """Where a window that is closed is the end of it: a question for another address, once, unless they gave one."""
    way, memory = policies.ways.get(ticket.channel), talks.recall(tx, ticket.id)
    given = any(claim.kind == "email" for claim in tx.all(CLAIMS_OF, customer=ticket.customer_id))
    if way is None or not way.ask_mail or memory.mail_asked or given:
        return ""
    talks.keep(tx, ticket.id, msgspec.structs.replace(memory, mail_asked=True))
    return way.ask_mail


def _written_to(tx: Tx, ticket: Any) -> Sender:
    """Where it goes, as it is compared: where senders are forged, what they ask answers to go to is what is flooded."""
    conversation = tx.one(queries.CONVERSATION, id=ticket.conversation_id)
    identity = tx.one(IDENTITY_BY_ID, id=conversation.identity_id)
    return Sender(identity.kind, normalise(identity.kind, conversation.reply_to) or identity.address, identity.display)


def _counted(tx: Tx, ticket: Any, written_to: Sender) -> Any:
    """Whose day it counts on: ada+1@ and ada+2@ are one mailbox (RFC 5233), and no list of them floods it."""
    mailbox = mailbox_of(written_to.address) if written_to.kind == "email" else written_to.address
    conversation = tx.one(queries.CONVERSATION, id=ticket.conversation_id)
    own = tx.one(IDENTITY_BY_ID, id=conversation.identity_id)
    if mailbox == own.address:
        return own
    return tx.one(IDENTITY_BY_ID, id=identify(tx, Sender(own.kind, mailbox), "", ticket.channel).identity)


def _robots_write(policies: Policies, ticket: Any) -> bool:
    way: Way | None = policies.ways.get(ticket.channel)
    return way is not None and way.channel.capabilities.robots_write


def _here(tx: Tx, policies: Policies, ticket: Any) -> str:
    """That it is here, with its number, and how long it will take."""
    way = policies.ways.get(ticket.channel)
    return foretold.filled(tx, policies, ticket, way.acknowledge) if way is not None and way.acknowledge else ""


def _away(tx: Tx, policies: Policies, ticket: Any) -> str:
    """That nobody is there now, and who says so when they are: where its text has a place for that, or after it."""
    queue: QueuePolicy = policies.queue(ticket.queue)
    if queue.hours is None or not queue.outside_hours or queue.hours.open_at(tx.now):
        return ""
    opening = queue.hours.next_opening(tx.now)
    if "{when}" in queue.outside_hours:
        return queue.outside_hours.replace(
            "{when}", "" if opening is None else _when(queue.hours, opening, tx.now, " ")
        )
    if opening is None:
        return queue.outside_hours
    return f"{queue.outside_hours} We are back on {_when(queue.hours, opening, tx.now, ' at ')}."


def _when(hours: Hours, opening: int, now: int, at: str) -> str:
    """Monday at 10:00 (Europe/Berlin), in the team's own time; with its date where that is not this week."""
    local = datetime.fromtimestamp(opening / SECOND, hours.zone)
    day = f"{local:%A}" if opening - now < 6 * DAY else f"{local:%A}, {local.day} {local:%B}"
    return f"{day}{at}{local:%H:%M} ({hours.zone.key})"
