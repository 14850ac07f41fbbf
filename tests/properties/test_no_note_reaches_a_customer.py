"""Whatever people do in Slack, and however late and disordered we hear of it: no note and no stranger's words go out.

What is said carries a number, and the test keeps a book of its own: who had a ticket when, and which mode its thread
was in, in true time. Slack's clock may be ahead of ours or behind; the desk has heard of Slack once, at once.
"""

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from contactcenter.channels.loopback import Loopback
from contactcenter.desk import people, work
from contactcenter.desk.floor import Floor
from contactcenter.desk.received import Person, read
from contactcenter.flow import actions, ledger, posts
from contactcenter.flow.policies import DeskPolicy, Policies, Way
from contactcenter.model.columns import SECOND, bind, table
from contactcenter.model.desk import Act, SlackUser
from contactcenter.model.tickets import Message, Note
from contactcenter.model.values import Conflict, Invalid, NotAllowed
from contactcenter.ports import Tx
from tests.desk import QuietDesk, opened_quiet_desk, quiet_policies

TEAM, OTHER = "T1", "T2"
PLACES = ("C1", "C2")  # of the queues support and sales
TICKETS = (1, 1, 2)
NOTES = (
    "note: {}",
    "NOTE: {}",
    ":lock: {}",
    "🔒 {}",
    " note : {}",
    "*note:* {}",
    "`note:` {}",
    "// {}",
    "&gt; note: {}",
)
PEOPLE = ("UGRACE", "UGRACE", "UGRACE", "UBEA", "USAM", "UEVE")
MINDED = re.compile(r"[WES]\d+")
OUTBOUND = select(table(Message)).where(table(Message).c.direction == "outbound")
WRITTEN = select(table(Note))
CARDS = select(posts.post).where(posts.post.c.kind == "card")
SHOW = update(posts.post).where(posts.post.c.id == bind("row")).values(ts=bind("called"), state="done")
ACTS = select(table(Act))
STALE = update(table(SlackUser)).values(checked_at=0)


@dataclass
class Heard:
    """Something that was done in Slack, at an instant of true time. `words`: its number, where it says something."""

    body: dict[str, Any]
    what: str
    who: str
    at: int
    ticket: int
    words: str = ""
    plain: bool = False  # it does not begin as a note does
    about: str = ""  # the number of the words that it changes


@dataclass
class Book:
    """What is true of a ticket: since when its owner's words can be replies."""

    owner: int | None = None
    changed: int = 0  # when we last knew it to change hands
    since: int = 0
    mode: str = "reply"
    noted: int = 0  # when the mode was last set to note, in Slack


@dataclass
class Words:
    """A message of somebody's in a thread."""

    number: str
    who: str
    ticket: int
    place: str
    ts: str
    thread: str
    text: str
    gone: bool = False
    edits: list[str] = field(default_factory=list)


