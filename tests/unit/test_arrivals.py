"""How many tickets came when, and when that is far more than usual."""

from dataclasses import replace

from sqlalchemy import select

from contactcenter.desk import keeping
from contactcenter.desk.floor import Floor
from contactcenter.figures import arrivals
from contactcenter.flow import posts
from contactcenter.flow.policies import DeskPolicy
from contactcenter.model.columns import HOUR
from tests.desk import NOON, QuietDesk

HOURS = 3600.0


def come(quiet: QuietDesk, many: int) -> None:
    for _ in range(many):
        quiet.hear(f"somebody{quiet.clock.at}-{_}@example.test", "Hello")


def test_tickets_are_counted_between_two_instants(quiet: QuietDesk) -> None:
    for many in (2, 0, 3):
        come(quiet, many)
        quiet.clock.forward(HOURS)
    assert [sum(quiet.do(arrivals.opened, NOON + hour * HOUR - 1, NOON + (hour + 1) * HOUR - 1).values())
            for hour in range(4)] == [2, 0, 3, 0]  # fmt: skip
    assert quiet.do(arrivals.opened, 0, NOON) == {}


def test_far_more_than_at_this_hour_of_other_days_is_a_spike(quiet: QuietDesk) -> None:
    for _ in range(arrivals.DAYS):
        come(quiet, 4)
        quiet.clock.forward(24 * HOURS)
    come(quiet, 12)
    quiet.clock.forward(60.0)
    assert quiet.do(arrivals.spikes) == {}, "three times as many are not far more"
    come(quiet, 1)
    quiet.clock.forward(60.0)
    assert quiet.do(arrivals.spikes) == {"support": (13, 4.0)}


def test_a_desk_that_begins_has_no_spikes(quiet: QuietDesk) -> None:
    come(quiet, 30)
    quiet.clock.forward(60.0)
    assert quiet.do(arrivals.spikes) == {}


def test_supervisors_are_told_of_a_spike_once_in_some_hours(quiet: QuietDesk) -> None:
    desk = DeskPolicy("C1", supervisors="C2")
    floor = Floor(replace(quiet.policies, desk=desk), quiet.assistant, "http://desk.test")
    come(quiet, 1)
    quiet.clock.forward(24 * HOURS)
    come(quiet, 20)
    for _ in range(3):
        quiet.clock.forward(60.0)
        quiet.do(keeping.tell_spikes, floor)
    (told,) = quiet.rows(select(posts.post).where(posts.post.c.kind == "words"))
    assert told.place == "C2"
    assert "20 tickets in the last hour, at this hour it is 0" in told.words
