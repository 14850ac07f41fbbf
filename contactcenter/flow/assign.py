"""Waiting tickets meet the agents who have room: the router decides, this carries it out.

Before it: flow/tickets and flow/rechecks, which say what has changed. After it: an offer that the agent accepts
(flow/actions) or that runs out (flow/upkeep), or the assignment itself where the queue does not ask. One process at a
time does it, and keeps the router's board from one pass to the next; it can be read again from the tables at any time.
"""

import json
from typing import Any

import msgspec

from contactcenter.crm.history import record
from contactcenter.flow import calls, ledger, live, logbook, queries, rechecks, tickets
from contactcenter.flow.expectations import Expectations
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import DAY, SECOND
from contactcenter.model.history import TicketOffered
from contactcenter.ports import Tx
from contactcenter.routing.board import Board, Call, Came, Changed, Fact, Went
from contactcenter.routing.log import Begun, Pass
from contactcenter.routing.reasons import explain
from contactcenter.routing.router import Decision, Event, Free, Ready, awaken, follow

BATCH = 25  # decisions in one use case, so that none takes long
LOOKED_AT = 500  # events in one use case, most of which lead to nothing
LEAST_OFFER = 5 * SECOND  # nobody can look up in less
PAGE = 100  # of agents and of what waits, read in one use case
BEGUN_EVERY = 1 * DAY  # the board is read anew: what it might have wrong ends, and the logbook can be begun there


class Routing:
    """The router of one process."""

    def __init__(self) -> None:
        self._board: Board | None = None
        self._expect: Expectations | None = None
        self._whole = False  # the last pass came to its end: what was folded in is written down
        self._unread: tuple[int, int] | None = None  # how far the tables are read: agents, what waits; None: to the end
        self._began = 0  # when it was begun to be read
        self._left: list[Event] = []  # of a pass that had too many
        self._failing: dict[int, int] = {}  # tickets that could not be held out: when they are tried again
        self._kept: dict[int, int] = {}  # agents with tickets that keep their room: when the first gives it back
        self._pass = Pass(0)

    def forget(self) -> None:
        """Somebody else routes now."""
        self._board = self._expect = None

    def has_work(self, tx: Tx) -> bool:
        """Has anything changed, or has time brought something?"""
        if self._board is None or not self._whole or self._unread is not None or self._left:
            return True
        instants = (self._board.next_due(), *self._failing.values(), *self._kept.values())
        return any(at is not None and at <= tx.now for at in instants) or rechecks.any_left(tx)

    def route(self, tx: Tx, policies: Policies) -> int:
        """Hold out what can be, to whom it can be; how many tickets. What it does twice, it does once."""
        self._expect = expect = self._expect or Expectations(tx)
        board = self._begin(tx, policies)
        self._whole, made = False, 0
        if self._unread is not None:
            self._read_on(tx, policies, board, expect)
        if self._unread is None:
            events = [*self._left, *self._look_again(tx, policies, board, expect)]
            self._left, made = self._follow(tx, policies, board, events)
            expect.keep(tx, board)
        logbook.write(tx, self._pass)
        self._whole = True
        return made

    def _follow(self, tx: Tx, policies: Policies, board: Board, events: list[Event]) -> tuple[list[Event], int]:
        """See to some of them; those that are left, and how many tickets were held out."""
        made, at = 0, 0
        while at < min(len(events), LOOKED_AT) and made < BATCH:
            self._pass.look(events[at])
            made += follow(board, events[at], tx.now, lambda decision: self._carry_out(tx, policies, decision))
            at += 1
        return events[at:], made

    # --- what the board is told

    def _begin(self, tx: Tx, policies: Policies) -> Board:
        """The board of this pass: a new one at first, after a pass that failed, and once a day."""
        self._pass = Pass(tx.now)
        board = self._board
        if board is not None and self._whole and tx.now < self._began + BEGUN_EVERY:
            return board
        demand = () if board is None else board.learned()
        self._pass.begun = Begun(policies.routing.reserve, demand)
        self._board = board = Board(reserve=policies.routing.reserve)
        board.learn(demand)
        self._unread, self._began, self._left = (0, 0), tx.now, []
        self._failing.clear()
        self._kept.clear()
        return board

    def _read_on(self, tx: Tx, policies: Policies, board: Board, expect: Expectations) -> None:
        """Some more of the tables, agents first."""
        agent, call = self._unread or (0, 0)
        room = PAGE
        for row in tx.all(calls.STAFF_AFTER, after=agent, limit=room):
            self._work(tx, policies, board, expect, row.id)
            agent, room = row.id, room - 1
        for row in tx.all(calls.CALLS, after=call, limit=room) if room else ():
            self._wait(tx, policies, board, expect, row)
            call, room = row.id, room - 1
        self._unread = (agent, call)
        if room:
            self._unread, self._left = None, [Ready(ticket) for ticket in board.calls]

    def _look_again(self, tx: Tx, policies: Policies, board: Board, expect: Expectations) -> list[Event]:
        changed, moved = rechecks.take(tx)
        again = (*changed, *(ticket for ticket, at in self._failing.items() if at <= tx.now))
        agents = (*moved, *(agent for agent, at in self._kept.items() if at <= tx.now))
        for agent in agents:
            self._work(tx, policies, board, expect, agent)
        for ticket in again:
            self._failing.pop(ticket, None)
            row = tx.one(calls.CALL, ticket=ticket)
            if row is not None:
                self._wait(tx, policies, board, expect, row)
                continue
            self._tell(board, Went(ticket))
            now = tx.one(queries.TICKET, id=ticket)
            if now.assignee_id is not None or now.status != "open":
                expect.ends(ticket, tx.now, gave_up=now.assignee_id is None)
        self._pass.woke = True
        return [*(Ready(ticket) for ticket in again), *(Free(agent) for agent in agents), *awaken(board, tx.now)]

    def _wait(self, tx: Tx, policies: Policies, board: Board, expect: Expectations, row: Any) -> None:
        expect.waits(row.ticket_id, row.queue, row.since)
        if row.due_at > tx.now:
            self._tell(board, Went(row.ticket_id))
            self._failing[row.ticket_id] = row.due_at
        else:
            self._tell(board, Came(calls.call_of(tx, policies, row)))

    def _work(self, tx: Tx, policies: Policies, board: Board, expect: Expectations, agent: int) -> None:
        present = calls.staff_of(tx, policies, agent)
        self._tell(board, Changed(present.staff))
        expect.works(agent, present.work, tx.now)
        self._kept.pop(agent, None)
        if present.until is not None:
            self._kept[agent] = present.until

    def _tell(self, board: Board, fact: Fact) -> None:
        board.apply(fact)
        self._pass.tell(fact)

    # --- what comes of it

    def _carry_out(self, tx: Tx, policies: Policies, decision: Decision) -> bool:
        """One ticket that cannot be held out keeps its reason and holds up no other."""
        assert self._board is not None  # noqa: S101 (it has decided)
        row = tx.one(calls.CALL, ticket=decision.ticket)
        if row is None:  # somebody took it, and we shall hear of it
            self._pass.failed.append(decision.ticket)
            return False
        reasons = explain(self._board, decision, tx.now)
        call = self._board.calls[decision.ticket].call
        if ledger.waiting.attempt(tx, row, lambda tx, row: _give(tx, policies, decision, reasons, call)):
            return True
        self._failing[decision.ticket] = tx.now + SECOND
        self._pass.failed.append(decision.ticket)
        return False


