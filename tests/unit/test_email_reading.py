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
    assert parse(b"")["attachments"] == []
