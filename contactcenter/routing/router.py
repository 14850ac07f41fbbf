"""Which agent a waiting ticket is held out to, and why.

Pure: reads values, changes nothing, and gives its reasons. flow/assign asks it and carries the decision out.
First version: among those present in the queue with room, the least loaded; then who has declined or missed this
ticket least often; then who has waited longest.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent of the queue as the router sees them. `load` and `capacity` in open tickets and offers."""

    agent: int
    name: str
    load: int
    capacity: int
    assigned_at: int
    refusals: int = 0  # offers of this ticket they declined or let run out
    resting: bool = False  # they have done so just now, and are not asked again yet

    @property
    def has_room(self) -> bool:
        return self.load < self.capacity


@dataclass(frozen=True, slots=True)
class Decision:
    """The agent chosen, or None, with the reasons in words."""

    agent: int | None
    reasons: tuple[str, ...]


def decide(candidates: Sequence[Candidate]) -> Decision:
    """Choose among the agents who are present in the ticket's queue."""
    if not candidates:
        return Decision(None, ("nobody serving this queue is available",))
    room = [candidate for candidate in candidates if candidate.has_room]
    if not room:
        return Decision(None, (f"all {len(candidates)} available agents are at capacity",))
    free = [candidate for candidate in room if not candidate.resting]
    if not free:
        return Decision(None, ("everybody with room has just declined or missed it",))
    chosen = min(free, key=lambda c: (c.refusals, c.load / c.capacity, c.assigned_at, c.agent))
    return Decision(chosen.agent, tuple(_reasons(chosen, room, len(candidates))))


def _reasons(chosen: Candidate, room: Sequence[Candidate], present: int) -> list[str]:
    reasons = [f"{present} available in the queue, {len(room)} with room"]
    if len(room) == 1:
        return [*reasons, f"{chosen.name} is the only one with room ({chosen.load} of {chosen.capacity})"]
    if any(candidate.refusals > chosen.refusals for candidate in room):
        reasons.append("others have declined or missed it before")
    peers = [c for c in room if c.refusals == chosen.refusals and not c.resting]
    if all(c.load / c.capacity > chosen.load / chosen.capacity for c in peers if c is not chosen):
        return [*reasons, f"{chosen.name} is the least loaded ({chosen.load} of {chosen.capacity})"]
    return [
        *reasons,
        f"{chosen.name} is among the least loaded ({chosen.load} of {chosen.capacity}) and waited longest",
    ]
