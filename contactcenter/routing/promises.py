"""What a customer is promised: a first answer, the next one and a solution, each within some time of business hours.

Pure. Each target of a ticket has a clock; flow/promises.py keeps the clocks on the ticket's row and calls this for
whatever moves them, and replayed.py does the same from the history. Answers run while the ticket is ours to answer,
the solution until it is solved, but for the statuses in which it pauses. Refuses to forget: what is missed stays so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from contactcenter.routing.hours import Hours

FIRST, NEXT, RESOLUTION = "first_response", "next_response", "resolution"
TARGETS = (FIRST, NEXT, RESOLUTION)
OURS = ("new", "open", "snoozed")  # statuses in which an answer that was begun to be waited for is waited for
PAUSES = ("answered", "snoozed")
WARN, BUMP, ESCALATE = "warn", "bump", "escalate"
ACTS = (WARN, BUMP, ESCALATE)


@dataclass(frozen=True, slots=True)
class Step:
    """What is done once so much of a target's time has passed; 1 is the deadline, more is after it."""

    at: float
    does: tuple[str, ...] = ()


LADDER = (Step(0.75, (WARN,)), Step(1.0, (ESCALATE,)))


@dataclass(frozen=True, slots=True)
class Promise:
    """A policy. `targets`: µs by priority and target, of those that there are. `hours` None: the clocks never rest.

    `steps`: in order.
    """

    name: str
    targets: Mapping[tuple[str, str], int]
    hours: Hours | None = None
    pauses: frozenset[str] = frozenset(PAUSES)
    steps: tuple[Step, ...] = LADDER

    def allowed(self, target: str, priority: str) -> int | None:
        """µs for a target at a priority; None: nothing is promised."""
        return self.targets.get((priority, target))

    def after(self, start: int, work: int) -> int | None:
        """When so much time has passed; `start` for none or less, None when it never will have."""
        if self.hours is None:
            return start + max(0, work)
        return self.hours.after(start, work)

    def between(self, start: int, end: int) -> int:
        """µs that count from one instant to another one."""
        return max(0, end - start) if self.hours is None else self.hours.between(start, end)


class Clock(msgspec.Struct, frozen=True, omit_defaults=True):
    """One target of a ticket. All in µs; instants are UTC."""

    allowed: int | None = None  # how much time it may take; None: as long as it likes
    used: int = 0  # of it, before it last began to run
    since: int | None = None  # since when it runs; None: it stands
    due: int | None = None  # when its time is up, if it goes on running; None while it stands
    risk: int | None = None  # when it reaches the first step of the ladder, likewise
    step: int = 0  # how many steps of the ladder it has reached
    kept_at: int | None = None  # when what was promised was done, in time or not
    missed: bool = False

    @property
    def runs(self) -> bool:
        return self.since is not None and self.kept_at is None


class Clocks(msgspec.Struct, frozen=True, omit_defaults=True):
    """Those of a ticket. `name`: of the promise. `next_response`: None before it is first waited for.

    `idle`: a robot opened the ticket, and until a person writes nobody waits for anything (RFC 3834, section 2, asks
    for as little in answer).
    """

    name: str
    first_response: Clock = Clock()
    next_response: Clock | None = None
    resolution: Clock = Clock()
    idle: bool = False

    def of(self, target: str) -> Clock | None:
        """The clock of a target."""
        found: Clock | None = getattr(self, target)
        return found

    def running(self) -> Iterator[tuple[str, Clock]]:
        """Each clock that runs and has a deadline, with its target."""
        for target in TARGETS:
            clock = self.of(target)
            if clock is not None and clock.runs and clock.due is not None:
                yield target, clock


@dataclass(frozen=True, slots=True)
class Stand:
    """How a ticket stands from an instant on (µs)."""

    status: str
    priority: str
    at: int


def begin(promise: Promise, stand: Stand, *, idle: bool = False) -> Clocks:
    """The clocks of a ticket that is opened now, or that comes into a queue that promises something."""
    clocks = Clocks(
        promise.name,
        Clock(promise.allowed(FIRST, stand.priority)),
        resolution=Clock(promise.allowed(RESOLUTION, stand.priority)),
        idle=idle,
    )
    return turn(clocks, promise, stand)


