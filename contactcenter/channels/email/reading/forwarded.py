"""Who wrote the mail that somebody forwarded to us: read from what mail programs put above it, or from the mail itself.

Used by the flow when an agent forwards a customer's mail: it proposes, and the agent decides. Reads only the block that
stands first; a guess between several would be wrong both ways. Pure and total.
"""

import re

from contactcenter.channels.email.reading.who import stated_sender
from contactcenter.channels.email.syntax.mailboxes import address_in, mailboxes
from contactcenter.channels.email.syntax.markup import text_of
from contactcenter.channels.email.syntax.mime import read
from contactcenter.model.values import Sender

LINES_LIMIT = 400
LINE_LIMIT = 500  # characters
MARKUP_LIMIT = 200_000
BLOCK_LINES = 8  # in which a second field must follow the first

_FROM = (
    "from|von|de|da|van|fra|från|lähettäjä|od|от|від|kimden|gönderen|feladó|expéditeur|remitente|mittente|afzender"
    "|发件人|寄件者|寄件人|差出人|送信者|보낸 사람|보낸사람|من|מאת"
)
_OTHER = (
    "to|an|à|a|para|pour|til|till|aan|do|кому|kime|címzett|vastaanottaja|subject|betreff|objet|asunto|assunto|oggetto"
    "|onderwerp|emne|ämne|aihe|temat|předmět|тема|konu|tárgy|date|datum|datum|data|fecha|dato|päivä|дата|tarih|dátum"
    "|sent|gesendet|envoyé|enviado|enviado el|inviato|verzonden|sendt|skickat|wysłano|odesláno|отправлено"
    "|gönderme tarihi|cc|kopie|reply-to|收件人|主题|主旨|日期|发送时间|寄件日期"
    "|宛先|件名|日時|送信日時|받는 사람|제목|보낸 날짜|날짜"
    "|إلى|الموضوع|אל|נושא|תאריך"
)
_MARKS = r"[\s>*_|]*+"
_FROM_LINE = re.compile(rf"{_MARKS}(?:{_FROM})\s?\*?\s?[:：]\s?\*?[ \t]*(.*)", re.IGNORECASE)
_OTHER_LINE = re.compile(rf"{_MARKS}(?:{_OTHER})\s?\*?\s?[:：]", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'*@]{1,64}@[^\s<>()\[\],;:\"'*@]{1,255}")
_BESIDE = re.compile(r"[<(\[]?(?:mailto:)?$", re.IGNORECASE)


def original_sender(text: str, markup: str, attached: bytes | None) -> Sender | None:
    """The sender of the forwarded mail, or None where none with an address is told."""
    found = _in_text(text) or (_in_text(text_of(markup[:MARKUP_LIMIT])) if markup else None)
    if found is None and attached:
        stated = stated_sender(read(attached).fields)
        found = Sender("email", stated.address, stated.name) if stated.address else None
    return found


def _in_text(text: str) -> Sender | None:
    """Of the first block of fields: a From line with other fields right below it."""
    lines = [line[:LINE_LIMIT] for line in text.split("\n", LINES_LIMIT)[:LINES_LIMIT]]
    for number, line in enumerate(lines):
        said = _FROM_LINE.match(line)
        if said and any(map(_OTHER_LINE.match, lines[number + 1 : number + 1 + BLOCK_LINES])):
            below = lines[number + 1] if number + 1 < len(lines) else ""
            return _sender(said[1]) or _sender(f"{said[1]} {below.strip(' >')}")
    return None


def _sender(said: str) -> Sender | None:
    said = said.replace("*", "").strip()
    for box in mailboxes(said.replace("[mailto:", "<").replace("]", ">").encode())[:1]:
        if box.address:
            return Sender("email", box.address, box.name)
    found = _ADDRESS.search(said)
    address = address_in(found[0].encode()) if found else ""
    if not found or not address:
        return None
    return Sender("email", address, _BESIDE.sub("", said[: found.start()].rstrip()).strip(" \"'"))
