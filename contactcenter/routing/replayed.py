"""The clocks of tickets from their history alone: what other business hours or another promise would have meant.

Pure, beside promises.py. Given all events of some tickets in the order in which they were written; what is kept on the
tickets' rows is what this gives for the promises that are in force. Steps of the ladder are taken from the history.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from contactcenter.model import history
from contactcenter.model.history import Fact
from contactcenter.model.tickets import PRIORITIES
from contactcenter.routing import promises
from contactcenter.routing.promises import Clocks, Promise, Stand

KINDS: dict[str, Any] = {kind.__name__: kind for kind in history.Fact.__args__}


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a ticket."""

    ticket: int
    at: int
    actor: str
    fact: Fact


@dataclass(slots=True)
class _Ticket:
    """As far as it is known."""

    queue: str
    status: str
    priority: str
    clocks: Clocks | None = None
    merged: Clocks | None = None  # of one as it was before a merge: its clocks after that
    heard: int = 0  # messages that persons wrote
    unsaid: tuple[int, int, str] | None = None  # when a reply was given, and when and by whom it was taken back

    def stand(self, at: int) -> Stand:
        return Stand(self.status, self.priority, at)

    def copy(self) -> "_Ticket":
        return _Ticket(self.queue, self.status, self.priority, self.clocks, heard=self.heard)


def told(row: Any) -> Told | None:
    """From a row of Event; None for one whose payload is erased, or that is of no ticket."""
    if row.ticket_id is None or row.payload is None:
        return None
    return Told(row.ticket_id, row.at, row.actor, msgspec.json.decode(row.payload, type=KINDS[row.kind]))


def replay(events: Iterable[Told], promised: Mapping[str, Promise]) -> dict[int, Clocks | None]:
    """The clocks by ticket; `promised`: the promise of each queue that makes one."""
    known: dict[int, _Ticket] = {}
    said: dict[int, int] = {}  # replies of people, and when
    before_merge: dict[int, dict[int, _Ticket]] = {}
    for event in events:
        match event.fact:
            case history.TicketOpened() as fact:
                known[event.ticket] = _opened(event, fact, promised)
            case _ if event.ticket not in known:
                pass
            case history.TicketMerged(merge=merge) as fact:
                kept = before_merge.setdefault(merge, {n: known[n].copy() for n in (fact.ticket, fact.into)})
                _merged(known[event.ticket], kept[fact.ticket], event, promised, ends=event.ticket == fact.ticket)
                kept[event.ticket].merged = known[event.ticket].clocks
            case history.TicketUnmerged(merge=merge) as fact:
                kept = before_merge[merge]
                known[event.ticket].heard += kept[fact.ticket].heard * (1 if event.ticket == fact.ticket else -1)
                if event.ticket == fact.ticket or fact.back:
                    _parted(known[event.ticket], kept[event.ticket], event.at, promised)
            case history.MessageWithdrawn(message=message) | history.MessageDeleted(message=message):
                known[event.ticket].unsaid = (said.get(message, 0), event.at, event.actor)
            case _:
                if isinstance(event.fact, history.ReplyQueued) and event.actor.startswith("agent:"):
                    said[event.fact.message] = event.at
                _changed(known[event.ticket], event, promised)
    return {number: ticket.clocks for number, ticket in known.items()}


def _opened(event: Told, fact: history.TicketOpened, promised: Mapping[str, Promise]) -> _Ticket:
    ticket = _Ticket(fact.queue, fact.status, fact.priority)
    if (promise := promised.get(fact.queue)) is not None:
        ticket.clocks = promises.begin(promise, ticket.stand(event.at), idle=fact.automatic)
    return ticket


