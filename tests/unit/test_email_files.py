"""Files in mails: their names, their bytes in every encoding, and those that are inside others."""

import base64
import binascii
import struct
from urllib.parse import quote

import pytest

from contactcenter.channels.email.reading.display import display
from contactcenter.channels.email.reading.parse import chunks, parse
from contactcenter.channels.email.reading.rtf import text_and_markup, unpacked
from contactcenter.channels.email.reading.tnef import read_tnef
from contactcenter.model.values import RawEvent, Unparseable
from tests.unit.test_email_parse import ADA, OWN, mixed, raw, read


def whole(event: RawEvent, ref: str) -> bytes:
    """The bytes of one of its files."""
    return b"".join(chunks(event, ref))


def name_of(disposition: str, type_: str = "application/pdf") -> str:
    return read(*mixed([f"Content-Type: {type_}", f"Content-Disposition: {disposition}", "", "x"])).attachments[0].name


def test_long_names_come_in_pieces_and_in_any_order() -> None:
    """Checklist 20."""
    name = "Отчёт за ноябрь 报告 😀.pdf"
    pieces = [quote(name)[start : start + 30] for start in range(0, len(quote(name)), 30)]
    stated = [
        f"filename*{number}*={'' if number else chr(39).join(('utf-8', '', ''))}{piece}"
        for number, piece in enumerate(pieces)
    ]
    assert name_of(f"attachment; {'; '.join(reversed(stated))}") == name


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename=a.pdf; filename*=utf-8''%C3%A4.pdf", "ä.pdf"),
        ("attachment; filename==?utf-8?q?=C3=A4.pdf?=", "ä.pdf"),
        ('attachment; filename="=?utf-8?b?w6Q=?= =?utf-8?b?LnBkZg==?="', "ä.pdf"),
        ("attachment; filename*0=long; filename*1=-name; filename*2=.pdf", "long-name.pdf"),
        ("attachment; filename*=iso-8859-1'de'%E4.pdf", "ä.pdf"),
        ("attachment; filename*=%C3%A4.pdf", "ä.pdf"),
        ("attachment; filename='a b.pdf'", "'a b.pdf'"),
        ("attachment; filename=a b.pdf", "a b.pdf"),
        ("attachment; filename=报告😀.pdf", "报告😀.pdf"),
        ('attachment; filename="C:\\\\temp\\\\..\\\\a.pdf"', "a.pdf"),
        ("attachment; filename=/etc/passwd", "passwd"),
        ("attachment; filename*=utf-8''a%0D%0A%1B.pdf", "a.pdf"),
        ("attachment; filename*=utf-8''a%E2%80%AEfdp.exe", "afdp.exe"),
        ("attachment; filename=", "part-0.pdf"),
        ("attachment", "part-0.pdf"),
        ("attachment; filename=..", "file"),
    ],
)
def test_names_keep_every_script_and_lead_nowhere(disposition: str, name: str) -> None:
    """Checklist 20."""
    assert name_of(disposition) == name


def test_raw_names_in_an_undeclared_charset_are_read() -> None:
    """Checklist 20."""
    file: list[str | bytes] = [
        b'Content-Type: application/pdf; name="' + "Договор.pdf".encode("cp1251") + b'"',
        "",
        "x",
    ]
    assert read(*mixed(file)).attachments[0].name == "Договор.pdf"


def test_duplicates_are_numbered() -> None:
    """Checklist 20."""
    names = [
        attached.name for attached in read(*mixed(*[["Content-Type: image/png; name=a.png", "", "x"]] * 3)).attachments
    ]
    assert names == ["a.png", "a (2).png", "a (3).png"]


def encoded(encoding: str, body: str | bytes) -> bytes:
    fields = ["Content-Type: application/octet-stream", f"Content-Transfer-Encoding: {encoding}"]
    return whole(raw(*mixed([*fields, "", body])), "0")


