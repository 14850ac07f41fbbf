"""A mail that arrived: one id by whatever way and in whatever pieces, its sender, and the settings of a mailbox."""

from io import BytesIO
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.email.arriving.imap_connection import _Imap4
from contactcenter.channels.email.arriving.received import left_by_mda, raw_event, spool
from contactcenter.channels.email.settings import Settings, read_imap_url
from contactcenter.channels.email.syntax.ids import PIECE, digest_id, event_id, header_of
from contactcenter.channels.email.syntax.mime import HEADER_LIMIT, with_crlf
from contactcenter.model.values import StoreUnavailable
from contactcenter.settings import SettingsError, check

DATED = b"From: Ada <ada@example.test>\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\nSubject: Hi\r\n"
TRACE = (
    b"Return-Path: <ada@example.test>\r\nDelivered-To: support@example.test\r\n"
    b"Received: from mx.test\r\n\tby support.test; Sat, 21 Nov 2026 12:00:01 +0000\r\n"
)
ID = b"Message-ID: <1@ada.test>\r\n"

LINES = st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b"a", b"From: ada@example.test", b"\r\n\r\n"]), max_size=12)


@given(LINES, st.integers(1, 7))
def test_a_mail_put_together_from_pieces_is_the_mail_in_one_piece(lines: list[bytes], size: int) -> None:
    content = b"".join(lines)
    into = BytesIO()
    spool((content[at : at + size] for at in range(0, len(content), size)), into)
    assert into.getvalue() == with_crlf(content)


@pytest.mark.parametrize("head", [DATED + ID, DATED, ID, b"", b"Subject: no end"])
@pytest.mark.parametrize("size", [0, 10, PIECE - 3, PIECE, 2 * PIECE + 1])
def test_a_mail_in_a_file_has_the_id_it_has_in_memory(head: bytes, size: int) -> None:
    for mail in (head + b"\r\n" + b"x" * size, head + b"X: " + b"y" * size + b"\r\n\r\nHello\r\n"):
        assert event_id(BytesIO(mail)) == event_id(mail)


@pytest.mark.parametrize("before", [0, PIECE - 5, PIECE - 4, PIECE - 3, PIECE - 2, PIECE - 1, PIECE])
def test_the_body_begins_after_the_first_blank_line_wherever_a_piece_ends(before: int) -> None:
    head = b"X: ".ljust(before, b"y")
    for rest in (b"\r\n\r\n", b"\r\n\r\nbody\r\n\r\nmore"):
        assert header_of(BytesIO(head + rest))[1] == len(head) + 4
    assert header_of(BytesIO(b"\r\nall of it is body")) == (b"\r\n", 2)
    assert len(header_of(BytesIO(head))[0]) == min(len(head), HEADER_LIMIT)


def test_a_mail_without_an_id_is_the_same_below_its_trace() -> None:
    """Checklist 6."""
    once, again = TRACE + DATED + b"\r\nHello", TRACE.replace(b":01", b":59") + DATED + b"\r\nHello"
    assert event_id(once) == event_id(again) == event_id(DATED + b"\r\nHello")
    assert event_id(once) != event_id(TRACE + DATED + b"\r\nHello!")


def test_a_mail_without_an_id_and_a_date_is_known_by_every_byte() -> None:
    """Two alarms of a machine, word for word the same, are two."""
    once, again = TRACE + b"Subject: Disk full\r\n\r\n", TRACE.replace(b":01", b":59") + b"Subject: Disk full\r\n\r\n"
    assert event_id(once) != event_id(again)
    assert event_id(once) == digest_id(once)


def test_who_sent_it_is_known_only_where_somebody_wrote_it_down() -> None:
    assert left_by_mda(TRACE + DATED + b"\r\n") == {"from": "ada@example.test"}
    assert left_by_mda(b"Return-Path: <>\r\n" + DATED + b"\r\n") == {"from": ""}
    assert left_by_mda(DATED + b"\r\n") == {}
    assert left_by_mda(b"Return-Path: <\xff\0@x>\r\n\r\n")["from"].isprintable()


@pytest.mark.parametrize(
    ("field", "stream"),
    [
        (b"Ada <Ada@Example.test>", "ada@example.test"),
        (b'"Ada, of <the> shop" <ada@example.test>', "ada@example.test"),
        (b"ada@example.test (Ada)", "ada@example.test"),
        (b"nobody at all", ""),
        (b"x" * 5000 + b"@example.test", ""),
    ],
)
def test_mails_of_one_sender_are_one_stream(field: bytes, stream: str) -> None:
    assert raw_event("support", b"From: " + field + b"\r\n\r\n", {}).stream == f"support:{stream}"
    assert (
        raw_event("support", b"From: " + field + b"\r\n\r\n", {"from": "who@it.test"}).stream == "support:who@it.test"
    )


