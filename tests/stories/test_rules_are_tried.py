"""Rules are tried on the tickets that are there, before they go live; the doctor says which skills nobody has."""

import csv
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from contactcenter.app import SystemClock
from contactcenter.cli import main
from contactcenter.flow import actions, rehearsal
from contactcenter.flow.rehearsal import Rehearsed, rehearse
from contactcenter.model.values import Fold
from contactcenter.routing.demands import NeedStep
from contactcenter.routing.lacking import Able, lacking
from contactcenter.routing.rules import Place, Rule, When, phrase
from contactcenter.storage.sqlite import SqliteConnection
from tests.desk import NOON, QuietDesk, RunningDesk, opened_quiet_desk, quiet_policies, write_settings
from tests.letters import Postman

ADA, BOB = "ada@ada.test", "bob@bob.test"
DESK = """
[store]
url = "sqlite:///desk.db"
[queues.support]
[queues.billing]
[channels.try]
kind = "loopback"
[channels.people]
kind = "loopback"
assistant = false
"""
RULES = """
[[rules]]
name = "bills"
why = "It is about money."
when = { words = "invoice*" }
then = { queue = "billing", priority = "high", skills = { billing = 3 }, tags = ["money"] }
[[rules]]
name = "chess"
why = "They want to play."
when = { words = "chess" }
then = { tags = ["chess"] }
"""
BILLS = Rule("bills", "It is about money.", When(words=frozenset({phrase("invoice*")})), "billing", "high")
PLACES = {name: Place(name, "loopback", "support") for name in ("try", "people")}
Out = pytest.CaptureFixture[str]


def tried(desk: QuietDesk, *rules: Rule, since: int = 0) -> list[Rehearsed]:
    """All tickets, a page after the other."""
    found: list[Rehearsed] = []
    while page := desk.do(rehearse, rules, PLACES, found[-1].ticket if found else 2**62, since):
        found += page
    return found


def test_each_ticket_is_compared_as_it_opened_whatever_people_did_later(quiet: QuietDesk) -> None:
    sam = quiet.hire("Sam", "supervisor")
    quiet.hear(ADA, "My invoice is wrong.", channel="people")
    quiet.hear(BOB, "Hello?", channel="people")
    quiet.do(actions.transfer, quiet.policies, sam, 1, "sales")
    quiet.do(actions.set_priority, quiet.policies, sam, 1, "urgent")
    hello, bill = tried(quiet, BILLS)
    assert (bill.ticket, bill.queue, bill.becomes_queue) == (1, "support", "billing")
    assert (bill.priority, bill.becomes_priority, bill.moves) == ("normal", "high", True)
    assert (hello.ticket, hello.moves) == (2, False)
    assert quiet.ticket(1).queue == "sales", "nothing was written"


def test_what_was_sorted_already_does_not_move(empty_store: Path, tmp_path: Path) -> None:
    policies = quiet_policies()
    object.__setattr__(policies, "rules", (Rule("bills", "Money.", BILLS.when, "sales", "high"),))
    with opened_quiet_desk(empty_store, tmp_path, policies) as desk:
        desk.hear(ADA, "My invoice is wrong.")
        [same] = tried(desk, *policies.rules)
        [undone] = tried(desk)
    assert (same.queue, same.priority, same.moves) == ("sales", "high", False)
    assert (undone.becomes_queue, undone.becomes_priority, undone.moves) == ("support", "normal", True)


def test_a_robots_mail_is_low_before_and_after_and_what_it_repeats_is_not_read(
    quiet_mail: QuietDesk, post: Postman
) -> None:
    text = "I am away.\n> Your invoice"
    post.bring("ada", text, automatic="Auto-Submitted", folds=(Fold(11, len(text), "quote"),))
    places = {"mail": Place("mail", "email", "support")}
    anybody = Rule("anybody", "Ada writes.", When(from_domain=frozenset({"example.test"})), tags=("ada",))
    [robot] = quiet_mail.do(rehearse, (BILLS, anybody), places, 2**62, 0)
    assert robot.outcome is not None
    assert [match.rule for match in robot.outcome.matched] == ["anybody"]
    assert (robot.priority, robot.becomes_priority) == ("low", "low")


def test_only_the_days_asked_for_are_read_and_pages_meet_without_a_gap(quiet: QuietDesk) -> None:
    for number in range(rehearsal.PAGE + 5):
        quiet.hear(f"c{number}@ada.test", "Hello", channel="people")
        quiet.clock.forward(60)
    assert [one.ticket for one in tried(quiet)] == list(range(rehearsal.PAGE + 5, 0, -1))
    since = NOON + (rehearsal.PAGE + 2) * 60_000_000
    assert [one.ticket for one in tried(quiet, since=since)] == [205, 204, 203]


