"""A past stretch of time once more, under other conditions: the same tickets, the product's router, a virtual clock.

Given what flow/past read and, of each ticket, how it opened or would open (flow/rehearsal); run by routing/day. What it
tells is as good as what it assumes: an agent answers as long after they got a ticket as it really took, works on it as
much as it really took, and finishes what they have when they go. Pure: reads no table, and writes nothing.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median

import msgspec
from msgspec import structs

from contactcenter.figures import intervals, shifts
from contactcenter.flow.calls import called, limits_of
from contactcenter.flow.past import Colleague, Contact, Past
from contactcenter.flow.policies import Policies
from contactcenter.model.columns import SECOND
from contactcenter.routing.board import Board, Staff
from contactcenter.routing.day import Day, Routed, Task, Worker, rate
from contactcenter.routing.promises import FIRST, NEXT

USUAL_WORK = 300.0  # seconds, where nobody was seen at work
HERE = (True, False)  # at the beginning of a stretch in which somebody is available, and at its end


class Sorted(msgspec.Struct, frozen=True):
    """Where a ticket goes, how urgent it is and what it needs, when it comes where it really opened."""

    opened: str
    queue: str
    priority: str
    needs: str


class Shift(msgspec.Struct, frozen=True):
    """So many agents are there in these stretches (begin, end in µs), in order."""

    agents: int
    stretches: tuple[tuple[int, int], ...]


class Conditions(msgspec.Struct, frozen=True):
    """Under which it happens. `kinds`: of the channels; `sorting`: of the tickets of which it is known how they open.
    `agents`: how many there are, None: those who were there; `capacity`: of each of them, None: their own. `shifts`:
    when who is there, in the place of when they were; none: as it was.
    """

    policies: Policies
    kinds: Mapping[str, str]
    sorting: Mapping[int, Sorted]
    agents: int | None = None
    capacity: int | None = None
    shifts: tuple[Shift, ...] = ()


class Ran(msgspec.Struct, frozen=True):
    """What became of a contact. Instants in µs; None for what did not happen. `due`: by which it was to be answered."""

    ticket: int
    queue: str
    channel: str
    since: int
    due: int | None
    agent: int | None
    began: int | None
    answered: int | None
    left: int | None

    @property
    def kept(self) -> bool | None:
        """The promise; None where nothing was promised."""
        return None if self.due is None else self.answered is not None and self.answered <= self.due


class Result(msgspec.Struct, frozen=True):
    """All of it. `busy`: the share of the time available in which agents had something in their hands."""

    ran: list[Ran]
    agents: int
    busy: float | None


class Summary(msgspec.Struct, frozen=True):
    """A queue, or all. Waits in seconds, until a person answered."""

    contacts: int
    answered: int
    in_time: int
    left: int
    promised: int
    kept: int
    median: float | None
    p90: float | None


def really(past: Past, conditions: Conditions) -> Result:
    """What did happen, held against what these policies promise."""
    ran = [
        _ran(one, conditions, (one.agent, one.began), _by(one.answered, past.until), _by(one.left, past.until))
        for one in past.contacts
    ]
    held = _held(past)
    busy = sum(shifts.common(one.available, shifts.merged(held.get(one.agent, []))) for one in past.colleagues)
    time = sum(one.time for one in past.colleagues)
    return Result(ran, len(past.colleagues), busy / time if time else None)


def once_more(past: Past, conditions: Conditions) -> Result:
    """What would have happened."""
    seen = _Seen(past)
    staff = _staffed(past.colleagues, conditions)
    tasks = [_task(past, contact, conditions, seen, number) for number, contact in enumerate(past.contacts, 1)]
    workers = [_worker(past, one, conditions) for one in staff]
    router = Routed(Board(reserve=conditions.policies.routing.reserve), past.begin)
    Day(tasks, workers, router, (past.until - past.begin) / SECOND).run()
    ran = [_outcome(past, task, conditions, seen) for task in tasks]
    time = sum(one.time for one in staff) / SECOND
    return Result(ran, len(staff), min(1.0, sum(worker.busy for worker in workers) / time) if time else None)


def by_queue(result: Result, within: int) -> dict[str, Summary]:
    """Of each queue in which something came; under a blank name, of all. `within`: µs in which to be answered."""
    queues: dict[str, list[Ran]] = defaultdict(list)
    for one in result.ran:
        queues[one.queue].append(one)
    found = {name: _summed(queues[name], within) for name in sorted(queues)}
    return {"": _summed(result.ran, within), **found}


def figures(within: int) -> dict[str, Callable[[Ran], bool]]:
    """What can be counted, and of which tickets it is the number."""
    return {
        "contacts": lambda one: True,
        "answered": lambda one: one.answered is not None,
        "in_time": lambda one: one.answered is not None and one.answered - one.since <= within,
        "left": lambda one: one.left is not None,
        "kept": lambda one: one.kept is True,
        "missed": lambda one: one.kept is False,
        "unanswered": lambda one: one.answered is None and one.left is None,
    }


def _summed(ran: Sequence[Ran], within: int) -> Summary:
    waits: dict[float, int] = defaultdict(int)
    for one in ran:
        if one.answered is not None:
            waits[float(-(-(one.answered - one.since) // SECOND))] += 1
    count = {name: sum(map(fits, ran)) for name, fits in figures(within).items()}
    return Summary(
        contacts=len(ran),
        answered=count["answered"],
        in_time=count["in_time"],
        left=count["left"],
        promised=count["kept"] + count["missed"],
        kept=count["kept"],
        median=intervals.quantile(waits, 0.5),
        p90=intervals.quantile(waits, 0.9),
    )


# --- what was seen


class _Seen:
    """How much work each contact was, and how soon customers gave up; where it was not seen, what was usual."""

    def __init__(self, past: Past) -> None:
        self._work = _worked(past)
        by_channel: dict[str, list[Contact]] = defaultdict(list)
        for contact in past.contacts:
            by_channel[contact.channel].append(contact)
        self._usual_work = {name: self._median_work(some) for name, some in by_channel.items()}
        self._usual_answer = {name: _median_answer(some) for name, some in by_channel.items()}
        self._patience = {name: _patience(some, past.until) for name, some in by_channel.items()}
        self._until = past.until

    def work(self, contact: Contact) -> float:
        """Seconds of an agent who does nothing else."""
        return self._work.get(_key(contact)) or self._usual_work[contact.channel]

    def answer(self, contact: Contact) -> int | None:
        """µs from when an agent had it until they answered; None: it was dismissed without a word."""
        if contact.answered is not None and contact.began is not None:
            return max(0, contact.answered - contact.began)
        return None if contact.ends == "dismissed" else self._usual_answer[contact.channel]

    def patience(self, contact: Contact) -> float | None:
        """Seconds. Who did not give up would have waited on, as long as is usual: the same for the same contact."""
        waited = ((contact.ended or self._until) - contact.since) / SECOND
        if contact.left is not None:
            return waited
        usual = self._patience[contact.channel]
        chance = random.Random(f"{contact.ticket} {contact.since}")  # noqa: S311 (it is no secret)
        return None if usual is None else waited + chance.expovariate(1 / usual)

    def _median_work(self, contacts: Sequence[Contact]) -> float:
        return median([work for one in contacts if (work := self._work.get(_key(one)))] or [USUAL_WORK])


def _key(contact: Contact) -> tuple[int, int]:
    return contact.ticket, contact.since


def _median_answer(contacts: Sequence[Contact]) -> int:
    took = [one.answered - one.began for one in contacts if one.answered is not None and one.began is not None]
    return max(0, int(median(took or [USUAL_WORK * SECOND])))


def _patience(contacts: Sequence[Contact], until: int) -> float | None:
    """Mean seconds until a customer gives up: all waits count, but only who left ends (as routing/waits has it)."""
    left = sum(one.left is not None for one in contacts)
    waited = sum(((one.began or one.ended or until) - one.since) / SECOND for one in contacts)
    return waited / left if left and waited > 0 else None


def _worked(past: Past) -> dict[tuple[int, int], float]:
    """By contact: an agent's time, shared among all that they had in their hands at once, as routing/day shares it."""
    points: dict[int, list[tuple[int, int, tuple[int, int]]]] = defaultdict(list)
    for contact in past.contacts:
        for agent, begin, end in contact.spans:
            points[agent] += [(begin, 1, _key(contact)), (end, -1, _key(contact))]
    work: dict[tuple[int, int], float] = defaultdict(float)
    for changes in points.values():
        hands: Counter[tuple[int, int]] = Counter()
        last = 0
        for at, change, key in sorted(changes):
            for held in hands:
                work[held] += (at - last) / SECOND * rate(len(hands))
            hands[key] += change
            if not hands[key]:
                del hands[key]
            last = at
    return work


