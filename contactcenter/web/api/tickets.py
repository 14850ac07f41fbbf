"""Tickets, messages, notes, offers: what agents read and do."""

import dataclasses
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs

from contactcenter.crm.queries import TICKET_EVENTS
from contactcenter.flow import actions, queries, views
from contactcenter.flow.merging import MergePreview
from contactcenter.flow.tags import tickettag
from contactcenter.flow.views import MessageView, NoteView, OfferView, ParticipantView, TicketView
from contactcenter.model.columns import SECOND, bind, clean
from contactcenter.model.tickets import LIVE_STATUSES, STATUSES
from contactcenter.model.values import Attached, Invalid, NotFound, Sender
from contactcenter.ports import Tx
from contactcenter.routing.rules import tag_of
from contactcenter.web.api import bodies
from contactcenter.web.api.customers import event_view
from contactcenter.web.api.operations import BIG, Call, Desk, is_whole

PAGE = 50
PAGE_LIMIT = 200
DUE = {"late": "due_at", "at_risk": "risk_at"}
TAGGED = queries.ticket_page("").join(
    tickettag, (tickettag.c.ticket_id == queries.ticket.c.id) & (tickettag.c.tag == bind("wanted"))
)


def list_tickets(tx: Tx, call: Call) -> bodies.Tickets:
    """One page per status under the one filter that narrows most, merged by time: each is read by its own index."""
    limit = _limit(call)
    before_at, before_id = cursor_of(call.query.get("after"))
    page, wanted = _filter(call, tx.now)
    rows: list[Any] = []
    for status in _statuses(call):
        given = {} if wanted is None else {"wanted": wanted}
        ended = " ended" if page == "unassigned" and status not in LIVE_STATUSES else ""
        rows += tx.all(
            TAGGED if page == "tag" else queries.TICKET_PAGES[page + ended],
            status=status,
            before_at=before_at,
            before_id=before_id,
            limit=limit + 1,
            **given,
        )
    rows.sort(key=lambda row: (row.updated_at, row.id), reverse=True)
    read, more = rows[:limit], len(rows) > limit
    last = f"{read[-1].updated_at}.{read[-1].id}" if more else None
    fitting = [row.id for row in read if _fits(call, row)]  # a page may hold less than its limit, and `next` goes on
    return bodies.Tickets([views.shown_ticket(tx, number, call.policies.kinds) for number in fitting], last)


def get_ticket(tx: Tx, call: Call) -> TicketView:
    return views.shown_ticket(tx, _id(call), call.policies.kinds)


def list_messages(tx: Tx, call: Call) -> bodies.Messages:
    ticket, limit = _existing(tx, call), _limit(call)
    rows = tx.all(queries.MESSAGES_AFTER, ticket=ticket.id, after=_after(call), limit=limit + 1)
    shown = [views.whole_message(tx, row) for row in rows[:limit]]
    return bodies.Messages(shown, _next(rows, limit, "id"))


def list_notes(tx: Tx, call: Call) -> bodies.Notes:
    ticket, limit = _existing(tx, call), _limit(call)
    rows = tx.all(queries.NOTES_AFTER, ticket=ticket.id, after=_after(call), limit=limit + 1)
    return bodies.Notes([views.note_view(row) for row in rows[:limit]], _next(rows, limit, "id"))


def ticket_history(tx: Tx, call: Call) -> bodies.Events:
    ticket, limit = _existing(tx, call), _limit(call)
    rows = tx.all(TICKET_EVENTS, customer=ticket.customer_id, ticket=ticket.id, after=_after(call), limit=limit + 1)
    return bodies.Events([event_view(row) for row in rows[:limit]], _next(rows, limit, "position"))


async def measure_files(desk: Desk, call: Call) -> Call:
    """What is in the files that a reply names counts, not what was said of them; a draft may be older than they."""
    body: bodies.Reply = call.body
    files = []
    for place, file in enumerate(body.files):
        try:
            files.append(structs.replace(file, size=await desk.files.keep(file.file)))
        except NotFound:
            detail = f"{file.name} is no longer kept here: remove it and attach it again"
            raise Invalid(detail, f"$.files[{place}]") from None
    return dataclasses.replace(call, body=structs.replace(body, files=files))


