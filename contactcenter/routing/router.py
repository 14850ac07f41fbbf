"""Which agent a ticket is held out to, and which ticket an agent with room gets.

`decide` reads a board and changes nothing that can be seen; routing/reasons puts into words what it went by, and
flow/assign carries it out. Events only: a ticket came or may be had by more people, an agent has
room; nothing is polled and nothing is collected into batches, which would gain nothing (docs/decisions/0021).

Tickets ahead of their deadline go by the time left, urgent ones as if half of it were left; those that are late wait
behind them, by how many times their target they have waited, but one in five turns is theirs: pure deadline order
collapses when there is too much to do, late tickets before all others making all others late. Agents: whom the
customer had before, if free; else who has refused it least; then the least loaded; then who can take the least else;
then who has waited longest (Armony & Ward 2010).
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from contactcenter.routing.board import Ask, Board, Call, Entry, Held, Lot, Member, Reached, Size, Standing, Team, Went

PASSED_OVER = 4  # late tickets, for such that are not; the fifth turn is theirs


class Ready(NamedTuple):
    """An event: a ticket can be placed."""

    ticket: int


class Free(NamedTuple):
    """An event: an agent may have room."""

    agent: int


Event = Ready | Free

Rank = tuple[float, int, int]
"""The least goes first: what it is weighed by, due, ticket."""

DUE_FIRST = "free, and this has the least time left of what they can take"
THE_LATEST = "free, and this is the latest of what they can take"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets what; an `agent` or `ticket` of 0 is nobody and nothing. `because`: what settled it."""

    ticket: int
    agent: int
    because: str
    turn: int = 0  # what Board.turn becomes by it


def decide(board: Board, event: Event, now: int) -> Decision:
    """For a ticket its agent, for an agent their next ticket. `now`: µs."""
    if isinstance(event, Ready):
        standing = board.calls.get(event.ticket)
        if standing is None:
            return Decision(event.ticket, 0, "it waits no more")
        return _place(board, standing, now)
    member = board.members.get(event.agent)
    if member is None or not member.staff.present:
        return Decision(0, event.agent, "not there")
    return _next_for(board, member, now)


def follow(board: Board, event: Event, now: int, carry_out: Callable[[Decision], bool]) -> int:
    """Decide and carry out until nothing more follows from an event; how many. What is carried out is folded in;
    a ticket of which that cannot be done is put aside until it is told to wait again.
    """
    made = 0
    while True:
        decision = decide(board, event, now)
        if not (decision.ticket and decision.agent):
            return made
        if carry_out(decision):
            board.apply(Held(decision.ticket, decision.agent, now, decision.turn))
            made += 1
        else:
            board.apply(Went(decision.ticket))
        if isinstance(event, Ready):
            return made


def awaken(board: Board, now: int) -> list[Event]:
    """What time has brought: tickets that more people may take now, or who rested from them."""
    events: list[Event] = []
    for ticket in list(board.due(now)):
        while board.reached(ticket, now):
            board.apply(Reached(ticket))
        events.append(Ready(ticket))
    return events


# --- a ticket's agent


def _place(board: Board, standing: Standing, now: int) -> Decision:
    call, lot = standing.call, standing.lot
    previous = board.members.get(call.previous)
    if (
        previous is not None
        and previous.staff.present
        and lot.ask in previous.team.asks
        and board.has_room(previous, lot.size)
        and not _rests(call, previous.staff.agent, now)
        and not _refusals(call, previous.staff.agent)
    ):
        return Decision(call.ticket, call.previous, "had this customer before, and is free", board.turn)
    chosen = _least_loaded(board, lot.welcome, call, lot, now)
    if chosen:
        why = (
            "the least loaded of those who can take it" if lot.welcome is lot.ask else "has the skills that are welcome"
        )
        return Decision(call.ticket, chosen, why, board.turn)
    chosen = _least_loaded(board, lot.ask, call, lot, now) if lot.welcome is not lot.ask else 0
    why = "the least loaded of those who can take it" if chosen else "nobody who can take it has room"
    return Decision(call.ticket, chosen, why, board.turn)