def test_a_channel_that_is_gone_is_left_out(quiet: QuietDesk) -> None:
    quiet.hear(ADA, "My invoice is wrong.")
    [gone] = quiet.do(rehearse, (BILLS,), {}, 2**62, 0)
    assert gone.outcome is None
    assert not gone.moves


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def past(empty_store: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder with a desk that has two tickets of today and no rules, and beside its settings others with rules."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    desk = QuietDesk(tmp_path / "desk.db", quiet_policies(), None)  # type: ignore[arg-type]
    desk.clock.at = SystemClock().now()
    desk.hear(ADA, "My invoices are wrong.", channel="people")
    desk.hear(BOB, "Hello?", channel="people")
    desk._connection.commit()
    desk._connection.begin(read_only=True)
    desk.close()
    (tmp_path / "contactcenter.toml").write_text(DESK, encoding="utf-8")
    (tmp_path / "other.toml").write_text(DESK + RULES, encoding="utf-8")
    with chdir(tmp_path):
        yield tmp_path


def test_other_settings_are_tried_and_the_table_says_what_would_change(past: Path, capsys: Out) -> None:
    assert main(["rules", "try", "--config", "other.toml", "--csv", "moves.csv"]) == 0
    told = capsys.readouterr()
    assert told.err.endswith("2 tickets read\n")
    lines = [" ".join(line.split()) for line in told.out.splitlines()]
    assert lines[0] == "1 of 2 tickets of the last 30 days would open otherwise than they did"
    assert "bills 1 It is about money." in lines
    assert "chess 0 They want to play." in lines
    assert "queue support -> billing 1 1" in lines
    assert "priority normal -> high 1 1" in lines
    assert "needs billing 3 1 1" in lines
    assert "tag money 1 1" in lines
    with (past / "moves.csv").open(encoding="utf-8", newline="") as file:
        newest, oldest = csv.DictReader(file)
    assert (newest["ticket"], newest["rules"], newest["becomes queue"]) == ("2", "", "support")
    assert (oldest["rules"], oldest["queue"], oldest["becomes queue"]) == ("bills", "support", "billing")
    assert (oldest["becomes priority"], oldest["needs"], oldest["tags"]) == ("high", "needs billing 3", "money")
    assert "invoices" not in (past / "moves.csv").read_text(encoding="utf-8")


def test_trying_writes_nothing(past: Path, capsys: Out) -> None:
    before = contents(past / "desk.db")
    assert main(["rules", "try", "--config", "other.toml", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    assert contents(past / "desk.db") == before


def contents(file: Path) -> list[Any]:
    connection = SqliteConnection(file, read_only=True)
    tables = ("ticket", "tickettag", "event", "waiting")
    found = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]  # noqa: S608
    connection.close()
    return found


def test_without_rules_it_says_how_to_begin(past: Path, capsys: Out) -> None:
    assert main(["rules", "try", "--quiet", "--days", "1"]) == 0
    assert "there are no rules: begin with [[rules]]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["--days", "0"], "--days must be more than 0"), (["--csv", "no/file"], "cannot write no/f")],
)
def test_what_cannot_be_tried_is_told_in_one_line(past: Path, capsys: Out, arguments: list[str], told: str) -> None:
    assert main(["rules", "try", "--quiet", *arguments]) == 1
    assert told in capsys.readouterr().err


# --- skills that nobody has -------------------------------------------------------------------------------------------


RELAXING = """
[[rules]]
name = "german"
why = "They write German."
when = {{ words = "rechnung*" }}
[rules.then]
skills = {{ german = 4 }}
wanted = {{ chess = 1 }}
relax = [{relax}]
"""


@pytest.mark.parametrize(
    ("relax", "told"),
    [
        ("", "its tickets would wait for ever"),
        ("{ after_seconds = 600, skills = { german = 3 } }", "would wait 600 s, until it asks german 3"),
        ("{ after_seconds = 9, queues = ['sales'] }", "would wait 9 s, until it asks german 4, or agents of sales"),
    ],
)
def test_the_doctor_names_the_rule_the_skill_and_how_long_its_tickets_would_wait(
    tmp_path: Path, empty_store: Path, capsys: Out, relax: str, told: str
) -> None:
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    write_settings(tmp_path, more=RELAXING.format(relax=relax))
    with chdir(tmp_path):
        add = ["agent", "add", "--queue", "support", "--name"]
        assert main([*add, "Grace", "grace@example.test", "--skill", "german=3"]) == 0
        assert main(["agent", "add", "--queue", "sales", "--name", "Sam", "sam@example.test", "--skill=german=5"]) == 0
        capsys.readouterr()
        assert main(["doctor"]) == 1
        found = [line for line in capsys.readouterr().out.splitlines() if "rules" in line]
    assert found[0].startswith("BAD rules.german: nobody who serves support has german 4 (the best has 3): its tickets")
    assert found[0].endswith(told)
    assert found[-1] == "BAD rules.german: nobody has chess 1, which it wants: it makes no difference"


def test_the_doctor_names_a_rule_that_can_never_match(tmp_path: Path, capsys: Out) -> None:
    never = '[[rules]]\nname = "never"\nwhy = "So."\nwhen = { channel = "site", queue = "sales" }\nstop = true\n'
    write_settings(tmp_path, more=never)
    with chdir(tmp_path):
        assert main(["doctor"]) == 1
        assert "BAD setting rules.never can never match: no channel meets its" in capsys.readouterr().out
        assert main(["agent", "list"]) == 1
        assert "setting rules.never can never match" in capsys.readouterr().err


def test_the_doctor_is_content_where_somebody_has_every_skill(tmp_path: Path, empty_store: Path, capsys: Out) -> None:
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    write_settings(tmp_path, more=RELAXING.format(relax=""))
    with chdir(tmp_path):
        for queue in ("support", "sales"):
            main(["agent", "add", f"{queue}@example.test", "--name", "Grace", "--queue", queue])
            main(["agent", "skill", f"{queue}@example.test", "german", "4"])
        assert main(["agent", "skill", "sales@example.test", "chess", "1"]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == "sales@example.test: chess 1, german 4"
        assert main(["agent", "list"]) == 0
        assert capsys.readouterr().out.splitlines()[-1].endswith("sales  (chess 1, german 4)")
        main(["doctor"])
        told = capsys.readouterr().out
    assert "ok  rules: 1, and somebody has every skill they ask for" in told
    with chdir(tmp_path):
        assert main(["agent", "skill", "sales@example.test", "german", "6"]) == 1
        assert main(["agent", "add", "bob@example.test", "--name", "Bob", "--skill", "german"]) == 1
    errors = capsys.readouterr().err
    assert "skill german cannot have level 6; levels are 1 (a beginner) to 5 (an expert)" in errors
    assert "'german' is no skill with its level, such as german=4" in errors


def test_skills_that_nobody_has_together_are_told_and_so_is_a_queue_that_nobody_serves() -> None:
    rule = Rule("r", "So.", steps=(NeedStep(0, {"german": 2, "billing": 2}),))
    able = [Able(frozenset({"support"}), {"german": 5}), Able(frozenset({"support"}), {"billing": 5})]
    places = [Place("mail", "email", "support")]
    assert list(lacking([rule], places, able)) == [
        "rules.r: nobody who serves support has german 2, billing 2 together: its tickets would wait for ever"
    ]
    elsewhere = [Place("mail", "email", "sales")]
    assert list(lacking([rule], elsewhere, able)) == ["rules.r: nobody serves sales: its tickets would wait for ever"]


async def test_rules_are_tried_by_the_api_and_change_nothing(desk: RunningDesk) -> None:
    for number, text in enumerate(("My invoice is wrong.", "Hello?")):
        await desk.people_only.say(f"c{number}@example.test", text, f"m{number}", name=f"C{number}")
    bills = {
        "name": "bills",
        "why": "It is about money.",
        "when": {"words": "invoice*"},
        "then": {"queue": "support", "priority": "high"},
    }
    found = await desk.sam.post("/rules/trial", {"rules": [bills]}, status=200)
    assert (found["tickets"], found["moving"], found["matched"], found["complete"]) == (2, 1, {"bills": 1}, True)
    moved = found["items"][0]
    assert (moved["queue"], moved["becomes_queue"], moved["becomes_priority"]) == ("sales", "support", "high")
    assert moved["rules"] == ["bills"]
    assert (await desk.sam.post("/rules/trial", {}, status=200))["matched"] == {}
    refused = await desk.sam.post("/rules/trial", {"rules": [{**bills, "then": {"queue": "nowhere"}}]}, status=422)
    assert "there is no queue 'nowhere'" in str(refused)
    await desk.sam.post("/rules/trial", {"days": 0}, status=422)
    await desk.grace.post("/rules/trial", {}, status=403)
    assert [ticket["queue"] for ticket in await desk.sam.items("/tickets")] == ["sales", "sales"]
