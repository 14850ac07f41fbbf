"""Answers as mail: threads kept together, nothing smuggled in, machines marked as such."""

import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest

from contactcenter.channels.email.addresses import OwnAddress
from contactcenter.channels.email.compose import Composed, compose, reply_subject
from contactcenter.channels.email.ids import OwnIds
from contactcenter.channels.email.parse import Own, parse
from contactcenter.channels.email.settings import Settings
from contactcenter.model.values import Outbound, RawEvent, Source, Undeliverable
from contactcenter.settings import SettingsError, check

IDS = OwnIds(b"secret", "example.test")


def answer(**changes: Any) -> Outbound:
    values: dict[str, Any] = {
        "message_id": 7,
        "conversation": "1@example.org",
        "address": "ada@example.org",
        "author": "agent",
        "author_name": "Grace",
        "text": "It is on its way.",
        "seq": 2,
        "created_at": 1_700_000_000_000_000,
        "subject": "My order",
        "references": ("1@example.org",),
    }
    return Outbound(**{**values, **changes})


def composed(message_id: str = "2.abc@example.test", name: str = "Example support", **changes: Any) -> Composed:
    return compose(answer(**changes), message_id, "support@example.test", name)


def mail(**changes: Any) -> EmailMessage:
    """As a mail program reads it."""
    return email.message_from_bytes(composed(**changes).content, policy=email.policy.default)


def test_an_answer_is_a_complete_mail() -> None:
    sent = composed()
    assert (sent.sender, sent.recipient, sent.needs_utf8) == ("support@example.test", "ada@example.org", False)
    head, _, body = sent.content.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"From: Example support <support@example.test>",
        b"To: ada@example.org",
        b"Subject: Re: My order",
        b"Date: Tue, 14 Nov 2023 22:13:20 +0000",
        b"Message-ID: <2.abc@example.test>",
        b"In-Reply-To: <1@example.org>",
        b"References: <1@example.org>",
        b'Content-Type: text/plain; charset="utf-8"',
        b"Content-Transfer-Encoding: 7bit",
        b"MIME-Version: 1.0",
    ]
    assert body == b"It is on its way.\r\n"


def test_only_the_assistant_is_marked_as_a_machine() -> None:
    sent = mail(author="assistant")
    assert (sent["Auto-Submitted"], sent["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert mail(author="agent")["Auto-Submitted"] is None


def test_the_source_of_an_answer_is_told_in_words() -> None:
    source = Source("returns", "Returns", "passage", "https://example.test/help/returns", "2026-01-31", 0.9)
    assert (
        "Source: Returns (checked 2026-01-31)\r\nhttps://example.test/help/returns" in mail(source=source).get_content()
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("My order", "Re: My order"),
        ("Re: My order", "Re: My order"),
        ("AW: Re: RE[2]: My order", "Re: My order"),
        ("回复：订单", "Re: 订单"),
        ("Regarding: you", "Re: Regarding: you"),
        ("", "Re: your message"),
        (" a\r\nBcc: eve@evil.example ", "Re: a Bcc: eve@evil.example"),
    ],
)
def test_a_subject_has_one_re_and_one_line(before: str, after: str) -> None:
    assert reply_subject(before) == after


def test_nothing_that_people_write_becomes_a_header() -> None:
    evil = "x\r\nBcc: eve@evil.example\r\n\r\nhello"
    sent = composed(subject=evil, references=(evil, "1@example.org", "2\r\nBcc:@x"), text=evil)
    head = sent.content.partition(b"\r\n\r\n")[0]
    assert not any(line.lower().startswith(b"bcc") for line in head.split(b"\r\n"))
    assert b"References: <1@example.org>\r\n" in head + b"\r\n"


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@example.org\r\nRCPT TO:<eve@x>", "ada@example.org>", "a b@example.org", "a@b@c", "a@-ö.de"],
)
def test_an_address_that_is_none_is_undeliverable(address: str) -> None:
    with pytest.raises(Undeliverable):
        composed(address=address)