def test_a_sender_of_any_length_fits_into_an_index() -> None:
    """A row of a B-tree of PostgreSQL holds 2,704 bytes: a mail that could not be stored would hold up its mailbox."""
    mail = b"Return-Path: <" + "\u20ac".encode() * 20_000 + b"@x.test>\r\n\r\n"
    assert len(raw_event("support", mail, left_by_mda(mail)).stream.encode()) < 2_000
    assert len(raw_event("support", mail, {"from": "\u20ac" * 20_000}).stream.encode()) < 2_000


def test_a_disk_that_is_full_is_an_outage_and_no_fault_of_the_mail() -> None:
    class Full(BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(28, "No space left on device")

    full: BinaryIO = Full()
    with pytest.raises(StoreUnavailable, match="No space left"):
        spool([b"Hello"], full)


def test_an_account_is_read_from_its_url() -> None:
    account = read_imap_url("imaps://support%40example.test:p%2Fw@imap.example.test/Archive%2F2026")
    assert (account.host, account.port, account.tls) == ("imap.example.test", 993, "tls")
    assert (account.user, account.password, account.folder) == ("support@example.test", "p/w", "Archive/2026")
    assert "p/w" not in repr(account)


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("imap://imap.example.test", 143, "starttls"),
        ("imap://localhost", 143, "none"),
        ("imap://127.0.0.1:1143", 1143, "none"),
        ("imap://[::1]", 143, "none"),
        ("imaps://localhost", 993, "tls"),
    ],
)
def test_mail_travels_in_the_clear_on_this_machine_only(url: str, port: int, tls: str) -> None:
    account = read_imap_url(url)
    assert (account.port, account.tls, account.folder) == (port, tls, "INBOX")


OAUTH = {"oauth_token_url": "https://id.test/token", "oauth_client_id": "desk", "oauth_refresh_token": "first"}
URL = "imaps://ada@imap.test"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"imap_url": URL}, "imap_password is missing"),
        ({"imap_url": URL, "imap_password": "hidden\n"}, "imap_password holds characters"),
        ({"imap_url": "https://ada:hidden@imap.test", "imap_password": "x"}, "imap_url: must be of the form"),
        ({"imap_url": "imaps://ada:hidden@imap.test:port"}, "imap_url: is no URL"),
        ({"imap_url": "imaps://ada:hidden@imap.test", "imap_password": "x"}, "keep it in one of them"),
        ({"imap_url": URL, "imap_password": "x", **OAUTH}, "both set"),
        ({"imap_url": URL, "oauth_refresh_token": "first"}, "given together or not at all"),
        ({**OAUTH, "oauth_token_url": "http://id.test/token"}, "oauth_token_url: must begin with https://"),
        ({"imap_ca": "ca.pem"}, "imap_ca: is no certificate in PEM form"),
        ({"imap_after": "delete"}, "imap_after: can be seen, move:<folder>"),
        ({"imap_after": "move:"}, "imap_after: name the folder"),
        ({"imap_begin": "later"}, "imap_begin: can be"),
        ({"imap_poll_seconds": 61}, "imap_poll_seconds: must be at most 60"),
        ({"smtp_relay": "relay.test:587", "smtp_user": "ada"}, "smtp_user and smtp_password"),
    ],
)
def test_a_mailbox_that_cannot_work_is_told_with_the_key_and_the_remedy(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError) as told:
        check(Settings, {"kind": "email", "address": "support@example.test", **settings}, "channels.support")
    assert words in str(told.value)
    assert "hidden" not in str(told.value)


def test_a_relay_is_logged_in_to_by_token_where_there_is_no_password() -> None:
    table = {"kind": "email", "address": "support@example.test", "smtp_relay": "relay.test:587", "smtp_user": "ada"}
    assert check(Settings, {**table, **OAUTH}, "channels.support").by_token


def test_a_server_cannot_have_us_make_room_for_whatever_it_announces() -> None:
    connection = _Imap4.__new__(_Imap4)  # not connected: it is refused before anything is read
    connection._listen_anew()
    with pytest.raises(connection.abort, match="announces 99999999999 bytes"):
        connection.read(99_999_999_999)