@pytest.mark.parametrize(
    ("encoding", "body", "content"),
    [
        ("base64", "R0lG\r\nODlh", b"GIF89a"),
        ("base64", "R0lG ODl", b"GIF89"),
        ("base64", "R0l=R0l=", b"GIGI"),
        ("base64", "R0lGODlh=\r\n____\r\nlist footer!", b"GIF89a"),
        ("base64", "R0lGODlhR", b"GIF89a"),
        ("base64", "****", b""),
        ('"base64"', "R0lG", b"GIF"),
        ("base64; odd", "R0lG", b"GIF"),
        ("7-bit", "R0lG", b"R0lG"),
        ("quoted-printable", "a=\r\nb=3D=\r\n", b"ab="),
        ("quoted-printable", "a=  \r\nb", b"ab"),
        ("quoted-printable", "a=ZZ =", b"a=ZZ "),
        ("quoted-printable", "a=\nb", b"ab"),
        ("x-uuencode", "begin 644 a\r\n#1TE&\r\n`\r\nend", b"GIF"),
        ("x-uuencode", "no such thing", b"no such thing"),
    ],
)
def test_transfer_encodings_are_undone_as_far_as_they_go(encoding: str, body: str, content: bytes) -> None:
    """Checklist 21."""
    assert encoded(encoding, body) == content


