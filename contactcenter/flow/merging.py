"""Two tickets about one thing become one, and apart again exactly, if that was a mistake.

Called by flow/actions for people; nothing merges by itself. What was said and noted moves to the other ticket, the
conversations go on there, and the first one is closed with a link. Only tickets of one customer: what somebody wrote
is never shown among what somebody else wrote, and an answer would reach the wrong one.
"""

from typing import Any

import msgspec
from sqlalchemy import insert, select, update

from contactcenter.crm.history import record
from contactcenter.flow import live, promises, queries, tickets
from contactcenter.flow.policies import Policies
from contactcenter.flow.queries import conversation, message, note, ticket, timer
from contactcenter.flow.rights import Caller, must_be_free_for, why_over
from contactcenter.flow.views import TicketView, shown_ticket
from contactcenter.model.columns import BIGINT, adding, bind, table, word
from contactcenter.model.history import TicketMerged, TicketUnmerged
from contactcenter.model.tickets import PRIORITIES, Merge, Moved
from contactcenter.model.values import Conflict, Invalid, NotFound
from contactcenter.ports import Tx

_merge, _moved = table(Merge), table(Moved)
_holding = {"message": message.c.ticket_id, "note": note.c.ticket_id, "conversation": conversation.c.ticket_id}

COUNTS = {
    kind: select(column.table.c.id).where(column == bind("ticket"))
    for kind, column in _holding.items()
    if kind != "conversation"
}
REMEMBER = {
    kind: insert(_moved).from_select(
        ["merge_id", "kind", "item"],
        select(bind("merge", BIGINT), word(kind), column.table.c.id).where(column == bind("source")),
    )
    for kind, column in _holding.items()
}
MOVE = {
    kind: update(column.table).where(column == bind("source")).values(ticket_id=bind("target"))
    for kind, column in _holding.items()
}
MOVE_BACK = {
    kind: update(column.table)
    .where(
        column == bind("target"),
        column.table.c.id.in_(
            select(_moved.c.item).where(_moved.c.merge_id == bind("merge"), _moved.c.kind == word(kind))
        ),
    )
    .values(ticket_id=bind("source"))
    for kind, column in _holding.items()
}
ADD_MERGE = adding(_merge)
KEEP_BEFORE = update(_merge).where(_merge.c.id == bind("row")).values(before=bind("was"))
STANDING = select(_merge).where(_merge.c.source_id == bind("source"), _merge.c.undone_at.is_(None))
UNDO = update(_merge).where(_merge.c.id == bind("row")).values(undone_at=bind("at"))
SET_MERGED = update(ticket).where(ticket.c.id == bind("row")).values(merged_into=bind("into"))
SET_HANDOFF = update(ticket).where(ticket.c.id == bind("row")).values(handoff=bind("why"))
CLOSES_AT = select(timer.c.due_at).where(timer.c.kind == word("close"), timer.c.subject == bind("ticket"))
LAST_SAID = (
    select(message.c.id).where(message.c.ticket_id == bind("ticket")).order_by(message.c.id.desc()).limit(1)
)  # fmt: skip


class Stand(msgspec.Struct, frozen=True):
    """How a ticket stands, as far as a merge can change that."""

    status: str
    priority: str
    queue: str
    assignee: int | None
    handoff: str
    waiting_since: int | None
    snoozed_until: int | None
    closes_at: int | None


class Before(msgspec.Struct, frozen=True):
    """Both tickets before a merge, and what it left of the target, whose last message was `last`."""

    source: Stand
    target: Stand
    left: Stand
    last: int
    clocks: tuple[str, str] = ("", "")  # what was promised of source and target
    merged: tuple[str, str] = ("", "")  # … and after it


class MergePreview(msgspec.Struct):
    """What would move into a ticket, and from which one."""

    ticket: TicketView
    into: TicketView
    messages: int
    notes: int


