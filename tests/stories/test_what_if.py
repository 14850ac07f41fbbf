"""A past stretch of time happens once more: as it was, with other people, with other promises."""

import csv
import shutil
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contactcenter.cli import main
from contactcenter.flow import actions
from contactcenter.flow.actions import Caller
from contactcenter.flow.past import Past, read_past
from contactcenter.flow.policies import Policies, QueuePolicy
from contactcenter.flow.trial import Conditions, Result, Shift, Sorted, by_queue, once_more, really
from contactcenter.model.columns import HOUR, MINUTE, SECOND
from contactcenter.routing.promises import Promise
from contactcenter.storage.sqlite import SqliteConnection
from tests.desk import NOON, QuietDesk, opened_quiet_desk, quiet_policies, write_settings

PROMISE = Promise("soon", {("normal", "first_response"): 90 * SECOND})
SUPPORT = QueuePolicy("support", "Support", offer_time=0, promise=PROMISE)
KINDS = {"try": "loopback", "people": "loopback"}
Out = pytest.CaptureFixture[str]


def asking(quiet: QuietDesk, customers: Sequence[str]) -> None:
    for name in customers:
        quiet.hear(f"{name}@example.test", "Hello?", channel="people")
    quiet.route()


def answering(quiet: QuietDesk, agent: Caller, ticket: int, after: float = 60) -> None:
    quiet.clock.forward(after)
    quiet.do(actions.reply, quiet.policies, agent, ticket, "Here I am.")
    quiet.do(actions.set_status, quiet.policies, agent, ticket, "solved", None, "")
    quiet.route()


@pytest.fixture
def policies() -> Policies:
    return quiet_policies(support=SUPPORT)


@pytest.fixture
def busy(empty_store: Path, tmp_path: Path, policies: Policies) -> Past:
    """Three customers at once, one agent who has one ticket at a time: a minute each. A fourth one leaves."""
    with opened_quiet_desk(empty_store, tmp_path, policies) as quiet:
        a_busy_time(quiet)
        return quiet.do(read_past, NOON, NOON + HOUR)


def a_busy_time(quiet: QuietDesk) -> None:
    grace, sam = quiet.hire("Grace", room=1), quiet.hire("Sam", "supervisor", ())
    asking(quiet, ("ada", "bob", "cid", "dot"))
    answering(quiet, grace, 1)
    answering(quiet, grace, 2)
    quiet.clock.forward(10)
    quiet.do(actions.set_status, quiet.policies, sam, 4, "closed", None, "")
    answering(quiet, grace, 3, 50)
    quiet.clock.forward(HOUR / SECOND)


def conditions(policies: Policies, **more: Any) -> Conditions:
    return Conditions(policies, KINDS, {}, **more)


def waits(result: Result) -> dict[int, float | None]:
    return {one.ticket: None if one.answered is None else (one.answered - one.since) / SECOND for one in result.ran}


def test_what_really_happened_is_told_as_the_history_has_it(busy: Past, policies: Policies) -> None:
    result = really(busy, conditions(policies))
    assert waits(result) == {1: 60, 2: 120, 3: 180, 4: None}
    assert [one.kept for one in result.ran] == [True, False, False, False]
    assert next(one.left for one in result.ran if one.ticket == 4) == NOON + 130 * SECOND
    summed = by_queue(result, 60 * SECOND)
    assert summed[""] == summed["support"]
    assert (summed[""].contacts, summed[""].in_time, summed[""].left, summed[""].kept) == (4, 1, 1, 1)
    assert (summed[""].median, summed[""].p90) == (120, 180)


def test_replayed_as_it_was_it_comes_out_as_it_was(busy: Past, policies: Policies) -> None:
    result = once_more(busy, conditions(policies))
    assert waits(result) == {1: 60, 2: 120, 3: 180, 4: None}
    assert (result.agents, really(busy, conditions(policies)).agents) == (2, 2)
    assert result.busy == pytest.approx(really(busy, conditions(policies)).busy, abs=0.001)


def test_with_one_more_like_grace_they_wait_for_less(busy: Past, policies: Policies) -> None:
    """Sam serves no queue; the third is like Grace, for she was there longest."""
    result = once_more(busy, conditions(policies, agents=3))
    assert waits(result) == {1: 60, 2: 60, 3: 120, 4: 120}
    assert by_queue(result, 60 * SECOND)[""].in_time == 2


def test_with_other_shifts_they_wait_until_somebody_is_there(busy: Past, policies: Policies) -> None:
    """Three like Grace, of whom one serves nobody, from a minute on: two are answered at once then."""
    shift = Shift(3, ((NOON + MINUTE, NOON + HOUR),))
    later = once_more(busy, Conditions(policies, KINDS, {}, shifts=(shift,)))
    assert later.agents == 3
    begun = sorted(one.began for one in later.ran if one.began is not None)
    assert begun[:2] == [NOON + MINUTE] * 2
    assert all(at > NOON + MINUTE for at in begun[2:])


def test_with_room_for_two_the_same_agent_has_two_at_once(busy: Past, policies: Policies) -> None:
    result = once_more(busy, conditions(policies, capacity=2))
    assert {one.ticket: one.began == one.since for one in result.ran} == {1: True, 2: True, 3: False, 4: False}


