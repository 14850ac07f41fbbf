"""Past tickets suggest articles and samples; people decide, and what they decided stays decided."""

import asyncio
import shutil
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from contactcenter.app import SystemClock
from contactcenter.cli import main
from contactcenter.flow import actions, erase, proposals
from contactcenter.flow.proposals import Edited, KnownProposal
from contactcenter.flow.rights import Caller
from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.found import Gap, Sample
from contactcenter.model.columns import DAY
from contactcenter.model.values import Conflict, Invalid, NotAllowed, NotFound
from contactcenter.settings import load
from tests.desk import ARTICLE, ORDER, QuietDesk, RunningDesk, quiet_policies, running_desk, write_settings

NAMES = ("ada", "bob", "cleo", "dora", "emil")
CHEQUES = "We take no cheques, whatever they are drawn on. Pay by card, please."
ASK = ("Can I pay by cheque?", "Can I also pay by cheque?", "Is it possible to pay by cheque?")
SAM, GRACE = Caller("supervisor", 1, "Sam"), Caller("agent", 2, "Grace")
Out = pytest.CaptureFixture[str]


def customers(desk: QuietDesk, grace: Caller) -> None:
    """Five asked for the same and were told the same; Frank was sent an article, Gina something else."""
    for number, name in enumerate(NAMES):
        desk.hear(f"{name}@{name}.test", f"Hello, {ASK[number % 3]} I am {name}, order 4711{number}", channel="people")
        reply = f"Hello {name.title()},\n{CHEQUES}\n{name.title()}, your order 4711{number} waits.\nBest regards, Grace"
        desk.do(actions.reply, desk.policies, grace, number + 1, reply)
    desk.hear("frank@frank.test", "Has the thing been shipped?", channel="people")
    desk.do(actions.reply, desk.policies, grace, 6, f"Hi Frank. {ORDER}")
    desk.hear("gina@gina.test", "Do you play chess?", channel="people")
    desk.do(actions.reply, desk.policies, grace, 7, "I do, and you?")


