"""What mails say, and what they do not get away with."""

from collections.abc import Iterable
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.email.reading.parse import Own, chunks, parse
from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.channels.email.syntax.charsets import decode
from contactcenter.channels.email.syntax.ids import OwnIds, event_id
from contactcenter.channels.email.syntax.markup import text_of
from contactcenter.channels.email.syntax.mime import words
from contactcenter.model.values import Attached, Inbound, RawEvent, Sender, Unparseable
from tests.growth import grows_little

OWN = Own(OwnAddress("support@example.test"), OwnIds(b"secret", "example.test"))
ADA = "From: Ada Lovelace <ada@example.org>"


def whole(event: RawEvent, ref: str) -> bytes:
    """The bytes of one of its files."""
    return b"".join(chunks(event, ref))


def raw(*lines: str | bytes, sender: str = "ada@example.org") -> RawEvent:
    payload = b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    return RawEvent("support", event_id(payload), f"support:{sender}", payload, {"from": sender})


def read(*lines: str | bytes, sender: str = "ada@example.org") -> Inbound:
    (message,) = parse(raw(*lines, sender=sender), OWN)
    return message


def mixed(*parts: Iterable[str | bytes]) -> list[str | bytes]:
    """A multipart/mixed mail of these parts, each a list of lines."""
    lines: list[str | bytes] = [ADA, "Message-ID: <1@x>", 'Content-Type: multipart/mixed; boundary="=_b"', ""]
    for inner in parts:
        lines += ["--=_b", *inner]
    return [*lines, "--=_b--", ""]


def test_a_plain_mail_is_read() -> None:
    said = read(ADA, "Subject: My order", "Message-ID: <1@example.org>", "", "Where is it?", "", "Ada", "")
    assert said == Inbound(
        external_id="1@example.org",
        conversation="1@example.org",
        sender=Sender("email", "ada@example.org", "Ada Lovelace"),
        text="Where is it?\n\nAda",
        subject="My order",
    )


@pytest.mark.parametrize(
    ("field", "address", "name"),
    [
        ("ada@example.org", "ada@example.org", ""),
        ("ada@example.org (Ada L.)", "ada@example.org", "Ada L."),
        ('"Lovelace, Ada" <ada@example.org>', "ada@example.org", "Lovelace, Ada"),
        ("Lovelace, Ada <ada@example.org>", "ada@example.org", "Lovelace, Ada"),
        ("=?utf-8?q?Ad=C3=A4?= <ada@example.org>", "ada@example.org", "Adä"),
        ("Ada <ada@example.org>, Bob <bob@example.org>", "ada@example.org", "Ada"),
        ("ada@example.org, bob@example.org", "ada@example.org", ""),
        ('"ada@bank.example" <eve@evil.example>', "eve@evil.example", "ada@bank.example"),
        ("=?utf-8?q?=3Cada=40bank.example=3E?= <eve@evil.example>", "eve@evil.example", "<ada@bank.example>"),
        ("Team: ada@example.org;", "ada@example.org", ""),
        ("undisclosed-recipients: ;", "", ""),
        ("Ada <>", "", "Ada"),
        ("root", "", "root"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}knab <eve@evil.example>", "eve@evil.example", "knab"),
    ],
)
def test_the_sender_is_the_address_and_only_the_address(field: str, address: str, name: str) -> None:
    assert read(f"From: {field}", "", "hi").sender == Sender("email", address, name)


def test_a_mail_without_from_is_a_message_of_nobody() -> None:
    assert read("Subject: hello", "", "hi").sender == Sender("email", "", "")


def test_the_thread_is_found_by_its_root_and_its_ids_newest_first() -> None:
    answer = read(ADA, "Message-ID: <4@x>", "In-Reply-To: <3@x>", "References: <1@x> <2@x>\r\n <3@x>", "", "yes")
    assert (answer.external_id, answer.conversation) == ("4@x", "1@x")
    assert answer.references == ("3@x", "2@x", "1@x")


def test_references_may_stand_in_several_fields() -> None:
    assert read(ADA, "References: <1@x>", "References: <2@x> <1@x>", "", "yes").references == ("2@x", "1@x")


