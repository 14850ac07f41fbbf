"""Mail made to be slow, endless or broken, and mail that is only large."""

import base64
import mmap
import random
import struct
import tracemalloc
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from contactcenter.channels.email.reading.contents import contents_of
from contactcenter.channels.email.reading.display import display
from contactcenter.channels.email.reading.forwarded import original_sender
from contactcenter.channels.email.reading.parse import chunks, parse
from contactcenter.channels.email.reading.safe_html import shown
from contactcenter.channels.email.syntax.mailboxes import mailboxes
from contactcenter.channels.email.syntax.mime import read as read_mail
from contactcenter.channels.email.syntax.transfer import CHUNK
from contactcenter.model.values import RawEvent, Unparseable
from tests.growth import grows_little
from tests.unit.test_email_files import properties, string, winmail
from tests.unit.test_email_parse import ADA, OWN, raw, read


def whole(event: RawEvent, ref: str) -> bytes:
    """The bytes of one of its files."""
    return b"".join(chunks(event, ref))


def tnef(attributes: bytes) -> bytes:
    return b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\0\0" + attributes


def rtf(packed: bytes) -> bytes:
    found = struct.pack("<HHII", 0x102, 0x1009, 1, len(packed)) + packed
    value = properties(found)
    return tnef(b"\x01" + struct.pack("<II", 0x00069003, len(value)) + value)


