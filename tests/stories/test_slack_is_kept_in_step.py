"""What the desk shows in Slack after things went wrong there or here, and after a person was forgotten."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from contactcenter.app import SystemClock
from contactcenter.channels.loopback import Loopback, said
from contactcenter.desk import people, posting, work
from contactcenter.desk.floor import Floor
from contactcenter.desk.received import Person, Pressed, Rewritten, Said, Submitted, Unsaid, read
from contactcenter.flow import actions, intake, leases, ledger, posts, upkeep
from contactcenter.flow.policies import Policies, Way
from contactcenter.flow.rights import Caller
from contactcenter.forget import forget
from contactcenter.model.columns import SECOND, table
from contactcenter.model.desk import Act, Post
from contactcenter.model.tickets import Message, Note
from contactcenter.model.values import RetryLater, Undeliverable
from contactcenter.ports import Tx
from contactcenter.slack.api import Api
from tests.claims import POLICIES
from tests.desk import QuietDesk, eventually, opened_quiet_desk
from tests.slack_desk import SlackDesk, slack_desk

POSTS, ACTS = select(table(Post)).order_by(table(Post).c.id), select(table(Act))
SAID, NOTED = select(table(Message).c.text).where(table(Message).c.direction == "outbound"), select(table(Note).c.text)
ANYBODY = select(table(Post).c.words).where(table(Post).c.kind == "whisper")


@pytest.fixture
async def floor(tmp_path: Path, empty_store: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(tmp_path, empty_store) as opened:
        yield opened


# --- in Slack


async def test_a_card_that_somebody_deleted_is_there_again_and_its_thread_goes_on(floor: SlackDesk) -> None:
    ticket = (await floor.ask("Where is my order?"))["id"]
    card = await floor.card(ticket)
    await floor.slack.press(floor.grace, card, "claim")
    await floor.card_says(ticket, "with *Grace*")
    root = floor.triage.messages[card["ts"]]
    await floor.slack.delete({**root, "channel": floor.triage.id})

    await floor.desk.sam.put(f"/tickets/{ticket}/priority", {"priority": "high", "reason": "she is upset"})

    async def another() -> bool:
        now = floor.card_now(ticket)
        return now is not None and now["ts"] != card["ts"]

    await eventually(another)
    floor.triage.messages[card["ts"]] = {**root, "subtype": "tombstone", "text": "This message was deleted."}
    await floor.slack.say(floor.grace, floor.triage, "It left this morning.", card["ts"])
    assert await floor.arrived(1) == ["It left this morning."]


async def test_a_card_that_is_found_again_is_brought_up_to_date(floor: SlackDesk) -> None:
    """Slack had taken it and we were not told; what has changed since then, it does not say."""
    floor.slack.fault("chat.postMessage", cut="after")
    ticket = await floor.ask("Where is my order?")
    await floor.slack.until(lambda: bool(floor.slack.messages(floor.triage)))
    await floor.desk.sam.put(f"/tickets/{ticket['id']}/assignment", {"agent": "me"})
    await floor.card_says(ticket["id"], "with *Sam*")
    assert len([one for one in floor.slack.messages(floor.triage) if not one.get("thread_ts")]) == 1


async def test_a_window_that_was_refused_can_be_corrected_and_sent(floor: SlackDesk) -> None:
    ticket = (await floor.ask("Where is my order?"))["id"]
    await floor.menu(floor.grace, ticket, "assign")
    grace = str(floor.desk.people["Grace"].id)
    answer = await floor.slack.submit_view(floor.grace, {"agent": grace, "queue": "sales"})
    assert "not both" in str(answer)
    assert await floor.slack.submit_view(floor.grace, {"agent": grace, "queue": None}) is None
    await floor.card_says(ticket, "with *Grace*")


async def test_of_a_person_who_is_forgotten_nothing_stays_in_slack(floor: SlackDesk) -> None:
    ticket = await floor.ask("My diary is lost")
    card = await floor.card(ticket["id"])
    await floor.in_thread(card, "My diary")
    await floor.slack.open_home(floor.grace)
    await floor.opened(floor.grace, card, "more", f"{ticket['id']}:escalate")
    await floor.slack.submit_view(floor.grace, {"reason": "the diary of Ada"})
    await eventually(lambda: _says(floor, "diary of Ada"))
    running = floor.desk.running
    await forget(running.store, running.files, SystemClock(), ticket["customer"]["id"], "admin")
    floor.desk.hint("posts")
    await eventually(lambda: _says_nothing(floor, "diary", "Ada"))
    await eventually(lambda: _home_says_nothing(floor, "diary"))


async def _says(floor: SlackDesk, words: str) -> bool:
    return words in str(floor.slack.messages(floor.supervisors))


async def _says_nothing(floor: SlackDesk, *words: str) -> bool:
    shown = str([floor.slack.messages(place) for place in (floor.triage, floor.supervisors)])
    return not any(word in shown for word in words)


async def _home_says_nothing(floor: SlackDesk, words: str) -> bool:
    return words not in str(floor.grace.home)


async def test_thirty_changes_at_once_are_shown_at_most_once_a_second_and_the_latest_wins(floor: SlackDesk) -> None:
    ticket = (await floor.ask("Where is my order?"))["id"]
    await floor.card(ticket)
    before = len(floor.slack.called("chat.update"))
    for number in range(30):
        priority = ("urgent", "high", "low")[number % 3]
        await floor.desk.sam.put(f"/tickets/{ticket}/priority", {"priority": priority, "reason": str(number)})
    await floor.card_says(ticket, "low priority")
    updates = floor.slack.called("chat.update")[before:]
    gaps = [later.at - earlier.at for earlier, later in pairwise(updates)]
    assert len(updates) <= 10
    assert [gap for gap in gaps if gap < 0.9] == []


# --- in the tables


def test_what_a_dead_process_was_posting_is_given_back(quiet_slack: QuietDesk) -> None:
    quiet_slack.hear("ada@example.test", "Hello", channel="people")
    (job, *_) = quiet_slack.do(posting.begin, _floor(quiet_slack), "post:C1", "the dead", 1)
    assert [row.state for row in quiet_slack.rows(POSTS) if row.id == job.row.id] == ["taken"]
    quiet_slack.do(leases.beat, "the living", [])
    assert quiet_slack.do(upkeep.release_dead, quiet_slack.policies) == 1
    (again, *_) = quiet_slack.do(posting.begin, _floor(quiet_slack), "post:C1", "quiet", 1)
    assert (again.row.id, again.row.attempts) == (job.row.id, 2), "it is looked for in Slack first"


def test_what_was_done_and_whispered_is_forgotten_in_time_and_cards_are_not(quiet_slack: QuietDesk) -> None:
    quiet_slack.hear("ada@example.test", "Hello", channel="people")
    _press(quiet_slack, "claim", 1)
    quiet_slack.do(posts.whisper, "C1", "UGRACE", "Bea took ticket 1 first", "key")
    for row in quiet_slack.rows(POSTS) * 2:
        for job in quiet_slack.do(posting.begin, _floor(quiet_slack), row.lane, "quiet", 1):
            quiet_slack.do(posting.settle, _floor(quiet_slack), job, posting.Landed(f"1.{job.row.id}", "C1"))
    quiet_slack.clock.forward(13 * 24 * 3600)
    quiet_slack.do(upkeep.prune, quiet_slack.policies)
    assert len(quiet_slack.rows(ACTS)) == 1
    quiet_slack.clock.forward(2 * 24 * 3600)
    assert quiet_slack.do(upkeep.prune, quiet_slack.policies) > 0
    assert quiet_slack.rows(ACTS) == []
    assert {row.kind for row in quiet_slack.rows(POSTS)} == {"card", "message"}


# --- what comes late, and from whom


def test_a_press_for_replies_that_comes_after_a_later_one_for_notes_changes_nothing(quiet_slack: QuietDesk) -> None:
    thread = _claimed(quiet_slack)
    _press(quiet_slack, "more", 30, "1:mode_note")
    _press(quiet_slack, "more", 20, "1:mode_reply")
    _say(quiet_slack, thread, "She is rude.", 40)
    assert quiet_slack.rows(SAID) == []
    assert "told to keep all as notes" in str(quiet_slack.rows(ANYBODY))


def test_what_was_written_for_a_colleague_is_none_of_the_next_owners_replies(quiet_slack: QuietDesk) -> None:
    """Grace presses Claim; Bea has it meanwhile and gives it back; what Grace wrote for Bea arrives last."""
    thread = _carded(quiet_slack)
    quiet_slack.clock.forward(60)
    bea = quiet_slack.hire("Bea")
    quiet_slack.do(actions.claim, quiet_slack.policies, bea, 1)
    quiet_slack.do(actions.give, quiet_slack.policies, bea, 1, None)
    _press(quiet_slack, "claim", 10)
    _say(quiet_slack, thread, "Bea, she is rude.", 20)
    assert quiet_slack.rows(SAID) == []
    _say(quiet_slack, thread, "It left this morning.", 70)
    assert [row.text for row in quiet_slack.rows(SAID)] == ["It left this morning."]


def test_what_a_supervisor_wrote_while_the_card_showed_another_owner_is_no_reply(quiet_slack: QuietDesk) -> None:
    """Grace, who may take any ticket, presses Claim, then Bea does; hers is heard of first, and so the card shows."""
    thread = _carded(quiet_slack, "supervisor")
    quiet_slack.hire("Bea")
    quiet_slack.do(people.link, BEA, "bea@example.test")
    quiet_slack.clock.at = _at(20)
    _press(quiet_slack, "claim", 15, who=BEA)
    _press(quiet_slack, "claim", 10)
    _say(quiet_slack, thread, "Bea, she is rude.", 18)
    assert quiet_slack.rows(SAID) == []
    _say(quiet_slack, thread, "It left this morning.", 70)
    assert [row.text for row in quiet_slack.rows(SAID)] == ["It left this morning."]


def test_an_edit_or_deletion_that_is_heard_of_first_is_not_forgotten(quiet_slack: QuietDesk) -> None:
    thread = _claimed(quiet_slack)
    stream = f"slack:C1:{thread}"
    changed = Rewritten(GRACE, "e1", stream, "C1", _ts(10), "note: rude", thread, _at(11))
    quiet_slack.do(work.receive, _floor(quiet_slack), changed)
    quiet_slack.do(work.receive, _floor(quiet_slack), Unsaid(NOBODY, "e2", stream, "C1", _ts(12), thread))
    _say(quiet_slack, thread, "She is rude.", 10)
    _say(quiet_slack, thread, "She is very rude.", 12)
    assert quiet_slack.rows(SAID) == []
    assert [row.text for row in quiet_slack.rows(NOTED)] == ["rude"]


def test_who_has_the_ticket_no_more_changes_no_reply_by_an_edit(quiet_slack: QuietDesk) -> None:
    thread = _claimed(quiet_slack)
    _say(quiet_slack, thread, "It left.", 10)
    bea = quiet_slack.hire("Bea", "supervisor")
    quiet_slack.do(actions.give, quiet_slack.policies, bea, 1, bea.agent)
    changed = Rewritten(GRACE, "e1", f"slack:C1:{thread}", "C1", _ts(10), "She is rude.", thread, _at(100))
    quiet_slack.do(work.receive, _floor(quiet_slack), changed)
    assert [row.text for row in quiet_slack.rows(SAID)] == ["It left."]
    assert "does not go to the customer now" in str(quiet_slack.rows(ANYBODY))


@pytest.mark.parametrize("text", ["`note:` rude", "*Note:* rude", "NOTE : rude", "> note: rude", "\u200bnote: rude",
                                  "notes: rude", "note\uff1a rude", "\u2066note: rude"])  # fmt: skip
def test_a_note_is_one_however_slack_shows_its_mark(quiet_slack: QuietDesk, text: str) -> None:
    _say(quiet_slack, _claimed(quiet_slack), text, 10)
    assert quiet_slack.rows(SAID) == []
    assert [row.text for row in quiet_slack.rows(NOTED)] == ["rude"]


def test_what_is_written_in_the_thread_of_a_merged_ticket_is_refused_aloud(quiet_slack: QuietDesk) -> None:
    thread = _claimed(quiet_slack)
    boss = quiet_slack.hire("Sam", "supervisor")
    quiet_slack.do(_merge_into_another, quiet_slack.policies, boss)
    _say(quiet_slack, thread, "It left.", 10)
    assert quiet_slack.rows(SAID) == []
    assert "was merged into ticket 2: go on there" in str(quiet_slack.rows(ANYBODY))


def test_words_whose_file_cannot_be_had_stay_a_note(quiet_slack: QuietDesk) -> None:
    thread = _claimed(quiet_slack)
    body = _event(thread, "Here it is.", 10)
    body["event"]["files"] = [{"name": "a.png", "url_private": "https://files.slack.com/a", "size": 5}]
    command = read(body)
    assert command is not None
    assert quiet_slack.do(work.receive, _floor(quiet_slack), command).later
    (head,) = quiet_slack.do(ledger.acts.due_heads)
    quiet_slack.do(work.work_off, _floor(quiet_slack), head, (), Undeliverable("a.png is larger than 100 MB"))
    assert quiet_slack.rows(SAID) == []
    assert [row.text for row in quiet_slack.rows(NOTED)] == ["Here it is.\n(in Slack: a.png)"]
    assert "larger than 100 MB" in str(quiet_slack.rows(ANYBODY))


class Users(Api):
    """A Slack that knows one user, of another workspace."""

    def __init__(self) -> None:
        """Nothing is asked of any server."""

    async def call(self, method: str, **arguments: object) -> dict[str, object]:
        return {"user": {"id": arguments["user"], "team_id": "T2", "profile": {"email": "grace@example.test"}}}


async def test_nobody_of_another_workspace_is_an_agent_whatever_an_event_says() -> None:
    assert await people.email_of(Users(), Person("T1", "UX"), "T1") == ""
    assert await people.email_of(Users(), Person("T2", "UX"), "T2") == "grace@example.test"
    with pytest.raises(RetryLater):
        await people.email_of(Users(), Person("T2", "UX"), "")


def test_a_window_of_no_ticket_is_refused_and_not_kept(quiet_slack: QuietDesk) -> None:
    _claimed(quiet_slack)
    for number, about in enumerate(({}, {"ticket": "x"}, {"ticket": "9" * 40}, {"ticket": "-1"})):
        command = Submitted(GRACE, f"k{number}", "s", "reply", about, {"text": "Hello"}, "t")
        assert "is no number" in str(quiet_slack.do(work.receive, _floor(quiet_slack), command).answer)
    assert {row.state for row in quiet_slack.rows(ACTS)} == {"done"}


# --- steps

GRACE, BEA, NOBODY = Person("T1", "UGRACE"), Person("T1", "UBEA"), Person("T1", "")
BEGAN = 1_795_262_400  # the quiet desk's noon, in Slack


@pytest.fixture
def quiet_slack(empty_store: Path, tmp_path: Path) -> object:
    """A quiet desk that works in Slack."""
    ways = {name: Way(Loopback(name), "support", assistant=False) for name in ("people", "more")}
    policies = Policies(ways, POLICIES.queues, desk=POLICIES.desk)
    with opened_quiet_desk(empty_store, tmp_path, policies) as desk:
        yield desk


def _floor(desk: QuietDesk) -> Floor:
    return Floor(desk.policies, desk.assistant, "http://desk.test", "T1")


def _at(second: int) -> int:
    return (BEGAN + second) * SECOND


def _ts(second: int) -> str:
    return f"{BEGAN + second}.000000"


def _carded(desk: QuietDesk, role: str = "agent") -> str:
    """Ada's ticket with a card, and Grace who is known in Slack; the thread."""
    desk.hear("ada@example.test", "Hello", channel="people")
    (job,) = desk.do(posting.begin, _floor(desk), "post:C1", "quiet", 1)
    desk.do(posting.settle, _floor(desk), job, posting.Landed(_ts(0), "C1"))
    desk.hire("Grace", role)
    desk.do(people.link, GRACE, "grace@example.test")
    return _ts(0)