def test_in_reply_to_alone_makes_a_thread() -> None:
    answer = read(ADA, "Message-ID: <4@x>", "In-Reply-To: Your message of Friday <3@x>", "", "yes")
    assert (answer.conversation, answer.references) == ("3@x", ("3@x",))


def test_of_a_very_long_thread_the_newest_ids_and_ours_are_kept() -> None:
    ours = OWN.ids.make("7.2")
    thread = " ".join(f"<{number}@x>" for number in range(5000))
    references = read(ADA, f"References: <root@x> <{ours}> {thread}", "", "yes").references
    assert references[0] == "4999@x"
    assert references[-1] == ours
    assert len(references) == 21


def test_a_mail_without_an_id_is_itself_and_no_other() -> None:
    first, again, other = (read(ADA, "", text) for text in ("one", "one", "two"))
    assert first.external_id == again.external_id != other.external_id
    assert first.conversation == first.external_id


def test_an_id_is_the_same_whatever_way_the_mail_came_and_another_for_other_content() -> None:
    lines = [ADA, "Message-ID: <1@x>", "Subject: one", "", "text"]
    one, relayed = raw(*lines), raw("Received: by relay.example.net", *lines)
    other = raw(*lines[:-1], "other text")
    assert one.external_id == relayed.external_id != other.external_id


def test_our_own_mail_come_back_is_ignored() -> None:
    assert parse(raw("From: support@example.test", f"Message-ID: <{OWN.ids.make('7.2')}>", "", "hi"), OWN) == []


def test_mail_in_our_own_name_that_we_did_not_send_is_a_message() -> None:
    said = read("From: Support@Example.test", "Message-ID: <1@x>", "", "hi")
    assert (said.text, said.automatic) == ("hi", "sent from this mailbox")


def test_nobody_can_use_an_id_of_ours() -> None:
    ours = OWN.ids.make("7.2")
    assert read(ADA, f"Message-ID: <{ours}>", "", "hi").external_id != ours


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("Auto-Submitted: auto-replied (vacation)", "Auto-Submitted: auto-replied (vacation)"),
        ("Auto-Submitted: auto-generated; x=y", "Auto-Submitted: auto-generated"),
        ("Auto-Submitted: no", ""),
        ("Precedence: Bulk", "Precedence: bulk"),
        ("Precedence: first-class", ""),
        ("List-Id: <news.example.org>", "list mail"),
        ("X-Auto-Response-Suppress: DR, OOF", "X-Auto-Response-Suppress"),
        ("X-Auto-Response-Suppress: None", ""),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=b", "a delivery report"),
        ("X-Priority: 1", ""),
    ],
)
def test_machines_are_known_by_their_headers(field: str, why: str) -> None:
    assert read(ADA, field, "", "I am away").automatic == why


@pytest.mark.parametrize(
    ("address", "automatic"),
    [
        ("MAILER-DAEMON@example.org", True),
        ("no-reply@example.org", True),
        ("noreply+7@example.org", True),
        ("do_not_reply@example.org", True),
        ("norepson@example.org", False),
    ],
)
def test_machines_are_known_by_their_addresses(address: str, automatic: bool) -> None:
    assert bool(read(f"From: {address}", "", "hi").automatic) == automatic


def test_a_mail_without_a_return_address_is_automatic() -> None:
    assert read(ADA, "", "hi", sender="").automatic == "sent without a return address"


@pytest.mark.parametrize(
    "payload", [b"", b"\r\n", b"hello there", b'{"id": 1, "text": "hi"}', b"\x00\xff\xfe:\r\n\r\n"]
)
def test_what_is_no_mail_is_unparseable(payload: bytes) -> None:
    with pytest.raises(Unparseable):
        parse(RawEvent("support", "1", "support:", payload), OWN)


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"From: a@b.test\r\n", b"Content-Type: multipart/mixed; boundary=x\r\n"]),
)
def test_whatever_comes_is_read_or_unparseable(rubbish: bytes, start: bytes) -> None:
    try:
        messages = parse(RawEvent("support", "1", "support:", start + rubbish), OWN)
    except Unparseable:
        return
    for message in messages:
        assert "\0" not in message.text + message.subject + message.sender.name
        message.text.encode()


