"""What the router knows: who is there with how much room, and what waits; a decision looks at few of each.

`apply` folds a fact in; routing/router reads. Nothing here asks a database or a clock: flow/assign brings the facts,
and the same facts in the same order give the same board.

Tickets that are alike in all that a decision looks at are one lot, in which only the first to be due is ever compared;
agents who can take the same and hold as much are one team, in which only the least loaded is (Gurvich & Whitt 2009;
Mandelbaum & Stolyar 2004: within a class the oldest goes first).
"""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from contactcenter.routing.needs import Need, Skills, Stage

DEMAND_KEPT = 10_000  # arrivals, after which what came earlier counts half
MASK = 2**64 - 1
SPARE = 64  # dead entries that a heap may always hold


@dataclass(frozen=True, slots=True)
class Call:
    """A ticket that waits. Instants and durations in µs; `stages` by their instants, the first has come."""

    ticket: int
    channel: str
    weight: int  # of an agent's capacity
    urgency: float  # how many times its time left counts: 2 for urgent
    since: int  # its age is never reset
    due: int  # its deadline, a bump taken off
    target: int  # how long it may wait
    stages: tuple[Stage, ...]
    wanted: tuple[tuple[str, int], ...] = ()  # skills that are welcome
    previous: int = 0  # the agent its customer had last; 0: none
    resting: tuple[tuple[int, int], ...] = ()  # (agent, until): who is not asked again before then
    refused: tuple[tuple[int, int], ...] = ()  # (agent, how often): who is asked after those who refused it less


class Load(NamedTuple):
    """What a ticket takes of an agent."""

    channel: str
    weight: int


@dataclass(frozen=True, slots=True)
class Staff:
    """An agent as they are now. `limits`: the most of a channel's weight at once, where there is such a limit."""

    agent: int
    name: str
    queues: frozenset[str]
    skills: Skills
    capacity: int
    present: bool
    away: str = ""  # why they are not present, in words
    limits: tuple[tuple[str, int], ...] = ()
    holds: tuple[tuple[int, Load], ...] = ()  # tickets, offers among them
    assigned_at: int = 0


Entry = tuple[int, int, int]
"""Of a lot: due, ticket, stamp."""

Demand = tuple[Need, int, int]
"""A need, how many tickets came with it, and how many of them are never reserved."""

# --- facts


@dataclass(frozen=True, slots=True)
class Came:
    """A ticket waits, or waits otherwise than before."""

    call: Call


@dataclass(frozen=True, slots=True)
class Went:
    """A ticket waits no more."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody came, went, or is otherwise than before."""

    staff: Staff


@dataclass(frozen=True, slots=True)
class Held:
    """An agent has a ticket that waited, or it is held out to them. `turn`: see Board.turn."""

    ticket: int
    agent: int
    at: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Freed:
    """An agent has done with a ticket, or does not take it."""

    ticket: int
    agent: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A ticket's next stage has come."""

    ticket: int


Fact = Came | Went | Changed | Held | Freed | Reached

# --- what is known


@dataclass(slots=True, eq=False, repr=False)
class Lot:
    """Tickets alike, in the order in which they are due; those whose stamp is among the dead are gone.

    Before `split` all are late or dead, before `start` all are dead. `welcome`: the need, and the skills that are
    welcome as well; the need itself where there are none. `resting`: how many are not held out to somebody for now.
    """

    ask: "Ask"
    welcome: "Ask"
    size: "Size"
    urgency: float
    target: int
    entries: list[Entry] = field(default_factory=list)
    start: int = 0
    split: int = 0
    asked: int = 0  # of which instant `split` tells
    dead: set[int] = field(default_factory=set)
    live: int = 0
    resting: int = 0


class Size(NamedTuple):
    """What decides whether somebody has room for it."""

    channel: str
    weight: int
    reserved: bool