def send_message(tx: Tx, call: Call) -> MessageView:
    body: bodies.Reply = call.body
    files = tuple(Attached(file.name, file.type, file.size, f"file:{file.file}") for file in body.files)
    source = None
    if body.article:
        channel = getattr(tx.one(queries.TICKET, id=_id(call)), "channel", "")
        source = call.assistant.quote(body.article, channel, call.policies.kinds.get(channel, ""))
    return actions.reply(tx, call.policies, call.caller, _id(call), body.text, files, source=source)


def write_note(tx: Tx, call: Call) -> NoteView:
    return actions.write_note(tx, call.policies, call.caller, _id(call), call.body.text)


def set_assignment(tx: Tx, call: Call) -> TicketView:
    body: bodies.Assignment = call.body
    if (body.agent is msgspec.UNSET) == (body.queue is msgspec.UNSET):
        raise Invalid("give either agent or queue", "$")
    if isinstance(body.queue, str):
        return actions.transfer(tx, call.policies, call.caller, _id(call), body.queue, body.version)
    agent = body.agent if isinstance(body.agent, int) else None
    if body.agent == "me":
        agent = call.caller.as_agent()
    return actions.give(tx, call.policies, call.caller, _id(call), agent, body.version)


def set_status(tx: Tx, call: Call) -> TicketView:
    body: bodies.Status = call.body
    until = None if body.until is None else _instant(body.until)
    return actions.set_status(tx, call.policies, call.caller, _id(call), body.status, until, body.reason, body.remark)


def escalate(tx: Tx, call: Call) -> TicketView:
    body: bodies.Escalation = call.body
    return actions.escalate(tx, call.policies, call.caller, _id(call), body.reason, body.version)


def set_priority(tx: Tx, call: Call) -> TicketView:
    body: bodies.Priority = call.body
    return actions.set_priority(tx, call.policies, call.caller, _id(call), body.priority, body.reason, body.version)


def set_tags(tx: Tx, call: Call) -> TicketView:
    body: bodies.Tags = call.body
    return actions.set_tags(tx, call.policies, call.caller, _id(call), body.tags, body.version)


def preview_merge(tx: Tx, call: Call) -> MergePreview:
    if "into" not in call.query:
        raise Invalid("name the other ticket", "into")
    return actions.preview_merge(tx, call.policies, call.caller, _id(call), int(call.query["into"]))


def merge(tx: Tx, call: Call) -> TicketView:
    body: bodies.Merger = call.body
    return actions.merge_tickets(tx, call.policies, call.caller, _id(call), body.into, body.version, body.into_version)


def unmerge(tx: Tx, call: Call) -> None:
    actions.unmerge(tx, call.policies, call.caller, _id(call))


def set_delivery(tx: Tx, call: Call) -> MessageView:
    body: bodies.Delivery = call.body
    if body.state == "withdrawn":
        return actions.take_back(tx, call.policies, call.caller, _id(call))
    return actions.repeat_delivery(tx, call.policies, call.caller, _id(call))


def edit_message(tx: Tx, call: Call) -> MessageView:
    return actions.edit_reply(tx, call.policies, call.caller, _id(call), call.body.text)


def delete_message(tx: Tx, call: Call) -> MessageView:
    return actions.delete_reply(tx, call.policies, call.caller, _id(call))


def list_participants(tx: Tx, call: Call) -> bodies.Participants:
    conversation = tx.one(queries.CONVERSATION_WITH, id=_existing(tx, call).conversation_id)
    rows = tx.all(queries.PARTICIPANTS, conversation=conversation.id)
    to = conversation.reply_to or conversation.address.strip()
    return bodies.Participants(to, [views.ParticipantView(row.address, row.name, bool(row.joined)) for row in rows])


def add_participant(tx: Tx, call: Call) -> ParticipantView:
    return actions.add_participant(tx, call.policies, call.caller, _id(call), _person(call.body))


