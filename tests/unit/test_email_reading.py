"""What the measuring side is given of a mail: plain values, and the product's own."""

from bench.mail import parse

MAIL = b"""From: Ada Lovelace <ada@shop.test>
To: Support <support@example.test>, sam@shop.test
Cc: Grace <grace@shop.test>
Reply-To: ada.private@shop.test
Subject: My order
Message-ID: <3@shop.test>
In-Reply-To: <2@shop.test>
References: <1@shop.test> <2@shop.test>
Auto-Submitted: auto-generated
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c

plain
--c
Content-Type: text/html

<p>rich</p>
--c--
--b
Content-Type: application/pdf; name=a.pdf
Content-Transfer-Encoding: base64

JVBERg==
--b--
"""


def test_a_mail_is_told_in_plain_values() -> None:
    assert parse(MAIL) == {
        "from_addr": "ada@shop.test",
        "from_name": "Ada Lovelace",
        "reply_to": "ada.private@shop.test",
        "to": ["support@example.test", "sam@shop.test"],
        "cc": ["grace@shop.test"],
        "subject": "My order",
        "text": "plain",
        "html": "<p>rich</p>",
        "attachments": [("a.pdf", "application/pdf", 4, "bfa4b10a76324b166cfdad5e02a63730")],
        "message_id": "3@shop.test",
        "in_reply_to": "2@shop.test",
        "references": ["1@shop.test", "2@shop.test"],
        "auto": "Auto-Submitted: auto-generated",
        "bounce": None,
        "visible_reply_text": "plain",
        "reply_nosig": "plain",
    }


def test_what_is_no_mail_is_told_as_what_it_says() -> None:
    assert parse(b"hello there")["from_addr"] == ""
    assert parse(b"\r\nhello there")["text"] == "hello there"
    assert parse(b"")["attachments"] == []


def test_files_have_the_name_the_mail_states_and_the_line_ends_it_has() -> None:
    text = b"From: ada@shop.test\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n"
    file = b"--b\nContent-Type: %s\nContent-Disposition: attachment%s\n\na\nb\n"
    mail = text + file % (b"text/csv", b"; filename=a.csv") * 2 + file % (b"message/rfc822", b"; filename=kept")
    mail += file % (b"image/png", b"") + b"--b--\n"
    assert [name for name, *_ in parse(mail)["attachments"]] == ["a.csv", "a.csv", "kept", ""]
    assert {size for _, _, size, _ in parse(mail)["attachments"]} == {3}
    assert {size for _, _, size, _ in parse(mail.replace(b"\n", b"\r\n"))["attachments"]} == {4}


def test_files_inside_another_have_their_own_name() -> None:
    mail = b"From: ada@shop.test\n\nhi\nbegin 644 a.txt\n#86)C\n`\nend\n"
    assert parse(mail)["attachments"][0][:3] == ("a.txt", "application/octet-stream", 3)


def test_a_mail_whose_lines_end_in_cr_alone_is_read() -> None:
    told = parse(b"From: ada@shop.test\rSubject: My order\r\rIt is\rbroken.")
    assert (told["subject"], told["text"]) == ("My order", "It is\nbroken.")
