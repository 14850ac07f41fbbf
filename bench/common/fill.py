"""A desk with a past: so many tickets, with everything that belongs to them, written by the database itself.

Every ticket is a year's `tickets`-th part younger than the one before, and of a customer of its own; customers are
scattered over the tickets, because in life old customers come back. The youngest tickets are the live ones. Digests
are random bytes of the right length: nothing that is measured checks the chain.
"""
# ruff: noqa: S608 (the SQL is made of numbers and of names of our own)

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined
from sqlmodel import SQLModel

from contactcenter.model.columns import DAY
from contactcenter.model.history import Event
from contactcenter.model.ledgers import Counter, Inbox, Timer, Waiting
from contactcenter.model.people import Claim, Customer, Identity
from contactcenter.model.tickets import Attachment, Conversation, Message, Note, Offer, Ticket

YEAR = 365 * DAY
SCATTER = 7919  # a prime: multiplying by it visits every customer once
SPARSE = 2654435761  # makes keys that differ in more than their last digits
EVENTS = ("CustomerCreated", "IdentityAdded", "TicketOpened", "MessageReceived", "TicketAssigned", "ReplyQueued",
          "MessageReceived")  # fmt: skip
TEXT = "Good morning, my parcel has not arrived yet; I ordered it two weeks ago. Where may it be now? Order "