class Threads:
    """A quiet desk, and a Slack that tells of things when it likes."""

    def __init__(self, quiet: QuietDesk, rng: random.Random, skew: int) -> None:
        self.quiet, self.rng, self.skew = quiet, rng, skew * SECOND
        self.agents = {
            "UGRACE": self.quiet.hire("Grace"),
            "UBEA": self.quiet.hire("Bea"),
            "USAM": self.quiet.hire("Sam", "supervisor", ("sales",)),
        }
        for user, caller in self.agents.items():
            self.quiet.do(people.link, Person(TEAM, user), f"{caller.name.lower()}@example.test")
            self.quiet.do(people.link, Person(OTHER, user), "")
        self.quiet.do(people.link, Person(TEAM, "UEVE"), "")
        for name in ("ada", "bob"):
            self.quiet.hear(f"{name}@example.test", "Hello", channel="people")
        self.numbers, self.pending, self.past = count(1), list[Heard](), list[Heard]()
        self.words: dict[str, Words] = {}
        self.heard: set[str] = set()
        self.settled: set[str] = set()  # keys of the acts that were done
        self.done: dict[str, Heard] = {}  # by the key of its act, what is kept for later
        self.books = {ticket: Book() for ticket in set(TICKETS)}
        self.merged = False
        self.ahead = max(0, self.skew)
        self.sent = Counter[str]()
        self.show_cards()

    # --- what people do in Slack

    def step_say(self) -> None:
        who, team = self.rng.choice(PEOPLE), self.rng.choice((*[TEAM] * 9, OTHER))
        self.show_cards()
        card = self.rng.choice(self.quiet.rows(CARDS))
        number = f"W{next(self.numbers)}"
        shape = self.rng.choice((*["{}"] * 20, *NOTES))
        robot = {"bot_id": "B1"} if self.rng.random() < 0.1 else {}
        text, ts = shape.format(f"{number} said"), self.ts()
        said = Words(number, who, card.ticket_id, card.place, ts, card.ts, text)
        event = {"type": "message", "channel": card.place, "user": who, "team": team, "text": text, "ts": ts}
        event |= {"thread_ts": card.ts, "event_ts": ts, **robot}
        trusted = team == TEAM and not robot
        if trusted:
            self.words[number] = said
        self.tell(self.event(event), "said", who if trusted else "", card.ticket_id, number, plain=shape == "{}")

    def step_rewrite(self) -> None:
        said = self.some_words()
        if said is None:
            return
        number = f"E{next(self.numbers)}"
        shape = self.rng.choice((*["{}"] * 20, *NOTES))
        text = shape.format(f"{number} {said.number} rewritten")
        message: dict[str, Any] = {
            "type": "message",
            "user": said.who,
            "team": TEAM,
            "ts": said.ts,
            "thread_ts": said.thread,
        }
        now = {**message, "text": text, "edited": {"user": said.who, "ts": self.ts()}}
        event: dict[str, Any] = {
            "type": "message",
            "subtype": "message_changed",
            "channel": said.place,
            "ts": self.ts(),
        }
        event |= {"message": now, "previous_message": {**message, "text": said.text}}
        said.text = text
        said.edits.append(number)
        self.tell(self.event(event), "rewritten", said.who, said.ticket, number, plain=shape == "{}", about=said.number)

    def step_delete(self) -> None:
        said = self.some_words()
        if said is None:
            return
        said.gone = True
        before = {"type": "message", "user": said.who, "ts": said.ts, "thread_ts": said.thread, "text": said.text}
        event: dict[str, Any] = {
            "type": "message",
            "subtype": "message_deleted",
            "channel": said.place,
            "ts": self.ts(),
        }
        event |= {"deleted_ts": said.ts, "previous_message": before}
        self.tell(self.event(event), "unsaid", said.who, said.ticket, about=said.number)

    def step_press(self) -> None:
        who, ticket = self.rng.choice(PEOPLE), self.rng.choice(TICKETS)
        verb = self.rng.choice(("claim", "claim", "claim", "mode_note", "mode_reply", "mode_reply"))
        action, value = ("claim", str(ticket)) if verb == "claim" else ("more", f"{ticket}:{verb}")
        picked = {"value": value} if verb == "claim" else {"selected_option": {"value": value}}
        body = {**self.interaction(who, "block_actions"), "container": {"channel_id": PLACES[0], "message_ts": "1.1"}}
        body["actions"] = [{"action_id": action, "action_ts": self.ts(), **picked}]
        self.tell(body, verb, who, ticket)

    def step_fill_in(self) -> None:
        who, ticket = self.rng.choice(PEOPLE), self.rng.choice(TICKETS)
        form, number = self.rng.choice(("reply", "note", "escalate", "solve")), f"S{next(self.numbers)}"
        name = {"escalate": "reason", "solve": "remark"}.get(form, "text")
        view: dict[str, Any] = {
            "id": f"V{next(self.numbers)}",
            "hash": "1.a",
            "callback_id": form,
            "private_metadata": f'{{"ticket": "{ticket}"}}',
        }
        view["state"] = {"values": {"b": {name: {"type": "plain_text_input", "value": f"{number} filled in"}}}}
        self.tell({**self.interaction(who, "view_submission"), "view": view}, form, who, ticket, number)

    # --- what happens meanwhile

    def step_give_in_the_console(self) -> None:
        ticket = self.rng.choice(TICKETS)
        whom = self.agents[self.rng.choice(PEOPLE[:-1])].agent if self.rng.random() < 0.7 else None
        try:
            self.quiet.do(actions.give, self.quiet.policies, self.agents["USAM"], ticket, whom)
        except (Conflict, NotAllowed):
            return
        self.follow(None)

    def step_transfer(self) -> None:
        queue = self.rng.choice(("support", "sales"))
        try:
            self.quiet.do(actions.transfer, self.quiet.policies, self.agents["USAM"], self.rng.choice(TICKETS), queue)
        except (Conflict, NotAllowed):
            return
        self.follow(None)
        self.show_cards()

    def step_merge(self) -> None:
        if self.merged or self.rng.random() < 0.8:
            return
        try:
            self.quiet.do(actions.merge_tickets, self.quiet.policies, self.agents["USAM"], 1, 2)
        except (Conflict, Invalid, NotAllowed):
            return
        self.merged = True
        self.follow(None)

    def step_time_passes(self) -> None:
        self.quiet.clock.forward(self.rng.choice((0.1, 1, 5, 40)))

    def step_nobody_is_known_any_more(self) -> None:
        if self.rng.random() < 0.2:
            self.quiet.do(lambda tx: tx.run(STALE))

    # --- and what we hear of it

    def step_hear(self) -> None:
        """Of anything that we have not heard of yet, in any order."""
        if self.pending:
            self.receive(self.pending.pop(self.rng.randrange(len(self.pending))))

    def step_hear_in_order(self) -> None:
        while self.pending:
            self.receive(self.pending.pop(0))

    def step_hear_again(self) -> None:
        if self.past:
            self.receive(self.rng.choice(self.past))

    def step_work_off(self) -> None:
        """The desk's loop: Slack has told who somebody is."""
        for head in self.quiet.do(ledger.acts.due_heads):
            command = work.command_of(head)
            known = self.agents.get(command.who.user) if command.who.team == TEAM else None
            email = f"{known.name.lower()}@example.test" if known else ""
            self.quiet.do(people.link, command.who, email)
            self.quiet.do(work.work_off, self.floor(), head, (), None)
            (act,) = [row for row in self.quiet.rows(ACTS) if row.id == head.id]
            assert act.state == "done", act.error
            self.settled.add(head.key)
            self.check(self.done[head.key])

    def hear_the_rest(self) -> None:
        """Nothing that an agent said in a thread is lost or there twice."""
        self.step_hear_in_order()
        while self.quiet.do(ledger.acts.due_heads):
            self.step_work_off()
        kept = Counter[str]()
        for row in (*self.quiet.rows(OUTBOUND), *self.quiet.rows(WRITTEN)):
            kept.update({number for number in MINDED.findall(row.text) if number[0] == "W"})
        for number, said in self.words.items():
            assert kept[number] <= 1, f"{number} is there twice"
            if said.who in self.agents and not said.gone and not (self.merged and said.ticket == 1):
                assert kept[number] == 1, f"{number} is lost"

    def receive(self, heard: Heard) -> None:
        self.past.append(heard)
        command = read(heard.body)
        if command is None:
            assert not heard.who
            return
        self.ahead = max(self.ahead, getattr(command, "at", 0) - self.quiet.clock.now())
        self.done[command.key] = heard
        self.quiet.do(work.receive, self.floor(), command)
        states = [row.state for row in self.quiet.rows(ACTS) if row.key == command.key]
        if not states or (states == ["done"] and command.key not in self.settled):
            self.settled.add(command.key)  # told again it does nothing, and until it is done it may still wait
            self.check(heard)

    def check(self, heard: Heard) -> None:
        """What became sendable by this was allowed to be."""
        for row in self.quiet.rows(OUTBOUND):
            if self.sent[row.text]:
                continue
            self.sent[row.text] += 1
            numbers = MINDED.findall(row.text)
            assert numbers[:1] == [heard.words], f"{row.text!r} went out by {heard}"
            self.must_be_allowed(heard, row.ticket_id)
        self.heard.add(heard.about if heard.what in ("rewritten", "unsaid") else heard.words)
        self.follow(heard)

    def must_be_allowed(self, heard: Heard, ticket: int) -> None:
        """By the rules, and by what was so: not by what the desk thinks."""
        book, caller = self.books[heard.ticket], self.agents.get(heard.who)
        assert caller is not None, f"a stranger's words went out: {heard}"
        if heard.what == "reply":
            assert book.owner in (None, caller.agent) or caller.role == "supervisor"
            return
        assert heard.what in ("said", "rewritten"), heard
        assert heard.plain, f"a note went out: {heard}"
        assert book.owner == caller.agent, f"{heard} by one who has not the ticket: {book}"
        assert book.mode == "reply", f"{heard} in a thread of notes: {book}"
        assert heard.at >= book.since, f"{heard} was written before: {book}"
        if heard.what == "said":
            assert heard.words not in self.heard, "it was deleted or changed before we heard of it"

    def follow(self, heard: Heard | None) -> None:
        """Keep the books."""
        now = self.quiet.clock.now()
        for ticket, book in self.books.items():
            owner = self.quiet.ticket(ticket).assignee_id
            taken = heard is not None and heard.ticket == ticket
            if owner != book.owner:
                by_press = taken and heard is not None and heard.what == "claim"
                pressed = heard.at if by_press and heard is not None else now
                book.since = max(pressed, book.changed)
                book.owner, book.changed = owner, now
            if taken and heard is not None and heard.what.startswith("mode_") and self.may_set(heard, book):
                self.set_mode(heard, book)

    def may_set(self, heard: Heard, book: Book) -> bool:
        caller = self.agents.get(heard.who)
        return caller is not None and (caller.agent == book.owner or caller.role == "supervisor")

    def set_mode(self, heard: Heard, book: Book) -> None:
        """The later press counts; one for notes always does."""
        if heard.what == "mode_note":
            book.mode, book.noted = "note", max(book.noted, heard.at)
        elif heard.at > book.noted:
            book.mode, book.since = "reply", max(book.since, heard.at)

    # --- how Slack tells of it

    def floor(self) -> Floor:
        return Floor(self.quiet.policies, self.quiet.assistant, "http://desk.test", TEAM, self.ahead)

    def ts(self) -> str:
        """Another instant, by Slack's clock: time goes on by that."""
        self.quiet.clock.at += 1
        at = self.quiet.clock.now() + self.skew
        return f"{at // SECOND}.{at % SECOND:06d}"

    def tell(
        self, body: dict[str, Any], what: str, who: str, ticket: int, words: str = "", *, plain: bool = False,
        about: str = "",
    ) -> None:  # fmt: skip
        self.pending.append(Heard(body, what, who, self.quiet.clock.now(), ticket, words, plain, about))

    def event(self, event: dict[str, Any]) -> dict[str, Any]:
        return {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{next(self.numbers)}", "event": event}

    def interaction(self, who: str, kind: str) -> dict[str, Any]:
        return {"type": kind, "team": {"id": TEAM}, "user": {"id": who}, "trigger_id": f"t{next(self.numbers)}"}

    def some_words(self) -> Words | None:
        standing = [said for said in self.words.values() if not said.gone]
        return self.rng.choice(standing) if standing else None

    def show_cards(self) -> None:
        """The desk has posted them."""
        for row in self.quiet.rows(CARDS):
            if not row.ts:
                self.quiet.do(shown, row.id, self.ts())


def desk_policies() -> Policies:
    known = quiet_policies()
    ways = {**known.ways, "people": Way(Loopback("people"), "support", assistant=False)}
    desk = DeskPolicy(PLACES[0], {"sales": PLACES[1]}, "CLEADS")
    return Policies(ways, known.queues, desk=desk)


def shown(tx: Tx, row: int, ts: str) -> None:
    tx.run(SHOW, row=row, called=ts)


STEPS = sorted(name for name in dir(Threads) if name.startswith("step_"))
OFTEN = ["step_say", "step_say", "step_press", "step_hear", "step_hear", "step_hear_in_order", "step_rewrite"]


@settings(  # not shrunk: of a hundred steps that would take longer than reading them
    max_examples=200,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
@given(
    steps=st.lists(st.sampled_from([*STEPS, *OFTEN]), min_size=100, max_size=160),
    seed=st.integers(0, 2**32),
    skew=st.sampled_from((-60, -1, 0, 1, 60)),
)
def test_whatever_happens_in_slack_no_note_reaches_a_customer(
    empty_store: Path, tmp_path: Path, steps: list[str], seed: int, skew: int
) -> None:
    with opened_quiet_desk(empty_store, tmp_path, desk_policies()) as quiet:
        threads = Threads(quiet, random.Random(seed), skew)
        for step in steps:
            getattr(threads, step)()
        threads.hear_the_rest()


def test_in_such_a_desk_replies_do_go_out(empty_store: Path, tmp_path: Path) -> None:
    """Or else nothing would have been shown."""
    rng = random.Random(1)
    with opened_quiet_desk(empty_store, tmp_path, desk_policies()) as quiet:
        threads = Threads(quiet, rng, 0)
        for _ in range(600):
            getattr(threads, rng.choice([*STEPS, *OFTEN]))()
        threads.hear_the_rest()
        assert any("said" in text for text in threads.sent)
