"""What of a mail is its text and what is a file, however its parts are nested."""

import base64
from collections.abc import Sequence

import pytest

from contactcenter.channels.email.reading.contents import contents_of, markup_of, plain_of, text_in
from contactcenter.channels.email.reading.display import display
from contactcenter.channels.email.reading.parse import chunks, parse
from contactcenter.channels.email.reading.remarks import CUT_UP, ENCRYPTED, SIGNED_PGP, SIGNED_SMIME
from contactcenter.channels.email.syntax.mime import read as read_mail
from tests.unit.test_email_parse import ADA, OWN, mixed, raw, read

Lines = Sequence[str]
PLAIN: Lines = ["Content-Type: text/plain", "", "plain"]
RICH: Lines = ["Content-Type: text/html", "", "<p>rich</p>"]
BLANK: Lines = ["Content-Type: text/plain", "", " "]
PDF: Lines = ["Content-Type: application/pdf; name=a.pdf", "", "%PDF"]
DOT: Lines = ["Content-Type: image/gif; name=dot.gif", "Content-ID: <dot@shop.test>", "", "GIF"]
LATER: Lines = ["", "later"]


def multi(kind: str, *parts: Lines) -> list[str]:
    """A multipart of these parts; its boundary names its kind."""
    name = kind.partition(";")[0]
    lines = [f"Content-Type: multipart/{kind}; boundary={name}", ""]
    for inner in parts:
        lines += [f"--{name}", *inner]
    return [*lines, f"--{name}--"]


@pytest.mark.parametrize(
    ("mail", "text", "names"),
    [
        (PLAIN, "plain", []),
        (RICH, "rich", []),
        (["", ""], "", []),
        (PDF, "", ["a.pdf"]),
        (multi("alternative", PLAIN, RICH), "plain", []),
        (multi("alternative", RICH, PLAIN), "plain", []),
        (multi("alternative", BLANK, RICH), "rich", []),
        (multi("alternative", PLAIN, multi("related", RICH, DOT)), "plain", ["dot.gif"]),
        (multi("related", multi("alternative", PLAIN, RICH), DOT), "plain", ["dot.gif"]),
        (
            multi("alternative", PLAIN, multi("mixed", RICH, PDF, ["Content-Type: text/html", "", "end"])),
            "plain",
            ["a.pdf"],
        ),
        (multi("mixed", PLAIN, PDF, LATER), "plain\n\nlater", ["a.pdf"]),
        (multi("mixed", RICH, PDF, LATER), "rich\n\nlater", ["a.pdf"]),
        (multi("mixed", multi("alternative", PLAIN, RICH), LATER), "plain\n\nlater", []),
        (multi("mixed", multi("related", PLAIN), multi("signed", PDF, PDF)), "plain", ["a.pdf", "a (2).pdf"]),
        (multi("mixed", PLAIN, ["Content-Type: text/plain; name=log.txt", "", "log"]), "plain", ["log.txt"]),
        (multi("mixed", ["Content-Type: text/plain; name=body.txt", "", "named"], PDF), "named", ["a.pdf"]),
        (multi("mixed", PLAIN, ["Content-Disposition: attachment", "", "log"]), "plain", ["part-1.txt"]),
        (multi("mixed", PLAIN, ["Content-Disposition: odd; filename=a.log", "", "log"]), "plain", ["a.log"]),
        (multi("mixed", PLAIN, ["Content-Type: text/x-patch", "", "+1"]), "plain", ["part-1.bin"]),
        (["Content-Type: text/x-patch", "", "+1"], "+1", []),
        (multi("alternative", PLAIN, ["Content-Type: text/x-amp-html", "", "<x>"], RICH), "plain", []),
        (multi("alternative", PLAIN, ["Content-Type: text/watch-html", "", "<x>"]), "plain", []),
        (multi("digest", ["", "Subject: one", "", "x"], ["", "Subject: two", "", "y"]), "", ["one.eml", "two.eml"]),
        (multi("appledouble", ["Content-Type: application/applefile; name=a", "", "x"], PDF), "", ["a", "a.pdf"]),
        (multi("report", PLAIN, ["Content-Type: message/delivery-status", "", "Status: 5"]), "plain", ["part-1.txt"]),
        (["Content-Type: text/enriched", "", "<bold>one</bold>\nline\n\nnext <<b>"], "one line\nnext <b>", []),
        (["Content-Type: text/plain/odd", "", "plain"], "plain", []),
        (["Content-Type: text", "", "plain"], "plain", []),
        (["Content-Type: multipart/mixed", "", "no boundary at all"], "no boundary at all", []),
        (["Content-Type: application/pdf name=a.pdf", "", "%PDF"], "", ["a.pdf"]),
    ],
)
def test_text_and_files_are_told_apart(mail: Lines, text: str, names: list[str]) -> None:
    """Checklist 26."""
    said = read(ADA, *mail)
    assert (said.text, [attached.name for attached in said.attachments]) == (text, names)