def test_the_plain_alternative_is_preferred_and_the_other_is_no_attachment() -> None:
    said = read(
        ADA,
        "Content-Type: multipart/alternative; boundary=b",
        "",
        "--b",
        "Content-Type: text/html",
        "",
        "<p>rich</p>",
        "--b",
        "",
        "plain",
        "--b--",
    )
    assert (said.text, said.attachments) == ("plain", ())


def test_that_a_mail_is_laid_out_is_said_where_there_is_html_to_show() -> None:
    assert read("Subject: hi", "", "Where is my order?").markup is False
    assert read("Content-Type: text/html", "", "<p>Where is my order?").markup is True
    assert read("Content-Type: text/html", "", " ").markup is False


def test_an_empty_plain_alternative_leaves_the_word_to_the_other() -> None:
    start = [ADA, "Content-Type: multipart/alternative; boundary=b", "", "--b", "Content-Type: text/plain", "", " "]
    assert read(*start, "--b", "Content-Type: text/html", "", "<p>rich</p>", "--b--").text == "rich"


def test_texts_around_a_picture_are_all_read() -> None:
    picture = ["Content-Type: image/png", "Content-Transfer-Encoding: base64", "", "iVBORw=="]
    said = read(*mixed(["", "before"], picture, ["", "after"]))
    assert said.text == "before\n\nafter"
    assert said.attachments == (Attached("part-1.png", "image/png", 4, "part:1"),)


def test_attachments_keep_name_type_size_and_bytes_wherever_they_hang() -> None:
    event = raw(
        ADA,
        "Content-Type: multipart/alternative; boundary=a",
        "",
        "--a",
        "",
        "see below",
        "--a",
        "Content-Type: multipart/related; boundary=r",
        "",
        "--r",
        "Content-Type: text/html",
        "",
        "<img src=cid:1>",
        "--r",
        "Content-Type: image/gif; name=dot.gif",
        "Content-Transfer-Encoding: base64",
        "",
        "R0lGODlh",
        "--r--",
        "--a--",
    )
    (said,) = parse(event, OWN)
    assert said.attachments == (Attached("dot.gif", "image/gif", 6, "part:2"),)
    assert whole(event, "2") == b"GIF89a"


def test_a_mail_that_is_one_attachment_keeps_it() -> None:
    event = raw(ADA, "Content-Type: application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64", "", "JVBERg==")
    (said,) = parse(event, OWN)
    assert (said.text, said.attachments) == ("", (Attached("a.pdf", "application/pdf", 4, "part:0"),))
    assert whole(event, "0") == b"%PDF"


def test_an_attached_mail_is_kept_byte_for_byte() -> None:
    inner = b"From: bob@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Odd:no space\r\n\r\nhello\r\n"
    event = raw(*mixed(["", "look"], ["Content-Type: message/rfc822", "", inner]))
    (said,) = parse(event, OWN)
    assert (said.text, said.attachments[0].name) == ("look", "Grüße.eml")
    assert whole(event, "1") == inner


def test_a_part_that_is_not_there_is_refused() -> None:
    with pytest.raises(Unparseable):
        whole(raw(ADA, "", "hi"), "1")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('filename="plan.pdf"', "plan.pdf"),
        ("filename=plan.pdf", "plan.pdf"),
        (r'filename="a \"good\" plan.pdf"', 'a "good" plan.pdf'),
        ("filename*=utf-8''%D0%BF%D0%BB%D0%B0%D0%BD.pdf", "план.pdf"),
        ("filename*0*=utf-8''%D0%BF%D0%BB; filename*1*=%D0%B0%D0%BD; filename*2=.pdf", "план.pdf"),
        ('filename="=?utf-8?b?0L/Qu9Cw0L0=?=.pdf"', "план.pdf"),
        ('filename="план.pdf"', "план.pdf"),
        ('filename="../../etc/passwd"', "passwd"),
        (r'filename="C:\\temp\\plan.pdf"', "plan.pdf"),
        ('filename="..."', "file"),
        ("filename*=utf-8''plan%00%0D%0A.pdf", "plan.pdf"),
        ("filename*=utf-8''plan%E2%80%AEfdp.exe", "planfdp.exe"),
        ('filename="' + "x" * 500 + '.pdf"', "x" * 220 + ".pdf"),
    ],
)
def test_file_names_are_decoded_and_harmless(disposition: str, name: str) -> None:
    part_ = ["Content-Type: application/pdf", f"Content-Disposition: attachment; {disposition}", "", "%PDF"]
    assert read(*mixed(part_)).attachments[0].name == name