def _held(past: Past) -> dict[int, list[tuple[int, int]]]:
    held: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for contact in past.contacts:
        for agent, begin, end in contact.spans:
            held[agent].append((begin, end))
    return {agent: sorted(spans) for agent, spans in held.items()}


# --- as the router is told of it


class _Row(msgspec.Struct, frozen=True):
    """A contact as flow/calls reads a ticket that waits. Numbered by contact: a ticket can come twice."""

    ticket_id: int
    queue: str
    priority: str
    needs: str
    since: int
    promised_at: int | None
    due_target: str = FIRST


def _task(past: Past, contact: Contact, conditions: Conditions, seen: _Seen, number: int) -> Task:
    routing, kind = conditions.policies.routing, conditions.kinds.get(contact.channel, contact.channel)
    sort, due = _sorted(contact, conditions), _due(contact, conditions)
    row = _Row(number, sort.queue, sort.priority, sort.needs, contact.since, due)
    return Task(
        call=replace(called(routing, kind, row, contact.since), previous=contact.previous),
        comes=(contact.since - past.begin) / SECOND,
        work=max(seen.work(contact), 1.0),
        patience=seen.patience(contact),
        keeps=routing.kept(kind, "answered") / SECOND,
        origin=contact,
    )


def _sorted(contact: Contact, conditions: Conditions) -> Sorted:
    found = conditions.sorting.get(contact.ticket)
    if found is not None and found.opened == contact.queue:
        return found
    return Sorted(contact.queue, contact.queue, contact.priority, contact.needs)


