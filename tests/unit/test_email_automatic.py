"""Robots are told from people, and what is in doubt is a person."""

import pytest

from contactcenter.channels.email.robots.automatic import why_automatic
from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.channels.email.syntax.mime import read, with_crlf
from tests.growth import grows_little

ANSWER = "In-Reply-To: <7.2.abc@support.test>"


def why(*lines: str, sender: str = "ada@ada.test", envelope: str | None = "ada@ada.test") -> str:
    mail = read(with_crlf("\n".join([*lines, "", "hello"]).encode()))
    return why_automatic(mail.fields, mail.type, sender, envelope)


@pytest.mark.parametrize("value", ["no", "No", "no (I wrote this myself)", "(really) no", " no ; x=y"])
def test_auto_submitted_no_is_a_person(value: str) -> None:
    """Checklist 45."""
    assert why(f"Auto-Submitted: {value}") == ""


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("Auto-Submitted: auto-replied", "Auto-Submitted: auto-replied"),
        ("Auto-Submitted: (Sieve) auto-replied (vacation)", "Auto-Submitted: (sieve) auto-replied (vacation)"),
        ("Auto-Submitted: auto-notified; owner-email=x", "Auto-Submitted: auto-notified"),
        ("Auto-Submitted: no\nAuto-Submitted: auto-generated", "Auto-Submitted: auto-generated"),
        ("Precedence: bulk", "Precedence: bulk"),
        ("Precedence: auto_reply", "Precedence: auto_reply"),
        ("X-Precedence: junk", "X-Precedence: junk"),
        ("Precedence: list", "list mail"),
        ("List-Id: Customers <list.ada.test>", "list mail"),
        ("List-Unsubscribe: <mailto:x@ada.test>", "list mail"),
        ("X-Auto-Response-Suppress: All", "X-Auto-Response-Suppress"),
        ("X-Auto-Response-Suppress: DR, RN, OOF,AutoReply", "X-Auto-Response-Suppress"),
        ("X-Autoreply: yes", "X-Autoreply"),
        ("X-Autorespond: Away", "X-Autorespond"),
        ("X-Loop: ada@ada.test", "X-Loop"),
        ("X-FC-MachineGenerated: true", "X-Fc-Machinegenerated"),
        ("X-Mailer: My Autoresponder 3", "sent by an autoresponder"),
        ("X-Failed-Recipients: bob@ada.test", "a delivery report"),
        ("Content-Type: multipart/report; boundary=b", "a delivery report"),
    ],
)
def test_what_programs_say_of_themselves_is_believed(field: str, reason: str) -> None:
    """Checklist 44."""
    assert why(*field.split("\n")) == reason


@pytest.mark.parametrize(
    "field",
    [
        "X-Auto-Response-Suppress: DR, RN, NRN",
        "X-Auto-Response-Suppress: None",
        "Precedence: normal",
        "X-Autoreply: no",
        "X-Mailer: Microsoft Outlook 16.0",
        "X-Spam-Status: No",
        "Auto-Submitted:",
    ],
)
def test_what_is_no_such_word_is_a_person(field: str) -> None:
    assert why(field) == ""


def test_a_mail_nobody_could_answer_is_automatic() -> None:
    """Checklist 44."""
    assert why(envelope="") == "sent without a return address"
    assert why("Return-Path: <>", envelope=None) == "sent without a return address"
    assert why("Return-Path: <>", envelope="ada@ada.test") == ""  # a mail may say anything; the transport knows
    assert why(envelope=None) == ""


@pytest.mark.parametrize(
    "local",
    [
        *("MAILER-DAEMON", "mailer.daemon", "postmaster", "bounce", "bounces+7", "bounce-7=x", "no-reply", "NoReply"),
        *("no_reply", "no.reply", "noreply-shop", "noreply7", "shop.noreply", "shop-no-reply", "do-not-reply"),
        *("donotreply", "please-do-not-reply", "do_not_respond", "no-response", "autoreply", "auto-responder"),
        *("nicht-antworten", "ne-pas-repondre", "no-responder", "nao-responda", "niet-antwoorden"),
    ],
)
def test_an_address_nobody_reads_is_known(local: str) -> None:
    """Checklist 44."""
    assert why(sender=f"{local}@ada.test") == "sent by an address nobody reads"


