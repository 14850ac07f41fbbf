"""What the rows of others, and rows of nobody, say of a person who is to be forgotten.

The second half of flow/erase.py: raw events that became no message (a bounce brings the person's own mail back), stored
answers of the API, and sentences of ours that name an address. What other people wrote themselves stays theirs.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Executable, String, Table, cast, exists, func, literal, select, update

from contactcenter.crm.identify import mailbox_of
from contactcenter.crm.queries import event, identity
from contactcenter.flow.posts import act, post
from contactcenter.flow.queries import (
    conversation,
    idempotency,
    inbox,
    message,
    outbox,
    question,
    ticket,
    timer,
    waiting,
)
from contactcenter.model.columns import BLANK, NULL, bind, word
from contactcenter.ports import Tx

CHUNK = 100  # rows of one use case
LONGEST = 1000  # bytes before an address in a From field
ERASED_SUBJECT = "(erased)"  # of the tickets of who was forgotten

ADDRESSES = select(identity.c.address).where(identity.c.customer_id == bind("whom"))
REPLY_TOS = select(conversation.c.reply_to.label("address")).where(conversation.c.customer_id == bind("whom"))
TICKETS = select(ticket.c.id).where(ticket.c.customer_id == bind("whom"))
SILENT = (
    select(inbox)
    .where(inbox.c.id > bind("after"), (func.length(inbox.c.payload) > 0) | (inbox.c.file != BLANK))
    .where(inbox.c.id.not_in(select(message.c.inbox_id).where(message.c.inbox_id.is_not(None))))
    .order_by(inbox.c.id)
    .limit(CHUNK)
)
# Automatic mail is counted by mailbox (flow/automatic), which may be nobody's who has ever written.
SHADOWS = (
    select(identity.c.customer_id)
    .where(identity.c.kind == bind("kind"), identity.c.address == bind("address"))
    .where(identity.c.customer_id != bind("whom"))
    .where(~exists().where(conversation.c.customer_id == identity.c.customer_id))
    .where(~exists().where((message.c.author == word("customer")) & (message.c.author_id == identity.c.customer_id)))
)
WHOSE = select(conversation.c.customer_id).join(message).where(message.c.id == bind("message"))
BLANK_RAW = (
    update(inbox)
    .where(inbox.c.id == bind("row"))
    .values(payload=b"", file=BLANK, envelope=BLANK, error=BLANK, stream=BLANK, state=word("done"), owner=BLANK)
)
ANSWERS = (
    select(idempotency.c.key, idempotency.c.answer)
    .where(idempotency.c.key > bind("after"))
    .order_by(idempotency.c.key)
    .limit(CHUNK)
)
BLANK_ANSWER = update(idempotency).where(idempotency.c.key == bind("which")).values(answer=BLANK)


def _sentence(rows: Table, column: str, instead: Any = BLANK) -> tuple[Executable, Executable]:
    """Find what may name somebody; and forget it, a row at a time."""
    said = rows.c[column]
    find = select(rows.c.id, said.label("said")).where(func.lower(said).like(bind("pattern", String), escape="\\"))
    return find, update(rows).where(rows.c.id == bind("row")).values({column: instead})


SENTENCES = (
    _sentence(message, "remarks"),
    _sentence(message, "delivery_reason"),
    _sentence(event, "payload", NULL),
    _sentence(conversation, "reply_to"),
    _sentence(conversation, "key", literal(" erased ") + cast(conversation.c.id, String)),
    *(_sentence(rows, "error") for rows in (inbox, question, waiting, outbox, timer, act, post)),
    _sentence(post, "words"),
)


class Traces(msgspec.Struct, frozen=True):
    """By what a person is known: addresses as they are compared, and the numbers of their tickets."""

    whom: int
    addresses: frozenset[str]
    tickets: frozenset[int]

    def named_in(self, text: str | bytes) -> bool:
        """Does one of the addresses stand there, as a whole?"""
        data = text.encode("utf-8", "replace") if isinstance(text, str) else text
        return bool(self.addresses) and _pattern(self.addresses).search(data) is not None

    def written_by(self, mail: bytes) -> bool:
        """Does a From line hold one of the addresses?"""
        lines = re.finditer(rb"^from:[^\n]{0,%d}" % LONGEST, mail, re.IGNORECASE | re.MULTILINE)
        return any(self.named_in(line[0]) for line in lines)


def traces_of(tx: Tx, whom: int) -> Traces:
    """To be asked before anything is forgotten."""
    found = {row.address for row in (*tx.all(ADDRESSES, whom=whom), *tx.all(REPLY_TOS, whom=whom))}
    addresses = {address.casefold() for address in found if address.strip() == address != ""}
    return Traces(whom, frozenset(addresses), frozenset(row.id for row in tx.all(TICKETS, whom=whom)))


def shadows_of(tx: Tx, traces: Traces) -> list[int]:
    """Customers who have never written and are only there to be counted, under one of these addresses."""
    mailboxes = {found for address in traces.addresses for found in (address, mailbox_of(address))}
    rows = [tx.one(SHADOWS, kind="email", address=address, whom=traces.whom) for address in sorted(mailboxes)]
    return [row.customer_id for row in rows if row is not None]


def silent(tx: Tx, after: int) -> list[Any]:
    """The next raw events that became no message."""
    return tx.all(SILENT, after=after)


def concerns(tx: Tx, traces: Traces, row: Any) -> bool:
    """Is a silent event theirs, as far as its row tells? One that waits or failed is, when they sent it."""
    reported = tx.one(WHOSE, message=row.told_of) if row.told_of else None
    if reported is not None and reported.customer_id == traces.whom:
        return True
    return traces.named_in(row.stream) or traces.named_in(row.envelope) or in_content(traces, row, bytes(row.payload))


def in_content(traces: Traces, row: Any, content: bytes) -> bool:
    """Is it theirs, by what it holds? Others may have written to them in what is still to be taken in."""
    return traces.named_in(content) if row.state == "done" else traces.written_by(content)


def erase_raw(tx: Tx, rows: Iterable[int]) -> None:
    """Forget raw events."""
    for row in rows:
        tx.run(BLANK_RAW, row=row)


def erase_answers(tx: Tx, traces: Traces, after: str) -> str:
    """Forget what the API answered about them, a chunk at a time; the last key, or blank when none is left."""
    rows = tx.all(ANSWERS, after=after)
    for row in rows:
        if row.answer and _about(traces, row.answer):
            tx.run(BLANK_ANSWER, which=row.key)
    return str(rows[-1].key) if rows else ""


def erase_sentences(tx: Tx, traces: Traces) -> None:
    """Forget what we wrote down about others and that names them: reasons, remarks, errors, where answers go."""
    patterns = ["%" + re.sub(r"([\\%_])", r"\\\1", address) + "%" for address in traces.addresses]
    for find, forget in SENTENCES:
        for pattern in patterns:
            for row in tx.all(find, pattern=pattern):
                if traces.named_in(row.said):
                    tx.run(forget, row=row.id)


def _about(traces: Traces, answer: str) -> bool:
    """A view of a ticket, of what was said or noted on one, or of somebody in copy (flow/views)."""
    said = msgspec.json.decode(answer)
    shown = said.get("ticket", said.get("id") if "customer" in said else None)
    number = shown.get("id") if isinstance(shown, dict) else shown
    return number in traces.tickets or traces.named_in(answer)


@lru_cache(maxsize=8)
def _pattern(addresses: frozenset[str]) -> re.Pattern[bytes]:
    """An address in a text of any kind; also as return paths hold it, with = for its @ (VERP)."""
    words = b"|".join(re.escape(address.encode()).replace(b"@", b"[@=]") for address in sorted(addresses))
    return re.compile(rb"(?<![\w.%%+-])(?:%b)(?![\w-]|\.\w)" % words, re.IGNORECASE)