def wake(clocks: Clocks, promise: Promise, stand: Stand) -> Clocks:
    """A person wrote: from now on it is waited for, if it was not yet."""
    return turn(replace(clocks, idle=False), promise, stand) if clocks.idle else clocks


def turn(clocks: Clocks, promise: Promise, stand: Stand, *, replied: bool = False) -> Clocks:
    """The ticket has another status. `replied`: because a person of ours has answered it."""
    if clocks.idle:
        return clocks
    clocks = passed(clocks, stand.at)
    target, clock = _answer(clocks)
    if clock is None and stand.status in OURS and stand.status != "snoozed":
        clock = Clock(promise.allowed(NEXT, stand.priority))
    if clock is not None:
        if replied:
            clock = replace(clock, kept_at=stand.at)
        else:
            clock = _run(promise, clock, stand.at) if stand.status in OURS else _halt(promise, clock, stand.at)
        clocks = replace(clocks, **{target: clock})
    return replace(clocks, resolution=_solution(clocks.resolution, promise, stand))


def move(
    clocks: Clocks | None, before: Promise | None, promise: Promise | None, stand: Stand, *, idle: bool = False
) -> Clocks | None:
    """Another priority or another queue, either of which may promise nothing. `before`: what was promised so far;
    `idle`: none but robots have written so far."""
    if promise is None:
        return None
    if clocks is None:
        return begin(promise, stand, idle=idle) if before is None else None
    return retarget(clocks, before or promise, promise, stand)


def retarget(clocks: Clocks, before: Promise, promise: Promise, stand: Stand) -> Clocks:
    """Another priority, or another queue's promise: what was used stays used, what is missed or kept stays so."""
    clocks = replace(passed(clocks, stand.at), name=promise.name)
    for target in TARGETS:
        clock = clocks.of(target)
        if clock is None or clock.missed or clock.kept_at is not None:
            continue
        runs = clock.runs
        if promise is not before:
            clock = _halt(before, clock, stand.at)
        clock = replace(clock, allowed=promise.allowed(target, stand.priority))
        if promise is not before:
            clock = _run(promise, clock, stand.at) if runs else clock
        elif runs:
            clock = _timed(promise, clock)
        clocks = replace(clocks, **{target: clock})
    return clocks


def unsaid(clocks: Clocks, said_at: int) -> Clocks:
    """The answer that was given at that instant was taken back: it is waited for as if it had never been given."""
    for target in (FIRST, NEXT):
        clock = clocks.of(target)
        if clock is not None and clock.kept_at == said_at:
            clocks = replace(clocks, **{target: replace(clock, kept_at=None)})
    return clocks


def join(clocks: Clocks, promise: Promise, other: Clocks, by: Promise, stand: Stand) -> Clocks:
    """Another ticket was merged into this one: whoever waited longer for an answer has waited for this one's.

    `other`: its clocks as they were before, and `by` its promise. `stand`: how this ticket stands.
    """
    if not other.idle:
        clocks = wake(clocks, promise, stand)
    clocks, other = passed(clocks, stand.at), passed(other, stand.at)
    _, theirs = _answer(other)
    if theirs is None or not theirs.runs:
        return clocks
    theirs = _halt(by, theirs, stand.at)
    target, ours = _answer(clocks)
    mine = _halt(promise, ours or Clock(), stand.at)
    joined = Clock(
        allowed=promise.allowed(target, stand.priority),
        used=max(mine.used, theirs.used),
        step=max(mine.step, theirs.step),
        missed=mine.missed or theirs.missed,
    )
    if stand.status in OURS:
        joined = _run(promise, joined, stand.at)
    return replace(clocks, **{target: joined})


def restore(before: Clocks, merged: Clocks | None, now: Clocks | None, at: int) -> Clocks:
    """As they were before a merge that is undone, time having gone on; no step of the ladder is taken again.

    `merged`: as they were right after the merge; `now`: as they are.
    """
    for target in TARGETS:
        clock, since = before.of(target), _step(now, target) - _step(merged, target)
        if clock is not None and since > 0:
            before = replace(before, **{target: replace(clock, step=clock.step + since)})
    return passed(before, at)


