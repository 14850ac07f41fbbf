"""What past tickets suggest for the knowledge base is kept until people decide, and what they decided stays decided.

Written by contactcenter/learn, decided through the API. Approving makes a Writing for whoever keeps articles, which is
one function that the caller has (knowledge/learned.Write); nothing here writes an article. No word of a person who is
forgotten stays in a proposal.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, literal, select, update

from contactcenter.figures.intervals import share
from contactcenter.flow import articles
from contactcenter.flow.articles import Author
from contactcenter.flow.queries import ticket
from contactcenter.flow.rights import Caller
from contactcenter.flow.traces import ERASED_SUBJECT, TICKETS
from contactcenter.knowledge.articles import today
from contactcenter.knowledge.found import Gap, Sample
from contactcenter.knowledge.learned import Writing, new_article, with_samples
from contactcenter.model.columns import BLANK, NULL, adding, adding_new, bind, table, word
from contactcenter.model.proposals import Proposal, ProposalTicket
from contactcenter.model.values import Conflict, Invalid, NotFound
from contactcenter.ports import Tx

CHUNK = 500  # rows of one use case
THOUSAND = 1_000
SHOWN = 200  # tickets that a proposal names; their number is kept as well

proposal, proposalticket = table(Proposal), table(ProposalTicket)

ADD = adding(proposal, state=word("proposed"), decided_by=BLANK, decided_at=NULL, created_at=bind("found_at"))
ADD_TICKET = adding_new(proposalticket, "proposal_id", "ticket_id")
REFRESH = (
    update(proposal)
    .where(proposal.c.id == bind("row"), proposal.c.state == word("proposed"))
    .values({name: bind(name) for name in ("samples", "text", "reply_of", "tickets", "answered", "alike", "weekly",
                                           "saved", "found_at")})
)  # fmt: skip
SEEN_AGAIN = update(proposal).where(proposal.c.id == bind("row")).values(found_at=bind("at"))
DROP_TICKETS = delete(proposalticket).where(proposalticket.c.proposal_id == bind("row"))
DROP = delete(proposal).where(proposal.c.id == bind("row"), proposal.c.state == word("proposed"))
NOT_FOUND_AGAIN = (
    select(proposal.c.id)
    .where(proposal.c.state == word("proposed"), proposal.c.found_at < bind("since"))
    .order_by(proposal.c.id)
    .limit(CHUNK // SHOWN)
)
KNOWN = (
    select(proposal.c.id, proposal.c.kind, proposal.c.state, proposal.c.article, proposal.c.samples)
    .where(proposal.c.id > bind("after"))
    .order_by(proposal.c.id)
    .limit(CHUNK)
)
ONE = select(proposal).where(proposal.c.id == bind("id"))
PAGE = (
    select(proposal)
    .where(
        proposal.c.state == bind("wanted"),
        (proposal.c.saved < bind("below")) | ((proposal.c.saved == bind("below")) & (proposal.c.id < bind("before"))),
    )
    .order_by(proposal.c.saved.desc(), proposal.c.id.desc())
    .limit(bind("limit"))
)
TICKETS_OF = (
    select(proposalticket.c.ticket_id)
    .where(proposalticket.c.proposal_id == bind("row"))
    .order_by(proposalticket.c.ticket_id.desc())
    .limit(SHOWN)
)
DECIDE = (
    update(proposal)
    .where(proposal.c.id == bind("row"), proposal.c.state == word("proposed"))
    .values(state=bind("becomes"), decided_by=bind("who"), decided_at=bind("at"), article=bind("slug"))
    .returning(proposal.c.id)
)
ERASED = (
    select(ticket.c.id)
    .join(proposalticket, proposalticket.c.ticket_id == ticket.c.id)
    .where(proposalticket.c.proposal_id == bind("row"), ticket.c.subject == literal(ERASED_SUBJECT))
    .limit(1)
)
OF_PERSON = (
    select(proposal.c.id, proposal.c.state, proposal.c.samples, proposal.c.reply_of)
    .join(proposalticket, proposalticket.c.proposal_id == proposal.c.id)
    .where(proposalticket.c.ticket_id.in_(TICKETS))
    .distinct()
)
BLANK_PARTS = (
    update(proposal)
    .where(proposal.c.id == bind("row"))
    .values(samples=bind("left"), text=bind("says"), reply_of=bind("reply"))
)

Row = Any  # of the table

_samples = msgspec.json.Decoder(tuple[tuple[int, str], ...]).decode


class KnownProposal(msgspec.Struct, frozen=True):
    """What was proposed before, whatever became of it."""

    id: int
    kind: str
    state: str
    article: str
    samples: tuple[str, ...]


class Edited(msgspec.Struct, frozen=True):
    """What the person who approves would have otherwise; None: as it was proposed."""

    article: str | None = None
    title: str | None = None
    samples: tuple[str, ...] | None = None
    text: str | None = None


def known(tx: Tx, after: int) -> list[KnownProposal]:
    """The next of all that was ever proposed; none when all are told."""
    rows = tx.all(KNOWN, after=after)
    return [KnownProposal(row.id, row.kind, row.state, row.article, _texts(row.samples)) for row in rows]


def keep_gap(tx: Tx, gap: Gap, weeks: float, before: KnownProposal | None) -> None:
    """Propose an article, or bring its proposal up to date. What was decided is not proposed again."""
    if before is not None and before.state != "proposed":
        tx.run(SEEN_AGAIN, row=before.id, at=tx.now)
        return
    weekly = THOUSAND * len(gap.tickets) / weeks
    found = share(gap.alike, gap.answered)
    values = {
        "kind": "article", "article": "", "samples": _encoded(gap.samples),
        "text": gap.text, "reply_of": gap.reply or None,
        "tickets": len(gap.tickets), "answered": gap.answered, "alike": gap.alike,
        "weekly": round(weekly), "saved": round(weekly * found.low) if found is not None else 0,
    }  # fmt: skip
    named = (*(number for number, _ in gap.samples), *((gap.reply,) if gap.reply else ()), *gap.tickets)
    _keep(tx, before, named, values)


def keep_samples(tx: Tx, some: Sequence[tuple[Sample, KnownProposal | None]], weeks: float) -> None:
    """Propose sample questions, as `keep_gap` an article."""
    figures = {"tickets": 1, "answered": 0, "alike": 0, "weekly": round(THOUSAND / weeks), "saved": 0}
    for sample, before in some:
        if before is not None:
            tx.run(SEEN_AGAIN, row=before.id, at=tx.now)
            continue
        said = {"article": sample.article, "samples": _encoded(((sample.ticket, sample.text),))}
        _keep(tx, None, (sample.ticket,), {"kind": "sample", "text": "", "reply_of": None, **said, **figures})


def drop_old(tx: Tx, since: int) -> int:
    """Let go of what nobody decided and was not found again; how many there were."""
    rows = tx.all(NOT_FOUND_AGAIN, since=since)
    for row in rows:
        _drop(tx, row.id)
    return len(rows)


def one(tx: Tx, number: int) -> Any:
    """A proposal's row. Raises NotFound."""
    row = tx.one(ONE, id=number)
    if row is None:
        raise NotFound(f"there is no proposal {number}")
    return row