def test_a_multipart_that_does_not_name_its_delimiter_is_read() -> None:
    mail = ["Content-Type: multipart/mixed", "", "--b1", *PLAIN, "--b1", *PDF, "--b1--"]
    said = read(ADA, *mail)
    assert (said.text, len(said.attachments)) == ("plain", 1)


def test_a_multipart_within_its_own_delimiter_is_the_one_around_it() -> None:
    shell = ["Content-Type: multipart/alternative; boundary=mixed", ""]
    assert read(ADA, *multi("mixed", shell, PLAIN, RICH)).text == "plain"


def test_what_stands_behind_an_inner_end_of_the_same_delimiter_is_read() -> None:
    """Checklist 18."""
    shell = ["Content-Type: multipart/alternative; boundary=mixed", ""]
    said = read(ADA, *multi("mixed", shell, PLAIN, RICH), "", "--mixed", *PDF, "--mixed--")
    assert (said.text, [file.name for file in said.attachments]) == ("plain", ["a.pdf"])


def test_a_part_with_a_name_and_no_type_is_a_file() -> None:
    said = read(ADA, *multi("mixed", PLAIN, ['Content-Type: ; name="lamp.dat"', "", "x"]))
    assert [(file.name, file.type) for file in said.attachments] == [("lamp.dat", "application/octet-stream")]


def test_a_name_of_blanks_is_none() -> None:
    said = read(ADA, *multi("mixed", ['Content-Type: text/plain; name=" "', "Content-Disposition: inline", "", "hi"]))
    assert (said.text, said.attachments) == ("hi", ())


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_a_multipart_that_is_encoded_as_a_whole_is_read(encoding: str) -> None:
    inner = "\r\n".join(multi("mixed", PLAIN, PDF)[2:]).encode()
    body = base64.encodebytes(inner) if encoding == "base64" else inner.replace(b"--", b"=2D=2D")
    fields = ["Content-Type: multipart/mixed; boundary=mixed", f"Content-Transfer-Encoding: {encoding}"]
    event = raw(ADA, *fields, "", body)
    (said,) = parse(event, OWN)
    assert (said.text, [file.name for file in said.attachments]) == ("plain", ["a.pdf"])
    assert b"".join(chunks(event, "1")) == b"%PDF"


def test_what_a_file_puts_before_a_mail_is_passed_over() -> None:
    assert read(b"\xef\xbb\xbf" + ADA.encode(), "", "hi").sender.address == "ada@example.org"
    assert read("", "", ADA, "", "hi").sender.address == "ada@example.org"


def test_a_file_of_no_type_at_all_is_a_file() -> None:
    assert read(ADA, "Content-Type: unknown; name=a", "", "x").attachments[0].type == "application/octet-stream"


def test_the_empty_line_between_header_and_text_may_be_missing() -> None:
    said = read(ADA, *multi("mixed", ["Content-Type: text/plain", "Dear team, where is it?"], ["no header, no blank"]))
    assert said.text == "Dear team, where is it?\n\nno header, no blank"


def test_a_line_that_is_no_field_loses_no_other() -> None:
    said = read("From nobody Mon Jan  1 00:00:00 2026", "an odd line", ADA, "Subject: hello", "", "text")
    assert (said.sender.address, said.subject, said.text) == ("ada@example.org", "hello", "text")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_mail_reads_alike_whatever_ends_its_lines(end: str) -> None:
    mail = end.join([ADA, *multi("mixed", multi("alternative", PLAIN, RICH), PDF), ""]).encode()
    contents = contents_of(read_mail(mail))
    assert (text_in(contents), markup_of(contents)) == ("plain", "<p>rich</p>")
    assert contents.leaves[2].part.content() == b"%PDF"


@pytest.mark.parametrize(
    ("parameters", "body", "text"),
    [
        ("", "one \r\ntwo", "one \ntwo"),
        ("; format=flowed", "one \r\ntwo\r\nthree", "one two\nthree"),
        ("; format=flowed; delsp=yes", "over \r\nmorrow", "overmorrow"),
        ("; format=flowed", "> one \r\n> two\r\nyes", "> one two\nyes"),
        ("; format=flowed", "> one \r\n>> two \r\nyes", "> one \n>> two \nyes"),
        ("; format=flowed", ">>one \r\n>>two\r\n>three", ">>one two\n>three"),
        ("; format=flowed", " From here", "From here"),
        ("; format=flowed", "bye \r\n-- \r\nAda \r\nL.", "bye \n-- \nAda L."),
    ],
)
def test_flowed_text_is_put_together(parameters: str, body: str, text: str) -> None:
    assert read(ADA, f"Content-Type: text/plain{parameters}", "", body).text == text


