"""A visitor's token: whoever holds it is the visitor, and nobody can make one."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.webchat.sessions import FileRef, Session, new_session, sign, verify, verify_file
from tests.desk import SetClock

SECRET = bytes(range(32))
ADA = Session("0123456789ab" + "0" * 20, "site", "Ada", "ada@example.test")
FILE = FileRef(ADA.id, "f" * 64, "parcel.png", "image/png", 7)
TOKEN = sign(ADA, SECRET)


def decoded(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@given(st.text(), st.text(), st.text())
def test_what_we_signed_verifies_for_its_channel_and_no_other(name: str, email: str, other: str) -> None:
    session = Session(ADA.id, "site", name, email)
    token = sign(session, SECRET)
    assert verify(token, "site", SECRET) == session
    assert other == "site" or verify(token, other, SECRET) is None
    assert verify(token, "site", SECRET[::-1]) is None


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(encoded)))
def test_no_made_up_token_verifies(token: str) -> None:
    assert verify(token, "site", SECRET) is None


@given(st.integers(0, len(decoded(TOKEN)) - 1), st.integers(1, 255))
def test_no_altered_token_verifies(place: int, flip: int) -> None:
    data = bytearray(decoded(TOKEN))
    data[place] ^= flip
    assert verify(encoded(bytes(data)), "site", SECRET) is None


@given(st.integers(0, len(decoded(TOKEN)) - 1))
def test_no_shortened_token_verifies(length: int) -> None:
    assert verify(encoded(decoded(TOKEN)[:length]), "site", SECRET) is None


@given(st.binary(min_size=16, max_size=16), st.text(max_size=20))
def test_nobody_signs_another_session_by_guessing(signature: bytes, name: str) -> None:
    body = b'["%s","site","%s",""]' % (b"1" * 32, name.encode("utf-8", "replace").hex().encode())
    assert verify(encoded(body + signature), "site", SECRET) is None


def test_a_files_reference_is_no_session_and_a_session_is_no_file() -> None:
    reference = sign(FILE, SECRET)
    assert verify_file(reference, ADA, SECRET) == FILE
    assert verify(reference, "site", SECRET) is None
    assert verify_file(TOKEN, ADA, SECRET) is None


def test_a_file_is_read_by_the_session_that_sent_it_alone() -> None:
    bob = Session("b" * 32, "site")
    assert verify_file(sign(FILE, SECRET), bob, SECRET) is None


def test_two_sessions_made_at_once_are_different_and_lie_together() -> None:
    first, second = (new_session(SetClock(), "site", "", "", "") for _ in range(2))
    assert first.id != second.id
    assert (first.id[:12], len(first.id)) == (second.id[:12], 32)
