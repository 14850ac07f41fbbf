"""Promises to customers: when something is due, who is told and when, and what moves a deadline. Checklist 3."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from contactcenter.flow import actions, ladder, promises
from contactcenter.flow.actions import Caller
from contactcenter.flow.policies import QueuePolicy
from contactcenter.flow.views import PromiseView, TargetView, iso, shown_ticket
from contactcenter.model.columns import HOUR, MINUTE, SECOND, table
from contactcenter.model.history import Event
from contactcenter.model.ledgers import Timer
from contactcenter.routing import replayed
from contactcenter.routing.hours import parse_hours
from contactcenter.routing.promises import FIRST, LADDER, NEXT, RESOLUTION, Promise, Step
from contactcenter.settings import Settings
from contactcenter.storage.sqlite import SqliteConnection
from tests.desk import (
    NOON,
    QuietDesk,
    RunningDesk,
    SetClock,
    eventually,
    opened_quiet_desk,
    quiet_policies,
    running_desk,
)
from tests.servers import PostgreSQL

EVENTS = select(table(Event)).order_by(table(Event).c.id)
OFFICE = {day: ["09:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
BERLIN = parse_hours("Europe/Berlin", OFFICE, ["2026-11-23", "2026-12-25"])
MONDAY = NOON + 43 * HOUR  # 23 November, 08:00 in Berlin
TOLD = ("DeadlineNear", "DeadlineMissed", "StillLate", "PromiseKept", "KeptLate")


def promise(name: str = "standard", minutes: tuple[float, float, float] = (60, 120, 600), **more: Any) -> Promise:
    """The same minutes for every priority, but a quarter of them for urgent tickets."""
    targets = {
        (priority, target): int(share * allowed * MINUTE)
        for priority, share in (("urgent", 0.25), ("high", 1.0), ("normal", 1.0), ("low", 1.0))
        for target, allowed in zip((FIRST, NEXT, RESOLUTION), minutes, strict=True)
        if allowed
    }
    return Promise(name, targets, **more)


@pytest.fixture
def promising(empty_store: Path, tmp_path: Path) -> Iterator[Callable[..., QuietDesk]]:
    """A quiet desk whose queues promise this."""
    opened = []

    def open_desk(support: Promise | None, sales: Promise | None = None) -> QuietDesk:
        queues = {
            "support": QueuePolicy("support", "Support", promise=support),
            "sales": QueuePolicy("sales", "Sales", promise=sales),
        }
        opened.append(opened_quiet_desk(empty_store, tmp_path, quiet_policies(**queues)))
        return opened[-1].__enter__()

    yield open_desk
    for desk in opened:
        desk.__exit__(None, None, None)


def shown(quiet: QuietDesk, ticket: int = 1) -> PromiseView:
    found = quiet.do(shown_ticket, ticket, quiet.policies.kinds).promise
    assert found is not None
    return found


def target(quiet: QuietDesk, name: str, ticket: int = 1) -> TargetView:
    found = shown(quiet, ticket).of(name)
    assert found is not None
    return found


def told(quiet: QuietDesk, ticket: int = 1) -> list[tuple[str, str]]:
    """What the history tells of promises: kind and target."""
    rows = quiet.rows(EVENTS.where(table(Event).c.ticket_id == ticket))
    return [(row.kind, row.payload.split('"')[3]) for row in rows if row.kind in TOLD]


def pass_time(quiet: QuietDesk, minutes: float) -> None:
    """Minute by minute, as upkeep would look at it."""
    end = quiet.clock.at + int(minutes * MINUTE)
    while quiet.clock.at < end:
        quiet.clock.at = min(end, quiet.clock.at + 5 * MINUTE)
        quiet.upkeep()


def write(quiet: QuietDesk, text: str = "It is broken.") -> None:
    quiet.hear("ada@example.test", text, channel="people")


def test_a_person_who_answers_in_time_keeps_the_promise(promising: Callable[..., QuietDesk]) -> None:
    quiet = promising(promise())
    grace = quiet.hire("Grace")
    write(quiet)
    assert target(quiet, FIRST).due == iso(NOON + HOUR)
    assert promises.routing_due(quiet.ticket(1)) == (NOON + HOUR, FIRST)
    quiet.clock.forward(30 * 60)
    quiet.do(actions.reply, quiet.policies, grace, 1, "We look at it.")
    first = target(quiet, FIRST)
    assert (first.kept_at, first.missed) == (iso(NOON + 30 * MINUTE), False)
    facts = quiet.facts(1, "PromiseKept")
    assert facts == [("system", {"target": FIRST, "due": NOON + HOUR, "left": 30 * MINUTE})]
    pass_time(quiet, 24 * 60)
    assert told(quiet) == [("PromiseKept", FIRST)], "while it is the customer's turn nothing is due"


def test_what_the_assistant_says_is_no_first_answer_and_stops_the_clock(promising: Callable[..., QuietDesk]) -> None:
    quiet = promising(promise())
    grace = quiet.hire("Grace")
    quiet.hear("ada@example.test", "When will my parcel arrive?")
    quiet.clock.forward(20 * 60)
    quiet.answer()
    assert quiet.ticket(1).status == "answered"
    assert (target(quiet, FIRST).kept_at, quiet.ticket(1).due_at) == (None, None)
    pass_time(quiet, 600)
    assert told(quiet) == []
    quiet.hear("ada@example.test", "Can I talk to a person?")
    assert target(quiet, FIRST).due == iso(quiet.clock.at + 40 * MINUTE), "twenty minutes were used before"
    quiet.do(actions.reply, quiet.policies, grace, 1, "Here I am.")
    assert target(quiet, FIRST).kept_at == iso(quiet.clock.at)


def robot(quiet: QuietDesk) -> None:
    quiet.hear("shop@example.test", "A copy was made.", channel="people", automatic="Precedence: bulk")


def test_a_robot_is_promised_nothing_until_a_person_writes(promising: Callable[..., QuietDesk]) -> None:
    """Checklist 44: in its ticket the first answer is due from what a person first wrote there."""
    quiet = promising(promise())
    sam = quiet.hire("Sam", "supervisor")
    robot(quiet)
    quiet.do(actions.set_priority, quiet.policies, sam, 1, "urgent")
    pass_time(quiet, 24 * 60)
    robot(quiet)
    assert (quiet.ticket(1).due_at, target(quiet, FIRST).due, told(quiet)) == (None, None, [])
    quiet.hear("shop@example.test", "Did you see my robot's mail?", channel="people")
    assert target(quiet, FIRST).due == iso(quiet.clock.at + 15 * MINUTE)
    assert target(quiet, RESOLUTION).due == iso(quiet.clock.at + 150 * MINUTE)
    assert quiet.facts(1, "MessageReceived")[0][1]["automatic"] == "Precedence: bulk"


def test_a_robots_ticket_is_promised_something_where_a_persons_is_merged_into_it(
    promising: Callable[..., QuietDesk],
) -> None:
    """Checklist 44: and nothing again when that is undone."""
    quiet = promising(promise())
    sam = quiet.hire("Sam", "supervisor")
    quiet.hear("ada@example.test", "Out of office.", channel="people", automatic="Auto-Submitted: auto-replied")
    quiet.hear("ada@example.test", "I am back. Where is it?", channel="try")
    quiet.do(actions.merge_tickets, quiet.policies, sam, 2, 1)
    assert target(quiet, FIRST, 1).due == iso(NOON + HOUR)
    quiet.do(actions.unmerge, quiet.policies, sam, 2)
    assert (quiet.ticket(1).due_at, target(quiet, FIRST, 2).due) == (None, iso(NOON + HOUR))


@pytest.mark.parametrize("who", ["a robot", "a person"])
def test_a_queue_promises_persons_what_it_does_not_promise_robots(
    promising: Callable[..., QuietDesk], who: str
) -> None:
    """Checklist 44: also where a ticket comes there from a queue that promises nothing."""
    quiet = promising(promise(), None)
    sam = quiet.hire("Sam", "supervisor")
    robot(quiet)
    if who == "a person":
        quiet.hear("shop@example.test", "It is me.", channel="people")
    quiet.do(actions.transfer, quiet.policies, sam, 1, "sales")
    quiet.do(actions.transfer, quiet.policies, sam, 1, "support")
    assert target(quiet, FIRST).due == (iso(NOON + HOUR) if who == "a person" else None)


def test_the_next_answer_is_due_from_what_the_customer_wrote_first(promising: Callable[..., QuietDesk]) -> None:
    quiet = promising(promise())
    grace = quiet.hire("Grace")
    write(quiet)
    quiet.do(actions.reply, quiet.policies, grace, 1, "Which one?")
    assert shown(quiet).next_response is None
    quiet.clock.forward(3600)
    write(quiet, "The red one.")
    since = quiet.clock.at
    quiet.clock.forward(600)
    write(quiet, "Hello?")
    assert target(quiet, NEXT).due == iso(since + 2 * HOUR)
    assert shown(quiet).target == NEXT, "an answer comes before the solution"
    pass_time(quiet, 150)
    quiet.do(actions.reply, quiet.policies, grace, 1, "It is on its way.")
    assert told(quiet)[1:] == [
        ("DeadlineNear", NEXT), ("DeadlineMissed", NEXT), ("StillLate", NEXT), ("KeptLate", NEXT),
    ]  # fmt: skip
    assert [fact["over"] for _, fact in quiet.facts(1, "KeptLate")] == [40 * MINUTE]


def test_a_warning_and_a_breach_come_once_also_across_restarts(empty_store: Path, tmp_path: Path) -> None:
    """The store is opened again before and after each step, and upkeep asked many times."""
    policies = quiet_policies(support=QueuePolicy("support", "Support", promise=promise()))
    with opened_quiet_desk(empty_store, tmp_path, policies) as quiet:
        write(quiet)
        for _ in range(40):
            quiet.clock.forward(150)
            for _ in range(2):
                quiet.upkeep()
            reopen(quiet, next(tmp_path.glob("*.db")))
        assert told(quiet) == [("DeadlineNear", FIRST), ("DeadlineMissed", FIRST), ("StillLate", FIRST)]
        assert len(quiet.facts(1, "TicketEscalated")) == 1
        escalation = quiet.do(shown_ticket, 1, quiet.policies.kinds).escalation
        assert escalation is not None
        assert (escalation.by.name, quiet.ticket(1).priority) == ("The promise standard", "high")
        assert escalation.reason == "The first answer was due 2026-11-21 13:00 UTC."
        assert target(quiet, FIRST).due == iso(NOON + HOUR), "no step moves the deadline"


def reopen(quiet: QuietDesk, file: Path) -> None:
    """The same desk in another process, which knows nothing but what is written."""
    quiet._connection.commit()
    quiet._connection.close()
    quiet._connection = SqliteConnection(file, read_only=False)
    quiet._connection.begin(read_only=False)


def test_a_step_that_is_cut_off_is_taken_once(promising: Callable[..., QuietDesk]) -> None:
    """What dies in the middle of a step has not taken it; who comes next takes it once."""
    quiet = promising(promise())
    write(quiet)
    quiet.clock.forward(46 * 60)
    timer = quiet.row(select(table(Timer)).where(table(Timer).c.kind == promises.KIND))

    def cut(tx: Any) -> None:
        ladder.ring(tx, quiet.policies, 1)
        raise KilledError

    for _ in range(3):
        with pytest.raises(KilledError):
            quiet.do(cut)
    assert told(quiet) == []
    quiet.upkeep()
    quiet.upkeep()
    assert told(quiet) == [("DeadlineNear", FIRST)]
    assert quiet.row(select(table(Timer)).where(table(Timer).c.id == timer.id)).due_at == NOON + HOUR


class KilledError(Exception):
    """A process that is no more."""


def test_a_desk_that_slept_warns_of_nothing_that_is_over(promising: Callable[..., QuietDesk]) -> None:
    quiet = promising(promise(minutes=(60, 120, 0)))
    write(quiet)
    quiet.clock.forward(3 * 24 * 3600)
    quiet.upkeep()
    assert [kind for kind, _ in told(quiet)] == ["DeadlineMissed", "StillLate", "StillLate"]
    assert [fact["does"] for _, fact in quiet.facts(1, "StillLate")] == [[], ["escalate"]]


def test_the_solution_waits_for_the_customer(promising: Callable[..., QuietDesk]) -> None:
    """A clock that has used some of its time goes on with the rest after a pause."""
    quiet = promising(promise())
    grace = quiet.hire("Grace")
    write(quiet)
    quiet.clock.forward(3600)
    quiet.do(actions.reply, quiet.policies, grace, 1, "Which one?")
    assert target(quiet, RESOLUTION).due is None
    quiet.clock.forward(100 * 3600)
    write(quiet, "The red one.")
    assert target(quiet, RESOLUTION).due == iso(quiet.clock.at + 9 * HOUR)
    quiet.clock.forward(3600)
    until = quiet.clock.at + 50 * HOUR
    quiet.do(actions.set_status, quiet.policies, grace, 1, "snoozed", until, "")
    assert target(quiet, RESOLUTION).due is None
    assert target(quiet, NEXT).due == iso(quiet.clock.at + HOUR), "who snoozes hides no answer that is due"
    quiet.clock.forward(50 * 3600)
    quiet.do(actions.set_status, quiet.policies, grace, 1, "solved", None, "")
    assert target(quiet, RESOLUTION).kept_at == iso(quiet.clock.at)
    assert quiet.facts(1, "PromiseKept")[-1][1]["left"] == 8 * HOUR
    write(quiet, "It is broken again.")
    assert target(quiet, RESOLUTION).due == iso(quiet.clock.at + 8 * HOUR), "opened again it goes on"


def test_only_business_hours_count_and_no_holiday(promising: Callable[..., QuietDesk]) -> None:
    """Written on Saturday; Monday the 23rd is a day off: four hours are over on Tuesday at one."""
    quiet = promising(promise(minutes=(240, 120, 600), hours=BERLIN))
    write(quiet)
    assert target(quiet, FIRST).due == "2026-11-24T12:00:00.000000Z"
    quiet.clock.at = MONDAY
    quiet.upkeep()
    assert told(quiet) == []


@pytest.mark.parametrize(
    ("written", "due"),
    [
        ("2026-03-27T15:00:00Z", "2026-03-30T08:00:00.000000Z"),  # Friday 16:00, and clocks go forward on Sunday
        ("2026-10-23T14:00:00Z", "2026-10-26T09:00:00.000000Z"),  # Friday 16:00, and they go back
    ],
)
def test_clocks_that_are_changed_change_no_promise(promising: Callable[..., QuietDesk], written: str, due: str) -> None:
    """Two business hours from Friday at four are Monday at ten, whatever happens on Sunday."""
    quiet = promising(promise(minutes=(120, 0, 0), hours=BERLIN))
    quiet.clock.at = instant(written)
    write(quiet)
    assert target(quiet, FIRST).due == due


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


def test_who_says_that_it_is_urgent_moves_the_deadline(promising: Callable[..., QuietDesk]) -> None:
    quiet = promising(promise())
    sam = quiet.hire("Sam", "supervisor")
    write(quiet)
    quiet.clock.forward(600)
    quiet.do(actions.set_priority, quiet.policies, sam, 1, "urgent")
    assert target(quiet, FIRST).due == iso(NOON + 15 * MINUTE), "from when it was written"
    pass_time(quiet, 5)
    assert ("DeadlineMissed", FIRST) in told(quiet)
    quiet.do(actions.set_priority, quiet.policies, sam, 1, "low")
    assert target(quiet, FIRST).missed, "what is missed is not made good by being less urgent"


def test_another_queue_has_another_promise(promising: Callable[..., QuietDesk]) -> None:
    quiet = promising(promise(), promise("slow", (600, 0, 0)))
    sam = quiet.hire("Sam", "supervisor")
    write(quiet)
    quiet.clock.forward(1800)
    quiet.do(actions.transfer, quiet.policies, sam, 1, "sales")
    assert shown(quiet).name == "slow"
    assert target(quiet, FIRST).due == iso(NOON + 10 * HOUR), "the half hour that was used stays used"
    assert shown(quiet).resolution is None


def test_a_queue_that_promises_nothing_ends_and_begins_promises(promising: Callable[..., QuietDesk]) -> None:
    quiet = promising(None, promise())
    sam = quiet.hire("Sam", "supervisor")
    write(quiet)
    assert quiet.do(shown_ticket, 1, quiet.policies.kinds).promise is None
    assert quiet.rows(select(table(Timer))) == []
    quiet.clock.forward(1800)
    quiet.do(actions.transfer, quiet.policies, sam, 1, "sales")
    assert target(quiet, FIRST).due == iso(quiet.clock.at + HOUR)
    quiet.do(actions.transfer, quiet.policies, sam, 1, "support")
    assert quiet.ticket(1).due_at is None
    pass_time(quiet, 600)
    assert told(quiet) == []


def test_a_reply_that_is_taken_back_has_kept_nothing(promising: Callable[..., QuietDesk]) -> None:
    quiet = promising(promise())
    grace = quiet.hire("Grace")
    write(quiet)
    quiet.clock.forward(600)
    said = quiet.do(actions.reply, quiet.policies, grace, 1, "Oops")
    quiet.clock.forward(2)
    quiet.do(actions.take_back, quiet.policies, grace, said.id)
    first = target(quiet, FIRST)
    assert (first.due, first.kept_at) == (iso(NOON + HOUR), None)
    assert shown(quiet).next_response is None
    pass_time(quiet, 60)
    assert ("DeadlineMissed", FIRST) in told(quiet)


def test_a_merged_ticket_brings_its_deadline_along_and_takes_it_away_again(
    promising: Callable[..., QuietDesk],
) -> None:
    quiet = promising(promise())
    grace = quiet.hire("Grace")
    write(quiet)
    quiet.clock.forward(1800)
    quiet.hear("ada@example.test", "Can I talk to a person?", channel="try")
    before = [shown(quiet, number) for number in (1, 2)]
    quiet.do(actions.merge_tickets, quiet.policies, grace, 1, 2)
    assert target(quiet, FIRST, 2).due == iso(NOON + HOUR), "who waited longer is not forgotten"
    assert quiet.ticket(1).due_at is None
    quiet.do(actions.unmerge, quiet.policies, grace, 1)
    assert [shown(quiet, number) for number in (1, 2)] == before
    quiet.do(actions.merge_tickets, quiet.policies, grace, 1, 2)
    pass_time(quiet, 60)
    assert told(quiet, 1) == []
    assert [kind for kind, _ in told(quiet, 2)] == ["DeadlineNear", "DeadlineMissed", "StillLate"]


def test_a_ladder_goes_on_behind_the_deadline(promising: Callable[..., QuietDesk]) -> None:
    steps = (Step(0.5, ("bump",)), *LADDER, Step(1.5, ("warn", "bump")))
    quiet = promising(promise(minutes=(60, 0, 0), steps=steps))
    write(quiet)
    priorities = []
    for _ in range(4):
        pass_time(quiet, 30)
        priorities.append(quiet.ticket(1).priority)
    assert priorities == ["high", "urgent", "urgent", "urgent"]
    assert [fact["step"] for _, fact in quiet.facts(1, "DeadlineNear", "StillLate")] == [1, 2, 3, 4]
    assert [(actor, fact["priority"]) for actor, fact in quiet.facts(1, "PriorityChanged")] == [("system", "high")]


def test_a_ladder_leaves_an_agents_own_words_to_supervisors(promising: Callable[..., QuietDesk]) -> None:
    quiet = promising(promise(minutes=(60, 0, 0)))
    grace = quiet.hire("Grace")
    write(quiet)
    quiet.do(actions.escalate, quiet.policies, grace, 1, "She threatens to leave.")
    pass_time(quiet, 70)
    escalation = quiet.do(shown_ticket, 1, quiet.policies.kinds).escalation
    assert escalation is not None
    assert (escalation.by.name, escalation.reason) == ("Grace", "She threatens to leave.")
    assert quiet.ticket(1).priority == "urgent"


def test_other_hours_are_tried_on_what_has_happened(promising: Callable[..., QuietDesk]) -> None:
    """Answered on Monday at ten: late around the clock, in time by hours that begin on Monday at nine."""
    quiet = promising(promise(minutes=(120, 0, 0)))
    grace = quiet.hire("Grace")
    write(quiet)
    quiet.clock.at = MONDAY + 26 * HOUR
    quiet.do(actions.reply, quiet.policies, grace, 1, "We look at it.")
    events = [event for row in quiet.rows(EVENTS) if (event := replayed.told(row)) is not None]
    first = [
        replayed.replay(events, {"support": promise(minutes=(120, 0, 0), hours=hours)})[1] for hours in (None, BERLIN)
    ]
    assert [clocks.first_response.missed for clocks in first if clocks is not None] == [True, False]


@pytest.fixture(params=["embedded", "scaled"])
def store(request: pytest.FixtureRequest) -> str:
    """Where a desk keeps its tickets; blank for SQLite."""
    if request.param == "embedded":
        return ""
    empty: str = request.getfixturevalue("empty_server")
    postgres: PostgreSQL = request.getfixturevalue("postgres")
    return postgres.url(copy_of=empty)


async def test_the_api_shows_it_and_lists_what_is_late(settings: Settings, store: str) -> None:
    queues = dict(settings.queues)
    made = {"standard": {"first_response_minutes": 60, "resolution_minutes": 600}}
    queues["sales"] = queues["sales"].model_copy(update={"promise": "standard"})
    promised = type(settings).model_validate({"promises": made}).promises
    if store:
        settings = settings.model_copy(update={"store": settings.store.model_copy(update={"url": store})})
    clock = SetClock()
    async with running_desk(settings.model_copy(update={"queues": queues, "promises": promised}), clock) as desk:
        await desk.people_only.say("ada@example.test", "It is broken.", "m1")
        await desk.loopback.say("bob@example.test", "Can I talk to a person?", "m2")
        ticket = await desk.ticket_of("ada@example.test")
        assert ticket["promise"]["target"] == FIRST
        assert ticket["promise"][FIRST]["due"] == iso(NOON + HOUR)
        assert ticket["promise"][NEXT] is None
        assert await desk.sam.items("/tickets?due=at_risk") == []
        clock.forward(46 * 60)
        assert [one["id"] for one in await desk.sam.items("/tickets?due=at_risk&queue=sales")] == [ticket["id"]]
        assert await desk.sam.items("/tickets?due=late") == []
        desk.hint("upkeep")
        await eventually(lambda: tells(desk, ticket["id"], "DeadlineNear"))
        clock.forward(15 * 60)
        assert [one["id"] for one in await desk.sam.items("/tickets?due=late")] == [ticket["id"]]
        desk.hint("upkeep")
        await eventually(lambda: tells(desk, ticket["id"], "DeadlineMissed"))
        assert (await desk.sam.get(f"/tickets/{ticket['id']}"))["promise"][FIRST]["missed"]
        await desk.sam.get("/tickets?due=soon", status=422)


async def tells(desk: RunningDesk, ticket: int, kind: str) -> bool:
    return kind in [event["kind"] for event in await desk.sam.items(f"/tickets/{ticket}/history")]


def test_where_nothing_is_promised_nothing_is_written(promising: Callable[..., QuietDesk]) -> None:
    quiet = promising(None)
    grace = Caller("agent", quiet.hire("Grace").agent, "Grace")
    write(quiet)
    quiet.do(actions.reply, quiet.policies, grace, 1, "We look at it.")
    row = quiet.ticket(1)
    assert (row.clocks, row.due_at, row.due_target, row.risk_at) == ("", None, "", None)
    assert quiet.rows(select(table(Timer)).where(table(Timer).c.kind == promises.KIND)) == []
    assert told(quiet) == []


def test_settings_of_a_queue_can_change_between_two_starts(promising: Callable[..., QuietDesk]) -> None:
    """A ticket of a promise that is no longer made is let go of, and one of before is promised nothing later."""
    quiet = promising(promise())
    write(quiet)
    without = {name: dataclasses.replace(policy, promise=None) for name, policy in quiet.policies.queues.items()}
    quiet.policies = dataclasses.replace(quiet.policies, queues=without)
    grace = quiet.hire("Grace")
    write(quiet, "Hello?")
    quiet.hear("bob@example.test", "It fell apart.", channel="people")
    quiet.do(actions.reply, quiet.policies, grace, 2, "We look at it.")
    assert [quiet.ticket(number).due_at for number in (1, 2)] == [NOON + HOUR, None]
    pass_time(quiet, 120)
    assert told(quiet) == []
    assert (quiet.ticket(1).clocks, quiet.ticket(1).due_at) == ("", None)


def test_a_promise_costs_a_message_one_statement_at_most(promising: Callable[..., QuietDesk]) -> None:
    """One to set the timer where a clock begins to run, none for what is written meanwhile; none without a promise."""
    costs = [statements(promising(made)) for made in (None, promise())]
    assert [b - a for a, b in zip(*costs, strict=True)] == [1, 0, 1]


def statements(quiet: QuietDesk) -> list[int]:
    """How many a message runs: one that opens a ticket, one more, one after an answer."""
    grace, costs = quiet.hire("Grace"), []
    counted: list[str] = []
    quiet._connection._connection.set_trace_callback(counted.append)
    for _ in range(2):
        counted.clear()
        write(quiet)
        costs.append(len(counted))
    quiet.do(actions.reply, quiet.policies, grace, 1, "We look at it.")
    counted.clear()
    write(quiet)
    return [*costs, len(counted)]
