"""Who wrote, to whom, and what pretends to be somebody else."""

import pytest

from contactcenter.channels.email.reading.parse import Own, parse
from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.channels.email.syntax.ids import OwnIds
from contactcenter.model.values import Sender
from tests.unit.test_email_parse import ADA, raw, read

TRUSTING = Own(OwnAddress("support@example.test"), OwnIds(b"secret", "example.test"), "mx.example.test")


def names_of(senders: tuple[Sender, ...]) -> list[str]:
    return [sender.address for sender in senders]


def test_a_name_that_shows_another_address_is_remarked_on() -> None:
    """Checklist 31."""
    said = read('From: "ada@bank.test" <eve@evil.test>', "", "hi")
    assert said.sender == Sender("email", "eve@evil.test", "ada@bank.test")
    assert said.remarks == ("The name shows ada@bank.test, but the mail says it is from eve@evil.test.",)


@pytest.mark.parametrize("domain", ["bаnk.test", "xn--bnk-7cd.test", "xn--80ak6aa92e.test", "ԁеаԁ.test"])
def test_letters_that_pass_for_others_are_remarked_on(domain: str) -> None:
    """Checklist 31."""
    (remark,) = read(f"From: ada@{domain}", "", "hi").remarks
    assert remark.startswith("The domain ")
    assert remark.endswith(".test.")
    assert "xn--" in remark


@pytest.mark.parametrize(
    "field",
    ["Ada <ada@größe.test>", "Ada <ada@xn--grsse-lua.test>", "Ада <ada@почта.test>", "ada@shop.test <ada@shop.test>"],
)
def test_honest_names_and_domains_are_not(field: str) -> None:
    """Checklist 31."""
    assert read(f"From: {field}", "", "hi").remarks == ()


@pytest.mark.parametrize("field", ["From", "Subject"])
def test_marks_that_turn_the_direction_are_removed_and_remarked_on(field: str) -> None:
    """Checklist 31."""
    said = read(ADA if field == "Subject" else "", f"{field}: =?utf-8?q?=E2=80=AEknab?= <ada@example.org>", "", "hi")
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in said.subject + said.sender.name
    assert said.remarks == (
        "The name or the subject held marks that turn the direction of reading; they were removed.",
    )


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        (["From: Ada <ada@shop.test>", "From: Sam <sam@shop.test>"], Sender("email", "ada@shop.test", "Ada")),
        (["From: ", "From: Sam <sam@shop.test>"], Sender("email", "sam@shop.test", "Sam")),
        (["From: Team: Ada <ada@shop.test>, sam@shop.test;"], Sender("email", "ada@shop.test", "Ada")),
        (["From: undisclosed: ;"], Sender("email", "")),
        (["From:   "], Sender("email", "")),
        (["From: Ada Lovelace"], Sender("email", "", "Ada Lovelace")),
        (["Subject: hello"], Sender("email", "")),
    ],
)
def test_odd_senders_are_stored_all_the_same(fields: list[str], sender: Sender) -> None:
    """Checklist 32."""
    said = read(*fields, "", "hi")
    assert (said.sender, said.text) == (sender, "hi")


@pytest.mark.parametrize("date", ["", "Thu, 01 Jan 1970 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 +0000", "soon"])
def test_the_date_changes_nothing(date: str) -> None:
    """Checklist 33."""
    assert read(ADA, f"Date: {date}", "Message-ID: <1@x>", "", "hi") == read(ADA, "Message-ID: <1@x>", "", "hi")


def test_everybody_else_it_was_written_to_is_kept_once_and_we_are_not() -> None:
    """Checklist 40."""
    said = read(
        ADA,
        "To: Support <support@example.test>, Sam <sam@shop.test>, SAM@shop.test",
        "Cc: support+7@example.test, Grace <grace@shop.test>, ada@example.org",
        "Cc: bob@shop.test",
        "",
        "hi",
    )
    assert said.others == (
        Sender("email", "sam@shop.test", "Sam"),
        Sender("email", "grace@shop.test", "Grace"),
        Sender("email", "bob@shop.test", ""),
    )


def test_of_very_many_recipients_fifty_are_kept() -> None:
    """Checklist 28."""
    to = ", ".join(f"ada{number}@shop.test" for number in range(2000))
    assert len(read(ADA, f"To: {to}", "", "hi").others) == 50


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("Ada <ada.private@shop.test>", "ada.private@shop.test"),
        ("ADA@example.org", ""),
        ("support+3@example.test, ada@shop.test", "ada@shop.test"),
        ("support@example.test", ""),
        ("nobody", ""),
    ],
)
def test_an_answer_goes_where_it_is_asked_to(field: str, address: str) -> None:
    assert read(ADA, f"Reply-To: {field}", "", "hi").reply_to == address


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("Re: [#12] order", (12,)),
        ("[Ticket#7] [ticket # 8] [#7]", (7, 8)),
        ("#12 [12] [#] [#x]", ()),
        ("[#1][#2][#3][#4][#5][#6]", (1, 2, 3, 4, 5)),
        ("[#1234567890123]", ()),
    ],
)
def test_numbers_of_tickets_are_read_from_the_subject(subject: str, numbers: tuple[int, ...]) -> None:
    """Checklist 34."""
    assert read(ADA, f"Subject: {subject}", "", "hi").tickets == numbers


