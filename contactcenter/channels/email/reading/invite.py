"""What an invitation says, in one sentence: what is asked, when, in which zone, and by whom (RFC 5545, RFC 5546).

Used by remarks.py for parts of text/calendar. The file itself stays an attachment. Total: of a calendar that cannot be
read nothing is said.
"""

from datetime import date, datetime
from typing import Any

from contactcenter.channels.email.syntax.charsets import printable

SIZE_LIMIT = 128 * 1024  # bytes of a calendar that are looked at
VALUE_LIMIT = 150  # characters

_WORDS = {
    "REQUEST": "Invitation",
    "PUBLISH": "Event",
    "CANCEL": "Cancelled",
    "REPLY": "Answer to an invitation",
    "COUNTER": "Other time proposed",
    "DECLINECOUNTER": "Other time declined",
    "REFRESH": "Details asked for",
    "ADD": "Further date",
}
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "accepted with reservation"}


def remark_of(calendar: bytes) -> str:
    """The sentence, or blank."""
    from icalendar import Calendar  # costs a tenth of a second, and few mails are invitations

    try:
        parsed: Any = Calendar.from_ical(_first_event(calendar[:SIZE_LIMIT]))
        event = next(iter(parsed.walk("VEVENT")), None)
        return "" if event is None else _sentence(str(parsed.get("METHOD", "")).upper(), event)
    except Exception:  # a sender's calendar breaks a library's rules in ways no list of errors names
        return ""


def _first_event(calendar: bytes) -> bytes:
    """Only the head and the first event: a calendar of thousands of them costs no more than one."""
    begin, end = calendar.find(b"BEGIN:VEVENT"), calendar.find(b"END:VEVENT")
    if begin < 0 or end < begin:
        return calendar[: 16 * 1024]
    head = b"\r\n".join(line for line in calendar[:begin].splitlines() if line.upper().startswith(b"METHOD"))
    event = calendar[begin:end]
    return b"BEGIN:VCALENDAR\r\n" + head + b"\r\n" + event + b"END:VEVENT\r\nEND:VCALENDAR\r\n"


def _sentence(method: str, event: Any) -> str:
    words = [f"{_WORDS.get(method, 'Event')}: {_value(event.get('SUMMARY')) or 'without a title'}"]
    if when := _when(event):
        words.append(when)
    if organiser := _person(event.get("ORGANIZER")):
        words.append(f"organised by {organiser}")
    if place := _value(event.get("LOCATION")):
        words.append(f"at {place}")
    if method == "REPLY" and (answer := _answer(event)):
        words.append(answer)
    return ", ".join(words) + "."


def _when(event: Any) -> str:
    start, end = _moment(event, "DTSTART"), _moment(event, "DTEND")
    if not start or not end:
        return start
    day, _, hours = end.partition(" ")
    return f"{start} to {hours if hours and start.startswith(day) else end}"


def _moment(event: Any, name: str) -> str:
    """Date and time as they stand there, and the zone they are of."""
    found = event.get(name)
    if found is None:
        return ""
    moment, zone = found.dt, str(found.params.get("TZID", ""))
    if isinstance(moment, datetime):
        utc = moment.utcoffset() is not None and not zone and not moment.utcoffset()
        zone = zone or ("UTC" if utc else "")
        return _value(f"{moment:%Y-%m-%d %H:%M} {zone}")
    return f"{moment:%Y-%m-%d}" if isinstance(moment, date) else ""


def _person(found: Any) -> str:
    if found is None:
        return ""
    address = _value(found).removeprefix("mailto:").removeprefix("MAILTO:")
    name = _value(found.params.get("CN", ""))
    return f"{name} <{address}>" if name and name != address else address


def _answer(event: Any) -> str:
    attendee = event.get("ATTENDEE")
    attendee = attendee[0] if isinstance(attendee, list) and attendee else attendee
    answer = _ANSWERS.get(str(getattr(attendee, "params", {}).get("PARTSTAT", "")).upper(), "")
    return f"{_person(attendee)} {answer}" if answer else ""


def _value(found: Any) -> str:
    return printable(" ".join(str(found).split()))[:VALUE_LIMIT] if found else ""
