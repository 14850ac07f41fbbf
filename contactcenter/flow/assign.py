"""Waiting tickets meet the agents who have room: the router decides, this carries it out.

Before it: flow/tickets and flow/rechecks, which say what has changed. After it: an offer that the agent accepts
(flow/actions) or that runs out (flow/upkeep), or the assignment itself where the queue does not ask. One process at a
time does it, and keeps the router's board from one pass to the next; it can be read again from the tables at any time.
"""

import json
from typing import Any

import msgspec

from contactcenter.crm.history import record
from contactcenter.flow import calls, ledger, live, queries, rechecks, tickets
from contactcenter.flow.expectations import Expectations
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import SECOND
from contactcenter.model.history import TicketOffered
from contactcenter.ports import Tx
from contactcenter.routing.board import Board, Came, Changed, Went
from contactcenter.routing.reasons import explain
from contactcenter.routing.router import Decision, Event, Free, Ready, awaken, follow

BATCH = 50  # decisions in one use case, so that none takes long
PAGE = 500  # of what waits, read at once


class Routing:
    """The router of one process."""

    def __init__(self) -> None:
        self._board: Board | None = None
        self._expect: Expectations | None = None
        self._whole = False  # the last pass came to its end: what was folded in is written down
        self._left: list[Event] = []  # of a pass that had too many
        self._failing: dict[int, int] = {}  # tickets that could not be held out: when they are tried again
        self._kept: dict[int, int] = {}  # agents with tickets that keep their room: when the first gives it back

    def forget(self) -> None:
        """Somebody else routes now."""
        self._board = self._expect = None

    def has_work(self, tx: Tx) -> bool:
        """Has anything changed, or has time brought something?"""
        if self._board is None or not self._whole or self._left:
            return True
        instants = (self._board.next_due(), *self._failing.values(), *self._kept.values())
        return any(at is not None and at <= tx.now for at in instants) or rechecks.any_left(tx)

    def route(self, tx: Tx, policies: Policies) -> int:
        """Hold out what can be, to whom it can be; how many tickets. What it does twice, it does once."""
        self._expect = expect = self._expect or Expectations(tx)
        if self._board is None or not self._whole:
            self._board = self._read(tx, policies, expect)
        board, self._whole = self._board, False
        events = [*self._left, *self._look_again(tx, policies, board, expect)]
        made = 0
        while events and made < BATCH:
            made += follow(board, events.pop(0), tx.now, lambda decision: self._carry_out(tx, policies, decision))
        expect.keep(tx, board)
        self._left, self._whole = events, True
        return made

    # --- what the board is told

    def _read(self, tx: Tx, policies: Policies, expect: Expectations) -> Board:
        board = Board(reserve=policies.routing.reserve)
        self._failing.clear()
        for row in tx.all(calls.ALL_STAFF):
            self._work(tx, policies, board, expect, row.id)
        after = 0
        while rows := tx.all(calls.CALLS, after=after, limit=PAGE):
            for row in rows:
                self._wait(tx, policies, board, expect, row)
            after = rows[-1].id
        self._left = [Ready(ticket) for ticket in board.calls]
        return board

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
            board.apply(Went(ticket))
            now = tx.one(queries.TICKET, id=ticket)
            if now.assignee_id is not None or now.status != "open":
                expect.ends(ticket, tx.now, gave_up=now.assignee_id is None)
        return [*(Ready(ticket) for ticket in again), *(Free(agent) for agent in agents), *awaken(board, tx.now)]

    def _wait(self, tx: Tx, policies: Policies, board: Board, expect: Expectations, row: Any) -> None:
        expect.waits(row.ticket_id, row.queue, row.since)
        if row.due_at > tx.now:
            board.apply(Went(row.ticket_id))
            self._failing[row.ticket_id] = row.due_at
        else:
            board.apply(Came(calls.call_of(tx, policies, row)))

    def _work(self, tx: Tx, policies: Policies, board: Board, expect: Expectations, agent: int) -> None:
        present = calls.staff_of(tx, policies, agent)
        board.apply(Changed(present.staff))
        expect.works(agent, present.work, tx.now)
        self._kept.pop(agent, None)
        if present.until is not None:
            self._kept[agent] = present.until

    # --- what comes of it

    def _carry_out(self, tx: Tx, policies: Policies, decision: Decision) -> bool:
        """One ticket that cannot be held out keeps its reason and holds up no other."""
        assert self._board is not None  # noqa: S101 (it has decided)
        row = tx.one(calls.CALL, ticket=decision.ticket)
        if row is None:  # somebody took it, and we shall hear of it
            return False
        reasons = explain(self._board, decision, tx.now)
        if ledger.waiting.attempt(tx, row, lambda tx, row: _give(tx, policies, decision, reasons)):
            return True
        self._failing[decision.ticket] = tx.now + SECOND
        return False


def _give(tx: Tx, policies: Policies, decision: Decision, reasons: tuple[str, ...]) -> None:
    ticket = tickets.lock(tx, decision.ticket)
    offer_time = policies.queue(ticket.queue).offer_time
    if offer_time == 0:
        agent = tx.one(queries.AGENT, id=decision.agent)
        tickets.assign(tx, policies, ticket, agent, "router", reasons)
    else:
        _hold_out(tx, policies, ticket, decision.agent, reasons, tx.now + offer_time)


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
