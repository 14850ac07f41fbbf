"""What a person did in Slack, read from its payload: a command, or nothing of ours. Pure and total.

Before it: the connection. After it: desk/intake. Keeps no more of a payload than the command needs: the blocks that
come with a press repeat what a customer wrote.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from contactcenter.model.columns import SECOND, clean
from contactcenter.model.values import Unparseable
from contactcenter.slack.text import plain

TEXT_LIMIT = 50_000  # characters
FILES_LIMIT = 20
SPOKEN = (None, "file_share", "thread_broadcast")  # the subtypes of a message that a person wrote


class Person(msgspec.Struct, frozen=True):
    """A user of a workspace."""

    team: str
    user: str


class SlackFile(msgspec.Struct, frozen=True):
    """A file as Slack describes it."""

    name: str
    type: str
    size: int
    url: str


class Command(msgspec.Struct, frozen=True, tag=True):
    """Who did it; `key` is the same however often it is delivered; `stream` is the unit of order."""

    who: Person
    key: str
    stream: str


class Pressed(Command, frozen=True, tag=True):
    """A button or menu was used. `at`: when, by Slack's clock (µs). `trigger` opens a window within 3 s."""

    action: str
    value: str
    place: str
    ts: str
    trigger: str
    at: int


class Said(Command, frozen=True, tag=True):
    """A message in a thread. `at`: when it was written, by Slack's clock (µs)."""

    place: str
    ts: str
    thread: str
    text: str
    at: int
    files: tuple[SlackFile, ...] = ()


class Rewritten(Command, frozen=True, tag=True):
    """A message was changed by its writer."""

    place: str
    ts: str
    text: str
    thread: str = ""
    at: int = 0  # when it was changed, by Slack's clock (µs)


class Unsaid(Command, frozen=True, tag=True):
    """A message was deleted, by whom Slack does not say."""

    place: str
    ts: str
    thread: str = ""


class Submitted(Command, frozen=True, tag=True):
    """A window was filled in: its form, what it is about, and its fields."""

    form: str
    about: Mapping[str, str]
    fields: Mapping[str, str]
    trigger: str = ""  # another each time it is sent, also of a window that was refused and corrected


class Ordered(Command, frozen=True, tag=True):
    """A slash command."""

    words: str
    place: str
    trigger: str


class Called(Command, frozen=True, tag=True):
    """A shortcut; `ts` and `text` are those of the message it was called on, blank for a global one."""

    name: str
    trigger: str
    place: str = ""
    ts: str = ""
    thread: str = ""
    text: str = ""
    writer: str = ""


class CameHome(Command, frozen=True, tag=True):
    """The app's home was opened."""


Commands = Pressed | Said | Rewritten | Unsaid | Submitted | Ordered | Called | CameHome


def read(body: Mapping[str, Any]) -> Commands | None:
    """The command; None for what means nothing here. Raises Unparseable."""
    try:
        match body.get("type"):
            case "event_callback":
                return _event(body, body["event"])
            case "block_actions":
                return _pressed(body, body["actions"][0])
            case "view_submission":
                return _submitted(body, body["view"])
            case "shortcut" | "message_action":
                return _called(body)
            case None if "command" in body:
                return _ordered(body)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise Unparseable(f"not an event of Slack's: {type(error).__name__}: {error}") from None
    return None


def micros(ts: str) -> int:
    """Slack's ts ("1700000000.000100") in microseconds. Raises ValueError."""
    second, _, rest = ts.partition(".")
    return int(second) * SECOND + int(rest.ljust(6, "0")[:6] or 0)


def _event(body: Mapping[str, Any], event: Mapping[str, Any]) -> Commands | None:
    key = f"{body['team_id']}:{body['event_id']}"
    if event["type"] == "app_home_opened":
        user = str(event["user"])
        at_home = event.get("tab", "home") == "home"
        return CameHome(Person(body["team_id"], user), key, f"home:{user}") if at_home else None
    if event["type"] != "message":
        return None
    place = str(event["channel"])
    if event.get("subtype") == "message_changed":
        return _rewritten(body, event, key, place)
    if event.get("subtype") == "message_deleted":
        thread = str(event.get("previous_message", {}).get("thread_ts") or event["deleted_ts"])
        who = Person(body["team_id"], "")
        return Unsaid(who, key, _thread(place, thread), place, str(event["deleted_ts"]), thread)
    if event.get("subtype") not in SPOKEN or event.get("bot_id") or not event.get("user"):
        return None
    thread = str(event.get("thread_ts") or "")
    if not thread or thread == event["ts"]:  # outside a thread colleagues talk about whatever they like
        return None
    return Said(
        who=_writer(body, event),
        key=key,
        stream=_thread(place, thread),
        place=place,
        ts=str(event["ts"]),
        thread=thread,
        text=_text(event.get("text")),
        at=micros(event["ts"]),
        files=tuple(_file(one) for one in (event.get("files") or [])[:FILES_LIMIT] if one.get("url_private")),
    )