def test_files_of_one_name_are_numbered() -> None:
    file = ["Content-Type: image/png; name=Image.png", "", "x"]
    same = ["Content-Type: image/png; name=image.PNG", "", "x"]
    names = [attached.name for attached in read(*mixed(file, same, file)).attachments]
    assert names == ["Image.png", "image (2).PNG", "Image (3).png"]


def test_a_text_file_is_an_attachment_and_no_text() -> None:
    file = ["Content-Type: text/plain; name=log.txt", "Content-Disposition: inline; filename=log.txt", "", "line"]
    said = read(*mixed(["", "see the log"], file))
    assert (said.text, said.attachments[0].name) == ("see the log", "log.txt")


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("quoted-printable", "Gr=C3=BC=\r\n=C3=9Fe", "Grüße"),
        ("base64", "R3LDvMOf\r\nZQ==", "Grüße"),
        ("BASE64", "R3LDvMOfZQ", "Grüße"),
        ("base64", "R3L\r\n!!DvMOfZQ===", "Grüße"),
        ("8bit", "Grüße", "Grüße"),
        ("x-unheard-of", "Grüße", "Grüße"),
        ("x-uuencode", "begin 644 a\r\n&1W+#O,.?\r\n`\r\nend", "Grüß"),
    ],
)
def test_transfer_encodings_are_undone(encoding: str, body: str, text: str) -> None:
    fields = [ADA, "Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {encoding}"]
    assert read(*fields, "", body).text == text


@pytest.mark.parametrize(
    ("label", "text", "codec"),
    [
        ("iso-gb2312", "订单在哪里", "gb18030"),
        ("gb2312", "镕", "gb18030"),
        ("x-sjis", "注文①", "cp932"),
        ("x-gbk", "订单", "gbk"),
        ("windows-874", "สวัสดี", "cp874"),
        ("dos-874", "สวัสดี", "cp874"),
        ("cp-850", "Grüße", "cp850"),
        ("win-1251", "Привет", "cp1251"),
        ("iso-8859-8-i", "שלום", "iso8859-8"),
        ("iso-2022-jp-ms", "注文", "iso-2022-jp"),
        ("x-mac-roman", "Grüße", "mac-roman"),
        ("utf8mb4", "Grüße 😀", "utf-8"),
        ("utf-8//ignore", "Grüße", "utf-8"),
        ("8bit", "Grüße", "utf-8"),
        ("us-ascii", "Grüße", "utf-8"),
        ("x-user-defined", "Grüße", "cp1252"),
        ("utf-8", "Grüße", "cp1252"),
        ("iso-8859-1", "„100 €“", "cp1252"),
        ("ks_c_5601-1987", "똠방각하", "cp949"),
        ("unicode-escape", "Grüße", "utf-8"),
        ("rot13", "Grüße", "utf-8"),
        ("no such\0thing", "Grüße", "utf-8"),
    ],
)
def test_odd_charset_labels_are_understood(label: str, text: str, codec: str) -> None:
    assert decode(text.encode(codec), label) == text


def test_japanese_with_microsofts_characters_is_read() -> None:
    assert decode(b"\x1b$B-!\x1b(B", "iso-2022-jp") == "①"