LIST = ["From: Ada via Support <support@list.test>", "List-Id: Support <support.list.test>"]


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        ([*LIST, "X-Original-From: Ada L. <ada@shop.test>"], Sender("email", "ada@shop.test", "Ada L.")),
        ([*LIST, "X-Original-Sender: ada@shop.test"], Sender("email", "ada@shop.test", "Ada")),
        ([*LIST, "Reply-To: ada@shop.test, support@list.test"], Sender("email", "ada@shop.test", "Ada")),
        ([*LIST, "Reply-To: support@list.test"], Sender("email", "support@list.test", "Ada via Support")),
        (
            ["From: 'Ada' via Desk <support@example.test>", "List-Id: <d.x>", "X-Original-Sender: ada@shop.test"],
            Sender("email", "ada@shop.test", "Ada"),
        ),
        (
            ["From: Team <team@list.test>", "List-Post: <mailto:team@list.test>", "Reply-To: ada@shop.test"],
            Sender("email", "ada@shop.test", ""),
        ),
        (["From: Eve <eve@evil.test>", "X-Original-From: ada@shop.test"], Sender("email", "eve@evil.test", "Eve")),
        (
            ["From: Eve <eve@evil.test>", "List-Id: <other.list.test>", "X-Original-From: ada@shop.test"],
            Sender("email", "eve@evil.test", "Eve"),
        ),
        (["From: support@example.test", "Reply-To: ada@shop.test"], Sender("email", "support@example.test", "")),
    ],
)
def test_the_true_sender_is_looked_for_only_behind_a_list_or_ourselves(fields: list[str], sender: Sender) -> None:
    """Checklist 63."""
    assert read(*fields, "", "hi").sender == sender


OURS = "Authentication-Results: mx.example.test"
PASS = "dmarc=pass header.from=shop.test"


@pytest.mark.parametrize(
    ("fields", "proof"),
    [
        ([f"{OURS}; {PASS}"], "dmarc"),
        ([f"{OURS.upper()} 1;\r\n spf=pass smtp.mailfrom=x.test; dmarc=pass (p=none) header.from=Shop.test"], "dmarc"),
        ([f"{OURS}; dmarc=fail header.from=shop.test", f"{OURS}; {PASS}"], ""),
        (["Authentication-Results: other.test; dmarc=fail", f"{OURS}; {PASS}"], "dmarc"),
        ([f"Authentication-Results: other.test; {PASS}"], ""),
        ([f"Authentication-Results: (mx.example.test) other.test; {PASS}"], ""),
        ([f'{OURS}; spf=pass (mx: domain of "x); {PASS} ("@evil.test names 192.0.2.1) smtp.mailfrom=evil.test'], ""),
        ([f'{OURS}; spf=pass (domain of "x); {PASS} ("@evil.test)', f"{OURS}; {PASS}"], ""),
        ([f'{OURS}; spf=pass smtp.mailfrom="x\\"; {PASS}; y'], ""),
        ([f"{OURS}; dmarc=pass header.from=bank.test"], ""),
        ([f"{OURS}; dmarc=pass"], ""),
        ([f"{OURS}; none"], ""),
        ([f'{OURS}; spf=pass smtp.mailfrom="x; {PASS}"'], ""),
        ([f"{OURS}; spf=pass ({PASS}; {PASS})"], ""),
        ([f"{OURS}; spf=pass smtp.mailfrom=x; {PASS}; dmarc=fail header.from=shop.test"], ""),
        ([f"{OURS}; dkim=pass header.d=shop.test"], ""),
        ([OURS], ""),
        (["Authentication-Results:"], ""),
        ([], ""),
    ],
)
def test_only_the_topmost_word_of_our_own_server_counts(fields: list[str], proof: str) -> None:
    """Checklist 61."""
    event = raw(*fields, "From: Ada <ada@shop.test>", "", "hi")
    assert parse(event, TRUSTING)[0].proof == proof
    assert read(*fields, "From: Ada <ada@shop.test>", "", "hi").proof == ""


def test_what_is_proven_of_a_list_is_not_proven_of_who_wrote_through_it() -> None:
    """Checklist 61 and 63."""
    fields = [f"{OURS}; dmarc=pass header.from=list.test", *LIST, "Reply-To: eve@list.test"]
    (said,) = parse(raw(*fields, "", "hi"), TRUSTING)
    assert (said.sender.address, said.proof) == ("eve@list.test", "")


def test_a_sender_who_is_not_known_takes_nobodys_place() -> None:
    assert names_of(read("To: ada@shop.test", "", "hi").others) == ["ada@shop.test"]