def rich(size: int) -> bytes:
    """A property of packed rich text: literal bytes, which cost as much as any others."""
    packed = struct.pack("<II4sI", size, size, b"MELA", 0) + b"{\\b " * (size // 4)
    return properties(struct.pack("<HHII", 0x102, 0x1009, 1, len(packed)) + packed)


RICH = rich(200_000)


def multi(part_: bytes, count: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + (b"--x\r\n" + part_ + b"\r\n") * count


CALENDAR = b"Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n"


@lru_cache(maxsize=2)
def hostile(part: int) -> dict[str, bytes]:
    """Of each a whole (1), or a part of it."""
    return {
        "recipients": b"To: " + b"Ada <ada@b.test>, " * (20_000 // part) + b"\r\n\r\nhi",
        "recipient fields": b"To: ada@b.test\r\n" * (20_000 // part) + b"\r\nhi",
        "names without addresses": b"To: " + b"Ada, " * (12_000 // part) + b"\r\n\r\nhi",
        "comments": b"To: " + b"(\\" * (30_000 // part) + b"\r\n\r\nhi",
        "nested comments": b"To: " + b"((" * (15_000 // part) + b"))" * (15_000 // part) + b"\r\n\r\nhi",
        "at signs": b"To: " + b"@ " * (30_000 // part) + b"\r\n\r\nhi",
        "colons": b"To: " + b":" * (60_000 // part) + b"\r\n\r\nhi",
        "punycode": b"To: " + b"a@xn--80ak6aa92e.test, " * (3_000 // part) + b"\r\n\r\nhi",
        "words in names": b"To: " + b"=?utf-8?q?=C3=A4?= " * (3_000 // part) + b"<a@b.test>\r\n\r\nhi",
        "results": b"Authentication-Results: " + b"(;" * (30_000 // part) + b"\r\n\r\nhi",
        "list ids": b"List-Id: "
        + b"<" * (60_000 // part)
        + b"\r\nList-Post: "
        + b"<a" * (30_000 // part)
        + b"\r\n\r\nhi",
        "tickets": b"Subject: " + b"[ticket " * (8_000 // part) + b"\r\n\r\nhi",
        "header of one megabyte": b"X: " + b"a" * (1_000_000 // part) + b"\r\n\r\nhi",
        "fields": b"X-A: b\r\n" * (100_000 // part) + b"\r\nhi",
        "lines that are no fields": b"x y\r\n" * (100_000 // part) + b"\r\nhi",
        "files of one name": multi(b"Content-Type: image/png; name=a.png\r\n\r\nx", 2_000),
        "parameters": multi(b"Content-Type: text/plain" + b';a="' * (1_000 // part) + b"\r\n\r\nhi", 300),
        "parameters without marks": multi(
            b"Content-Disposition: attachment" + b" a=b" * (1_000 // part) + b"\r\n\r\nhi", 300
        ),
        "pieces of a name": multi(b"Content-Disposition: attachment" + b";f*1=b" * (600 // part) + b"\r\n\r\nhi", 300),
        "delimiters nobody named": b"Content-Type: multipart/mixed\r\n\r\n" + b"--a\r\n\r\n" * (50_000 // part),
        "delimiters that only begin alike": multi(b"--xy" * (100_000 // part), 1),
        "multiparts without delimiters": multi(b"Content-Type: multipart/mixed\r\n\r\na\r\n", 3_000),
        "uuencoded blocks": b"\r\n" + b"begin 644 a\r\n#86)C\r\n`\r\nend\r\n" * (20_000 // part),
        "begins of blocks": b"\r\n" + b"begin 644 a\r\n" * (40_000 // part),
        "begins of blocks with one end": b"\r\n" + b"begin 644 a\r\n" * (40_000 // part) + b"\r\nend\r\n",
        "begins of blocks in spaces": b"\r\n" + (b"begin 644 " + b" " * 250 + b"x\r\n") * (10_000 // part),
        "attributes of winmail.dat": tnef(b"\x02\x02\x90\x06\x00\0\0\0\0\0\0" * (50_000 // part)),
        "properties of winmail.dat": tnef(
            b"\x01" + struct.pack("<III", 0x00069003, 400_004, 2**31) + b"\x03\0\x00\x10\0\0\0\0" * (50_000 // part)
        ),
        "rich text that unpacks to gigabytes": rtf(
            struct.pack("<II4sI", 500_000, 2**31 - 1, b"LZFu", 0) + (b"\xff" + b"\x00\x0f" * 8) * (30_000 // part)
        ),
        "rich texts": tnef(
            (b"\x01" + struct.pack("<II", 0x00069003, len(RICH)) + RICH + b"\0\0") * 100,
        ),
        "rich text in rich text": rtf(
            struct.pack("<II4sI", 900_000, 800_000, b"MELA", 0) + b"{\\b " * (200_000 // part)
        ),
        "attendees": CALENDAR + b'ATTENDEE;CN="x":mailto:a@b.test\r\n' * (30_000 // part) + b"END:VEVENT\r\n",
        "parameters of a date": CALENDAR + b"DTSTART;" + b"A=B;" * (30_000 // part) + b":20260101\r\nEND:VEVENT\r\n",
        "components": CALENDAR + b"BEGIN:X\r\n" * (10_000 // part) + b"END:VEVENT\r\n",
        "enriched": b"Content-Type: text/enriched\r\n\r\n" + b"<param>" * (100_000 // part) + b"</param>",
        "enriched with its end in front": b"Content-Type: text/enriched\r\n\r\n</param>"
        + b"<param>" * (100_000 // part),
        "numbers of characters": b"Content-Type: text/html\r\n\r\n"
        + b"<br>" * (4_000 // part)
        + b"&#"
        + b"1" * (5_000 // part)
        + b";",
        "numbers of enriched characters": b"Content-Type: text/enriched\r\n\r\n&#" + b"1" * (5_000 // part) + b";",
        "a high byte behind a long line": b"\r\n" + b"a" * (70_000 // part) + b"\xff",
        "flowed": b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"> a \r\n" * (100_000 // part),
        "an undeclared charset": b"\r\n" + "Где мой заказ ".encode("cp1251") * (50_000 // part),
        "undeclared names": b"To: " + "Ада <a@b.test>, ".encode("cp1251") * (3_000 // part) + b"\r\n\r\nhi",
        "a long line": b"\r\n" + b"a" * (5_000_000 // part),
        "rules": b"\r\n" + (b"-" * 79 + b"\r\n") * (2_500 // part),
        "padding": b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A=" * (1_000_000 // part),
        "soft breaks": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=" + b" " * (1_500_000 // part),
        "signed": b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(bytes.fromhex("3080") * (100_000 // part)),
    }


@pytest.mark.parametrize("kind", hostile(4))
def test_hostile_mail_costs_little_and_is_kept(kind: str) -> None:
    """Checklist 28."""
    (said,) = grows_little(lambda part: parse(raw(ADA, hostile(part)[kind]), OWN))
    assert said.sender.address == "ada@example.org"
    assert len(said.attachments) <= 1_500


SEEDS = (
    b"From: Ada <ada@shop.test>\r\nTo: support@example.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
    b"--c\r\nContent-Type: text/plain; format=flowed\r\n\r\nhello \r\nthere\r\nbegin 644 a\r\n#86)C\r\n`\r\nend\r\n"
    b"--c\r\nContent-Type: text/html\r\n\r\n<p style='color:red'>hi<img src=cid:1></p>\r\n--c--\r\n"
    b"--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n"
    b"--b\r\nContent-Disposition: attachment; filename*0*=utf-8''%C3%A4; filename*1=b\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nR0lGODlh\r\n--b--\r\n",
    b"From: a@b.test\r\nContent-Type: application/ms-tnef\r\n\r\n" + winmail(string(0x1000, "Hello")),
)


def damaged(chance: random.Random) -> bytes:
    """A mail with a few bytes changed, moved, doubled or lost."""
    mail = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 12)):
        at, length = chance.randrange(len(mail)), chance.randint(1, 40)
        match chance.randrange(4):
            case 0:
                mail[at] = chance.randrange(256)
            case 1:
                del mail[at : at + length]
            case 2:
                mail[at:at] = mail[at : at + length] * chance.randint(1, 3)
            case _:
                mail[at:at] = chance.choice((b"\r\n", b"\n", b"--b\r\n", b'"', b"=?", b"\0", b"\xff", b"<", b";", b"("))
    return bytes(mail)


@pytest.mark.parametrize("seed", range(8))
def test_damaged_mail_is_read_or_unparseable(seed: int) -> None:
    """Checklist 28."""
    chance = random.Random(seed)
    for _ in range(150):
        event = RawEvent("support", "1", "s", damaged(chance))
        try:
            messages = parse(event, OWN)
        except Unparseable:
            continue
        for said in messages:
            for text in (said.text, said.subject, said.sender.name, *said.remarks):
                assert "\0" not in text
                text.encode()
            for attached in said.attachments:
                assert len(whole(event, attached.ref.removeprefix("part:"))) == attached.size
            seen = display(event.payload)
            shown(seen.markup, seen.images, remote=False)
            original_sender(said.text, seen.markup, event.payload)


def wrapped(inner: bytes, number: int) -> bytes:
    """The mail as the only part of a multipart that is encoded as a whole."""
    body = b"--b%d\r\n%b\r\n--b%d--\r\n" % (number, inner, number)
    head = (
        b'Content-Type: multipart/mixed; boundary="b%d"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n' % number
    )
    return head + body.replace(b"=", b"=3D").replace(b"-", b"=2D")


def test_encoded_multiparts_in_encoded_multiparts_are_no_copies_of_copies() -> None:
    mail = b"Content-Type: text/plain\r\n\r\n" + b"a" * 76 * 10_000
    for number in range(12):
        mail = wrapped(mail, number)
    tracemalloc.start()
    try:
        read_mail(mail)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 3 * len(mail)


@pytest.fixture
def large(tmp_path: Path) -> Iterator[mmap.mmap]:
    """A mail of 86 MB with a file of 63 MB, mapped."""
    file = tmp_path / "large.eml"
    lines = base64.encodebytes(random.Random(1).randbytes(57_000)).replace(b"\n", b"\r\n")
    with file.open("wb") as mail:
        mail.write(ADA.encode() + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n")
        mail.write(b"Content-Type: video/mp4; name=a.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n")
        for _ in range(1_100):
            mail.write(lines)
        mail.write(b"--b--\r\n")
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped


def test_a_large_mail_is_read_and_its_file_given_in_little_memory(large: mmap.mmap) -> None:
    """Checklist 29."""
    mail = read_mail(large)
    tracemalloc.start()
    try:
        contents = contents_of(mail)
        (said,) = parse(RawEvent("support", "1", "s", large), OWN)  # type: ignore[arg-type]
        given = sum(map(len, chunks(RawEvent("support", "1", "s", large), "1")))  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (said.text, len(contents.leaves)) == ("hi", 2)
    assert said.attachments[0].size == given == 62_700_000
    assert peak < 6 * CHUNK


def test_the_parts_of_a_field_that_is_no_address_list_cost_nothing_twice() -> None:
    """Checklist 28."""
    grows_little(lambda part: mailboxes(b'"' + b"a@b.test, " * (6_000 // part)))
    assert read(ADA, 'To: "', "", "hi").others == ()
