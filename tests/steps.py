"""Steps that a desk's life is made of, taken at random or by hypothesis, on a quiet desk.

Each step is something that may be refused: a refusal (`Conflict`, `NotAllowed`) undoes it and is no fault.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from contactcenter.flow import actions, assist, queries
from contactcenter.flow.actions import Caller
from contactcenter.flow.choices import RATE
from contactcenter.flow.views import read_choices
from contactcenter.model.columns import HOUR, table
from contactcenter.model.tickets import PRIORITIES, Conversation, Message, Ticket
from contactcenter.model.values import Conflict, NotAllowed
from tests.desk import QuietDesk

CUSTOMERS = ("ada@example.test", "bob@example.test", "unknown@example.test")
MESSAGE, CONVERSATION = table(Message), table(Conversation)
TICKETS = select(table(Ticket)).order_by(table(Ticket).c.id)
OFFERING = (
    select(MESSAGE, CONVERSATION.c.key)
    .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
    .where(MESSAGE.c.choices != "")
    .order_by(MESSAGE.c.id)
)
ASKED = "When will my parcel arrive?"  # there is an article
SAID = (
    "5",
    "Talk to a person",
    "That helps.",
    ASKED,
    "Can I talk to a person?",
    "Hello?",
    "It fell apart.",
    "Thank you!",
    "That does not help.",
    f"{ASKED} Do you sell teapots?",
)


class Steps:
    """What customers, agents, the loops and time do."""

    def __init__(self, quiet: QuietDesk, rng: random.Random) -> None:
        self.quiet = quiet
        self.rng = rng
        self.agents = [row.id for row in quiet.rows(queries.SHOWN_AGENTS)]
        if not self.agents:
            for name, role, queues in (
                ("Grace", "agent", ("support",)),
                ("Bea", "agent", ("support", "sales")),
                ("Sam", "supervisor", ("sales",)),
            ):
                quiet.hire(name, role, queues, room=2)
        self.callers = [Caller(row.role, row.id, row.name) for row in quiet.rows(queries.SHOWN_AGENTS)]

    def random_step(self) -> None:
        """Any step, on any ticket, by anybody."""
        names = [name for name in dir(self) if name.startswith("step_")]
        self.take(getattr(self, self.rng.choice(names)))

    def take(self, step: Callable[[], Any]) -> None:
        """Take a step; a refusal is an answer too."""
        try:
            step()
        except (Conflict, NotAllowed):
            return

    # --- customers, loops and time

    def step_press(self) -> None:
        """Any button under any message that has reached its customer, by them or by somebody else of theirs."""
        shown = [row for row in self.quiet.rows(OFFERING) if row.external_id]
        if shown:
            row = self.rng.choice(shown)
            which = self.rng.randrange(len(read_choices(row.choices)))
            self.quiet.press(row.key, row.id, which, channel=row.channel)

    step_press_again = step_press

    def step_write(self) -> None:
        channel = self.rng.choice(("try", "people"))
        self.quiet.hear(self.rng.choice(CUSTOMERS), self.rng.choice(SAID), channel=channel)

    step_write_again = step_write

    def step_answer(self) -> None:
        self.quiet.answer()

    def step_answer_too_late(self) -> None:
        """The assistant reads, something else happens, the assistant answers."""
        asked = self.quiet.do(assist.begin, self.quiet.policies, "quiet")
        self.take(self.step_reply if self.rng.random() < 0.5 else self.step_write)
        for item in asked:
            outcome = self.quiet.think(item.question)
            self.quiet.do(assist.settle, self.quiet.policies, item, outcome)

    def step_assistant_fails(self) -> None:
        for item in self.quiet.do(assist.begin, self.quiet.policies, "quiet", 1):
            self.quiet.do(assist.fail, self.quiet.policies, item, ValueError("a fault"))

    def step_route(self) -> None:
        self.quiet.route()

    def step_deliver(self) -> None:
        asyncio.run(self.quiet.deliver())

    def step_time_passes(self) -> None:
        self.quiet.clock.forward(self.rng.choice((1, 40, 3700, 8 * 24 * 3600)))
        self.quiet.upkeep()

    # --- agents

    def ticket(self) -> int:
        tickets = self.quiet.rows(TICKETS)
        if not tickets:
            raise Conflict("there is no ticket yet")
        return int(self.rng.choice(tickets).id)

    def caller(self) -> Caller:
        return self.rng.choice(self.callers)

    def step_claim(self) -> None:
        self.quiet.do(actions.claim, self.quiet.policies, self.caller(), self.ticket())

    def step_reply(self) -> None:
        self.quiet.do(actions.reply, self.quiet.policies, self.caller(), self.ticket(), "Here it is.")

    def step_note(self) -> None:
        self.quiet.do(actions.write_note, self.quiet.policies, self.caller(), self.ticket(), "Watch this one.")

    def step_give(self) -> None:
        whom = self.rng.choice([caller.agent for caller in self.callers] + [None])
        self.quiet.do(actions.give, self.quiet.policies, self.caller(), self.ticket(), whom)

    def step_transfer(self) -> None:
        queue = self.rng.choice(("support", "sales"))
        self.quiet.do(actions.transfer, self.quiet.policies, self.caller(), self.ticket(), queue)

    def step_set_status(self) -> None:
        status = self.rng.choice(("open", "solved", "snoozed", "closed"))
        until = self.quiet.clock.now() + HOUR
        self.quiet.do(actions.set_status, self.quiet.policies, self.caller(), self.ticket(), status, until, "it is so")

    def step_escalate(self) -> None:
        self.quiet.do(actions.escalate, self.quiet.policies, self.caller(), self.ticket(), "It burns.")

    def step_set_priority(self) -> None:
        priority = self.rng.choice(PRIORITIES)
        self.quiet.do(actions.set_priority, self.quiet.policies, self.caller(), self.ticket(), priority)

    def step_merge(self) -> None:
        """Two tickets of one customer, of which neither need be live."""
        rows = self.quiet.rows(TICKETS)
        pairs = [(a.id, b.id) for a in rows for b in rows if a.customer_id == b.customer_id and a.id != b.id]
        if pairs:
            source, target = self.rng.choice(pairs)
            self.quiet.do(actions.merge_tickets, self.quiet.policies, self.caller(), source, target)

    step_merge_more = step_merge

    def step_unmerge(self) -> None:
        merged = [row.id for row in self.quiet.rows(TICKETS) if row.merged_into is not None]
        if merged:
            self.quiet.do(actions.unmerge, self.quiet.policies, self.caller(), self.rng.choice(merged))

    def step_presence(self) -> None:
        presence = self.rng.choice(actions.PRESENCES)
        self.quiet.do(actions.set_presence, self.quiet.policies, self.caller(), presence)

    def step_answer_an_offer(self) -> None:
        for caller in self.callers:
            for offer in self.quiet.rows(queries.OFFERS_OF, agent=caller.agent):
                state = self.rng.choice(("accepted", "declined"))
                self.quiet.do(actions.answer_offer, self.quiet.policies, caller, offer.id, state)
                return

    def step_repeat_a_delivery(self) -> None:
        for message in self.quiet.rows(queries.MESSAGES_AFTER, ticket=self.ticket(), after=0, limit=50):
            if message.delivery in ("unknown", "buried"):
                self.quiet.do(actions.repeat_delivery, self.quiet.policies, self.caller(), message.id)
                return


class BusySteps(Steps):
    """The same with people who come all day, agents who mostly stay, and time that mostly goes on by minutes."""

    def random_step(self) -> None:
        often = (self.step_come, self.step_route, self.step_go_on, self.step_presence, self.step_answer_an_offer)
        if self.rng.random() < 0.6:
            self.take(self.rng.choice(often))
        else:
            super().random_step()

    def step_come(self) -> None:
        channel = self.rng.choice(("try", "people"))
        who = f"c{self.rng.randrange(200)}@example.test"
        self.quiet.hear(who, self.rng.choice((*SAID, ASKED, ASKED)), channel=channel)
        self.step_answer()
        if self.rng.random() < 0.3:
            self.quiet.hear(who, "That helps", channel=channel)

    def step_go_on(self) -> None:
        self.quiet.clock.forward(self.rng.randrange(1, 1200))
        self.quiet.upkeep()

    def step_presence(self) -> None:
        presence = self.rng.choice(("available", *actions.PRESENCES))
        self.quiet.do(actions.set_presence, self.quiet.policies, self.caller(), presence)

    def step_leave(self) -> None:
        gone = f"c{self.rng.randrange(200)}@example.test"
        self.quiet.hear(gone, "", channel="people", change="left")

    def step_rate(self) -> None:
        """Whoever was asked how satisfied they are says it, most of them more than once."""
        asked = [row for row in self.quiet.rows(OFFERING) if row.external_id and RATE in row.choices]
        if asked:
            row = self.rng.choice(asked)
            self.quiet.press(row.key, row.id, self.rng.randrange(5), channel=row.channel)

    def step_take_back(self) -> None:
        for message in self.quiet.rows(queries.MESSAGES_AFTER, ticket=self.ticket(), after=0, limit=50):
            if message.delivery == "due" and message.author_id is not None and message.author == "agent":
                self.quiet.do(actions.take_back, self.quiet.policies, self.callers[2], message.id)
                return