@dataclass(frozen=True, slots=True)
class Past:
    """What is filled in: `tickets` in all, the youngest `live` of them open, as many again answered to solved.

    Of the open ones `waiting` wait, evenly spread, and so many agents hold the others.
    """

    tickets: int
    live: int
    waiting: int
    agents: int
    now: int  # microseconds

    def held(self, count: int) -> list[str]:
        """Web chat sessions of so many open tickets that agents hold, spread over all open ones."""
        first = self.tickets - self.live + 1
        candidates = [ticket for ticket in range(first, self.tickets + 1) if ticket % self.one_waits_of]
        return [self.session(ticket) for ticket in candidates[:: len(candidates) // count][:count]]

    def session(self, ticket: int) -> str:
        """The session that wrote a ticket."""
        return f"{self._at(ticket) // 1000:012x}{ticket * SPARSE:020x}"

    @property
    def one_waits_of(self) -> int:
        return self.live // self.waiting

    @property
    def step(self) -> int:
        return YEAR // self.tickets

    def _at(self, ticket: int) -> int:
        return self.now - (self.tickets - ticket) * self.step


def fill(file: Path, past: Past) -> None:
    """Write it into a database that has the schema and the agents, and nothing else."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000", "locking_mode=EXCLUSIVE"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TEMP TABLE number AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r "
                       "WHERE n < ?) SELECT n FROM r", [past.tickets])  # fmt: skip
    connection.execute("CREATE TEMP TABLE part AS WITH RECURSIVE r(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM r "
                       "WHERE k < 9) SELECT k FROM r")  # fmt: skip
    for model, source, given in _tables(past):
        connection.execute(_insertion(model, source, given))
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _insertion(model: type[SQLModel], source: str, given: dict[str, str]) -> str:
    """INSERT … SELECT of every column: an expression where one is given, else the model's default."""
    columns = model.model_fields
    values = [given.get(name) or _literal(name, field.default) for name, field in columns.items()]
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {model.__tablename__} ({names}) SELECT {', '.join(values)} {source}"


def _literal(name: str, default: Any) -> str:
    if default is PydanticUndefined:
        raise ValueError(f"column {name} needs a value")
    if default is None:
        return "NULL"
    return repr(default) if isinstance(default, int | float) else f"'{default}'"


def _tables(past: Past) -> list[tuple[type[SQLModel], str, dict[str, str]]]:
    """Each table, what its rows are selected from, and its columns. `n` numbers tickets, `c` customers, `k` parts."""
    count, live = past.tickets, past.live
    customer = f"(n * {SCATTER} % {count} + 1)"
    # The ticket of customer c, by the inverse of the scattering; a remainder of 0 is the last ticket.
    by_customer = f"(SELECT n AS c, 1 + ((n - 1) * {pow(SCATTER, -1, count)} + {count - 1}) % {count} AS n FROM number)"
    at = f"({past.now} - ({count} - n) * {past.step})"
    session = f"printf('%012x%020x', {at} / 1000, n * {SPARSE})"
    is_live = f"n > {count - live}"
    waits = f"({is_live} AND n % {past.one_waits_of} = 0)"
    status = (
        f"CASE WHEN {is_live} THEN 'open' WHEN n > {count - live * 3 // 2} THEN 'answered' "
        f"WHEN n > {count - live * 8 // 5} THEN 'snoozed' WHEN n > {count - live * 2} THEN 'solved' ELSE 'closed' END"
    )
    agent = f"(n % {past.agents} + 1)"
    recent = f"n > {count - count * 14 // 365}"
    every = "FROM number"
    spoken = "FROM (SELECT n, k, (n - 1) * 3 + k AS m FROM {}, part WHERE k <= 3 ORDER BY n, k)"
    uuid = "printf('%08x-%04x-7000-8000-%012x', m / 65536, m % 65536, m)"
    kinds = " ".join(f"WHEN {number} THEN '{kind}'" for number, kind in enumerate(EVENTS, 1))
    work = {"due_at": at, "created_at": at}
    return [
        (Customer, f"FROM {by_customer}", {"id": "c", "name": "'Visitor'", "created_at": at}),
        (Identity, f"FROM {by_customer}", {
            "id": "c", "customer_id": "c", "kind": "'webchat'", "address": session, "display": session,
            "proven_at": at, "method": "'session'"}),
        (Claim, f"{every} WHERE n % 5 = 0", {
            "customer_id": customer, "kind": "'email'", "value": "'ada' || n || '@example.test'", "claimed_at": at}),
        (Conversation, every, {
            "id": "n", "channel": "'site'", "key": session, "customer_id": customer, "identity_id": customer,
            "ticket_id": "n", "last_seq": "3", "sender_name": "'Visitor'", "created_at": at}),
        (Ticket, every, {
            "id": "n", "customer_id": customer, "conversation_id": "n", "channel": "'site'",
            "subject": f"'{TEXT}' || n", "status": status, "queue": "'support'",
            "assignee_id": f"CASE WHEN {waits} THEN NULL ELSE {agent} END", "version": "9", "created_at": at,
            "updated_at": at, "waiting_since": f"CASE WHEN {is_live} THEN {at} END"}),
        (Waiting, f"{every} WHERE {waits}", {**work, "stream": "'support'", "ticket_id": "n", "since": at}),
        (Timer, f"{every} WHERE {status} = 'solved'", {
            "stream": "'close:' || n", "due_at": f"{past.now + DAY}", "created_at": at, "kind": "'close'",
            "subject": "n"}),
        (Offer, f"{every} WHERE NOT {waits}", {
            "ticket_id": "n", "agent_id": agent, "state": "'accepted'", "created_at": at, "expires_at": at}),
        (Message, spoken.format("number"), {
            "id": "m", "conversation_id": "n", "seq": "k", "ticket_id": "n", "channel": "'site'",
            "direction": "CASE k WHEN 2 THEN 'outbound' ELSE 'inbound' END",
            "author": "CASE k WHEN 2 THEN 'agent' ELSE 'customer' END",
            "author_id": f"CASE k WHEN 2 THEN {agent} ELSE {customer} END",
            "author_name": "CASE k WHEN 2 THEN 'Agent' ELSE 'Visitor' END", "text": f"'{TEXT}' || n",
            "created_at": f"{at} + k", "client_id": f"CASE k WHEN 2 THEN '' ELSE {uuid} END",
            "inbox_id": "CASE k WHEN 2 THEN NULL ELSE m END", "proof": "CASE k WHEN 2 THEN '' ELSE 'session' END",
            "delivery": "CASE k WHEN 2 THEN 'sent' ELSE '' END"}),
        (Inbox, f"{spoken.format(f'(SELECT n FROM number WHERE {recent})')} WHERE k <> 2", {
            **work, "id": "m", "stream": f"'site:' || {session}", "state": "'done'", "channel": "'site'",
            "external_id": f"{uuid} || '/' || {session}",
            "payload": f"CAST(json_object('id', {uuid}, 'session', {session}, 'text', '{TEXT}' || n) AS BLOB)"}),
        (Attachment, f"{every} WHERE n % 20 = 0", {
            "message_id": "n * 3", "name": "'photo.png'", "type": "'image/png'", "size": "70000",
            "ref": "'file:' || lower(hex(randomblob(32)))"}),
        (Note, f"{every} WHERE n % 10 = 0", {
            "ticket_id": "n", "agent_id": agent, "text": "'Asked the carrier.'", "created_at": at}),
        (Event, f"FROM (SELECT c, n, k FROM {by_customer}, part WHERE k <= {len(EVENTS)} ORDER BY c, k)", {
            "customer_id": "c", "position": "k", "kind": f"CASE k {kinds} END", "at": f"{at} + k",
            "actor": "CASE k WHEN 5 THEN 'router' ELSE 'customer' END",
            "ticket_id": "CASE WHEN k > 2 THEN n END",
            "payload": "json_object('message', n, 'text_sha256', lower(hex(randomblob(32))))",
            "payload_digest": "randomblob(32)", "previous": "randomblob(32)", "digest": "randomblob(32)"}),
        (Counter, f"FROM (SELECT {status} AS status, count(*) AS counted FROM number GROUP BY 1)", {
            "figure": "'tickets:support:' || status", "lane": "0", "value": "counted"}),
    ]  # fmt: skip
