"""A medium like mail without mail: whole threads, robots and reports, said as values. For tests of the flow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from contactcenter.channels.protocol import Accept, Capabilities
from contactcenter.flow import intake, queries
from contactcenter.flow.policies import Policies, QueuePolicy, Way
from contactcenter.model.columns import table
from contactcenter.model.history import Event
from contactcenter.model.tickets import Message, Ticket
from contactcenter.model.values import Inbound, Outbound, Parsed, RawEvent, Receipt, Sender
from tests.desk import QuietDesk, opened_quiet_desk

TICKETS = select(table(Ticket)).order_by(table(Ticket).c.id)
MESSAGES = select(table(Message)).order_by(table(Message).c.id)
EVENTS = select(table(Event)).order_by(table(Event).c.id)
UNDO = 5.0


class Letters:
    """Parses what it is given as it is; keeps what it sends."""

    kind = "email"

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent: list[Outbound] = []
        self.capabilities = Capabilities(
            text_limit=10_000,
            parses_at_once=True,
            threads_by_reference=True,
            robots_write=True,
            several_write=True,
            undo_seconds=UNDO,
            files_limit=1_000,
        )

    async def run(self, accept: Accept) -> None:
        raise NotImplementedError

    def parse(self, raw: RawEvent) -> list[Parsed]:
        return [msgspec.json.decode(raw.payload, type=Inbound)]

    def external_id(self, token: str) -> str:
        return f"{token}@desk.test"

    async def send(self, message: Outbound) -> Receipt:
        self.sent.append(message)
        return Receipt(message.external_id)


class Postman:
    """Brings letters to a quiet desk."""

    def __init__(self, desk: QuietDesk) -> None:
        self.desk = desk
        self._numbers = count(1)

    def bring(self, writer: str, text: str = "Where is it?", to: str = "mail", **more: Any) -> Any:
        """A letter; the ticket it is in. `writer` is the local part of the address, the name its capitalised form."""
        number = next(self._numbers)
        external_id = more.pop("id", f"{number}@{writer}.test")
        values: dict[str, Any] = {
            "conversation": (*more.get("thread", ()), external_id)[0],
            "subject": "My order",
            **more,
        }
        values.pop("thread", None)
        sender = Sender("email", f"{writer}@example.test", writer.title())
        said = Inbound(external_id=external_id, sender=sender, text=text, **values)
        raw = RawEvent(to, f"{external_id}#{number}", f"{to}:{writer}", msgspec.json.encode(said))
        self.desk.do(intake.receive, self.desk.policies, raw)
        message = self.messages()[-1]
        return self.desk.ticket(message.ticket_id)

    def tickets(self) -> list[Any]:
        return self.desk.rows(TICKETS)

    def messages(self) -> list[Any]:
        return self.desk.rows(MESSAGES)

    def happened(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of the events of a kind, of those that are not forgotten."""
        return [msgspec.json.decode(row.payload) for row in self.desk.rows(EVENTS) if row.kind == kind and row.payload]

    def participants(self, ticket: Any) -> list[str]:
        rows = self.desk.rows(queries.PARTICIPANTS, conversation=ticket.conversation_id)
        return sorted(row.address for row in rows)

    async def sent(self, after: float = UNDO) -> list[Outbound]:
        """What leaves once nobody can take it back any more."""
        self.desk.clock.forward(after)
        letters = self.desk.policies.way("mail").channel
        assert isinstance(letters, Letters)
        before = len(letters.sent)
        while await self.desk.deliver():
            pass
        return letters.sent[before:]


def colleague(name: str) -> Sender:
    return Sender("email", f"{name}@example.test", name.title())


@pytest.fixture
def quiet_mail(empty_store: Path, tmp_path: Path) -> Iterator[QuietDesk]:
    """A quiet desk with two mailboxes: `mail` with people, `robot` with the assistant first."""
    ways = {
        "mail": Way(Letters("mail"), "support", assistant=False, acknowledge="We have it: ticket {ticket}."),
        "robot": Way(Letters("robot"), "support", assistant=True),
    }
    policies = Policies(ways, {"support": QueuePolicy("support", "Support")})
    with opened_quiet_desk(empty_store, tmp_path, policies) as desk:
        yield desk


@pytest.fixture
def post(quiet_mail: QuietDesk) -> Postman:
    return Postman(quiet_mail)
