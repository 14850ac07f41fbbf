"""What the router decided comes out again, with every reason, from its logbook; the first that differs is named."""

import random
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, update

from contactcenter.app import SystemClock
from contactcenter.cli import main
from contactcenter.crm.queries import event
from contactcenter.decisions import Check
from contactcenter.flow import actions, logbook, upkeep
from contactcenter.flow.assign import PAGE, Routing
from contactcenter.model.columns import DAY, table
from contactcenter.model.ledgers import Logbook, Recheck
from contactcenter.routing.board import Call, Came, Changed, Staff
from contactcenter.routing.log import LONG, Begun, Pass, packed, unpacked
from contactcenter.routing.needs import Need, Stage
from contactcenter.routing.router import Ready
from contactcenter.storage.sqlite import SqliteConnection
from tests.desk import NOON, QuietDesk, asking_policies, opened_quiet_desk, write_settings
from tests.steps import BusySteps

HISTORY = 400  # steps
LOGBOOK = table(Logbook)
Out = pytest.CaptureFixture[str]


def checked(quiet: QuietDesk) -> Check:
    check = Check()
    after = quiet.do(logbook.beginning, 0) - 1
    check.expect(quiet.do(logbook.decided, 0))
    while page := quiet.do(logbook.passes, after):
        after = page[-1][0]
        for _, one in page:
            check.hear(check.remake.go_on(one), one.at)
    return check


def test_after_a_random_history_with_restarts_every_decision_comes_out_again(empty_store: Path, tmp_path: Path) -> None:
    with opened_quiet_desk(empty_store, tmp_path, asking_policies()) as quiet:
        for seed in range(4):
            steps = BusySteps(quiet, random.Random(seed))
            for name in ("Kim", "Lou", "Max"):
                quiet.hire(f"{name}{seed}", room=8)
            for number in range(HISTORY):
                steps.random_step()
                routed(quiet, *([f"c{seed}-{number}"] if number % 7 == 0 else []))
                if number % 11 == 0:
                    for caller in steps.callers:
                        quiet.do(actions.set_presence, quiet.policies, caller, "available")
            quiet.routing = Routing()
        check = checked(quiet)
        assert check.told("UTC")[1], check.told("UTC")
        assert check.alike > 50
        assert check.unknown == 0


def test_a_pass_is_kept_as_it_was() -> None:
    need = Need(("support", "sales"), (("german", 3),))
    call = Call(7, "email", 2, 1.5, NOON, NOON + 5, 5, (Stage(NOON, need, True),), (("chess", 1),), 3, ((2, NOON),))
    staff = Staff(2, "Bea", frozenset({"support"}), {"german": 4}, 5, present=False, away="is away")
    one = Pass(NOON, Begun(1, ((need, 4, 2),)), woke=True, failed=[9])
    one.tell(Came(call))
    one.tell(Changed(staff))
    one.look(Ready(7))
    again = unpacked(packed(one))
    assert again == one
    long = Pass(NOON, looked=[(True, number) for number in range(500)])
    assert unpacked(packed(long)) == long
    assert len(packed(long)) < LONG
    assert [fact for _, fact in again.facts] == [Came(call), Changed(staff)]


def routed(quiet: QuietDesk, *customers: str) -> None:
    for name in customers:
        quiet.hear(f"{name}@example.test", "Hello?", channel="people")
    quiet.route()


def test_a_decision_that_was_written_otherwise_is_named(quiet: QuietDesk) -> None:
    grace, bea = quiet.hire("Grace"), quiet.hire("Bea")
    routed(quiet, "ada", "bob")
    row = next(row for row in quiet.rows(select(event).order_by(event.c.id)) if row.kind == "TicketOffered")
    fact = msgspec.json.decode(row.payload)
    assert fact["agent"] == grace.agent
    altered = msgspec.json.encode({**fact, "agent": bea.agent}).decode()
    quiet.do(lambda tx: tx.run(update(event).where(event.c.id == row.id).values(payload=altered)))
    lines, well = checked(quiet).told("UTC")
    assert not well
    assert lines[0] == "0 decisions since 2026-11-21T12:00+00:00 come out again as they were"
    assert lines[1:3] == ["the first that differs: ticket 1 at 2026-11-21T12:00+00:00", "  as it was: agent 2"]
    assert "  made again: agent 1" in lines


def test_what_the_history_has_and_the_logbook_has_not_is_named(quiet: QuietDesk) -> None:
    quiet.hire("Grace")
    routed(quiet, "ada")
    quiet.clock.forward(1)
    routed(quiet, "bob")
    last = quiet.rows(select(LOGBOOK).order_by(LOGBOOK.c.id))[-1]
    quiet.do(lambda tx: tx.run(LOGBOOK.delete().where(LOGBOOK.c.id == last.id)))
    lines, well = checked(quiet).told("UTC")
    assert (well, lines[1]) == (False, "the first that differs: ticket 2 at 2026-11-21T12:00+00:00")
    assert lines[-1] == "  made again: nobody"


def test_a_board_begins_anew_every_day_and_old_pages_go(quiet: QuietDesk) -> None:
    quiet.hire("Grace")
    for number in range(6):
        routed(quiet, f"c{number}")
        quiet.clock.forward(DAY / 1_000_000)
    assert sum(row.begins for row in quiet.rows(select(LOGBOOK))) == 6
    quiet.do(upkeep.prune, quiet.policies)
    kept = quiet.rows(select(LOGBOOK).order_by(LOGBOOK.c.id))
    assert 0 < len([row for row in kept if row.begins]) <= 4
    check = Check()
    check.expect(quiet.do(logbook.decided, kept[0].at))
    for _, one in quiet.do(logbook.passes, 0):
        check.hear(check.remake.go_on(one), one.at)
    assert check.told("UTC")[1]


def test_many_that_wait_are_read_and_looked_at_by_and_by(quiet: QuietDesk) -> None:
    """Nothing is offered before all is read, and no pass reads more than a page."""
    grace = quiet.hire("Grace", room=3)
    for number in range(2 * PAGE + 10):
        quiet.hear(f"c{number}@example.test", "Hello?", channel="people")
    quiet.do(lambda tx: tx.run(table(Recheck).delete()))
    made = []
    while quiet.do(quiet.routing.has_work):
        made.append(quiet.do(quiet.routing.route, quiet.policies))
    assert made == [0, 0, 3]
    held = [one for one in quiet.rows(select(event)) if one.kind == "TicketOffered"]
    assert {msgspec.json.decode(one.payload)["agent"] for one in held} == {grace.agent}
    assert checked(quiet).told("UTC")[1]


# --- the command


@pytest.fixture
def folder(tmp_path: Path, empty_store: Path) -> Iterator[Path]:
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    write_settings(tmp_path)
    with chdir(tmp_path):
        yield tmp_path


def test_the_command_says_that_all_is_as_it_was(folder: Path, capsys: Out) -> None:
    assert main(["decisions"]) == 0
    assert "the router has not run yet" in capsys.readouterr().out
    quiet = QuietDesk(folder / "desk.db", asking_policies(), None)  # type: ignore[arg-type]
    quiet.clock.at = SystemClock().now()
    quiet.hire("Grace")
    routed(quiet, "ada", "bob")
    connection: SqliteConnection = quiet._connection
    connection.commit()
    connection.close()
    assert main(["decisions", "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("2 decisions since ")
    assert main(["decisions", "--days", "9"]) == 1
    assert "at most 3" in capsys.readouterr().err