def test_plain_words_and_html_are_given_apart() -> None:
    both = contents_of(read_mail("\r\n".join([ADA, *multi("alternative", PLAIN, RICH)]).encode()))
    only = contents_of(read_mail("\r\n".join([ADA, *RICH]).encode()))
    assert (plain_of(both), markup_of(both)) == ("plain", "<p>rich</p>")
    assert (plain_of(only), markup_of(only)) == ("", "<p>rich</p>")


def test_pictures_in_the_text_are_found_by_their_content_id_and_are_files_too() -> None:
    """Checklist 22."""
    mail = multi("related", ["Content-Type: text/html", "", "<img src=cid:dot@shop.test>"], DOT, PDF)
    shown = display("\r\n".join([ADA, *mail]).encode())
    assert (shown.markup, shown.images) == ("<img src=cid:dot@shop.test>", {"dot@shop.test": "part:1"})
    assert [attached.ref for attached in read(ADA, *mail).attachments] == ["part:1", "part:2"]


def test_a_picture_in_a_plain_mail_is_a_file() -> None:
    """Checklist 22."""
    assert [attached.name for attached in read(ADA, *multi("mixed", PLAIN, DOT)).attachments] == ["dot.gif"]


def test_words_around_html_are_shown_with_it() -> None:
    shown = display("\r\n".join([ADA, *multi("mixed", RICH, ["", "a < b"])]).encode())
    assert shown.markup == '<p>rich</p>\n<div style="white-space: pre-wrap">a &lt; b</div>'


PKCS7 = base64.b64encode(
    bytes.fromhex("3080 06092a864886f70d010702 a080 3080 020101 3100 3080 06092a864886f70d010701 a080 2480")
    + b"\x04\x1eContent-Type: text/plain\r\n\r\nhi"
    + b"\x04\x04 Ada"
).decode()


@pytest.mark.parametrize(
    ("mail", "text", "remark"),
    [
        (multi("signed; protocol=application/pkcs7-signature", PLAIN, PDF), "plain", SIGNED_SMIME),
        (multi("signed; protocol=application/pgp-signature", PLAIN, PDF), "plain", SIGNED_PGP),
        (["", "-----BEGIN PGP SIGNED MESSAGE-----"], "-----BEGIN PGP SIGNED MESSAGE-----", SIGNED_PGP),
        (multi("encrypted", ["Content-Type: application/pgp-encrypted", "", "Version: 1"], PDF), "", ENCRYPTED),
        (["", "-----BEGIN PGP MESSAGE-----"], "-----BEGIN PGP MESSAGE-----", ENCRYPTED),
        (["Content-Type: application/pkcs7-mime; smime-type=enveloped-data", "", "0"], "", ENCRYPTED),
        (
            ["Content-Type: application/pkcs7-mime", "Content-Transfer-Encoding: base64", "", PKCS7],
            "hi Ada",
            SIGNED_SMIME,
        ),
    ],
)
def test_what_is_signed_is_read_and_what_is_encrypted_is_told(mail: Lines, text: str, remark: str) -> None:
    """Checklist 25."""
    said = read(ADA, *mail)
    assert (said.text, said.remarks) == (text, (remark,))
    assert said.unreadable == ("it is encrypted" if remark == ENCRYPTED else "")


def test_an_attached_mail_is_a_file_that_opens_as_one() -> None:
    """Checklist 25."""
    said = read(*mixed(["", "look"], ["Content-Type: message/rfc822; name=Hello", "", "Subject: x", "", "y"]))
    assert said.attachments[0].name == "Hello.eml"


def test_a_mail_of_too_many_parts_says_so_and_keeps_the_first() -> None:
    """Checklist 30."""
    said = read(*mixed(*[PDF] * 1200))
    assert len(said.attachments) >= 200
    assert CUT_UP in said.remarks
    assert read(*mixed(*[PDF] * 200)).remarks == ()
    assert len(read(*mixed(*[PDF] * 200)).attachments) == 200


def test_a_mail_that_is_nested_too_deep_says_so_and_one_that_only_breaks_the_rules_does_not() -> None:
    """Checklist 30."""
    nested: Lines = PLAIN
    for depth in range(40):
        nested = [f"Content-Type: multipart/mixed; boundary=b{depth}", "", f"--b{depth}", *nested, f"--b{depth}--"]
    assert read(ADA, *nested).remarks == (CUT_UP,)
    assert read(ADA, "Content-Type: multipart/mixed", "", "no delimiter").remarks == ()
