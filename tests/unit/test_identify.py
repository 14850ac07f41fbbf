"""Who is writing: proof belongs to the message, a blank address is nobody's, a claim is only a hint."""

from typing import Any

import pytest
from sqlalchemy import select

from contactcenter.crm.identify import claim, identify, normalise
from contactcenter.model.columns import table
from contactcenter.model.history import Event
from contactcenter.model.people import Claim, Customer, Identity
from contactcenter.model.values import Sender
from tests.desk import NOON, QuietDesk

ADA = Sender("email", "Ada@Example.Test", "Ada")


def events(quiet: QuietDesk, customer: int) -> list[str]:
    rows = quiet.rows(select(table(Event)).order_by(table(Event).c.position))
    return [row.kind for row in rows if row.customer_id == customer]


def identity(quiet: QuietDesk, number: int) -> Any:
    return next(row for row in quiet.rows(select(table(Identity))) if row.id == number)


def test_the_same_address_is_the_same_customer_however_it_is_written(quiet: QuietDesk) -> None:
    first = quiet.do(identify, ADA, "", "support")
    assert quiet.do(identify, Sender("email", " ada@example.test "), "", "support") == first
    assert identity(quiet, first.identity).display == "Ada@Example.Test", "shown as it was written"


def test_one_address_on_two_kinds_of_channel_is_two_customers(quiet: QuietDesk) -> None:
    mail = quiet.do(identify, ADA, "dmarc", "support")
    assert quiet.do(identify, Sender("telegram", "ada@example.test"), "telegram", "bot").customer != mail.customer


def test_only_mail_folds_case(quiet: QuietDesk) -> None:
    assert normalise("email", " A@B.C ") == "a@b.c"
    assert normalise("webchat", "AbC") == "AbC"


@pytest.mark.parametrize("address", ["", "   ", "\t"])
def test_a_blank_address_matches_nobody_not_even_another_blank_one(quiet: QuietDesk, address: str) -> None:
    first = quiet.do(identify, Sender("email", address), "", "support")
    second = quiet.do(identify, Sender("email", address), "", "support")
    assert first.customer != second.customer


def test_no_address_anybody_can_write_matches_a_blank_one(quiet: QuietDesk) -> None:
    nobody = quiet.do(identify, Sender("loopback", ""), "", "try")
    kept = identity(quiet, nobody.identity).address
    for written in (kept, kept.strip(), f"blank:{nobody.customer}", str(nobody.customer)):
        assert quiet.do(identify, Sender("loopback", written), "", "try").customer != nobody.customer


def test_proof_marks_the_identity_once(quiet: QuietDesk) -> None:
    who = quiet.do(identify, ADA, "", "support")
    assert identity(quiet, who.identity).proven_at is None
    quiet.do(identify, ADA, "dmarc", "support")
    quiet.clock.forward(60)
    quiet.do(identify, ADA, "code", "support")
    proven = identity(quiet, who.identity)
    assert (proven.proven_at, proven.method) == (NOON, "dmarc")
    assert events(quiet, who.customer) == ["CustomerCreated", "IdentityProven"]


def test_a_message_without_proof_changes_nothing_that_is_proven(quiet: QuietDesk) -> None:
    who = quiet.do(identify, ADA, "dmarc", "support")
    before = identity(quiet, who.identity)
    told = events(quiet, who.customer)
    quiet.clock.forward(60)
    assert quiet.do(identify, Sender("email", "ada@example.test", "Mallory"), "", "support") == who
    assert identity(quiet, who.identity) == before
    assert events(quiet, who.customer) == told
    assert [row.name for row in quiet.rows(select(table(Customer)))] == ["Ada"]


def test_a_claim_links_to_nobody_and_is_written_down_once(quiet: QuietDesk) -> None:
    ada = quiet.do(identify, ADA, "dmarc", "support")
    visitor = quiet.do(identify, Sender("webchat", "s1", "Visitor"), "session", "site")
    said = (("email", "ada@example.test"), ("name", "Ada"), ("name", ""))
    quiet.do(claim, visitor.customer, said)
    quiet.do(claim, visitor.customer, said)
    assert visitor.customer != ada.customer
    rows = quiet.rows(select(table(Claim)))
    assert [(row.customer_id, row.kind, row.value) for row in rows] == [
        (visitor.customer, "email", "ada@example.test"),
        (visitor.customer, "name", "Ada"),
    ]
    assert events(quiet, visitor.customer).count("ClaimMade") == 2
    assert events(quiet, ada.customer) == ["CustomerCreated"]