def page(tx: Tx, state: str, below: int, before: int, limit: int) -> list[Any]:
    """The next rows in one state, those first that would save most."""
    return tx.all(PAGE, wanted=state, below=below, before=before, limit=limit)


def tickets_of(tx: Tx, number: int) -> list[int]:
    """The newest tickets that it was made of."""
    return [row.ticket_id for row in tx.all(TICKETS_OF, row=number)]


def samples_of(row: Any) -> tuple[str, ...]:
    """The questions of a proposal's row."""
    return _texts(row.samples)


def writing(tx: Tx, caller: Caller, number: int, edited: Edited) -> Writing:
    """What approving it would write. Raises Conflict for one that is decided, Invalid where something is missing."""
    caller.must_steer()
    row = one(tx, number)
    _must_be_open(row)
    if edited.article is not None and not edited.article.replace("-", "").isalnum():
        raise Invalid("letters, digits and hyphens only", "$.slug")
    samples = samples_of(row) if edited.samples is None else edited.samples
    if not any(text.strip() for text in samples):
        raise Invalid("an article is found by its questions: give at least one", "$.questions")
    if row.kind == "sample":
        return Writing(row.article, "", samples)
    title = edited.title if edited.title is not None else samples[0]
    text = row.text if edited.text is None else edited.text
    if not text.strip():
        raise Invalid("people answered this in different words: write the text", "$.text")
    return Writing(edited.article or slug_of(title, number), title, samples, text)