def preview_merge(tx: Tx, policies: Policies, caller: Caller, ticket_id: int, into: int) -> MergePreview:
    """What merging would move. Raises what `merge_tickets` would raise."""
    source, target = _found(tx, ticket_id), _found(tx, into)
    _must_be_mergeable(tx, caller, source, target)
    return MergePreview(
        shown_ticket(tx, source.id, policies.kinds),
        shown_ticket(tx, target.id, policies.kinds),
        *(len(tx.all(COUNTS[kind], ticket=source.id)) for kind in ("message", "note")),
    )


def merge_tickets(
    tx: Tx,
    policies: Policies,
    caller: Caller,
    ticket_id: int,
    into: int,
    version: int | None = None,
    into_version: int | None = None,
) -> TicketView:
    """Make a ticket part of another one of the same customer; the other one, as it is then. Raises Conflict."""
    source, target = _locked(tx, {ticket_id: version, into: into_version}, ticket_id, into)
    _must_be_mergeable(tx, caller, source, target)
    was = _stand(tx, source.id), _stand(tx, target.id)
    merge = tx.add(
        ADD_MERGE, source_id=source.id, target_id=target.id, before="", merged_at=tx.now, undone_at=None
    )  # fmt: skip
    moved = {kind: _move(tx, kind, merge, source.id, target.id) for kind in _holding}
    reason = f"{caller.name} merged ticket {source.id} into ticket {target.id}"
    fact = TicketMerged(merge, source.id, target.id, moved["message"], moved["note"], reason)
    tx.run(SET_MERGED, row=source.id, into=target.id)
    if source.status == "closed":
        record(tx, source.customer_id, caller.actor, fact, source.id)
        tickets.show(tx, policies, source)
    else:
        tickets.set_status(tx, policies, source, "closed", caller.actor, reason, fact=fact)
    record(tx, target.customer_id, caller.actor, fact, target.id)
    _go_on(tx, policies, source, target, caller.actor)
    last = tx.one(LAST_SAID, ticket=target.id)
    merged = _found(tx, source.id).clocks, _found(tx, target.id).clocks
    clocks = source.clocks, target.clocks
    before = Before(*was, _stand(tx, target.id), last.id if last else 0, clocks, merged)
    tx.run(KEEP_BEFORE, row=merge, was=msgspec.json.encode(before).decode())
    tickets.show(tx, policies, target)
    live.merged(tx, source, target, undone=False)
    return shown_ticket(tx, target.id, policies.kinds)


def unmerge(tx: Tx, policies: Policies, caller: Caller, ticket_id: int) -> TicketView:
    """Take a merged ticket out again, as it was, with what it had brought; what came later stays where it is.

    Raises NotFound for one that is not merged, and Conflict while the other one is merged itself.
    """
    merge = tx.one(STANDING, source=ticket_id)
    if merge is None:
        raise NotFound(f"ticket {ticket_id} is not merged into another one")
    source, target = _locked(tx, {ticket_id: None, merge.target_id: None}, ticket_id, merge.target_id)
    _must_be_unmerged(tx, caller, source, target, merge)
    before = msgspec.json.decode(merge.before, type=Before)
    for kind in _holding:
        tx.run(MOVE_BACK[kind], merge=merge.id, source=source.id, target=target.id)
    tx.run(UNDO, row=merge.id, at=tx.now)
    tx.run(SET_MERGED, row=source.id, into=None)
    reason = f"{caller.name} took ticket {source.id} out of ticket {target.id}"
    last = tx.one(LAST_SAID, ticket=target.id)
    untouched = _stand(tx, target.id) == before.left and (last is None or last.id <= before.last)
    fact = TicketUnmerged(merge.id, source.id, target.id, reason, untouched)
    for side in (source, target):
        record(tx, side.customer_id, caller.actor, fact, side.id)
    _put_back(tx, policies, source, before.source, caller.actor, reason)
    promises.put_back(tx, policies, source.id, before.clocks[0], before.merged[0])
    if untouched:
        _put_back(tx, policies, target, before.target, caller.actor, reason)
        promises.put_back(tx, policies, target.id, before.clocks[1], before.merged[1])
    tickets.show(tx, policies, source)
    tickets.show(tx, policies, target)
    live.merged(tx, source, target, undone=True)
    return shown_ticket(tx, source.id, policies.kinds)


