"""What the router was told and looked at in one pass, so that its decisions can be made again.

Kept by flow/logbook as the router goes (flow/assign); read by `contactcenter decisions`. A pass holds the facts, and
which events were looked at: what was decided is on the history, and is not kept twice. Pure.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from contactcenter.routing.board import Board, Came, Changed, Demand, Fact, Went
from contactcenter.routing.reasons import explain
from contactcenter.routing.router import Decision, Event, Free, Ready, awaken, follow

LONG = 2_000  # bytes: below it compressing saves less than it costs
KINDS: dict[str, Any] = {kind.__name__: kind for kind in (Came, Changed, Went)}


class Begun(msgspec.Struct, frozen=True, omit_defaults=True):
    """A board begins: what each agent keeps free, and what was known of the demand."""

    reserve: int
    demand: tuple[Demand, ...] = ()


class Pass(msgspec.Struct, omit_defaults=True):
    """One of them. `facts`: kind and fact; `woke`: time was asked what it has brought; `looked`: whether a ticket, and
    its or the agent's number; `failed`: tickets that could not be held out.
    """

    at: int
    begun: Begun | None = None
    facts: list[tuple[str, Any]] = []
    woke: bool = False
    looked: list[tuple[bool, int]] = []
    failed: list[int] = []

    def tell(self, fact: Fact) -> None:
        """A fact that is folded in."""
        self.facts.append((type(fact).__name__, fact))

    def look(self, event: Event) -> None:
        """An event that is looked at."""
        self.looked.append((isinstance(event, Ready), event[0]))

    def events(self) -> Iterator[Event]:
        """Those that were looked at."""
        for is_ticket, number in self.looked:
            yield Ready(number) if is_ticket else Free(number)


class Made(msgspec.Struct, frozen=True):
    """A decision as it comes out when it is made again."""

    at: int
    ticket: int
    agent: int
    reasons: tuple[str, ...]


_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(Pass).decode


def packed(one: Pass) -> bytes:
    """As a row keeps it: JSON, and a long one compressed (RFC 1950, whose first byte begins no JSON)."""
    plain = _encode(one)
    return plain if len(plain) < LONG else zlib.compress(plain, 1)


def unpacked(kept: bytes) -> Pass:
    """From a row."""
    one = _decode(kept if kept.startswith(b"{") else zlib.decompress(kept))
    one.facts = [(kind, msgspec.convert(fact, KINDS[kind])) for kind, fact in one.facts]
    return one


class Remake:
    """Makes the decisions of passes again, in their order; begins with a pass in which a board begins."""

    def __init__(self) -> None:
        self._board: Board | None = None

    def go_on(self, one: Pass) -> Sequence[Made]:
        """What is decided in the next pass; nothing before a board begins."""
        if one.begun is not None:
            self._board = Board(reserve=one.begun.reserve)
            self._board.learn(one.begun.demand)
        board = self._board
        if board is None:
            return ()
        for _, fact in one.facts:
            board.apply(fact)
        if one.woke:
            awaken(board, one.at)
        made: list[Made] = []
        for event in one.events():
            follow(board, event, one.at, _carrying_out(board, one, made))
        return made


def _carrying_out(board: Board, one: Pass, made: list[Made]) -> Callable[[Decision], bool]:
    def carry_out(decision: Decision) -> bool:
        if decision.ticket in one.failed:
            return False
        made.append(Made(one.at, decision.ticket, decision.agent, explain(board, decision, one.at)))
        return True

    return carry_out