def _rewritten(body: Mapping[str, Any], event: Mapping[str, Any], key: str, place: str) -> Commands | None:
    """A change by its writer; a link that was unfurled is none."""
    now, before = event["message"], event.get("previous_message", {})
    edited = now.get("edited") or {}
    if now.get("bot_id") or not now.get("user") or now.get("text") == before.get("text"):
        return None
    if edited.get("user", now["user"]) != now["user"]:
        return None
    thread = str(now.get("thread_ts") or now["ts"])
    return Rewritten(
        who=_writer(body, now),
        key=key,
        stream=_thread(place, thread),
        place=place,
        ts=str(now["ts"]),
        text=_text(now.get("text")),
        thread=thread,
        at=micros(str(edited.get("ts") or event["ts"])),
    )


def _pressed(body: Mapping[str, Any], action: Mapping[str, Any]) -> Commands:
    person = _person(body)
    container = body.get("container", {})
    place = str(container.get("channel_id") or body.get("channel", {}).get("id") or "")
    value = action.get("value") or action.get("selected_option", {}).get("value") or action.get("selected_user") or ""
    ticket = str(value).partition(":")[0]
    return Pressed(
        who=person,
        key=f"{person.team}:{person.user}:{action['action_ts']}:{action['action_id']}",
        stream=f"ticket:{ticket}" if ticket.isdecimal() else f"user:{person.user}",
        action=str(action["action_id"]),
        value=str(value),
        place=place,
        ts=str(container.get("message_ts") or ""),
        trigger=str(body.get("trigger_id") or ""),
        at=micros(action["action_ts"]),
    )


def _submitted(body: Mapping[str, Any], view: Mapping[str, Any]) -> Commands:
    person = _person(body)
    fields = {}
    for block in view.get("state", {}).get("values", {}).values():
        for name, element in block.items():
            fields[name] = _field(element)
    about = json.loads(view.get("private_metadata") or "{}")
    if not isinstance(about, dict):
        raise TypeError("private_metadata is not ours")
    ticket = str(about.get("ticket", ""))
    return Submitted(
        who=person,
        key=f"{person.team}:{view['id']}:{view.get('hash', '')}",
        stream=f"ticket:{ticket}" if ticket else f"user:{person.user}",
        form=str(view["callback_id"]),
        about={str(name): str(value) for name, value in about.items()},
        fields=fields,
        trigger=str(body.get("trigger_id") or ""),
    )


def _field(element: Mapping[str, Any]) -> str:
    for name in ("value", "selected_user", "selected_date_time"):
        if element.get(name) is not None:
            return clean(str(element[name]))[:TEXT_LIMIT]
    option = element.get("selected_option")
    return clean(str(option["value"])) if option else ""


def _called(body: Mapping[str, Any]) -> Commands:
    person = _person(body)
    message = body.get("message") or {}
    return Called(
        who=person,
        key=f"{person.team}:{person.user}:{body['callback_id']}:{body.get('action_ts') or body['trigger_id']}",
        stream=f"user:{person.user}",
        name=str(body["callback_id"]),
        trigger=str(body["trigger_id"]),
        place=str((body.get("channel") or {}).get("id") or ""),
        ts=str(message.get("ts") or ""),
        thread=str(message.get("thread_ts") or message.get("ts") or ""),
        text=_text(message.get("text")),
        writer=str(message.get("user") or ""),
    )


def _ordered(body: Mapping[str, Any]) -> Commands:
    person = Person(str(body["team_id"]), str(body["user_id"]))
    return Ordered(
        who=person,
        key=f"{person.team}:{person.user}:{body['trigger_id']}",
        stream=f"user:{person.user}",
        words=clean(str(body.get("text") or "")).strip(),
        place=str(body["channel_id"]),
        trigger=str(body["trigger_id"]),
    )


def _person(body: Mapping[str, Any]) -> Person:
    user = body["user"]
    return Person(str(user.get("team_id") or body["team"]["id"]), str(user["id"]))


def _writer(body: Mapping[str, Any], message: Mapping[str, Any]) -> Person:
    """In a channel that workspaces share, whose team a writer is of stands in the message."""
    team = message.get("user_team") or message.get("team") or body["team_id"]
    return Person(str(team), str(message["user"]))


def _thread(place: str, ts: str) -> str:
    return f"slack:{place}:{ts}"


def _text(markup: Any) -> str:
    return clean(plain(str(markup or "")))[:TEXT_LIMIT]


def _file(file: Mapping[str, Any]) -> SlackFile:
    return SlackFile(
        name=str(file.get("name") or file.get("title") or "file"),
        type=str(file.get("mimetype") or "application/octet-stream"),
        size=int(file.get("size") or 0),
        url=str(file.get("url_private_download") or file["url_private"]),
    )