@pytest.mark.parametrize(
    "local", ["ada", "norepson", "anna.bounce", "rooted", "daemonica", "noreen", "reply", "masterpost"]
)
def test_a_name_that_looks_alike_is_a_person(local: str) -> None:
    assert why(sender=f"{local}@ada.test") == ""


@pytest.mark.parametrize(
    "subject",
    [
        *(
            "Automatic reply: Your order",
            "Auto-reply: Your order",
            "Autoreply: Your order",
            "AutoReply",
            "[Auto-Reply] Hi",
        ),
        *("Out of Office: Your order", "Out of Office AutoReply: Your order", "Out of the office"),
        *("Abwesenheitsnotiz: Ihre Bestellung", "Automatische Antwort: Ihre Bestellung"),
        *("Réponse automatique : Votre commande", "Respuesta automática: Su pedido", "Risposta automatica: Ordine"),
        *("Resposta automática: O seu pedido", "Automatisch antwoord: Uw bestelling", "Autosvar: Din ordre"),
        *("Automatyczna odpowiedź: Zamówienie", "Автоматический ответ: Заказ", "自動応答: 注文", "自动答复: 订单"),
    ],
)
def test_an_answer_whose_subject_begins_as_programs_begin_theirs_is_automatic(subject: str) -> None:
    assert why(f"Subject: {subject}", ANSWER) == "an answer that says it is automatic"


@pytest.mark.parametrize(
    "lines",
    [
        ["Subject: Out of office today, need help", ANSWER],
        ["Subject: Automatic reply does not work", ANSWER],
        ["Subject: Re: Automatic reply: Your order", ANSWER],
        ["Subject: AW: Abwesenheitsnotiz: Ihre Bestellung", ANSWER],
        ["Subject: Automatic reply: how do I turn it off?"],
        ["Subject: Away from keyboard", ANSWER],
    ],
)
def test_a_person_who_writes_about_being_away_is_a_person(lines: list[str]) -> None:
    """Checklist 45."""
    assert why(*lines) == ""


@pytest.mark.parametrize(
    "field", ["Auto-Submitted", "Precedence", "Subject", "X-Auto-Response-Suppress", "From", "X-Mailer"]
)
@pytest.mark.parametrize("piece", ["(", "no ", "-reply", "auto reply ", '"<'])
def test_a_field_of_any_length_is_read_in_linear_time(field: str, piece: str) -> None:
    def work(part: int) -> None:
        long = piece * (10_000 // part)
        why(f"{field}: {long}", ANSWER, sender=long)

    grows_little(work)


@pytest.mark.parametrize(
    "field",
    [
        "List-Post: <https://groups.test/x>, <mailto:support@desk.test>",
        "List-ID: Support <support.desk.test>",
        "List-Post: <mailto:Support@Desk.Test?subject=x>\nPrecedence: list\nX-Auto-Response-Suppress: All",
    ],
)
def test_what_people_write_to_a_group_of_our_own_name_is_no_list_mail(field: str) -> None:
    """A support address is often a Google Group, and every customer's mail has passed through it."""
    fields = read(f"{field}\nSubject: Help\n\nx".replace("\n", "\r\n").encode()).fields
    own = OwnAddress("support@desk.test")
    assert why_automatic(fields, "text/plain", "ada@example.test", "support+bounces@desk.test", own) == ""
    assert why_automatic(fields, "text/plain", "ada@example.test", None, OwnAddress("sales@desk.test")) != ""
    assert why_automatic(fields, "text/plain", "no-reply@example.test", None, own) == "sent by an address nobody reads"
