"""Invitations, as far as an agent should know of them."""

import pytest

from contactcenter.channels.email.reading.invite import remark_of
from tests.unit.test_email_parse import ADA, mixed, read

EVENT = [
    "BEGIN:VEVENT",
    "SUMMARY:Visit\\, at last",
    "DTSTART;TZID=Europe/Berlin:20261130T100000",
    "DTEND;TZID=Europe/Berlin:20261130T113000",
    'ORGANIZER;CN="Ada Lovelace":mailto:ada@shop.test',
    "LOCATION:Desk 7",
    "END:VEVENT",
]
SAID = (
    "Invitation: Visit, at last, 2026-11-30 10:00 Europe/Berlin to 11:30 Europe/Berlin, "
    "organised by Ada Lovelace <ada@shop.test>, at Desk 7."
)


def calendar(*event: str, method: str = "REQUEST") -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", *event, "END:VCALENDAR", ""])


def test_an_invitation_is_told_in_a_sentence_and_its_file_opens_in_a_calendar() -> None:
    """Checklist 24."""
    said = read(*mixed(["", "Come!"], ["Content-Type: text/calendar; charset=utf-8", "", calendar(*EVENT)]))
    assert (said.text, said.remarks) == ("Come!", (SAID,))
    assert said.attachments[0].name == "part-1.ics"


def test_an_invitation_among_alternatives_is_a_file_too() -> None:
    """Checklist 24."""
    alternative = ["Content-Type: multipart/alternative; boundary=a", "", "--a", "", "Come!", "--a"]
    said = read(ADA, *alternative, "Content-Type: text/calendar; name=meeting", "", calendar(*EVENT), "--a--")
    assert [attached.name for attached in said.attachments] == ["meeting.ics"]
    assert said.remarks == (SAID,)


@pytest.mark.parametrize(
    ("method", "lines", "said"),
    [
        ("CANCEL", ["SUMMARY:Visit", "DTSTART;VALUE=DATE:20261130"], "Cancelled: Visit, 2026-11-30."),
        ("PUBLISH", ["SUMMARY:Visit", "DTSTART:20261130T100000Z"], "Event: Visit, 2026-11-30 10:00 UTC."),
        ("REQUEST", ["DTSTART:20261130T100000"], "Invitation: without a title, 2026-11-30 10:00."),
        ("REQUEST", ["SUMMARY:One\\nline"], "Invitation: One line."),
        (
            "REPLY",
            ["SUMMARY:Visit", "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@shop.test"],
            "Answer to an invitation: Visit, ada@shop.test declined.",
        ),
        (
            "REQUEST",
            ["SUMMARY:Late", "DTSTART:20261130T230000Z", "DTEND:20261201T010000Z"],
            "Invitation: Late, 2026-11-30 23:00 UTC to 2026-12-01 01:00 UTC.",
        ),
    ],
)
def test_methods_days_and_zones_are_told(method: str, lines: list[str], said: str) -> None:
    """Checklist 24."""
    assert remark_of(calendar("BEGIN:VEVENT", *lines, "END:VEVENT", method=method).encode()) == said


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"no calendar",
        b"BEGIN:VCALENDAR",
        b"BEGIN:VEVENT\r\nDTSTART:soon\r\nEND:VEVENT",
        b"BEGIN:VEVENT\r\nDTSTART;TZID=\xff:20261399T999999\r\nEND:VEVENT",
        b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:x\r\nEND:VTODO\r\nEND:VCALENDAR",
        b"BEGIN:VEVENT\r\n" + b"BEGIN:X\r\n" * 3000 + b"END:VEVENT",
    ],
)
def test_a_broken_calendar_breaks_nothing(broken: bytes) -> None:
    """Checklist 24."""
    assert remark_of(broken) in ("", "Event: without a title.")