def _give(tx: Tx, policies: Policies, decision: Decision, reasons: tuple[str, ...], call: Call) -> None:
    ticket = tickets.lock(tx, decision.ticket)
    offer_time = _offer_time(policies, ticket.queue, call)
    if offer_time == 0:
        agent = tx.one(queries.AGENT, id=decision.agent)
        tickets.assign(tx, policies, ticket, agent, "router", reasons)
    else:
        _hold_out(tx, policies, ticket, decision.agent, reasons, tx.now + offer_time)


def _offer_time(policies: Policies, queue: str, call: Call) -> int:
    """How long it is held out: a chat no longer than a quarter of the time in which it is to be answered, so that an
    agent who is not there does not cost the promise.
    """
    usual = policies.queue(queue).offer_time
    if call.channel not in policies.routing.chats:
        return usual
    return min(usual, max(call.target // 4, LEAST_OFFER))


class HeldOut(msgspec.Struct):
    """An offer's row, for one that was made in this transaction."""

    id: int
    ticket_id: int
    agent_id: int
    state: str
    reasons: str
    created_at: int
    expires_at: int


def _hold_out(tx: Tx, policies: Policies, ticket: Any, agent: int, reasons: tuple[str, ...], expires_at: int) -> None:
    values = {
        "ticket_id": ticket.id,
        "agent_id": agent,
        "state": "open",
        "reasons": json.dumps(reasons),
        "created_at": tx.now,
        "expires_at": expires_at,
    }
    offer = HeldOut(id=tx.add(queries.ADD_OFFER, **values), **values)
    tx.run(queries.MARK_OFFERED, ticket=ticket.id)
    tickets.add_timer(tx, "offer", offer.id, expires_at)
    record(tx, ticket.customer_id, "router", TicketOffered(offer.id, agent, reasons), ticket.id)
    live.offer_changed(tx, policies, offer)