def test_a_domain_of_other_letters_goes_as_dns_knows_it() -> None:
    sent = composed(address="ada@straße.example")
    assert (sent.recipient, sent.needs_utf8) == ("ada@xn--strae-oqa.example", False)


def test_a_local_part_of_other_letters_needs_smtputf8() -> None:
    sent = composed(address="gödel@example.org")
    assert (sent.recipient, sent.needs_utf8) == ("gödel@example.org", True)
    assert "To: gödel@example.org\r\n".encode() in sent.content


@pytest.mark.parametrize(
    "text", ["Grüße 😀", "שלום עולם", "", "." + "x" * 5000, "a\r\nb\n.\n\nFrom here", "\ud800 half"]
)
def test_text_survives_the_way_there_and_back(text: str) -> None:
    event = RawEvent("support", "1", "support:", composed(text=text, subject="Grüße 😀").content)
    (said,) = parse(event, Own(OwnAddress("other@example.test"), IDS))
    assert said.text == text.replace("\r\n", "\n").replace("\ud800", "").strip()
    assert (said.subject, said.sender.name) == ("Re: Grüße 😀", "Example support")


def test_a_mail_is_ascii_in_short_lines_whatever_the_names() -> None:
    content = composed(name="Ünterstützung " * 10, subject="Ü" * 400, text="ü" * 3000).content
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert content.count(b"\n") == content.count(b"\r\n")


def test_of_a_long_thread_the_first_and_the_last_ids_are_kept_whole() -> None:
    thread = tuple(f"{number}.{'x' * 90}@example.org" for number in range(200))
    sent = mail(references=thread)
    kept = sent["References"].split()
    assert (kept[0], kept[-1]) == (f"<{thread[0]}>", f"<{thread[-1]}>")
    assert sent["In-Reply-To"] == f"<{thread[-1]}>"
    assert 1500 < len(sent["References"]) <= 2000


def test_ids_we_made_up_for_mails_without_one_stay_at_home() -> None:
    assert mail(references=("abc@missing",))["References"] is None


def test_our_ids_are_known_again_and_others_are_not() -> None:
    ours = IDS.make("12.3")
    assert ours.startswith("12.3.")
    assert ours.endswith("@example.test")
    assert IDS.is_ours(ours)
    assert IDS.is_ours(ours.replace("example.test", "rewritten.example"))
    assert not IDS.is_ours("1" + ours)
    assert not IDS.is_ours("1@example.org")
    assert not OwnIds(b"other", "example.test").is_ours(ours)
    assert IDS.make("12.3") != ours


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({}, "channels.support.address"),
        ({"address": "support"}, "not a mail address"),
        ({"address": "ünter@example.test"}, "ASCII"),
        ({"name": "a\r\nb"}, "one line"),
        ({"smtp_listen": "2525"}, "host:port"),
        ({"smtp_relay": "mail.example.test:99999"}, "host:port"),
        ({"smtp_tls": "maybe"}, "smtp_tls"),
        ({"smtp_user": "me"}, "together"),
        ({"smtp_relay": "mx.test:25", "smtp_tls": "none", "smtp_user": "me", "smtp_password": "x"}, "in the clear"),
        ({"smpt_relay": "127.0.0.1:25"}, "did you mean 'smtp_relay'"),
    ],
)
def test_wrong_settings_are_named(table: dict[str, str], complaint: str) -> None:
    address = {"address": "support@example.test"} if table else {}
    with pytest.raises(SettingsError, match=complaint):
        check(Settings, {"kind": "email", **address, **table}, "channels.support")


@pytest.mark.parametrize(
    ("relay", "tls"),
    [("127.0.0.1:1025", "none"), ("[::1]:1025", "none"), ("localhost:25", "none"), ("mx.example.test:587", "starttls")],
)
def test_the_way_to_a_relay_elsewhere_is_encrypted(relay: str, tls: str) -> None:
    assert Settings(kind="email", address="support@example.test", smtp_relay=relay).tls == tls


def test_a_password_is_not_shown() -> None:
    settings = check(
        Settings, {"kind": "email", "address": "a@b.test", "smtp_user": "u", "smtp_password": "geheim"}, "x"
    )
    assert "geheim" not in repr(settings)