def _claimed(desk: QuietDesk) -> str:
    thread = _carded(desk)
    _press(desk, "claim", 1)
    return thread


def _merge_into_another(tx: Tx, policies: Policies, caller: Caller) -> None:
    """Ada wrote on another channel, too."""
    intake.receive(tx, policies, said("more", "ada@example.test", "Hello", "m2"))
    actions.merge_tickets(tx, policies, caller, 1, 2)


def _press(desk: QuietDesk, action: str, second: int, value: str = "1", who: Person = GRACE) -> None:
    desk.do(people.link, GRACE, "grace@example.test")
    key = f"{action} {second}"
    command = Pressed(who, key, "ticket:1", action, value, "C1", _ts(0), "trigger", _at(second))
    desk.do(work.receive, _floor(desk), command)


def _event(thread: str, text: str, second: int) -> dict[str, dict[str, object]]:
    event = {"type": "message", "channel": "C1", "user": "UGRACE", "team": "T1", "ts": _ts(second), "text": text}
    body: dict[str, object] = {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{second}"}
    return {**body, "event": {**event, "thread_ts": thread}}  # type: ignore[dict-item]


def _say(desk: QuietDesk, thread: str, text: str, second: int) -> None:
    desk.clock.at = max(desk.clock.at, _at(second))
    command = read(_event(thread, text.replace(">", "&gt;"), second))
    assert isinstance(command, Said)
    desk.do(work.receive, _floor(desk), command)
