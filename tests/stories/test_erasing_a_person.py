"""Whoever asks to be forgotten is: the rows stay, and nothing in them."""

from typing import Any

from sqlalchemy import select
from sqlmodel import SQLModel

from contactcenter.crm import history, queries
from contactcenter.flow import actions, erase, traces, upkeep
from contactcenter.model.columns import bind, table
from contactcenter.model.history import Event
from contactcenter.model.values import Attached
from tests.desk import QuietDesk
from tests.letters import Postman, colleague

SECRET = "my diary"
CLEOS_LIST = (
    '"others":[{"kind":"email","address":"ada@example.test","name":"ada"}]'  # of her own raw mail, which is hers
)
CHAIN = select(table(Event)).where(table(Event).c.customer_id == bind("whom")).order_by(table(Event).c.position)


def forget(desk: QuietDesk, whom: int) -> None:
    """As the command does it, but for the files."""
    known = desk.do(traces.traces_of, whom)
    after = 0
    while after := desk.do(erase.erase_messages, whom, after)[0]:
        pass
    desk.do(traces.erase_raw, [row.id for row in desk.do(traces.silent, 0) if desk.do(traces.concerns, known, row)])
    desk.do(traces.erase_answers, known, "")
    desk.do(traces.erase_sentences, known)
    for theirs in (*desk.do(traces.shadows_of, known), whom):
        while desk.do(erase.erase_events, theirs):
            pass
        desk.do(erase.erase_person, theirs, "admin")


def everything(desk: QuietDesk) -> str:
    """All that any row says."""
    rows: list[Any] = []
    for model in SQLModel.metadata.tables.values():
        rows += desk.rows(select(model))
    return repr(rows).casefold().replace(CLEOS_LIST, "")


def test_of_a_person_who_is_forgotten_nothing_is_left(quiet_mail: QuietDesk, post: Postman) -> None:
    """Checklist 69: raw mail, attachments and names go; the chain of events, the figures and other people stay."""
    grace = quiet_mail.hire("Grace")
    digest = "ab" * 32
    file = Attached(f"{SECRET}.pdf", "application/pdf", 5, f"file:{digest}")
    ticket = post.bring("ada", f"Here is {SECRET}", subject=SECRET, attachments=(file,), others=(colleague("bob"),))
    other = post.bring("cleo", "Cleo is here to stay", others=(colleague("ada"),))
    post.bring("ada", f"{SECRET}, too", subject="Re: My order", references=("2@cleo.test",))
    quiet_mail.do(actions.reply, quiet_mail.policies, grace, ticket.id, f"Thank you for {SECRET}")
    quiet_mail.do(actions.write_note, quiet_mail.policies, grace, ticket.id, f"Have you read {SECRET}?")
    assert quiet_mail.do(upkeep.file_named, digest)
    assert quiet_mail.do(erase.shown, ticket.customer_id) == ("Ada", 4)
    forget(quiet_mail, ticket.customer_id)
    left = everything(quiet_mail)
    assert [word for word in (SECRET, "ada@", "'ada'", SECRET.encode().hex()) if word in left] == []
    assert "cleo is here to stay" in left
    assert not quiet_mail.do(upkeep.file_named, digest)
    assert history.verify(quiet_mail.rows(CHAIN, whom=ticket.customer_id)) is None
    assert quiet_mail.ticket(ticket.id).status == "answered"
    assert quiet_mail.row(queries.FIND_CUSTOMER, id=other.customer_id).name == "Cleo"


def test_who_was_forgotten_and_writes_again_is_somebody_new(quiet_mail: QuietDesk, post: Postman) -> None:
    ticket = post.bring("ada")
    forget(quiet_mail, ticket.customer_id)
    again = post.bring("ada", references=("1@ada.test",), subject="Re: My order")
    assert again.customer_id != ticket.customer_id
    assert again.id != ticket.id