def passed(clocks: Clocks, at: int) -> Clocks:
    """The same at a later instant: what is late by then is missed."""
    for target, clock in clocks.running():
        if not clock.missed and clock.due is not None and clock.due <= at:
            clocks = replace(clocks, **{target: replace(clock, missed=True)})
    return clocks


def climb(promise: Promise, clock: Clock, at: int) -> tuple[Clock, tuple[Step, ...]]:
    """A running clock with the steps of the ladder behind it that are due by an instant, and those steps.

    Of what a desk that was away has slept through, a warning of a deadline that is over is not given any more.
    """
    first = clock.step
    while (due := _step_at(promise, clock)) is not None and due <= at:
        clock = replace(clock, step=clock.step + 1)
    steps = promise.steps[first : clock.step]
    return clock, tuple(Step(step.at) if step.at < 1 and clock.missed else step for step in steps)


def next_step(promise: Promise, clocks: Clocks) -> int | None:
    """When a deadline is missed or a step of a ladder is due next; None when nothing will be."""
    coming = [_step_at(promise, clock) for _, clock in clocks.running()]
    coming += [clock.due for _, clock in clocks.running() if not clock.missed]
    return min((at for at in coming if at is not None), default=None)


def first_due(clocks: Clocks | None) -> tuple[str, Clock] | None:
    """The deadline that matters: the answer's while one is waited for, else the solution's."""
    return next(iter(clocks.running()), None) if clocks is not None else None


def left_at(promise: Promise, clock: Clock, at: int) -> int | None:
    """µs of a clock's time that are left at an instant, negative when it is late; None: nothing is promised."""
    if clock.allowed is None:
        return None
    return clock.allowed - clock.used - (0 if clock.since is None else promise.between(clock.since, at))


def _answer(clocks: Clocks) -> tuple[str, Clock | None]:
    """The answer that is not given yet; where all are, the next one, which nobody waits for yet."""
    if clocks.first_response.kept_at is None:
        return FIRST, clocks.first_response
    clock = clocks.next_response
    return NEXT, clock if clock is not None and clock.kept_at is None else None


def _solution(clock: Clock, promise: Promise, stand: Stand) -> Clock:
    if stand.status == "solved":
        return clock if clock.kept_at is not None else replace(_halt(promise, clock, stand.at), kept_at=stand.at)
    if stand.status == "closed":  # without having been solved, or after it
        return _halt(promise, clock, stand.at)
    clock = replace(clock, kept_at=None)
    return _halt(promise, clock, stand.at) if stand.status in promise.pauses else _run(promise, clock, stand.at)


def _run(promise: Promise, clock: Clock, at: int) -> Clock:
    return clock if clock.since is not None else _timed(promise, replace(clock, since=at))


def _halt(promise: Promise, clock: Clock, at: int) -> Clock:
    """It stands, and knows what it has used."""
    if not clock.runs or clock.since is None:
        return clock
    used = clock.used + promise.between(clock.since, at)
    return replace(clock, used=used, since=None, due=clock.due if clock.missed else None, risk=None)


def _timed(promise: Promise, clock: Clock) -> Clock:
    """When its time is up, and when it is near. What was missed before it paused stays due when it was."""
    due = clock.due if clock.missed and clock.due is not None else _at_share(promise, clock, 1)
    near = min((step.at for step in promise.steps), default=1.0)
    return replace(clock, due=due, risk=_at_share(promise, clock, min(near, 1.0)))


def _step(clocks: Clocks | None, target: str) -> int:
    clock = None if clocks is None else clocks.of(target)
    return 0 if clock is None else clock.step


def _step_at(promise: Promise, clock: Clock) -> int | None:
    return _at_share(promise, clock, promise.steps[clock.step].at) if clock.step < len(promise.steps) else None


def _at_share(promise: Promise, clock: Clock, share: float) -> int | None:
    """When a clock that runs has used a share of its time."""
    if clock.since is None or clock.allowed is None:
        return None
    return promise.after(clock.since, round(share * clock.allowed) - clock.used)