def set_customer(tx: Tx, call: Call) -> TicketView:
    return actions.set_customer(tx, call.policies, call.caller, _id(call), _person(call.body))


def remove_participant(tx: Tx, call: Call) -> None:
    actions.remove_participant(tx, call.caller, _id(call), str(call.path["address"]))


def list_offers(tx: Tx, call: Call) -> bodies.Offers:
    rows = tx.all(queries.OFFERS_OF, agent=call.caller.as_agent())
    return bodies.Offers([views.offer_view(tx, row, call.policies.kinds) for row in rows])


def answer_offer(tx: Tx, call: Call) -> OfferView:
    return actions.answer_offer(tx, call.policies, call.caller, _id(call), call.body.state)


def _person(body: bodies.Person) -> Sender:
    return Sender("email", clean(body.address), clean(body.name))


def _filter(call: Call, now: int) -> tuple[str, Any]:
    """The narrowest filter asked for, and its value."""
    if "due" in call.query:
        if call.query["due"] not in DUE:
            raise Invalid(f"can be {' or '.join(DUE)}", "due")
        return DUE[call.query["due"]], now
    if "tag" in call.query:
        return "tag", tag_of(call.query["tag"])
    if "customer" in call.query:
        return "customer_id", int(call.query["customer"])
    match call.query.get("assignee"):
        case "none":
            return ("queue", call.query["queue"]) if "queue" in call.query else ("unassigned", None)
        case str():
            return "assignee_id", _assignee(call)
    return ("queue", call.query["queue"]) if "queue" in call.query else ("", None)


def _fits(call: Call, row: Any) -> bool:
    """What the index did not filter."""
    if "customer" in call.query and row.customer_id != int(call.query["customer"]):
        return False
    if "queue" in call.query and row.queue != call.query["queue"]:
        return False
    return "assignee" not in call.query or row.assignee_id == _assignee(call)


def _assignee(call: Call) -> int | None:
    match call.query["assignee"]:
        case "me":
            return call.caller.as_agent()
        case "none":
            return None
        case text if is_whole(text):
            return int(text)
    raise Invalid("can be me, none or an agent's id", "assignee")


def _statuses(call: Call) -> tuple[str, ...]:
    text = call.query.get("status")
    if text is None:
        return STATUSES if "customer" in call.query else LIVE_STATUSES
    asked = tuple(dict.fromkeys(text.split(",")))
    unknown = [status for status in asked if status not in STATUSES]
    if unknown:
        raise Invalid(f"unknown status {unknown[0]!r}; known are {', '.join(STATUSES)}", "status")
    return asked


def cursor_of(text: str | None) -> tuple[int, int]:
    """Where a page goes on that is ordered by a number and an id, the largest first. Raises Invalid."""
    if text is None:
        return BIG, BIG
    at, dot, number = text.partition(".")
    if not (dot and is_whole(at) and is_whole(number)):
        raise Invalid("is no cursor; take it from `next` of the page before", "after")
    return int(at), int(number)


def _existing(tx: Tx, call: Call) -> Any:
    row = tx.one(queries.TICKET, id=_id(call))
    if row is None:
        raise NotFound(f"there is no ticket {_id(call)}")
    return row


def _id(call: Call) -> int:
    return int(call.path["id"])


def _limit(call: Call) -> int:
    limit = int(call.query.get("limit", PAGE))
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid(f"must be from 1 to {PAGE_LIMIT}", "limit")
    return limit


def _after(call: Call) -> int:
    return int(call.query.get("after", 0))


def _next(rows: list[Any], limit: int, key: str) -> str | None:
    return str(getattr(rows[limit - 1], key)) if len(rows) > limit else None


def _instant(text: str) -> int:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("is not an instant such as 2026-11-21T19:00:00Z", "$.until") from None
    if instant.tzinfo is None:
        raise Invalid("has no time zone; end it with Z for UTC", "$.until")
    if instant.year > 9000:  # near year 9999 another zone's clock shows an instant that no calendar has
        raise Invalid("is too far away", "$.until")
    return int(instant.timestamp() * SECOND)