def _least_loaded(board: Board, ask: Ask, call: Call, lot: Lot, now: int) -> int:
    """Of all who meet a need and have room, those first who refused it least; 0: nobody."""
    for most in sorted({0, *(times for _, times in call.refused)}) if call.refused else (0,):
        ranked = []
        for team in ask.teams:
            found = _least_loaded_of(board, team, call, lot, (now, most))
            if found is not None:
                rank = (found.used / team.capacity, team.demand, found.assigned_at, found.tie)
                ranked.append((rank, found.staff.agent))
        if ranked:
            return min(ranked)[1]
    return 0


def _least_loaded_of(board: Board, team: Team, call: Call, lot: Lot, asked: tuple[int, int]) -> Member | None:
    """Of a team; those who cannot have this one stand aside for a moment. `asked`: now, and the most refusals."""
    now, most = asked
    aside = []
    found = None
    ready = team.ready
    while ready:
        entry = ready[0]
        if not board.is_ready(entry):
            heapq.heappop(ready)
            continue
        if entry[0] + lot.size.weight > team.capacity:
            break  # nobody after has more room
        member = team.members[entry[3]]
        if board.has_room(member, lot.size) and not _rests(call, entry[3], now) and _refusals(call, entry[3]) <= most:
            found = member
            break
        aside.append(heapq.heappop(ready))
    for entry in aside:
        heapq.heappush(ready, entry)
    return found


def _refusals(call: Call, agent: int) -> int:
    """How often they have declined or missed it."""
    return next((times for who, times in call.refused if who == agent), 0) if call.refused else 0


def _rests(call: Call, agent: int, now: int) -> bool:
    return bool(call.resting) and any(who == agent and now < until for who, until in call.resting)


# --- an agent's next ticket


def _next_for(board: Board, member: Member, now: int) -> Decision:
    agent = member.staff.agent
    lots = list(_fitting(board, member))
    ahead = min(_ahead(board, lots, agent, now), default=None)
    late_waits = any(_late(board, lots, agent, now))
    if late_waits and (ahead is None or board.turn >= PASSED_OVER):
        return Decision(min(_late(board, lots, agent, now))[2], agent, THE_LATEST, 0)
    if ahead is not None:
        return Decision(ahead[2], agent, DUE_FIRST, board.turn + late_waits)
    return Decision(0, agent, "nothing that they can take waits")


def _ahead(board: Board, lots: Sequence[Lot], agent: int, now: int) -> Iterator[Rank]:
    """Of each lot what is due first and not late yet, by the time that is left."""
    for lot in lots:
        first = board.first_ahead(lot, now)
        if lot.resting:
            first = _but_resting(board, lot.entries[lot.split :], first, agent, now)
        if first is not None:
            yield (first[0] - now) / lot.urgency, first[0], first[1]


def _late(board: Board, lots: Sequence[Lot], agent: int, now: int) -> Iterator[Rank]:
    """Of each lot what is late, by how many times its target it has waited. Asked after `_ahead`."""
    for lot in lots:
        first = board.first_late(lot)
        if lot.resting:
            first = _but_resting(board, lot.entries[lot.start : lot.split], first, agent, now)
        if first is not None:
            yield lot.urgency * (first[0] - lot.target - now) / lot.target, first[0], first[1]


def _fitting(board: Board, member: Member) -> Iterator[Lot]:
    """What an agent can take and has room for."""
    fits: dict[Size, bool] = {}
    for ask in board.asks_of(member.team):
        for lot in ask.waiting:
            size = lot.size
            if size not in fits:
                fits[size] = board.has_room(member, size)
            if fits[size]:
                yield lot


def _but_resting(board: Board, entries: list[Entry], first: Entry | None, agent: int, now: int) -> Entry | None:
    """The first but for what this agent rests from."""
    if first is None or not _rests(board.calls[first[1]].call, agent, now):
        return first
    for entry in entries:
        standing = board.calls.get(entry[1])
        if standing is not None and standing.stamp == entry[2] and not _rests(standing.call, agent, now):
            return entry
    return None
