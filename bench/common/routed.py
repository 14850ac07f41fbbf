"""The product's router as the one who is asked in a line of customers: one queue, agents with one ticket at a time."""

from collections.abc import Mapping

from bench.common.line import Customer, Size
from contactcenter.model.columns import HOUR, SECOND
from contactcenter.routing.board import Board, Call, Came, Changed, Freed, Held, Staff, Went
from contactcenter.routing.needs import Need, Stage
from contactcenter.routing.router import Event, Free, Ready, decide

SUPPORT = Need(("support",))
TARGET = 1 * HOUR


class Routed:
    """`Choose` of bench.common.line, for one run."""

    def __init__(self, size: Size) -> None:
        self.board = Board(seed=1)
        for agent in range(1, size.agents + 1):
            self.board.apply(Changed(Staff(agent, f"Agent {agent}", frozenset({"support"}), {}, 1, present=True)))

    def __call__(
        self, waiting: Mapping[int, Customer], free: Mapping[int, float], now: float
    ) -> tuple[int, int] | None:
        """The customer and the agent (from 0), or nobody."""
        at = round(now * SECOND)
        for event in (*self._freed(free), *self._come(waiting)):
            decision = decide(self.board, event, at)
            if decision.ticket and decision.agent:
                self.board.apply(Held(decision.ticket, decision.agent, at, decision.turn))
                return decision.ticket, decision.agent - 1
        return None

    def _freed(self, free: Mapping[int, float]) -> list[Event]:
        events: list[Event] = []
        for agent in free:
            for ticket in list(self.board.members[agent + 1].holds):
                self.board.apply(Freed(ticket, agent + 1))
                events.append(Free(agent + 1))
        return events

    def _come(self, waiting: Mapping[int, Customer]) -> list[Event]:
        for gone in [ticket for ticket in self.board.calls if ticket not in waiting]:
            self.board.apply(Went(gone))
        events: list[Event] = []
        for number, customer in waiting.items():
            if number not in self.board.calls:
                since = round(customer.came * SECOND)
                self.board.apply(
                    Came(Call(number, "webchat", 1, 1.0, since, since + TARGET, TARGET, (Stage(since, SUPPORT),)))
                )
                events.append(Ready(number))
        return events
