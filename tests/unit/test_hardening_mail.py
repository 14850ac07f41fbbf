"""Mail that is made to be slow or endless: twice as much of it costs about twice as much, and the text has an end."""

from collections.abc import Callable

import pytest

from contactcenter.channels.email.reading.contents import CUT, TEXT_LIMIT
from contactcenter.channels.email.syntax.markup import text_of
from contactcenter.channels.email.syntax.mime import with_crlf
from tests.growth import grows_little
from tests.unit.test_email_parse import ADA, OWN, mixed, read

MANY_TAGS = "<br>" * 11_000  # far more than nh3 is given
LINK = '<a href="https://example.test/{}">word'


MARKUP: dict[str, tuple[int, Callable[[int], str]]] = {
    "unclosed tag": (20_000, lambda n: MANY_TAGS + "<" + "a" * n),
    "links in links": (10_000, lambda n: "".join(map(LINK.format, range(n))) + "</a>" * n),
}


@pytest.mark.parametrize("kind", MARKUP)
def test_hostile_markup_is_read_in_linear_time(kind: str) -> None:
    n, made = MARKUP[kind]
    grows_little(lambda part: text_of(made(n // part)))


def test_bare_line_feeds_are_mended_in_linear_time() -> None:
    feeds = b"\n" * 4_000_000
    grows_little(lambda part: with_crlf(feeds[: len(feeds) // part]))


def test_a_lone_line_feed_is_mended_and_a_whole_line_end_left_as_it_is() -> None:
    assert with_crlf(b"one\ntwo\r\nthree\n\n") == b"one\r\ntwo\r\nthree\r\n\r\n"


def test_the_text_of_a_mail_ends_somewhere_and_says_that_it_goes_on() -> None:
    said = read(ADA, "", "x" * (TEXT_LIMIT + 1))
    assert said.text == f"{'x' * TEXT_LIMIT}\n\n{CUT}"
    assert read(ADA, "", "x" * TEXT_LIMIT).text == "x" * TEXT_LIMIT


def test_the_parts_of_a_mail_share_one_limit() -> None:
    half = ["Content-Type: text/plain", "", "x" * (TEXT_LIMIT // 2 + 1)]
    said = read(*mixed(half, half, half))
    assert said.text.count("x") == TEXT_LIMIT
    assert said.text.count(CUT) == 1


def test_a_customer_whose_parcel_could_not_be_delivered_is_heard() -> None:
    """A report changes a delivery and is no message: of a customer's words nothing would be seen."""
    ours = OWN.ids.make("7.2")
    said = read(
        ADA,
        "Subject: Delivery failed: parcel returned",
        f"In-Reply-To: <{ours}>",
        "Content-Type: multipart/mixed; boundary=b",
        "",
        "--b",
        "",
        "My parcel could not be delivered, the message was returned to sender. You wrote me this:",
        "--b",
        "Content-Type: message/rfc822",
        "",
        f"Message-ID: <{ours}>",
        "To: ada@example.org",
        "",
        "It is on its way.",
        "--b--",
    )
    assert (said.report, said.automatic) == (None, "")
    assert said.text.startswith("My parcel")