@dataclass(slots=True, eq=False, repr=False)
class Ask:
    """A need, with the lots that have it now and the teams that meet it.

    `demand`: how many tickets came with it; `live`: of them, what is never reserved.
    """

    need: Need
    waiting: dict[Lot, None] = field(default_factory=dict)
    teams: dict["Team", None] = field(default_factory=dict)
    demand: int = 0
    live: int = 0


@dataclass(slots=True, eq=False, repr=False)
class Team:
    """Agents who meet the same needs and can hold as much. `demand` and `live` are those of all they meet."""

    key: tuple[object, ...]
    asks: dict[Ask, None]
    capacity: int
    limits: Mapping[str, int]
    members: dict[int, "Member"] = field(default_factory=dict)
    ready: list[tuple[int, int, int, int, int]] = field(default_factory=list)  # used, assigned_at, tie, agent, stamp
    demand: int = 0
    live: int = 0  # who meets none of these keeps no room for them


@dataclass(slots=True, eq=False, repr=False)
class Member:
    """An agent."""

    staff: Staff
    team: Team
    tie: int
    holds: dict[int, Load]
    used: int
    assigned_at: int
    stamp: int = 0
    by_channel: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False, repr=False)
class Standing:
    """Where a call stands."""

    call: Call
    lot: Lot
    stage: int
    stamp: int