def _due(contact: Contact, conditions: Conditions) -> int | None:
    """When it is to be answered, from when it came to people; None where nothing is promised."""
    sort = _sorted(contact, conditions)
    promise = conditions.policies.promise(sort.queue)
    allowed = None if promise is None else promise.allowed(FIRST if contact.first else NEXT, sort.priority)
    return None if promise is None or allowed is None else promise.after(contact.since, allowed)


def _staffed(colleagues: Sequence[Colleague], conditions: Conditions) -> list[Colleague]:
    """Fewer: those who were there longest; more: others like them, in turn. By shifts: these people, in turn, then."""
    ranked = sorted(colleagues, key=lambda one: (-one.time, one.agent))
    if conditions.shifts:
        stays = [shift.stretches for shift in conditions.shifts for _ in range(shift.agents)]
        there = _so_many(ranked, len(stays))
        return [structs.replace(one, available=stay) for one, stay in zip(there, stays, strict=True)]
    return _so_many(ranked, len(ranked) if conditions.agents is None else conditions.agents)


def _so_many(ranked: Sequence[Colleague], many: int) -> list[Colleague]:
    last = max((one.agent for one in ranked), default=0)
    more = [
        structs.replace(ranked[number % len(ranked)], agent=last + 1 + number) for number in range(many - len(ranked))
    ]
    return [*ranked[:many], *more]


def _worker(past: Past, one: Colleague, conditions: Conditions) -> Worker:
    capacity = one.capacity if conditions.capacity is None else conditions.capacity
    limits = limits_of(conditions.policies.routing, one.limits)
    staff = Staff(one.agent, one.name, one.queues, one.skills, capacity, present=True, limits=limits)
    moves = [((at - past.begin) / SECOND, here) for stay in one.available for at, here in zip(stay, HERE, strict=True)]
    begins = bool(moves) and moves[0] == (0.0, True)
    return Worker(staff, tuple(moves[1:] if begins else moves), here=begins)


# --- what came of it


def _outcome(past: Past, task: Task, conditions: Conditions, seen: _Seen) -> Ran:
    contact: Contact = task.origin
    began, left = (_instant(past, at) for at in (task.began, task.gave_up))
    took = seen.answer(contact)
    answered = None if began is None or took is None else began + took
    return _ran(contact, conditions, (task.agent, began), _by(answered, past.until), left)


def _ran(
    contact: Contact, conditions: Conditions, taken: tuple[int | None, int | None], answered: int | None,
    left: int | None,
) -> Ran:  # fmt: skip
    agent, began = taken
    return Ran(
        ticket=contact.ticket,
        queue=_sorted(contact, conditions).queue,
        channel=contact.channel,
        since=contact.since,
        due=_due(contact, conditions),
        agent=agent,
        began=began,
        answered=answered,
        left=left,
    )


def _instant(past: Past, at: float | None) -> int | None:
    return None if at is None else past.begin + round(at * SECOND)


def _by(at: int | None, until: int) -> int | None:
    """What is not known by then has not happened."""
    return None if at is None or at > until else at