@pytest.mark.parametrize("size", [0, 1, 524_287, 524_288, 524_289, 1_500_000])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_a_file_of_any_size_comes_whole_in_small_pieces(encoding: str, size: int) -> None:
    content = (bytes(range(32, 127)) * (size // 95 + 1))[:size]
    match encoding:
        case "base64":
            body = base64.encodebytes(content).replace(b"\n", b"\r\n")
        case "quoted-printable":
            body = binascii.b2a_qp(content).replace(b"\n", b"\r\n")
        case _:
            body = content
    lines: list[str | bytes] = [
        ADA,
        "Content-Type: video/mp4; name=a.mp4",
        f"Content-Transfer-Encoding: {encoding}",
        "",
        body,
    ]
    event = raw(*lines)
    pieces = list(chunks(event, "0"))
    assert b"".join(pieces) == content
    assert max(map(len, pieces), default=0) <= 600_000
    assert parse(event, OWN)[0].attachments[0].size == size


UU = "begin 644 plan.txt\r\n%<&QA;@H\r\n`\r\nend"


def test_a_uuencoded_file_in_the_text_is_a_file() -> None:
    """Checklist 21."""
    event = raw(ADA, "", "See here:", UU, "Bye", "begin 644 of something else", "yes")
    (said,) = parse(event, OWN)
    assert said.text == "See here:\nBye\nbegin 644 of something else\nyes"
    assert [(file.name, file.size, file.ref) for file in said.attachments] == [("plan.txt", 5, "part:0/0")]
    assert whole(event, "0/0") == b"plan\n"


@pytest.mark.parametrize(
    "body", ["=ybegin line=128 size=5 name=a\r\nabc\r\n=yend", "(This file must be converted with BinHex)"]
)
def test_other_encodings_in_a_text_are_left_alone(body: str) -> None:
    """Checklist 21."""
    said = read(ADA, "", body)
    assert (said.text, said.attachments) == (body.replace("\r\n", "\n"), ())


@pytest.mark.parametrize("ref", ["9", "0/0", "x", "", "-1", "0/x", "99999999999999999999"])
def test_a_file_that_is_not_there_is_refused(ref: str) -> None:
    with pytest.raises(Unparseable):
        whole(raw(ADA, "", "hi"), ref)


def attribute(number: int, value: bytes) -> bytes:
    return b"\x01" + struct.pack("<II", number, len(value)) + value + b"\0\0"


def string(number: int, text: str) -> bytes:
    value = text.encode("utf-16-le") + b"\0\0"
    return struct.pack("<HHII", 0x1F, number, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def binary(number: int, value: bytes) -> bytes:
    return struct.pack("<HHII", 0x102, number, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def properties(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


def winmail(*message: bytes) -> bytes:
    return (
        b"\x78\x9f\x3e\x22\1\0"
        + attribute(0x00069007, struct.pack("<II", 1252, 0))
        + attribute(0x00069003, properties(*message))
        + attribute(0x00069002, b"\0" * 14)
        + attribute(0x00018010, b"PLAN~1.TXT\0")
        + attribute(0x0006800F, b"plan")
        + attribute(
            0x00069005,
            properties(string(0x3707, "Größe 报告.txt"), string(0x370E, "text/plain"), string(0x3712, "plan@x")),
        )
        + attribute(0x00069002, b"\0" * 14)
        + attribute(0x00018010, b"short.txt\0")
        + attribute(0x0006800F, b"other")
    )


RTF = rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}{\*\generator x;}Hello\par \'cf\'f0\'e8 \u1087?\{x\}\tab y}"
HTML_RTF = (
    rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf \par\htmlrtf0 Hi \'e4{\*\htmltag84 <b>}\htmlrtf {\b\htmlrtf0 "
    rb"there{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0{\*\htmltag72 </p>}}"
)


def packed(rtf: bytes) -> bytes:
    """As LZFu without a single repetition."""
    coded = b"".join(b"\0" + rtf[start : start + 8] for start in range(0, len(rtf), 8))
    return struct.pack("<II4sI", len(coded) + 12, len(rtf), b"LZFu", 0) + coded


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (string(0x1000, "Hello\r\nGröße"), "Hello\r\nGröße"),
        (binary(0x1013, "<p>Größe</p>".encode("cp1252")), "Größe"),
        (binary(0x1009, packed(RTF)), "Hello\nПри п{x}\ty"),
        (binary(0x1009, packed(HTML_RTF)), "Hi äthere"),
    ],
)
def test_winmail_dat_is_unpacked(body: bytes, text: str) -> None:
    """Checklist 23."""
    data = base64.encodebytes(winmail(body)).decode()
    fields = ["Content-Type: application/ms-tnef; name=winmail.dat", "Content-Transfer-Encoding: base64"]
    event = raw(*mixed([*fields, "", data]))
    (said,) = parse(event, OWN)
    assert said.text.splitlines() == text.splitlines()
    assert [(file.name, file.type, file.size, file.ref) for file in said.attachments] == [
        ("Größe 报告.txt", "text/plain", 4, "part:0/0"),
        ("short.txt", "application/octet-stream", 5, "part:0/1"),
        ("winmail.dat", "application/ms-tnef", len(winmail(body)), "part:0"),
    ]
    assert (whole(event, "0/0"), whole(event, "0/1")) == (b"plan", b"other")
    assert display(event.payload).images == {"plan@x": "part:0/0"}


def test_the_text_of_the_mail_goes_before_that_in_winmail_dat() -> None:
    """Checklist 23."""
    inner = base64.encodebytes(winmail(string(0x1000, "inside"))).decode()
    file = ["Content-Type: application/ms-tnef", "Content-Transfer-Encoding: base64", "", inner]
    assert read(*mixed(["", "outside"], file)).text == "outside"


def test_a_mail_in_winmail_dat_gives_its_text_and_files() -> None:
    deep = b"\0" * 16 + winmail(string(0x1000, "deep"))
    inner = struct.pack("<HHII", 0x0D, 0x3701, 1, len(deep)) + deep + b"\0" * (-len(deep) % 4)
    outer = (
        b"\x78\x9f\x3e\x22\1\0"
        + attribute(0x00069002, b"")
        + attribute(0x00069005, properties(inner, string(0x3001, "old")))
    )
    found = read_tnef(outer)
    assert found
    assert [(file.name, file.data) for file in found.files][:2] == [("old.txt", b"deep"), ("Größe 报告.txt", b"plan")]


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_broken_winmail_dat_gives_what_was_read_until_then(cut: int) -> None:
    """Checklist 28."""
    found = read_tnef(winmail(string(0x1000, "Hello"))[:cut])
    assert found is None or len(found.files) <= 2


def test_rtf_is_unpacked_with_its_repetitions_and_to_a_limit() -> None:
    repeated = struct.pack("<II4sI", 40, 12, b"LZFu", 0) + b"\x02" + b"a" + struct.pack(">H", 207 << 4 | 9)
    assert unpacked(repeated) == b"a" * 12
    assert unpacked(struct.pack("<II4sI", 40, 3, b"MELA", 0) + b"{x}") == b"{x}"
    assert unpacked(b"junk") == b""
    assert text_and_markup(b"{\\rtf1 {\\b " * 5000 + b"deep")[0] == "deep"