def test_lone_surrogates_and_nul_never_come_through() -> None:
    assert decode(b"\xc3\xa4\0b\xed\xa0\x80c", "utf-8") == "äb\ufffd\ufffd\ufffdc"
    assert decode("a\ud800b".encode("utf-16-le", "surrogatepass"), "utf-16-le").isprintable()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (b"=?utf-8?b?8J+Y?= =?utf-8?b?gA==?=", "😀"),
        (b"=?iso-8859-1?q?caf=E9_au?= lait", "café au lait"),
        (b"a =?utf-8?q?=C3=A4?=b", "a äb"),
        (b"a =?utf-8?q?=C3=A4=C 3=B6= C3=BC?=", "a äöü"),
        (b"=?utf-8*de?q?=C3=A4?=", "ä"),
        (b"=?nonsense?q?=C3=A4?=", "ä"),
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("raw ä".encode(), "raw ä"),
        ("raw ä".encode("latin-1"), "raw ä"),
    ],
)
def test_encoded_words_are_decoded(field: bytes, text: str) -> None:
    assert words(field) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Hello</p><p>world</p>", "Hello\n\nworld"),
        ("<div>one</div>\n<div>two</div><div><br></div><div>three</div>", "one\ntwo\n\nthree"),
        ("one<br>two &amp; &lt;three&gt;&nbsp;!", "one\ntwo & <three> !"),
        ("<ul><li>a<li>b</ul>", "- a\n\n- b".replace("\n\n", "\n")),
        ('<a href="https://x.test/a?b=1&amp;c=2">here</a>', "here (https://x.test/a?b=1&c=2)"),
        ('<a href="https://x.test/">x.test</a>', "x.test"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ("<title>t</title><style>p{}</style><script>x<y</script>text", "text"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<p title='a>b'>tricky</p", "tricky"),
        ("", ""),
    ],
)
def test_html_becomes_text(markup: str, text: str) -> None:
    assert text_of(markup) == text


def test_huge_html_keeps_its_words_too() -> None:
    markup = "<!-- <b>no --><style>no</style>" + "<p>yes</p>" * 6000 + "<script>no</script></script>end"
    assert text_of(markup) == "yes\n\n" * 6000 + "end"


@lru_cache(maxsize=2)
def hostile(part: int) -> dict[str, bytes]:
    """Of each a whole (1), or a part of it."""
    return {
        "parts": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\nhi\r\n" * (10_000 // part),
        "nesting": b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000 // part)
        ),
        "header": b"To: " + b"a@b.test,\r\n " * (100_000 // part) + b"\r\n\r\nhi",
        "encoded words": b"Subject: " + b"=?utf-8?q?=C3=A4?= " * (20_000 // part) + b"\r\n\r\nhi",
        "half encoded words": b"Subject: " + b"=?utf-8?q?" * (6_000 // part) + b"\r\n\r\nhi",
        "references": b"References: " + b"<a@b.test> " * (5_000 // part) + b"\r\n\r\nhi",
        "open brackets": b"References: " + b"<" * (60_000 // part) + b"\r\n\r\nhi",
        "quotes": b"From: " + b'"\\' * (30_000 // part) + b"\r\n\r\nhi",
        "parameters": b"Content-Type: text/plain" + b';a="\\' * (10_000 // part) + b"\r\n\r\nhi",
        "quoted lines": b"\r\n" + b"> " * (20_000 // part) + b"On " * (20_000 // part),
        "nested html": b"Content-Type: text/html\r\n\r\n" + b"<div>" * (40_000 // part),
        "less nested html": b"Content-Type: text/html\r\n\r\n" + b"<div>" * (9_900 // part) + b"x",
        "open tags": b"Content-Type: text/html\r\n\r\n" + b"<a" * (200_000 // part),
        "open scripts": b"Content-Type: text/html\r\n\r\n" + b"<script>" * (40_000 // part),
        "links": b"Content-Type: text/html\r\n\r\n" + b"<a href='https://x.test/'>y</a>" * (20_000 // part),
        "spaces": b"Content-Type: text/html\r\n\r\n<pre>" + b" " * (400_000 // part) + b"</pre>",
    }


@pytest.mark.parametrize("kind", hostile(4))
def test_hostile_mail_costs_little_and_is_read(kind: str) -> None:
    said = grows_little(lambda part: read(ADA, hostile(part)[kind]))
    assert said.sender.address == "ada@example.org"
    assert said.text or said.attachments or kind in ("open tags", "open scripts", "spaces", "nested html")
