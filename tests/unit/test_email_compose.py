"""Answers as mail: threads kept together, nothing smuggled in, machines marked as such."""

import email
import email.policy
from collections.abc import Iterable
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from contactcenter.channels.email.leaving.compose import Composed, Letterhead, compose, reply_subject
from contactcenter.channels.email.reading.parse import Own, parse
from contactcenter.channels.email.settings import Settings
from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.channels.email.syntax.ids import OwnIds
from contactcenter.model.values import Attached, Outbound, Quoted, RawEvent, Sender, Source, Undeliverable
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


HEAD = Letterhead(OwnAddress("support@example.test"), IDS, "Example support")


def composed(head: Letterhead = HEAD, contents: Iterable[bytes] = (), **changes: Any) -> Composed:
    return compose(answer(**changes), "2.abc@example.test", head, contents)


def mail(**changes: Any) -> EmailMessage:
    """As a mail program reads it."""
    return email.message_from_bytes(composed(**changes).content, policy=email.policy.default)


def shown(sent: EmailMessage, form: str) -> str:
    """One of the two forms of its text."""
    body = sent.get_body((form,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_an_answer_is_a_complete_mail() -> None:
    sent = composed()
    assert (sent.sender, sent.recipients, sent.needs_utf8) == ("support@example.test", ("ada@example.org",), False)
    head, _, body = sent.content.partition(b"\r\n\r\n")
    fields = head.replace(b"\r\n ", b" ").split(b"\r\n")
    assert fields[:8] == [
        b"From: Example support <support@example.test>",
        b"To: ada@example.org",
        b"Subject: Re: My order",
        b"Date: Tue, 14 Nov 2023 22:13:20 +0000",
        b"Message-ID: <2.abc@example.test>",
        b"In-Reply-To: <1@example.org>",
        b"References: <1@example.org>",
        b"MIME-Version: 1.0",
    ]
    assert fields[8].startswith(b"Content-Type: multipart/alternative; boundary=")
    assert b"\r\n\r\nIt is on its way.\r\n" in body


def test_a_mail_says_the_same_in_plain_text_and_in_html() -> None:
    """Checklist 55."""
    sent = mail(text="See https://example.test/a?b=1&c=<2>.\n\n<script>alert(1)</script> & so on")
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]
    assert shown(sent, "plain") == "See https://example.test/a?b=1&c=<2>.\n\n<script>alert(1)</script> & so on\n"
    markup = shown(sent, "html")
    assert '<a href="https://example.test/a?b=1&amp;c=">https://example.test/a?b=1&amp;c=</a>&lt;2&gt;.' in markup
    assert "&lt;script&gt;" in markup
    assert "<script" not in markup


def test_what_is_answered_is_repeated_below_the_answer() -> None:
    quoted = Quoted("Ada", "Where is it?\n\n<b>Now</b>", 1_700_000_000_000_000)
    head = replace(HEAD, quote=True)
    sent = mail(head=head, quoted=quoted)
    assert shown(sent, "plain") == (
        "It is on its way.\n\nOn Tue, 14 Nov 2023 at 22:13 UTC, Ada wrote:\n> Where is it?\n>\n> <b>Now</b>\n"
    )
    assert '<blockquote type="cite"' in shown(sent, "html")
    assert "&lt;b&gt;Now&lt;/b&gt;" in shown(sent, "html")
    assert "wrote" not in shown(mail(quoted=quoted), "plain")


def test_with_plus_addresses_a_reply_and_a_bounce_carry_a_token_of_ours() -> None:
    """Checklist 34, 51: the Reply-To names the conversation, the return path the message."""
    sent = composed(head=replace(HEAD, plus_addresses=True), thread=12)
    local, _, domain = sent.sender.partition("@")
    assert (local.split("+")[0], domain) == ("support", "example.test")
    assert IDS.read_tag("b", local.partition("+")[2]) == 7
    reply_to = email.message_from_bytes(sent.content, policy=email.policy.default)["Reply-To"].addresses[0]
    tag = HEAD.mailbox.tag_of(reply_to.addr_spec.upper())
    assert tag is not None
    assert IDS.read_tag("r", tag) == 12
    assert IDS.read_tag("b", tag) == IDS.read_tag("r", "r12-" + "0" * 16) == IDS.read_tag("r", "r12") == 0
    assert "Reply-To" not in mail(thread=12)


def test_a_reply_finds_its_conversation_where_the_message_id_was_replaced() -> None:
    """Checklist 35: SES and some Exchange servers replace it; the conversation's own id is among the References."""
    sent = mail(thread=12, references=("1@example.org", "9@example.org"))
    first, anchor, last = sent["References"].split()
    assert (first, last, sent["In-Reply-To"]) == ("<1@example.org>", "<9@example.org>", "<9@example.org>")
    assert IDS.conversation_of(anchor.strip("<>")) == 12
    assert IDS.conversation_of("12.thread.0123456789abcdef@example.test") == 0
    assert IDS.conversation_of(IDS.make("12.3")) == 12


def test_all_who_take_part_get_it_and_we_do_not() -> None:
    """Checklist 40: reply-all keeps Cc without our own addresses, each once."""
    copies = [Sender("email", address, name) for name, address in (
        ("Bob Ünser", "bob@example.org"), ("", "SUPPORT+x@example.test"), ("", "ada@EXAMPLE.org"), ("", "no address"),
    )]  # fmt: skip
    sent = composed(copies=tuple(copies))
    assert sent.recipients == ("ada@example.org", "bob@example.org")
    read = email.message_from_bytes(sent.content, policy=email.policy.default)
    assert [str(address) for address in read["Cc"].addresses] == ["Bob Ünser <bob@example.org>"]
    assert read["Bcc"] is None


def test_the_ticket_number_stands_where_programs_that_group_by_subject_overlook_it() -> None:
    head = replace(HEAD, subject_number=True)
    assert mail(head=head, ticket=7)["Subject"] == "Re: [#7] My order"
    assert mail(head=head, ticket=7, subject="Re: [#7] My order")["Subject"] == "Re: [#7] My order"
    assert mail(ticket=7)["Subject"] == "Re: My order"


def test_files_go_with_an_answer_byte_for_byte() -> None:
    files = (Attached("Rechnung Größe.pdf", "application/pdf", 4, "file:1"), Attached("odd", "nonsense", 3, "file:2"))
    sent = mail(files=files, contents=(b"%PDF", b"\0\r\n"))
    assert [(part.get_filename(), part.get_content_type(), part.get_content()) for part in sent.iter_attachments()] == [
        ("Rechnung Größe.pdf", "application/pdf", b"%PDF"),
        ("odd", "application/octet-stream", b"\0\r\n"),
    ]


def test_the_customer_is_addressed_by_name_if_it_can_stand_there() -> None:
    assert mail(name="Ada Löwe")["To"] == "Ada Löwe <ada@example.org>"
    assert composed(name="Ada\r\nBcc: eve@evil.example").recipients == ("ada@example.org",)


def test_a_text_that_is_attached_says_in_which_letters_it_is_written() -> None:
    files = (Attached("a.txt", "text/plain", 6, "file:1"), Attached("b.txt", "text/plain", 1, "file:2"))
    sent = mail(files=files, contents=("größe".encode(), b"\xff"))
    assert [part.get_param("charset") for part in sent.iter_attachments()] == ["utf-8", None]


def test_an_automatic_mail_has_no_return_path() -> None:
    """RFC 3834 3.3: nobody is to answer it by machine."""
    assert composed(author="assistant").sender == ""
    assert composed(author="agent").sender == "support@example.test"


def test_only_the_assistant_is_marked_as_a_machine() -> None:
    sent = mail(author="assistant")
    assert (sent["Auto-Submitted"], sent["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert mail(author="agent")["Auto-Submitted"] is None


def test_the_source_of_an_answer_is_told_in_words() -> None:
    source = Source("returns", "Returns", "passage", "https://example.test/help/returns", "2026-01-31", 0.9)
    assert "Source: Returns (checked 2026-01-31)\nhttps://example.test/help/returns" in shown(
        mail(source=source), "plain"
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
    assert (sent.recipients, sent.needs_utf8) == (("ada@xn--strae-oqa.example",), False)


def test_a_local_part_of_other_letters_needs_smtputf8() -> None:
    sent = composed(address="gödel@example.org")
    assert (sent.recipients, sent.needs_utf8) == (("gödel@example.org",), True)
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
    content = composed(replace(HEAD, name="Ünterstützung " * 10), subject="Ü" * 400, text="ü" * 3000).content
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


INJECTED = (
    "=?utf-8?q?a=0D=0ABcc:_evil@x.test?=",
    "=?x?q?a?= =?x?q?=0A?=",
    "a\x0bb",
    "a\r\nBcc: evil@x.test",
    "a\u2028b",
)


@pytest.mark.parametrize("hostile", INJECTED)
def test_nothing_that_people_are_called_or_write_of_makes_a_field_of_its_own(hostile: str) -> None:
    """Also not what was encoded twice: the library would decode it once more, line ends and all."""
    file = Attached(hostile, "application/pdf", 1, "file:x")
    bob = Sender("email", "bob@example.org", hostile)
    sent = composed(contents=(b"x",), subject=hostile, copies=(bob,), files=(file,)).content
    assert b"\nBcc" not in sent
    assert sent.replace(b"\r\n", b"").count(b"\r") == sent.replace(b"\r\n", b"").count(b"\n") == 0


def test_what_the_desk_says_by_itself_carries_nobody_elses_words() -> None:
    """Or whoever forges a sender has us send their words, and their links, to anybody (RFC 3834)."""
    quoted = Quoted("Ada", "Buy at https://evil.test", 0)
    head = replace(HEAD, quote=True)
    assert b"evil.test" in composed(head=head, quoted=quoted).content
    assert b"evil.test" not in composed(head=head, quoted=quoted, author="assistant").content