def write(tx: Tx, caller: Caller, writing: Writing) -> None:
    """What was approved, into the store. Raises Invalid; Conflict for a slug that is taken, NotFound for none."""
    author = Author(caller.actor, "proposal")

    def refuse(key: str, reason: str) -> Invalid:
        return Invalid(reason, f"$.{key}")

    if writing.text:
        articles.begin(tx, new_article(writing, today(tx.now), refuse), author, publish=True)
        return
    row = articles.the_article(tx, writing.article)
    if row.published_id is None or row.archived_at is not None:
        raise NotFound(f"there is no article {writing.article} any more")
    before = articles.said(tx, row.slug, row.published_id)
    after = with_samples(before, writing.samples, refuse)
    if after != before:  # a draft that somebody works on stays one
        articles.change(tx, row, published_id=articles.keep(tx, row, after, author))


def decide(tx: Tx, caller: Caller, number: int, state: str, article: str = "") -> Any:
    """Write down what was decided; the row as it is then. Raises Conflict where somebody was first."""
    caller.must_steer()
    row = one(tx, number)
    given = {"becomes": state, "who": caller.actor, "at": tx.now, "slug": article or row.article}
    if tx.one(DECIDE, row=number, **given) is None:
        _must_be_open(row)
    return one(tx, number)


def forget(tx: Tx, whom: int) -> None:
    """No word of a customer stays, nor what was written to them. What nobody has decided is found anew without them."""
    theirs = {row.id for row in tx.all(TICKETS, whom=whom)}
    for row in tx.all(OF_PERSON, whom=whom):
        samples = _samples(row.samples)
        left = tuple(sample for sample in samples if sample[0] not in theirs)
        told = row.reply_of in theirs
        if len(left) == len(samples) and not told:
            continue
        if row.state == "proposed":
            _drop(tx, row.id)
        else:
            kept = {"says": "", "reply": None} if told else {"says": one(tx, row.id).text, "reply": row.reply_of}
            tx.run(BLANK_PARTS, row=row.id, left=_encoded(left), **kept)


def slug_of(title: str, number: int) -> str:
    """A name for an article: its words in plain letters, or the proposal's number where it has none."""
    letters = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in title.casefold())
    return "-".join(letters.split()[:8])[:60].strip("-") or f"article-{number}"


def _keep(tx: Tx, before: KnownProposal | None, tickets: Sequence[int], values: Mapping[str, Any]) -> None:
    if before is None:
        number = tx.add(ADD, found_at=tx.now, **values)
    elif tx.run(REFRESH, row=before.id, found_at=tx.now, **values):
        number = before.id
        tx.run(DROP_TICKETS, row=number)
    else:
        return  # somebody decided it meanwhile
    for named in list(dict.fromkeys(tickets))[:SHOWN]:
        tx.run(ADD_TICKET, proposal_id=number, ticket_id=named)
    if tx.one(ERASED, row=number) is not None:  # forgotten since the ticket was read
        _drop(tx, number)


def _drop(tx: Tx, number: int) -> None:
    if tx.run(DROP, row=number):
        tx.run(DROP_TICKETS, row=number)


def _must_be_open(row: Any) -> None:
    if row.state != "proposed":
        raise Conflict(f"proposal {row.id} is {row.state} already")


def _texts(samples: str) -> tuple[str, ...]:
    return tuple(text for _, text in _samples(samples))


def _encoded(samples: Sequence[tuple[int, str]]) -> str:
    return msgspec.json.encode(samples).decode()