def _changed(ticket: _Ticket, event: Told, promised: Mapping[str, Promise]) -> None:
    match event.fact:
        case history.MessageReceived(automatic=""):
            _heard(ticket, event.at, promised)
        case history.ReplyQueued() if event.actor.startswith("agent:"):
            _turned(ticket, ticket.status, event.at, promised, replied=True)
        case history.StatusChanged(status=status):
            said_at, *undone = ticket.unsaid or (0,)
            if undone == [event.at, event.actor] and status == "open" and ticket.clocks is not None:
                ticket.clocks = promises.unsaid(ticket.clocks, said_at)
            _turned(ticket, status, event.at, promised)
        case history.HandedOff():
            _turned(ticket, "open", event.at, promised)
        case history.TicketTransferred(queue=queue):
            before, ticket.queue = ticket.queue, queue
            _retargeted(ticket, promised.get(before), event.at, promised)
        case history.PriorityChanged(priority=priority) | history.TicketEscalated(priority=priority):
            ticket.priority = priority
            if event.actor != "system":
                _retargeted(ticket, promised.get(ticket.queue), event.at, promised)
        case history.DeadlineNear(target=target, step=step) | history.StillLate(target=target, step=step):
            _stepped(ticket, target, step, event.at)
        case history.DeadlineMissed() if ticket.clocks is not None:
            ticket.clocks = promises.passed(ticket.clocks, event.at)
    if not isinstance(event.fact, history.DeadlineMissed | history.PromiseKept | history.KeptLate):
        ticket.unsaid = None  # the status that comes of it follows at once, or none does


def _heard(ticket: _Ticket, at: int, promised: Mapping[str, Promise]) -> None:
    ticket.heard += 1
    if ticket.clocks is not None and (promise := promised.get(ticket.queue)) is not None:
        ticket.clocks = promises.wake(ticket.clocks, promise, ticket.stand(at))


def _turned(ticket: _Ticket, status: str, at: int, promised: Mapping[str, Promise], *, replied: bool = False) -> None:
    """A reply is told before the status that comes of it: of the two, the reply stops the clock."""
    if status == ticket.status and not replied:
        return
    ticket.status = "answered" if replied and status != "closed" else status
    if ticket.clocks is not None and (promise := promised.get(ticket.queue)) is not None:
        ticket.clocks = promises.turn(ticket.clocks, promise, ticket.stand(at), replied=replied)


def _retargeted(ticket: _Ticket, before: Promise | None, at: int, promised: Mapping[str, Promise]) -> None:
    promise = promised.get(ticket.queue)
    ticket.clocks = promises.move(ticket.clocks, before, promise, ticket.stand(at), idle=ticket.heard == 0)


def _stepped(ticket: _Ticket, target: str, step: int, at: int) -> None:
    clocks = None if ticket.clocks is None else promises.passed(ticket.clocks, at)
    clock = None if clocks is None else clocks.of(target)
    if clocks is not None and clock is not None:
        ticket.clocks = replace(clocks, **{target: replace(clock, step=max(step, clock.step))})


def _merged(ticket: _Ticket, source: _Ticket, event: Told, promised: Mapping[str, Promise], *, ends: bool) -> None:
    ticket.unsaid = None
    if ends:
        ticket.heard = 0
        _turned(ticket, "closed", event.at, promised)
        return
    ticket.heard += source.heard
    promise, by = promised.get(ticket.queue), promised.get(source.queue)
    urgent = min(source.priority, ticket.priority, key=PRIORITIES.index)
    if urgent != ticket.priority:
        ticket.priority = urgent
        _retargeted(ticket, promise, event.at, promised)
    if source.clocks is not None and ticket.clocks is not None and promise is not None and by is not None:
        ticket.clocks = promises.join(ticket.clocks, promise, source.clocks, by, ticket.stand(event.at))


def _parted(ticket: _Ticket, before: _Ticket, at: int, promised: Mapping[str, Promise]) -> None:
    ticket.status, ticket.priority = before.status, before.priority
    if before.clocks is not None and ticket.queue in promised:
        ticket.clocks = promises.restore(before.clocks, before.merged, ticket.clocks, at)