def test_other_promises_are_held_against_the_same_waits(busy: Past, policies: Policies) -> None:
    patient = replace(PROMISE, targets={("normal", "first_response"): 150 * SECOND})
    other = quiet_policies(support=replace(SUPPORT, promise=patient))
    assert [one.kept for one in once_more(busy, conditions(other)).ran] == [True, True, False, False]
    nothing = quiet_policies(support=replace(SUPPORT, promise=None))
    assert by_queue(once_more(busy, conditions(nothing)), MINUTE)[""].promised == 0


def test_sorted_into_a_queue_that_nobody_serves_they_wait(busy: Past, policies: Policies) -> None:
    moved = {2: Sorted("support", "sales", "normal", ""), 3: Sorted("elsewhere", "sales", "normal", "")}
    result = once_more(busy, Conditions(policies, KINDS, moved))
    assert {one.ticket: one.queue for one in result.ran} == {1: "support", 2: "sales", 3: "support", 4: "support"}
    assert waits(result) == {1: 60, 2: None, 3: 120, 4: 180}, "the fourth left after 130 s: now their turn came"


def test_who_goes_gets_nothing_more(quiet: QuietDesk) -> None:
    policies = quiet.policies = quiet_policies(support=SUPPORT)
    grace = quiet.hire("Grace", room=1)
    asking(quiet, ("ada",))
    answering(quiet, grace, 1)
    quiet.do(actions.set_presence, quiet.policies, grace, "offline")
    asking(quiet, ("bob",))
    quiet.clock.forward(600)
    quiet.do(actions.set_presence, quiet.policies, grace, "available")
    quiet.route()
    answering(quiet, grace, 2)
    past = quiet.do(read_past, NOON, NOON + HOUR)
    assert waits(really(past, conditions(policies))) == {1: 60, 2: 660}
    assert waits(once_more(past, conditions(policies))) == {1: 60, 2: 660}


def test_the_same_past_is_replayed_alike(busy: Past, policies: Policies) -> None:
    assert once_more(busy, conditions(policies, agents=3)) == once_more(busy, conditions(policies, agents=3))


# --- the command


@pytest.fixture
def folder(tmp_path: Path, empty_store: Path) -> Path:
    """A desk whose past is the busy time."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    file = write_settings(
        tmp_path, more='[promises.soon]\nfirst_response_minutes = 1.5\n[queues.help]\npromise = "soon"\n'
    )
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('queue = "sales"', 'queue = "support"'), encoding="utf-8")
    quiet = QuietDesk(tmp_path / "desk.db", quiet_policies(support=SUPPORT), None)  # type: ignore[arg-type]
    a_busy_time(quiet)
    connection: SqliteConnection = quiet._connection
    connection.commit()
    connection.close()
    return tmp_path


def run(folder: Path, *more: str) -> int:
    with chdir(folder):
        return main(["whatif", "--from", "2026-11-21T12:00:00Z", "--to", "2026-11-21T13:00:00Z", *more])


def test_the_command_sets_three_columns_side_by_side(folder: Path, capsys: Out) -> None:
    assert run(folder, "--agents", "3", "--rows", "left", "--csv", "out.csv") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2026-11-21T12:00+00:00 to 2026-11-21T13:00+00:00: 4 contacts came to people"
    assert lines[1].split() == ["really", "replayed", "3", "agents"]
    told = {line[:32].strip(): line[32:].split() for line in lines[2:12]}
    assert told["agents"] == ["2", "2", "3"]
    assert told["contacts"] == ["4", "4", "4"]
    assert told["left"] == ["1", "1", "0"]
    assert lines[-3:] == ["left, really: 1: 4", "left, replayed: 1: 4", "left, 3 agents: 0: none"]
    rows = list(csv.DictReader((folder / "out.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 12
    assert [row["ticket"] for row in rows if row["column"] == "really" and row["left"]] == ["4"]


def test_other_settings_are_another_column(folder: Path, capsys: Out) -> None:
    text = (folder / "contactcenter.toml").read_text(encoding="utf-8")
    other = text.replace("[queues.sales]", 'promise = "soon"\n[queues.sales]')
    (folder / "other.toml").write_text(other, encoding="utf-8")
    assert run(folder, "--with", "other.toml") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["really", "replayed", "other", "settings"]
    assert [line.split()[2:] for line in lines if "promises kept" in line] == [["-", "-", "25.0", "%"]] * 2


def test_other_shifts_are_another_column(folder: Path, capsys: Out) -> None:
    assert run(folder, "--shift", "11:00-14:00=1", "--shift", "22:00-02:00=2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["really", "replayed", "other", "shifts"]
    assert lines[2].split() == ["agents", "2", "2", "3"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--agents", "0"], "--agents must be from 1 to 10000"),
        (["--shift", "8-16=4"], "--shift '8-16=4' must be such as 08:00-16:00=4"),
        (["--shift", "08:00-16:00=4", "--agents", "2"], "leave out --agents"),
        (["--rows", "sorrows"], "--rows can be contacts, answered"),
        (["--to", "2026-11-20"], "must be after --from, and at most 31 days"),
        (["--csv", "no/such/folder.csv"], "choose another file for --csv"),
    ],
)
def test_what_cannot_be_asked_is_told(folder: Path, capsys: Out, more: list[str], told: str) -> None:
    assert run(folder, *more) == 1
    assert told in capsys.readouterr().err


def test_a_day_on_which_nothing_came_is_told(folder: Path, capsys: Out) -> None:
    with chdir(folder):
        assert main(["whatif", "--from", "2026-11-01"]) == 0
    assert "there is nothing to replay" in capsys.readouterr().out
