"""What the API answers to who asks for figures (api/figures.py)."""

import msgspec

from contactcenter.flow.views import AgentView


class EstimateView(msgspec.Struct):
    """A share (0 to 1) or a mean (seconds), where its true value is to be looked for, and of how many it was made."""

    value: float
    low: float
    high: float
    cases: int


class ServiceLevelView(msgspec.Struct):
    """What the service level is a share of, and what in time means."""

    formula: str
    answer_within_seconds: float


class TimesView(msgspec.Struct):
    """How long it took, in seconds; null where there was too little to tell from."""

    mean: EstimateView | None
    median: float | None
    p90: float | None


class FigureCell(msgspec.Struct):
    """What happened in a slot or a day, by queue and channel: counts, and sums of seconds. Cells can be added up."""

    begin: str
    queue: str
    channel: str
    figures: dict[str, int]
    seconds: dict[str, float]


class QueueServed(msgspec.Struct):
    """A queue in figures over the whole stretch; channel and slots together."""

    queue: str
    figures: dict[str, int]
    service_level: EstimateView | None


class TallyView(msgspec.Struct):
    """One row behind a figure. `at`: the instant it counts at; `seconds` of what was measured."""

    id: int
    figure: str
    at: str
    ticket: int
    subject: str
    status: str
    queue: str
    channel: str
    agent: int | None
    seconds: float | None
    rating: int | None


class Figures(msgspec.Struct):
    """Figures of a stretch of time: of all of it, and by slot or day, queue and channel."""

    begin: str
    end: str
    timezone: str
    by: str
    service_level: ServiceLevelView
    figures: dict[str, int]
    shares: dict[str, EstimateView | None]
    times: dict[str, TimesView]
    queues: list[QueueServed]
    items: list[FigureCell]
    next: str | None = None


class Tallies(msgspec.Struct):
    """The rows behind a figure: as many as it says."""

    items: list[TallyView]
    next: str | None = None


class ServedView(msgspec.Struct):
    """Who came to people from an instant until now, and what became of them."""

    begin: str
    figures: dict[str, int]
    service_level: EstimateView | None


class BacklogView(msgspec.Struct):
    """Tickets that are ours to answer, whoever has them, and how old they are in seconds in which the queue was open;
    null where there are none.
    """

    tickets: int
    median_seconds: float | None
    p90_seconds: float | None
    oldest_seconds: float | None


class WaitingView(msgspec.Struct):
    """A queue as it waits. `room`: how many more its available agents can take; one who serves two counts in both."""

    queue: str
    waiting: int
    oldest_waiting_since: str | None
    agents_available: int
    room: int
    backlog: BacklogView


class Wallboard(msgspec.Struct):
    """The desk at an instant. `room` counts each available agent once."""

    at: str
    service_level: ServiceLevelView
    today: ServedView
    last_half_hour: ServedView
    waiting: int
    room: int
    queues: list[WaitingView]
    agents: list[AgentView]


class ShiftView(msgspec.Struct):
    """What an agent did. `seconds` in each presence; `handling_seconds`: available with a ticket open in their hands;
    `occupancy`: that, of the time available; `reason_seconds`: away or offline for each reason of their own.
    """

    agent: int
    name: str
    seconds: dict[str, float]
    handling_seconds: float
    occupancy: float | None
    figures: dict[str, int]
    reason_seconds: dict[str, float] = {}


class Shifts(msgspec.Struct):
    """The agents who were there, or did anything."""

    items: list[ShiftView]
    next: str | None = None


class StayView(msgspec.Struct):
    """An agent was in one presence without a break. `reason`: why the desk set it; null: they did. `away_for`: their
    own reason.
    """

    begin: str
    end: str
    presence: str
    reason: str | None
    away_for: str | None


class Stays(msgspec.Struct):
    """The presences of an agent, one after the other."""

    items: list[StayView]
    next: str | None = None


class OutlookSlot(msgspec.Struct):
    """A quarter of an hour to come: four of five counts lie from `low` to `high`; agents who must be there (`present`),
    how many that takes on the roster, and the service level it comes to.
    """

    time: str
    expected: float
    low: float
    high: float
    present: int
    scheduled: int
    service_level: float


class OutlookView(msgspec.Struct):
    """A day to come, by the desk's clocks; without slots where no day of its weekday is known, and for a day off."""

    day: str
    service_level: ServiceLevelView
    answer_share: float
    handling_seconds: float
    patience_seconds: float | None
    days_known: int
    day_off: bool
    items: list[OutlookSlot]
    next: str | None = None


class AnswersOf(msgspec.Struct):
    """An article on a channel: answers given from it, and the tickets they are in by what became of these."""

    article: str
    title: str | None  # null where the article is gone
    channel: str
    answers: int
    tickets: dict[str, int]
    shares: dict[str, EstimateView | None]


class AnswersTold(msgspec.Struct):
    """What the assistant answered in a stretch of time. A ticket with several answers counts once in the whole."""

    begin: str
    end: str
    timezone: str
    opened: int  # all tickets of that time
    answers: int
    tickets: dict[str, int]
    shares: dict[str, EstimateView | None]
    automation: EstimateView | None  # of all tickets: settled by the assistant, and nobody came back
    items: list[AnswersOf]
    next: str | None = None


class AnswerRow(msgspec.Struct):
    """One answer of the assistant. `score`: how sure it was, 0 to 1."""

    id: int
    at: str
    ticket: int
    subject: str
    status: str
    message: int
    article: str
    queue: str
    channel: str
    score: float


class AnswerRows(msgspec.Struct):
    """The answers behind a number; of several in one ticket each."""

    items: list[AnswerRow]
    next: str | None = None