class Board:
    """All of it. `seed` settles what is equal; `reserve` is the room that each agent keeps for what cannot wait."""

    def __init__(self, seed: int = 0, reserve: int = 1) -> None:
        self.seed, self.reserve = seed, reserve
        self.calls: dict[int, Standing] = {}
        self.members: dict[int, Member] = {}
        self.waiting: dict[Ask, None] = {}  # those of which some ticket waits
        self.turn = 0  # late tickets passed over for one ahead of its deadline, since one was taken
        self._asks: dict[Need, Ask] = {}
        self._lots: dict[tuple[object, ...], Lot] = {}
        self._teams: dict[tuple[object, ...], Team] = {}
        self._timers: list[tuple[int, int, int]] = []  # at, ticket, stamp
        self._stamps = 0
        self._demand = 0

    def learn(self, demand: Iterable[Demand]) -> None:
        """What another board knew of the demand; told before anything else."""
        for need, came, live in demand:
            ask = self._ask(need)
            ask.demand, ask.live = came, live
            self._demand += came

    def learned(self) -> tuple[Demand, ...]:
        """What is known of the demand, for the next board; needs with which nothing came lately are forgotten."""
        return tuple((ask.need, ask.demand, ask.live) for ask in self._asks.values() if ask.demand)

    def apply(self, fact: Fact) -> None:
        """Fold a fact in. One that is known already, or of somebody unknown, changes nothing."""
        match fact:
            case Came(call):
                self._come(call)
            case Went(ticket):
                self._go(ticket)
            case Changed(staff):
                self._change(staff)
            case Held(ticket, agent, at, turn):
                self._hold(ticket, agent, at)
                self.turn = turn
            case Freed(ticket, agent):
                self._free(ticket, agent)
            case Reached(ticket):
                self._reach(ticket)

    # --- reading

    def due(self, now: int) -> Iterator[int]:
        """The tickets that are to be looked at again because time has passed, oldest instant first; each once."""
        while self._timers and self._timers[0][0] <= now:
            _, ticket, stamp = heapq.heappop(self._timers)
            standing = self.calls.get(ticket)
            if standing is not None and standing.stamp == stamp:
                yield ticket

    def next_due(self) -> int | None:
        """When the next of them will be; it may have gone by then."""
        return self._timers[0][0] if self._timers else None

    def reached(self, ticket: int, now: int) -> bool:
        """Has the next stage of a ticket come?"""
        standing = self.calls[ticket]
        stages = standing.call.stages
        return standing.stage + 1 < len(stages) and stages[standing.stage + 1].at <= now

    def has_room(self, member: Member, size: Size) -> bool:
        """Can an agent take one more of these?"""
        team = member.team
        kept = self.reserve if size.reserved and team.live else 0
        if member.used + size.weight > team.capacity - kept:
            return False
        limit = team.limits.get(size.channel)
        return limit is None or member.by_channel.get(size.channel, 0) + size.weight <= limit

    def first_ahead(self, lot: Lot, now: int) -> Entry | None:
        """The first to be due of a lot that is not late."""
        entries, dead, at = lot.entries, lot.dead, lot.split
        if now < lot.asked:  # of an instant before the one that it was asked of last
            at = bisect_left(entries, (now,))
        lot.asked = now
        while at < len(entries) and (entries[at][0] < now or entries[at][2] in dead):
            at += 1
        lot.split = at
        return entries[at] if at < len(entries) else None

    def first_late(self, lot: Lot) -> Entry | None:
        """The latest of a lot. Asked after `first_ahead`, which finds out what is late."""
        entries, dead, at = lot.entries, lot.dead, lot.start
        while at < lot.split and entries[at][2] in dead:
            at += 1
        lot.start = at
        return entries[at] if at < lot.split else None

    def asks_of(self, team: Team) -> Iterator[Ask]:
        """The needs that a team meets and of which some ticket waits."""
        if len(self.waiting) <= len(team.asks):
            return (ask for ask in self.waiting if ask in team.asks)
        return (ask for ask in team.asks if ask.waiting)

    # --- folding in

    def _come(self, call: Call) -> None:
        fresh = call.ticket not in self.calls
        self._go(call.ticket)
        self._stamps += 1
        standing = Standing(call, self._lot(call, 0), 0, self._stamps)
        self.calls[call.ticket] = standing
        self._enter(standing)
        if fresh:
            self._note_demand(standing.lot)

    def _enter(self, standing: Standing) -> None:
        call, lot = standing.call, standing.lot
        entry = (call.due, call.ticket, standing.stamp)
        at = bisect_right(lot.entries, entry)
        lot.entries.insert(at, entry)
        lot.start, lot.split = min(lot.start, at), min(lot.split, at)
        lot.live += 1
        lot.resting += bool(call.resting)
        lot.ask.waiting[lot] = None
        self.waiting[lot.ask] = None
        for at in (
            *(stage.at for stage in call.stages[standing.stage + 1 :][:1]),
            *(until for _, until in call.resting),
        ):
            heapq.heappush(self._timers, (at, call.ticket, standing.stamp))

    def _go(self, ticket: int) -> None:
        standing = self.calls.pop(ticket, None)
        if standing is None:
            return
        lot = standing.lot
        lot.live -= 1
        lot.resting -= bool(standing.call.resting)
        lot.dead.add(standing.stamp)
        if lot.live == 0 or len(lot.dead) > lot.live + SPARE:
            lot.entries = [entry for entry in lot.entries if entry[2] not in lot.dead]
            lot.dead.clear()
            lot.start = lot.split = 0
        if lot.live == 0:
            del lot.ask.waiting[lot]
            if not lot.ask.waiting:
                del self.waiting[lot.ask]

    def _reach(self, ticket: int) -> None:
        standing = self.calls.get(ticket)
        if standing is None or standing.stage + 1 >= len(standing.call.stages):
            return
        self._go(ticket)
        self._stamps += 1
        stage = standing.stage + 1
        again = Standing(standing.call, self._lot(standing.call, stage), stage, self._stamps)
        self.calls[ticket] = again
        self._enter(again)

    def _hold(self, ticket: int, agent: int, at: int) -> None:
        standing, member = self.calls.get(ticket), self.members.get(agent)
        if standing is None or member is None:
            return
        self._go(ticket)
        self._take(member, ticket, Load(standing.call.channel, standing.call.weight))
        member.assigned_at = at
        self._be_ready(member)

    def _free(self, ticket: int, agent: int) -> None:
        member = self.members.get(agent)
        load = None if member is None else member.holds.pop(ticket, None)
        if member is None or load is None:
            return
        member.used -= load.weight
        member.by_channel[load.channel] -= load.weight
        self._be_ready(member)

    def _take(self, member: Member, ticket: int, load: Load) -> None:
        member.holds[ticket] = load
        member.used += load.weight
        member.by_channel[load.channel] = member.by_channel.get(load.channel, 0) + load.weight

    def _change(self, staff: Staff) -> None:
        before = self.members.pop(staff.agent, None)
        team = self._team(staff)
        member = Member(staff, team, _tie(self.seed, staff.agent), {}, 0, staff.assigned_at)
        for ticket, load in staff.holds:
            self._take(member, ticket, load)
        self.members[staff.agent] = team.members[staff.agent] = member
        if before is not None:
            self._part(before)
        self._be_ready(member)

    def _be_ready(self, member: Member) -> None:
        """Their entry of before is dead; one who is not there gets none."""
        self._stamps += 1
        member.stamp = self._stamps
        if not member.staff.present:
            return
        team = member.team
        heapq.heappush(team.ready, (member.used, member.assigned_at, member.tie, member.staff.agent, member.stamp))
        if len(team.ready) > 2 * len(team.members) + SPARE:
            team.ready = [entry for entry in team.ready if self.is_ready(entry)]
            heapq.heapify(team.ready)

    def is_ready(self, entry: tuple[int, int, int, int, int]) -> bool:
        """Is that how the agent is now?"""
        member = self.members.get(entry[3])
        return member is not None and member.stamp == entry[4]

    # --- lots and teams

    def _lot(self, call: Call, number: int) -> Lot:
        stage = call.stages[number]
        ask, welcome = self._ask(stage.need), self._ask(stage.need.and_also(call.wanted))
        key = (ask, welcome, Size(call.channel, call.weight, stage.reserved), call.urgency, call.target)
        lot = self._lots.get(key)
        if lot is None:
            lot = self._lots[key] = Lot(*key)
        return lot

    def _ask(self, need: Need) -> Ask:
        """Who meets a new one is another team from here on."""
        if need in self._asks:
            return self._asks[need]
        ask = self._asks[need] = Ask(need)
        for member in list(self.members.values()):
            if need.met_by(member.staff.queues, member.staff.skills):
                self._part(member)
                member.team = self._team(member.staff)
                member.team.members[member.staff.agent] = member
                self._be_ready(member)
        return ask

    def _team(self, staff: Staff) -> Team:
        asks = tuple(ask for ask in self._asks.values() if ask.need.met_by(staff.queues, staff.skills))
        key = (asks, staff.capacity, staff.limits)
        team = self._teams.get(key)
        if team is None:
            team = self._teams[key] = Team(key, dict.fromkeys(asks), staff.capacity, dict(staff.limits))
            for ask in asks:
                team.demand += ask.demand
                team.live += ask.live
                ask.teams[team] = None
        return team

    def _part(self, member: Member) -> None:
        team = member.team
        if team.members.get(member.staff.agent) is member:
            del team.members[member.staff.agent]
        if not team.members:
            del self._teams[team.key]
            for ask in team.asks:
                del ask.teams[team]

    def _note_demand(self, lot: Lot) -> None:
        ask, live = lot.ask, int(not lot.size.reserved)
        ask.demand += 1
        ask.live += live
        for team in ask.teams:
            team.demand += 1
            team.live += live
        self._demand += 1
        if self._demand >= DEMAND_KEPT:
            self._halve_demand()

    def _halve_demand(self) -> None:
        self._demand = 0
        for ask in self._asks.values():
            ask.demand, ask.live = ask.demand // 2, (ask.live + 1) // 2
            self._demand += ask.demand
        for team in self._teams.values():
            team.demand, team.live = sum(ask.demand for ask in team.asks), sum(ask.live for ask in team.asks)


def _tie(seed: int, agent: int) -> int:
    """An order of the agents: as they came for seed 0, another for any other (SplitMix64, Steele et al. 2014)."""
    if not seed:
        return agent
    mixed = (agent * 0x9E3779B97F4A7C15 + seed * 0xC2B2AE3D27D4EB4F) & MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
    return mixed ^ (mixed >> 31)
