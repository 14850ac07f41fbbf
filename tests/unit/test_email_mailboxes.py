"""Address fields as they come: by the book, and against it."""

import pytest

from contactcenter.channels.email.syntax.mailboxes import Mailbox, mailboxes

ADA = Mailbox("ada@shop.test", "Ada Lovelace")


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("Ada Lovelace <ada@shop.test>", [ADA]),
        ("Ada Lovelace <ada@shop.test>, Sam <sam@shop.test>", [ADA, Mailbox("sam@shop.test", "Sam")]),
        ('"Lovelace, Ada" <ada@shop.test>', [Mailbox("ada@shop.test", "Lovelace, Ada")]),
        ("Lovelace, Ada <ada@shop.test>", [Mailbox("ada@shop.test", "Lovelace, Ada")]),
        ("Lovelace, Ada, PhD <ada@shop.test>", [Mailbox("ada@shop.test", "Lovelace, Ada, PhD")]),
        ("ada@shop.test (Ada Lovelace)", [ADA]),
        ("Ada Lovelace (at (the) shop) <ada@shop.test>", [ADA]),
        ("Team: Ada Lovelace <ada@shop.test>, sam@shop.test;", [ADA, Mailbox("sam@shop.test")]),
        ("Team: ada@shop.test; Others: sam@shop.test;", [Mailbox("ada@shop.test"), Mailbox("sam@shop.test")]),
        ("undisclosed-recipients: ;", []),
        ("ada@shop.test; sam@shop.test", [Mailbox("ada@shop.test"), Mailbox("sam@shop.test")]),
        ("ada@shop.test sam@shop.test", [Mailbox("ada@shop.test"), Mailbox("sam@shop.test")]),
        ("<ada@shop.test> <sam@shop.test>", [Mailbox("ada@shop.test"), Mailbox("sam@shop.test")]),
        ("<@one.test,@two.test:ada@shop.test>", [Mailbox("ada@shop.test")]),
        ("Ada Lovelace <ada@shop.test", [ADA]),
        ("Ada Lovelace ada@shop.test>", [ADA]),
        ("Ada Lovelace ada@shop.test", [ADA]),
        ("<mailto:ada@shop.test>", [Mailbox("ada@shop.test")]),
        ("< ada @ shop.test >", [Mailbox("ada@shop.test")]),
        ("ada @ shop.test", [Mailbox("ada@shop.test")]),
        ('"ada@shop.test"', [Mailbox("ada@shop.test")]),
        ('"Ada Lovelace <ada@shop.test>', [ADA]),
        ("ada@shop.test <grace@shop.test>", [Mailbox("grace@shop.test", "ada@shop.test")]),
        ('<"ada l"@shop.test>', [Mailbox('"ada l"@shop.test')]),
        ('"ada l"@shop.test, sam@shop.test', [Mailbox('"ada l"@shop.test'), Mailbox("sam@shop.test")]),
        (r'"Ada \"the first\" L." <ada@shop.test>', [Mailbox("ada@shop.test", 'Ada "the first" L.')]),
        ("=?utf-8?q?Ad=C3=A4?= <ada@shop.test>", [Mailbox("ada@shop.test", "Adä")]),
        ("=?utf-8?q?Lovelace,_Ada?= <ada@shop.test>", [Mailbox("ada@shop.test", "Lovelace, Ada")]),
        ("=?utf-8?q?Ad?= =?utf-8?q?=C3=A4?= <ada@shop.test>", [Mailbox("ada@shop.test", "Adä")]),
        ("=?utf-8?q?Ad=C3=A4_<ada=40shop.test>?=", [Mailbox("ada@shop.test", "Adä")]),
        (
            "=?utf-8?q?Adä_<ada=40shop.test>?=, sam@shop.test",
            [Mailbox("ada@shop.test", "Adä"), Mailbox("sam@shop.test")],
        ),
        ("Ada Lovelace <ada(me)@shop(there). test>", [ADA]),
        ("Adä <adä@größe.test>", [Mailbox("adä@größe.test", "Adä")]),
        ("ada@shop.test,, ,sam@shop.test,", [Mailbox("ada@shop.test"), Mailbox("sam@shop.test")]),
        ("Ada", [Mailbox("", "Ada")]),
        ("Ada <>", [Mailbox("", "Ada")]),
        ("", []),
    ],
)
def test_every_mailbox_of_a_field_is_found(field: str, found: list[Mailbox]) -> None:
    """Checklist 18."""
    assert mailboxes(field.encode()) == found


def test_twenty_thousand_recipients_are_all_found() -> None:
    """Checklist 28."""
    field = b", ".join(b"Ada <ada%d@shop.test>" % number for number in range(20_000))
    assert len(mailboxes(field)) == 20_000
