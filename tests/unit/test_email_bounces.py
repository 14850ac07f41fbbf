"""Bounces: known from other mail, and read: whom, which mail, and whether the address is dead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.email.robots.bounces import REASON_LIMIT, Bounce, read_bounce
from contactcenter.channels.email.syntax.mime import read, with_crlf
from tests.growth import grows_little

OURS = "7.2.abc@support.test"
RETURNED = ["Received: from relay.test", f"Message-ID: <{OURS}>", "From: support@support.test", "To: ada@ada.test", ""]


def bounce(*lines: str, sender: str | None = "") -> Bounce | None:
    return read_bounce(read(with_crlf("\n".join(lines).encode())), sender)


def found(*lines: str, sender: str | None = "") -> Bounce:
    read = bounce(*lines, sender=sender)
    assert read is not None
    return read


def words(subject: str, *lines: str, origin: str = "MAILER-DAEMON@relay.test") -> list[str]:
    """A bounce in plain words."""
    return [f"From: {origin}", "To: support@support.test", f"Subject: {subject}", "", *lines]


def report(*fields: str, kind: str = "delivery-status", enclosed: str = "message/rfc822") -> list[str]:
    """A report in the standard form, with our mail in it."""
    return [
        "From: Mail Delivery System <MAILER-DAEMON@relay.test>",
        "To: support@support.test",
        "Subject: Undelivered Mail Returned to Sender",
        f"Content-Type: multipart/report; report-type={kind}; boundary=b",
        "",
        "--b",
        "",
        "Something went wrong with your mail.",
        "--b",
        f"Content-Type: message/{kind}",
        "",
        *fields,
        "--b",
        f"Content-Type: {enclosed}",
        "",
        *RETURNED,
        "Your order is on its way.",
        "--b--",
        "",
    ]


def recipient(status: str, action: str, said: str = "", address: str = "ada@ada.test") -> list[str]:
    return [
        "",
        f"Final-Recipient: rfc822; {address}",
        f"Action: {action}",
        f"Status: {status}",
        *([f"Diagnostic-Code: smtp; {said}"] if said else []),
    ]


def test_a_report_tells_whom_which_mail_and_why() -> None:
    """Checklist 49."""
    said = "550 5.1.1 <ada@ada.test>: Recipient address rejected: User unknown"
    assert found(*report("Reporting-MTA: dns; relay.test", *recipient("5.1.1", "failed", said))) == Bounce(
        status="5.1.1",
        recipient="ada@ada.test",
        action="failed",
        original_message_id=OURS,
        hard=True,
        reason="550 5.1.1 (address): Recipient address rejected: User unknown",
    )


@pytest.mark.parametrize("enclosed", ["text/rfc822-headers", "message/rfc822-headers", "message/global"])
def test_the_header_of_our_mail_is_enough(enclosed: str) -> None:
    mail = report("Reporting-MTA: dns; x", *recipient("5.1.1", "failed"), enclosed=enclosed)
    assert found(*mail).original_message_id == OURS


def test_a_report_that_returns_nothing_may_answer_our_mail() -> None:
    mail = report("Reporting-MTA: dns; x", *recipient("5.1.1", "failed"), enclosed="text/plain")
    assert found(f"In-Reply-To: <{OURS}>", *mail).original_message_id == OURS
    assert found(*mail).original_message_id == ""


@pytest.mark.parametrize(
    ("status", "action", "said", "expected"),
    [
        ("5.2.1", "failed", "550 mailbox disabled", ("5.2.1", "failed", True)),
        ("5.1.2", "failed", "", ("5.1.2", "failed", True)),
        ("5.2.2", "failed", "552 mailbox full", ("5.2.2", "failed", False)),
        ("5.1.1", "failed", "550 blocked as spam", ("5.1.1", "failed", False)),
        ("5.0.0", "failed", "550 5.1.1 User unknown", ("5.1.1", "failed", True)),
        ("5.0.0", "failed", "550 no such user here", ("5.1.1", "failed", True)),
        ("5.0.0 (user is over quota)", "failed", "", ("5.2.2", "failed", False)),
        ("5.7.1", "failed", "554 Message rejected", ("5.7.1", "failed", False)),
        ("4.4.7", "failed", "delivery time expired", ("4.4.7", "failed", False)),
        ("4.4.1", "delayed", "connection timed out", ("4.4.1", "delayed", False)),
        ("4.2.0", "", "", ("4.2.0", "delayed", False)),
        ("", "failed (user unknown)", "", ("5.0.0", "failed", False)),
        ("2.0.0", "delivered", "250 ok", ("2.0.0", "delivered", False)),
        ("2.0.0", "relayed", "250 ok", ("2.0.0", "relayed", False)),
        ("nonsense", "nonsense", "nonsense", ("5.0.0", "failed", False)),
    ],
)
def test_what_a_report_means(status: str, action: str, said: str, expected: tuple[str, str, bool]) -> None:
    """Checklist 50 and 52: delayed and delivered are not failed, and only a dead address is given up."""
    read = found(*report("Reporting-MTA: dns; x", *recipient(status, action, said)))
    assert (read.status, read.action, read.hard) == expected


@pytest.mark.parametrize(
    ("said", "hard"),
    [
        ("550-5.1.1 The email account that you tried to reach does not exist.", True),
        ("550 5.1.1 unknown or illegal alias: ada@ada.test", True),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ada@ada.test not found by SMTP address lookup", True),
        ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", True),
        ("550 5.4.310 DNS domain ada.test does not exist", True),
        ("553 sorry, that mail-box is not found", True),
        ("554 delivery error: This mailbox is disabled (554.30)", True),
        ("552 5.2.2 The email account that you tried to reach is over quota", False),
        ("550 5.7.26 Unauthenticated mail is prohibited by the domain's DMARC policy", False),
        ("554 5.7.1 Client host blocked using a list; the user unknown to us may ask there", False),
        ("550 5.2.1 The user is receiving mail too quickly", False),
        ("552 5.3.4 Message size exceeds fixed limit", False),
        ("554 5.4.6 Too many hops", False),
        ("550 5.7.1 Unable to relay", False),
        ("550 5.1.8 Sender address rejected: Domain not found", False),
    ],
)
def test_only_a_dead_address_is_given_up(said: str, hard: bool) -> None:
    """Checklist 52."""
    read = found(*report("Reporting-MTA: dns; x", *recipient("5.0.0", "failed", said)))
    assert (read.action, read.hard) == ("failed", hard)


def test_of_several_recipients_the_one_that_failed_is_told() -> None:
    blocks = [*recipient("2.0.0", "delivered", address="bob@ada.test"), *recipient("4.4.1", "delayed")]
    read = found(*report("Reporting-MTA: dns; x", *blocks, *recipient("5.2.2", "failed", address="eve@ada.test")))
    assert (read.recipient, read.action) == ("eve@ada.test", "failed")


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("Final-Recipient: rfc822;<ada@ada.test>", "ada@ada.test"),
        ("Final-Recipient: rfc822; ada@ada.test,grace", "ada@ada.test"),
        ("Final-Recipient: RFC822; Ada@Ada.test (unknown)", "Ada@Ada.test"),
        (
            "Final-Recipient: rfc822; ada@other.test\nOriginal-Recipient: rfc822;ada+2Bshop@ada.test",
            "ada+shop@ada.test",
        ),
        ("Final-Recipient: utf-8; ädä@ada.test", "ädä@ada.test"),
        ("Final-Recipient: local; ada\nX-Actual-Recipient: rfc822; ada@box.test", "ada@box.test"),
        ("Final-Recipient: local; ada", "ada@ada.test"),  # as our mail was addressed
    ],
)
def test_the_recipient_is_the_address_we_wrote_to(field: str, address: str) -> None:
    assert found(*report("Reporting-MTA: dns; x", "", *field.split("\n"), "Action: failed")).recipient == address


def test_a_complaint_is_no_failure() -> None:
    """Checklist 52."""
    fields = ["Feedback-Type: abuse", "User-Agent: Button/1", "Version: 1", "Original-Rcpt-To: ada@ada.test"]
    read = found(*report(*fields, kind="feedback-report"))
    assert read == Bounce("5.7.1", "ada@ada.test", "complaint", OURS, False, "reported as abuse")


@pytest.mark.parametrize("kind", ["auth-failure", "not-spam", "dmarc"])
def test_other_feedback_is_no_bounce(kind: str) -> None:
    assert bounce(*report(f"Feedback-Type: {kind}", kind="feedback-report")) is None


def test_a_report_about_encryption_is_no_bounce() -> None:
    kind = "Content-Type: multipart/report; report-type=tlsrpt; boundary=b"
    lines = ["From: tls@box.test", "Subject: Report Domain: support.test", kind, "", "--b", "", "Report"]
    assert bounce(*lines, sender="tls@box.test") is None


def test_a_complaint_may_be_a_marked_copy_and_nothing_else() -> None:
    lines = ["From: staff@box.test", "Subject: complaint about message from 192.0.2.1"]
    lines += ["Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: message/rfc822", ""]
    read = found(*lines, "X-HmXmrOriginalRecipient: ada@ada.test", *RETURNED, "--b--", sender="staff@box.test")
    assert (read.action, read.recipient, read.original_message_id) == ("complaint", "ada@ada.test", OURS)


UNKNOWN, FULL, DELAYED = ("5.1.1", "failed", True), ("5.2.2", "failed", False), ("4.0.0", "delayed", False)


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        pytest.param(
            words(
                "failure notice",
                "Hi. This is the qmail-send program at relay.test.",
                "I'm afraid I wasn't able to deliver your message to the following addresses.",
                "This is a permanent error; I've given up. Sorry it didn't work out.",
                "",
                "<ada@ada.test>:",
                "Sorry, no mailbox here by that name. (#5.1.1)",
                "",
                "--- Below this line is a copy of the message.",
                "",
            ),
            UNKNOWN,
            id="qmail",
        ),
        pytest.param(
            words(
                "Mail delivery failed: returning message to sender",
                "This message was created automatically by mail delivery software.",
                "A message that you sent could not be delivered to one or more of its recipients.",
                "  ada@ada.test",
                "    SMTP error from remote mail server after RCPT TO:<ada@ada.test>:",
                "    host mx.ada.test [192.0.2.7]: 550 No such user",
                "------ This is a copy of the message, including all the headers. ------",
                "",
            ),
            UNKNOWN,
            id="exim",
        ),
        pytest.param(
            words(
                "Returned mail: see transcript for details",
                "The original message was received at Mon, 2 Nov 2026 10:00:00 GMT",
                "   ----- The following addresses had permanent fatal errors -----",
                "<ada@ada.test>",
                "    (reason: 552 5.2.2 Over quota)",
                "   ----- Transcript of session follows -----",
                "<<< 552 5.2.2 Over quota",
                "   ----- Message header follows -----",
            ),
            FULL,
            id="sendmail",
        ),
        pytest.param(
            words(
                "Undeliverable: Your order",
                "Your message",
                "  To:      ada@ada.test",
                "  Subject: Your order",
                "did not reach the following recipient(s):",
                "ada@ada.test on Mon, 2 Nov 2026 11:00:00 +0100",
                "    The recipient name is not recognized",
                "",
                origin="System Administrator <postmaster@ada.test>",
            ),
            UNKNOWN,
            id="exchange",
        ),
        pytest.param(
            words(
                "DELIVERY FAILURE: User ada (ada@ada.test) not listed in Domino Directory",
                "Your message",
                "  Subject: Your order",
                "was not delivered to:",
                "  ada@ada.test",
                "because:",
                "  User ada (ada@ada.test) not listed in Domino Directory",
                origin="Postmaster@ada.test",
            ),
            UNKNOWN,
            id="domino",
        ),
        pytest.param(
            words(
                "Unzustellbar: Ihre Bestellung",
                "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Verteilerlisten:",
                "ada@ada.test",
                "Das Postfach des Empfängers ist voll.",
                "Ursprüngliche Nachrichtenkopfzeilen:",
            ),
            FULL,
            id="German",
        ),
        pytest.param(
            words(
                "Não é possível entregar: O seu pedido",
                "Falha na entrega para estes destinatários ou grupos:",
                "ada@ada.test",
                "Destinatário desconhecido",
            ),
            UNKNOWN,
            id="Portuguese",
        ),
        pytest.param(
            words(
                "Non remis : Votre commande",
                "Votre message n'a pas pu être remis à :",
                "ada@ada.test",
                "Utilisateur inconnu",
            ),
            UNKNOWN,
            id="French",
        ),
        pytest.param(
            words(
                "Сообщение не доставлено",
                "Письмо не может быть доставлено получателю",
                "ada@ada.test",
                "Почтовый ящик переполнен",
            ),
            FULL,
            id="Russian",
        ),
        pytest.param(
            words(
                "メールエラー通知",
                "次のあて先に送信できませんでした。",
                "<ada@ada.test>",
                "メールアドレスが見つかりませんでした。",
            ),
            UNKNOWN,
            id="Japanese",
        ),
        pytest.param(
            words(
                "Warning: message delayed 24 hours",
                "A message that you sent has not yet been delivered to:",
                "  ada@ada.test",
                "No action is required on your part. Delivery attempts will continue for some time,",
                "and eventually the mail delivery software will give up.",
            ),
            DELAYED,
            id="delayed",
        ),
    ],
)
def test_a_bounce_in_words_is_read(mail: list[str], expected: tuple[str, str, bool]) -> None:
    """Checklist 49 and 50, for the half of all bounces that are no reports."""
    read = found(*mail, *RETURNED)
    assert (read.status, read.action, read.hard) == expected
    assert (read.recipient, read.original_message_id) == ("ada@ada.test", OURS)


def test_a_bounce_need_not_come_from_a_mail_system_by_name() -> None:
    lines = ["Subject: Delivery failed", "Your message could not be delivered to ada@ada.test", "550 user unknown"]
    read = found("From: gateway@ada.test", lines[0], "", *lines[1:], sender="gateway@ada.test")
    assert (read.status, read.recipient) == ("5.1.1", "ada@ada.test")


def test_failed_recipients_in_the_header_are_enough() -> None:
    read = found("X-Failed-Recipients: ada@ada.test, bob@ada.test", "Subject: hm", "", "It did not work.", sender=None)
    assert (read.status, read.recipient, read.hard) == ("5.0.0", "ada@ada.test", False)


def test_an_envelope_without_a_sender_is_needed_where_nothing_else_tells() -> None:
    lines = [
        "From: box@ada.test",
        "Subject: Mail",
        "",
        "Could not be delivered to: <ada@ada.test>",
        "As the mailbox is full.",
    ]
    lines += ["----- Original message -----", *RETURNED]
    assert found(*lines).status == "5.2.2"
    assert bounce(*lines, sender="box@ada.test") is None
    assert found("Return-Path: <>", *lines, sender=None).status == "5.2.2"


def test_the_address_it_was_returned_to_is_not_the_one_that_failed() -> None:
    assert found(
        *words("Returned mail", "From support@support.test", "To ada@ada.test", "550 user unknown")
    ).recipient == ("ada@ada.test")


def test_a_report_that_a_gateway_has_wrapped_is_opened() -> None:
    inner = report("Reporting-MTA: dns; x", *recipient("5.1.1", "failed"))
    lines = [
        "From: MAILER-DAEMON@gate.test",
        "Subject: Returned mail",
        "Content-Type: multipart/mixed; boundary=o",
        "",
        "--o",
    ]
    read = found(*lines, "", "See below", "--o", "Content-Type: message/rfc822", "", *inner, "--o--")
    assert (read.status, read.recipient, read.original_message_id) == ("5.1.1", "ada@ada.test", OURS)


def test_a_reason_is_one_line_without_addresses_and_short() -> None:
    said = "550 <ada@ada.test> unknown, ask bob@ada.test " + "very " * 200
    reason = found(*report("Reporting-MTA: dns; x", *recipient("5.1.1", "failed", said))).reason
    assert reason.startswith("550 (address) unknown, ask (address) very")
    assert len(reason) <= REASON_LIMIT
    assert "\n" not in reason


@pytest.mark.parametrize(
    "lines",
    [
        ["From: Ada <ada@ada.test>", "Subject: Undeliverable mail", "", "Hello, I get 550 errors. What can I do?"],
        [
            "From: Ada <ada@ada.test>",
            "Subject: Delivery failed",
            "",
            "The parcel could not be delivered to my address.",
        ],
        [
            "From: Ada <ada@ada.test>",
            "Subject: Delivery problem",
            "",
            "My mails to you are rejected, bob@ada.test too.",
        ],
        [
            "From: Ada <ada@ada.test>",
            "Subject: Re: Undelivered Mail Returned to Sender",
            "",
            "Your mail could not be delivered",
        ],
        [
            "From: Ada <ada@ada.test>",
            "Subject: Fwd: failure notice",
            "",
            "> Hi. This is the qmail-send program",
            "> <a@b.test>:",
        ],
        ["From: Ada <ada@ada.test>", "Subject: My order", "", "It failed: 550 5.1.1 user unknown"],
        [
            "From: Shop <news@shop.test>",
            "List-Unsubscribe: <x>",
            "Subject: Delivery error? Never again!",
            "",
            "a@b.test failed",
        ],
    ],
)
def test_what_people_write_about_failed_mail_is_no_bounce(lines: list[str]) -> None:
    assert bounce(*lines, sender="ada@ada.test") is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Automatic reply: Your order", "I am out of the office. Write to bob@ada.test."),
        ("Abwesenheitsnotiz: Ihre Bestellung", "Ihre Mail wird nicht zugestellt an bob@ada.test."),
        ("Re: Your order", "I no longer work here. This account is closed, write to bob@ada.test."),
        (
            "Please confirm your message",
            "Your message was not delivered yet. Confirm that you sent it to ada@ada.test.",
        ),
        ("Delivery status notification: success", "Your message was successfully delivered to ada@ada.test."),
        ("Your ticket", "Your message was received."),
    ],
)
def test_an_answer_by_a_machine_is_no_bounce(subject: str, text: str) -> None:
    header = ["From: Ada <ada@ada.test>", f"Subject: {subject}", "Auto-Submitted: auto-replied"]
    assert bounce(*header, "", text) is None
    assert bounce("Return-Path: <>", *header, "", text, sender=None) is None


def test_a_postmaster_is_a_person_until_everything_tells_otherwise() -> None:
    origin = "From: postmaster@ada.test"
    asked = [origin, "Subject: Mail problem", "", "Our users get 550 errors when they write to bob@support.test."]
    assert bounce(*asked, sender="postmaster@ada.test") is None
    told = [
        origin,
        "Subject: Delivery failure",
        "",
        "Your message was not delivered to bob@ada.test.",
        "550 unknown user",
    ]
    assert found(*told, sender="postmaster@ada.test").status == "5.1.1"


def test_a_receipt_is_no_bounce() -> None:
    fields = ["Final-Recipient: rfc822; ada@ada.test", "Disposition: manual-action/MDN-sent-manually; displayed"]
    assert bounce(*report(*fields, kind="disposition-notification")) is None


def test_a_report_somebody_passes_on_is_no_bounce() -> None:
    inner = report("Reporting-MTA: dns; x", *recipient("5.1.1", "failed"))
    lines = [
        "From: Ada <ada@ada.test>",
        "Subject: What is this?",
        "Content-Type: multipart/mixed; boundary=o",
        "",
        "--o",
        "",
    ]
    assert (
        bounce(*lines, "See below", "--o", "Content-Type: message/rfc822", "", *inner, "--o--", sender="ada@ada.test")
        is None
    )


@given(st.lists(st.sampled_from([*report(*recipient("5.1.1", "failed")), *RETURNED, "550", "--b", "é\0"]), max_size=40))
def test_junk_is_read_without_an_error(lines: list[str]) -> None:
    for sender in ("", None, "ada@ada.test"):
        bounce(*lines, sender=sender)


@pytest.mark.parametrize(
    "piece",
    ["a@", "a@b.", "delivery to ", "550 ", "5.1.1.", "-- ", "mail ", "\n", "domain ", "<a@b>\n", "(", "speicher", "--"],
)
def test_a_bounce_of_any_length_is_read_in_linear_time(piece: str) -> None:
    def work(part: int) -> None:
        text = piece * (1_000_000 // len(piece) // part)
        bounce(*words("Returned mail", text))
        bounce(*report("Reporting-MTA: dns; x", *recipient("5.0.0", "failed", text), text))
        bounce("From: MAILER-DAEMON@x", f"Subject: {text}", "", "")

    grows_little(work)