@pytest.fixture
def past(empty_store: Path, tmp_path: Path) -> Path:
    """A folder with a desk that has seven tickets of a week ago."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    desk = QuietDesk(tmp_path / "desk.db", quiet_policies(), Assistant([ARTICLE], 0.7, "http://desk.test"))
    desk.clock.at = SystemClock().now() - 7 * DAY
    customers(desk, desk.hire("Rosa"))
    desk._connection.commit()
    desk._connection.begin(read_only=True)
    desk.close()
    write_settings(tmp_path)
    return tmp_path


async def learn(folder: Path, *more: str) -> int:
    """The command, beside a desk that runs."""
    config = str(folder / "contactcenter.toml")
    return await asyncio.to_thread(main, ["learn", "--quiet", "--config", config, *more])


async def proposed(desk: RunningDesk, state: str = "proposed") -> list[Any]:
    return await desk.sam.items(f"/proposals?state={state}")


def test_the_command_ranks_what_it_found_by_the_tickets_it_would_save(past: Path, capsys: Out) -> None:
    with chdir(past):
        assert main(["learn"]) == 0
    told = capsys.readouterr()
    assert told.err.endswith("\r7 tickets read\n6 questions are gathered\n\r1 of 1 groups looked into\n")
    lines = [" ".join(line.split()) for line in told.out.splitlines()]
    assert lines[0] == "7 tickets read; people had to answer 6 of them, with no article"
    assert lines[3].startswith("1 2.8 5 5 5 ")
    assert lines[3].partition("5 5 5 ")[2] in ASK
    assert lines[4].endswith("1 0 0 for order-status: Has the thing been shipped?")
    assert "ada" not in told.out
    assert "4711" not in told.out


async def test_an_approved_article_is_known_at_once_and_not_proposed_again(past: Path) -> None:
    async with running_desk(load(past / "contactcenter.toml", {})) as desk:
        assert await learn(past) == 0
        article, sample = await proposed(desk)
        assert (article["kind"], article["text"], article["of"]) == ("article", CHEQUES, [5, 4, 3, 2, 1])
        assert (article["tickets"], article["answered"], article["answered_alike"]) == (5, 5, 5)
        assert 0 < article["saved_weekly"] < article["weekly"]
        done = await desk.sam.put(f"/proposals/{article['id']}", {"state": "approved", "slug": "cheques"})
        assert (done["state"], done["article"], done["decided_by"]) == ("approved", "cheques", f"agent:{sam(desk)}")
        await desk.sam.put(f"/proposals/{sample['id']}", {"state": "approved"})
        known = {item["slug"]: item for item in (await desk.sam.get("/articles"))["items"]}
        assert known["cheques"]["title"] == article["title"]
        assert "Has the thing been shipped?" in known["order-status"]["questions"]
        assert await learn(past) == 0
        assert await proposed(desk) == []
        (past / "articles" / "cheques.md").unlink()
        assert await learn(past) == 0
        assert await proposed(desk) == [], "approved is decided, whatever became of the article"


def sam(desk: RunningDesk) -> int:
    return desk.people["Sam"].id


async def test_what_was_declined_does_not_come_back_and_what_is_open_keeps_its_number(past: Path) -> None:
    async with running_desk(load(past / "contactcenter.toml", {})) as desk:
        await learn(past)
        article, sample = await proposed(desk)
        await desk.sam.put(f"/proposals/{article['id']}", {"state": "declined"})
        await learn(past)
        assert [one["id"] for one in await proposed(desk)] == [sample["id"]]
        assert [one["id"] for one in await proposed(desk, "declined")] == [article["id"]]
        problem = await desk.sam.call("PUT", f"/proposals/{article['id']}", {"state": "approved"}, 409)
        assert problem["detail"] == f"proposal {article['id']} is declined already"
        await learn(past, "--days", "3")
        assert await proposed(desk) == [], "what was not found again and nobody decided is gone"


async def test_only_who_steers_decides_and_what_is_missing_is_asked_for(past: Path) -> None:
    async with running_desk(load(past / "contactcenter.toml", {})) as desk:
        await learn(past)
        number = (await proposed(desk))[0]["id"]
        await desk.grace.get("/proposals", 403)
        await desk.grace.put(f"/proposals/{number}", {"state": "approved"}, 403)
        await desk.sam.put("/proposals/99", {"state": "declined"}, 404)
        for body, field in (
            ({"state": "approved", "questions": []}, "$.questions"),
            ({"state": "approved", "slug": "bad\n"}, "$.slug"),
            ({"state": "proposed"}, "$.state"),
        ):
            problem = await desk.sam.put(f"/proposals/{number}", body, 422)
            assert problem["field"] == field
        taken = {"state": "approved", "slug": "returns"}
        assert "already" in (await desk.sam.put(f"/proposals/{number}", taken, 409))["detail"]
        assert len(await proposed(desk)) == 2, "what could not be written is not decided"


async def test_a_desk_of_many_processes_learns_as_one_of_one_does(any_desk: RunningDesk) -> None:
    desk, folder = any_desk, any_desk.settings.folder
    for number, name in enumerate(NAMES):
        address, called = f"{name}@{name}.test", name.title()
        await desk.people_only.say(address, f"Hello, {ASK[number % 2]} I am {name}", f"m{number}", name=called)
        ticket = await desk.ticket_of(called)
        await desk.sam.post(f"/tickets/{ticket['id']}/messages", {"text": f"Hello {called},\n{CHEQUES}\nSam"})
    assert await learn(folder) == 0
    [article] = await proposed(desk)
    assert (article["text"], article["tickets"], article["answered_alike"]) == (CHEQUES, 5, 5)
    await desk.sam.put(f"/proposals/{article['id']}", {"state": "approved", "slug": "cheques"})
    config = ["--config", str(folder / "contactcenter.toml"), "--quiet"]
    assert await asyncio.to_thread(main, ["evaluate", *config, "--precision", "0.5", "--at-least", "1"]) == 0
    for name in NAMES:
        ticket = await desk.ticket_of(name.title())
        erased = ["erase", str(ticket["customer"]["id"]), "--yes", *config[:2]]
        assert await asyncio.to_thread(main, erased) == 0
    [left] = await proposed(desk, "approved")
    assert (left["title"], left["questions"], left["text"], left["article"]) == ("", [], "", "cheques")


@pytest.mark.parametrize("arguments", [["--days", "0"], ["--most", "0"]])
def test_what_cannot_be_read_is_told_in_one_line(past: Path, capsys: Out, arguments: list[str]) -> None:
    with chdir(past):
        assert main(["learn", "--quiet", *arguments]) == 1
    assert arguments[0] in capsys.readouterr().err


# --- forgetting -------------------------------------------------------------------------------------------------------


async def test_of_who_is_forgotten_no_byte_stays_in_what_was_proposed(past: Path) -> None:
    """Checklist 69."""
    secret = b"the thing been shipped"
    async with running_desk(load(past / "contactcenter.toml", {})) as desk:
        await learn(past)
        article, sample = await proposed(desk)
        await desk.sam.put(f"/proposals/{article['id']}", {"state": "declined"})
        ticket = await desk.sam.get(f"/tickets/{sample['of'][0]}")
        config = str(past / "contactcenter.toml")
        await asyncio.to_thread(main, ["erase", str(ticket["customer"]["id"]), "--yes", "--config", config])
        assert await proposed(desk) == []
        assert len(await proposed(desk, "declined")) == 1
        assert secret not in kept(past)
        assert await learn(past) == 0
        assert await proposed(desk) == []


def kept(folder: Path) -> bytes:
    """Every byte of the database and its log."""
    return b"\0".join(file.read_bytes() for file in folder.glob("desk.db*"))


def gap(desk: QuietDesk, title: str = "My diary?") -> Gap:
    """Of Ada's ticket 1 and Bob's ticket 2; the reply is Bob's."""
    for name in ("ada", "bob"):
        desk.hear(f"{name}@{name}.test", "Hello", channel="people")
    return Gap(title, ((1, title), (2, "Your diary?")), (1, 2), 2, 2, "It is in the drawer.", 2)


