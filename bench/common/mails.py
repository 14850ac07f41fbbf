"""Mails as customers send them, made up from a seed: plain, alternative, HTML, attachments, names in every script.

On average they have 13 KB; most are far smaller, and those with attachments make up for it.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

MAILBOX = "support@example.test"
NAMES = ("Ada Lovelace", "Zoë Müller", "Ольга Петрова", "田中 花子", "Jürgen Groß", "فاطمة حسن", "Mary O'Neil")
SUBJECTS = (
    "Where is my order?",
    "Rückfrage zur Rechnung",
    "Возврат товара",
    "ご注文について",
    "Question",
    "Réclamation",
)
TEXT = (
    "parcel order invoice delivery address refund broken screen thank you kind regards since Monday nobody answers "
    "please Straße été größer número the of and to in is it that for was on are with as his they"
)
WORDS = TEXT.split()


def mails(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Sender and content of so many distinct mails."""
    chance = random.Random(seed)
    for number in range(count):
        yield _mail(number, seed, chance)


def _mail(number: int, seed: int, chance: random.Random) -> tuple[str, bytes]:
    sender = f"customer{seed}.{number}@example.test"
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((chance.choice(NAMES), sender))
    mail["To"] = MAILBOX
    mail["Subject"] = f"{chance.choice(SUBJECTS)} {number}"
    mail["Date"] = format_datetime(datetime(2026, 11, 21, 12, number % 60, tzinfo=UTC))
    mail["Message-ID"] = f"<{seed}.{number}@example.test>"
    mail["Received"] = "from mx.example.test (mx.example.test [192.0.2.1]) by desk.example.test; 21 Nov 2026 12:00:00"
    kind = number % 5
    text = _text(chance, 300 if kind < 3 else 150)
    if kind == 2:
        mail.set_content(_html(text), subtype="html", cte="quoted-printable")
    else:
        mail.set_content(text)
    if kind in (1, 3):
        mail.add_alternative(_html(text), subtype="html")
    if kind in (3, 4):
        picture = chance.randbytes(chance.choice((8_000, 15_000, 30_000)))
        mail.add_attachment(picture, maintype="image", subtype="jpeg", filename=f"Foto größer {number}.jpg")
    return sender, mail.as_bytes().replace(b"\r\n.", b"\r\n..").rstrip(b"\r\n")


def _text(chance: random.Random, words: int) -> str:
    return "\n".join(" ".join(chance.choices(WORDS, k=10)) for _ in range(words // 10))


def _html(text: str) -> str:
    rows = "".join(f'<p style="margin:0 0 1em;font-family:Arial,sans-serif">{line}</p>' for line in text.splitlines())
    return f"<html><head><style>p{{color:#222}}</style></head><body><div>{rows}</div></body></html>"
