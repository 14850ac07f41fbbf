"""The values the use cases go by, made once by `app` from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from contactcenter.channels.protocol import Channel
from contactcenter.figures.report import Terms
from contactcenter.model.columns import DAY, HOUR, MINUTE, SECOND
from contactcenter.model.values import Choice, NotFound
from contactcenter.routing.hours import Hours
from contactcenter.routing.promises import Promise
from contactcenter.routing.rules import Rule


@dataclass(frozen=True, slots=True)
class Survey:
    """How a customer is asked whether they are satisfied; {ticket} in the text is its number."""

    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A configured channel, the queue its tickets go to, and whether the assistant answers there first."""

    channel: Channel
    queue: str
    assistant: bool
    acknowledge: str = ""  # said once a ticket waits for people; {ticket} is its number
    choices: tuple[Choice, ...] = ()  # offered below the assistant's answers
    survey: Survey | None = None  # asked when a person has solved a ticket; None: nobody is asked
    ask_mail: str = (
        ""  # asks a customer for an e-mail address where nobody is there and they can be reached by no other
    )


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """How one queue is served. `hours` None means always."""

    name: str
    title: str
    hours: Hours | None = None
    offer_time: int = 30 * SECOND  # 0: assign without asking
    outside_hours: str = ""
    promise: Promise | None = None
    by_email: str = ""  # the offer to go on by e-mail; blank: none is made
    by_email_after: int = (
        15 * MINUTE
    )  # how long a wait must be at least for it; it is made when the queue is closed, too


@dataclass(frozen=True)
class RoutingPolicy:
    """How the router weighs. Channels are named by kind; durations in µs."""

    reserve: int = 1  # room that each agent keeps free of what is patient
    guard: float = 0.75  # share of its target after which what is patient may have that room, too
    weights: Mapping[str, int] = field(default_factory=dict)  # of an agent's capacity; 1 where none is given
    limits: tuple[tuple[str, int], ...] = ()  # the most of a kind's weight that an agent has at once
    targets: Mapping[str, int] = field(default_factory=dict)  # where nothing is promised, and not as usual
    patient: frozenset[str] = frozenset({"email"})
    talks: Mapping[str, int] = field(default_factory=dict)  # how long an answered ticket keeps its room, not as usual
    wrap_ups: Mapping[str, int] = field(default_factory=dict)  # and a solved one; 0 where nothing is given
    give_back_after: int | None = None  # for how long an agent is away with what they have not answered; None: for ever
    give_back_chats: bool = False  # also those in which they have said something
    chats: frozenset[str] = frozenset({"webchat"})

    def weight(self, kind: str) -> int:
        """What a ticket of a kind of channel takes of an agent's capacity."""
        return self.weights.get(kind, 1)

    def target(self, kind: str) -> int:
        """How long a ticket may wait where nothing is promised."""
        return self.targets.get(kind, USUAL_TARGETS.get(kind, USUAL_TARGET))

    def kept(self, kind: str, status: str) -> int:
        """How long a ticket that became answered or solved keeps its room: in a talk the next word comes soon."""
        return self.talks.get(kind, USUAL_TALKS.get(kind, 0)) if status == "answered" else self.wrap_ups.get(kind, 0)

    @cached_property
    def kept_longest(self) -> int:
        """The longest that any keeps it."""
        return max((*self.talks.values(), *self.wrap_ups.values(), *USUAL_TALKS.values()))


USUAL_TARGETS = {"webchat": 2 * MINUTE, "telegram": 10 * MINUTE, "slack": 15 * MINUTE, "email": 4 * HOUR}
USUAL_TARGET = 1 * HOUR
USUAL_TALKS = {"webchat": 5 * MINUTE}

IN_SLACK = "desk.slack"  # what the desk in Slack is called among channels; none of those can have that name


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """Where agents work in Slack. `places`: the channel of each queue; `default` is that of all others."""

    default: str
    places: Mapping[str, str] = field(default_factory=dict)
    supervisors: str = ""  # their channel; blank: none
    replies: str = "reply"  # what an owner's words in a thread are at first: reply, or note

    def place(self, queue: str) -> str:
        """The channel of Slack's where the queue's cards are; blank: it has none."""
        return self.places.get(queue, self.default)

    @property
    def everywhere(self) -> frozenset[str]:
        """All channels of Slack's where agents or supervisors work."""
        return frozenset({self.default, self.supervisors, *self.places.values()} - {""})


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A text that agents need again and again; what stands in {} is filled in (flow/replies.py)."""

    name: str
    title: str
    text: str


@dataclass(frozen=True)
class Policies:
    """Everything flow is told about this desk."""

    ways: Mapping[str, Way]
    queues: Mapping[str, QueuePolicy]
    close_solved_after: int = 7 * DAY
    inbox_kept: int = 14 * DAY
    routing: RoutingPolicy = RoutingPolicy()
    desk: DeskPolicy | None = None  # None: nobody works in Slack
    solve_reasons: tuple[str, ...] = ()  # one of them is to be given for solving; empty: any or none
    replies: Mapping[str, CannedReply] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()  # what a ticket is sorted by when it opens
    figures: Terms = field(default_factory=Terms)
    stale_after: int = 180 * DAY  # of an article's check date; 0: none is ever stale
    away_reasons: tuple[str, ...] = ()  # that are offered to whoever goes; they may give another

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind of each channel, by its name."""
        return {name: way.channel.kind for name, way in self.ways.items()}

    def way(self, channel: str) -> Way:
        """The channel of that name; raises NotFound when it is no longer configured."""
        way = self.ways.get(channel)
        if way is None:
            raise NotFound(f"no channel named {channel!r} is configured; add [channels.{channel}] and retry")
        return way

    def queue(self, name: str) -> QueuePolicy:
        """The queue of that name; raises NotFound."""
        queue = self.queues.get(name)
        if queue is None:
            raise NotFound(f"there is no queue {name!r}; there are {', '.join(sorted(self.queues))}")
        return queue

    def promise(self, queue: str) -> Promise | None:
        """What is promised of the tickets of a queue; None: nothing, or the queue is no longer configured."""
        found = self.queues.get(queue)
        return None if found is None else found.promise

    def passed(self, queue: str, start: int, end: int) -> int:
        """µs between two instants in which a queue is open; all of them where it has no hours."""
        found = self.queues.get(queue)
        return end - start if found is None or found.hours is None else found.hours.between(start, end)

    def is_open(self, queue: str, at: int) -> bool:
        """Are a queue's people there? Not where it is no longer configured."""
        found = self.queues.get(queue)
        return found is not None and (found.hours is None or found.hours.open_at(at))

    def is_off(self, queue: str, day: date) -> bool:
        """Is it a day off (routing/hours) for a queue, or, for a blank name, for every queue that has hours?"""
        found = [one.hours for one in self.queues.values() if one.hours is not None and queue in ("", one.name)]
        return bool(found) and all(hours.off.has(day) for hours in found)