def everything(desk: QuietDesk) -> str:
    return repr([desk.rows(select(rows)) for rows in SQLModel.metadata.tables.values()])


def test_an_open_proposal_with_words_of_theirs_goes_and_is_found_again_without_them(quiet: QuietDesk) -> None:
    quiet.do(proposals.keep_gap, gap(quiet), 1.0, None)
    whom = quiet.ticket(1).customer_id
    quiet.do(erase.erase_person, whom, "admin")
    assert quiet.do(proposals.page, "proposed", 2**62, 2**62, 10) == []
    assert "diary" not in everything(quiet)


@pytest.mark.parametrize(
    ("whose", "left", "text"), [(1, ("Your diary?",), "It is in the drawer."), (2, ("My diary?",), "")]
)
def test_a_decided_one_stays_decided_and_loses_their_words(
    quiet: QuietDesk, whose: int, left: tuple[str, ...], text: str
) -> None:
    quiet.do(proposals.keep_gap, gap(quiet), 1.0, None)
    quiet.do(proposals.decide, SAM, 1, "declined")
    quiet.do(erase.erase_person, quiet.ticket(whose).customer_id, "admin")
    row = quiet.do(proposals.one, 1)
    assert (row.state, proposals.samples_of(row), row.text) == ("declined", left, text)


def test_who_was_forgotten_while_tickets_were_read_is_not_proposed(quiet: QuietDesk) -> None:
    found = gap(quiet)
    quiet.do(erase.erase_person, quiet.ticket(1).customer_id, "admin")
    quiet.do(proposals.keep_gap, found, 1.0, None)
    assert "diary" not in everything(quiet)


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_what_is_found_again_is_brought_up_to_date_and_what_is_decided_is_left(quiet: QuietDesk) -> None:
    quiet.do(proposals.keep_gap, gap(quiet), 1.0, None)
    [known] = quiet.do(proposals.known, 0)
    assert known == KnownProposal(1, "article", "proposed", "", ("My diary?", "Your diary?"))
    quiet.do(proposals.keep_gap, Gap("New?", ((1, "New?"),), (1,), 1, 1, "", 0), 0.5, known)
    row = quiet.do(proposals.one, 1)
    assert (proposals.samples_of(row), row.weekly, row.text, row.reply_of) == (("New?",), 2000, "", None)
    assert quiet.do(proposals.tickets_of, 1) == [1]
    quiet.do(proposals.decide, SAM, 1, "declined")
    quiet.do(proposals.keep_gap, Gap("Other?", ((1, "Other?"),), (1,), 1, 1, "", 0), 1.0, known)
    assert proposals.samples_of(quiet.do(proposals.one, 1)) == ("New?",)


def test_two_who_decide_at_once_are_told_who_was_first(quiet: QuietDesk) -> None:
    quiet.do(proposals.keep_gap, gap(quiet), 1.0, None)
    quiet.do(proposals.decide, SAM, 1, "approved", "diaries")
    with pytest.raises(Conflict, match="proposal 1 is approved already"):
        quiet.do(proposals.decide, SAM, 1, "declined")
    assert quiet.do(proposals.one, 1).article == "diaries"


def test_an_article_without_a_text_or_a_question_is_not_written(quiet: QuietDesk) -> None:
    quiet.do(proposals.keep_gap, Gap("So?", ((1, "So?"),), (1,), 1, 1, "", 0), 1.0, None)
    with pytest.raises(Invalid, match="people answered this in different words: write the text"):
        quiet.do(proposals.writing, SAM, 1, Edited())
    with pytest.raises(Invalid, match="give at least one"):
        quiet.do(proposals.writing, SAM, 1, Edited(samples=(" ",)))
    with pytest.raises(NotAllowed):
        quiet.do(proposals.writing, GRACE, 1, Edited())
    with pytest.raises(NotFound):
        quiet.do(proposals.writing, SAM, 2, Edited())
    writing = quiet.do(proposals.writing, SAM, 1, Edited(text="It is.", title="¿Qué? Is it so?"))
    assert (writing.article, writing.title, writing.samples) == ("qu-is-it-so", "¿Qué? Is it so?", ("So?",))


def test_a_page_begins_with_what_would_save_most(quiet: QuietDesk) -> None:
    for tickets in (1, 3, 2):
        quiet.do(proposals.keep_gap, Gap("So?", (), tuple(range(tickets)), tickets, tickets, "", 0), 1.0, None)
    quiet.do(proposals.keep_samples, [(Sample("order-status", 1, "So?"), None)], 1.0)
    first = quiet.do(proposals.page, "proposed", 2**62, 2**62, 2)
    assert [row.tickets for row in first] == [3, 2]
    rest = quiet.do(proposals.page, "proposed", first[-1].saved, first[-1].id, 9)
    assert [(row.kind, row.tickets) for row in rest] == [("article", 1), ("sample", 1)]


def test_an_article_without_plain_letters_is_named_by_its_number() -> None:
    assert proposals.slug_of("Где мой заказ?", 7) == "article-7"
    assert proposals.slug_of("Is 2 more than 1? " * 20, 7) == "is-2-more-than-1-is-2-more"
