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


@dataclass(frozen=True, slots=True)
class Decision:
    """The agent chosen, or None, with the reasons in words."""

    agent: int | None
    reasons: tuple[str, ...]


def decide(candidates: Sequence[Candidate]) -> Decision:
    """Choose among the agents who are present in the ticket's queue."""
    if not candidates:
        return Decision(None, ("nobody serving this queue is available",))
    free = [candidate for candidate in candidates if candidate.load < candidate.capacity]
    if not free:
        return Decision(None, (f"all {len(candidates)} available agents are at capacity",))
    chosen = min(free, key=lambda c: (c.refusals, c.load / c.capacity, c.assigned_at, c.agent))
    return Decision(chosen.agent, tuple(_reasons(chosen, free, len(candidates))))


def _reasons(chosen: Candidate, free: Sequence[Candidate], present: int) -> list[str]:
    reasons = [f"{present} available in the queue, {len(free)} with room"]
    if len(free) == 1:
        return [*reasons, f"{chosen.name} is the only one with room ({chosen.load} of {chosen.capacity})"]
    if any(candidate.refusals > chosen.refusals for candidate in free):
        reasons.append("others have declined or missed it before")
    peers = [c for c in free if c.refusals == chosen.refusals]
    if all(c.load / c.capacity > chosen.load / chosen.capacity for c in peers if c is not chosen):
        return [*reasons, f"{chosen.name} is the least loaded ({chosen.load} of {chosen.capacity})"]
    return [
        *reasons,
        f"{chosen.name} is among the least loaded ({chosen.load} of {chosen.capacity}) and waited longest",
    ]