def _go_on(tx: Tx, policies: Policies, source: Any, target: Any, actor: str) -> None:
    """The other ticket is as urgent and as old as what came into it, and ours to answer if that was."""
    urgent = min(source.priority, target.priority, key=PRIORITIES.index)
    tickets.set_priority(tx, target, urgent)
    promises.joined(tx, policies, source, target, urgent)
    if source.status not in ("new", "open"):
        return
    since = min(source.waiting_since, target.waiting_since or source.waiting_since)
    if target.status == "open" or target.status == source.status:
        tickets.waits_since(tx, target, since)
        return
    target = tickets.lock(tx, target.id)  # with its new priority
    reason = f"ticket {source.id} was merged into it"
    passed_on = target.handoff or source.handoff or reason
    tickets.set_status(tx, policies, target, "open", actor, reason, handoff=passed_on, since=since)


def _put_back(tx: Tx, policies: Policies, side: Any, was: Stand, actor: str, reason: str) -> None:
    tickets.set_priority(tx, side, was.priority)
    side = tickets.lock(tx, side.id)
    if side.status != was.status:
        until, since = was.snoozed_until, was.waiting_since
        tickets.set_status(tx, policies, side, was.status, actor, reason, until=until, since=since)
    elif was.waiting_since is not None:
        tickets.waits_since(tx, side, was.waiting_since)
    if was.status == "new":
        tickets.ask(tx, side.id)
    if was.status == "solved" and was.closes_at is not None:
        tickets.set_timer(tx, "close", side.id, was.closes_at)
    tx.run(SET_HANDOFF, row=side.id, why=was.handoff)


def _move(tx: Tx, kind: str, merge: int, source: int, target: int) -> int:
    tx.run(REMEMBER[kind], merge=merge, source=source)
    return tx.run(MOVE[kind], source=source, target=target)


def _must_be_mergeable(tx: Tx, caller: Caller, source: Any, target: Any) -> None:
    if source.id == target.id:
        raise Invalid(f"ticket {source.id} cannot be merged into itself", "$.into")
    if source.customer_id != target.customer_id:
        raise Conflict(
            f"ticket {source.id} and ticket {target.id} are of two customers: what one wrote is never shown among what "
            "the other wrote; if they are one person, give one of the tickets to the other customer first"
        )
    if _found(tx, source.id).merged_into is not None:
        raise Conflict(why_over(tx, source))
    if target.status == "closed":
        raise Conflict(why_over(tx, target))
    must_be_free_for(tx, caller, source)
    must_be_free_for(tx, caller, target)


def _must_be_unmerged(tx: Tx, caller: Caller, source: Any, target: Any, merge: Any) -> None:
    if tx.one(STANDING, source=source.id) is None:
        raise Conflict(f"somebody else took ticket {source.id} out first")
    further = _found(tx, target.id).merged_into
    if further is not None:
        raise Conflict(f"ticket {target.id} was itself merged into ticket {further}: take that out first")
    if not merge.before:
        raise Conflict(f"the customer of ticket {source.id} was erased: nothing is left to take out")
    must_be_free_for(tx, caller, source)
    must_be_free_for(tx, caller, target)


def _locked(tx: Tx, versions: dict[int, int | None], source: int, target: int) -> tuple[Any, Any]:
    """Both rows, in the order of their numbers, so that two merges never wait for each other."""
    rows = {number: tickets.lock(tx, number, versions[number]) for number in sorted(versions)}
    return rows[source], rows[target]


def _found(tx: Tx, number: int) -> Any:
    row = tx.one(queries.TICKET, id=number)
    if row is None:
        raise NotFound(f"there is no ticket {number}")
    return row


def _stand(tx: Tx, number: int) -> Stand:
    row = _found(tx, number)
    closing = tx.one(CLOSES_AT, ticket=number)
    return Stand(
        row.status,
        row.priority,
        row.queue,
        row.assignee_id,
        row.handoff,
        row.waiting_since,
        row.snoozed_until,
        closing.due_at if closing else None,
    )
