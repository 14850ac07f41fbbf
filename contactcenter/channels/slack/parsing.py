"""An event of Slack's becomes what it says.

Before it: arriving.py, which stored it as it came, with the names of those in it beside it (`envelope`). After it:
flow/inbound. Pure: everything is in the event. Direct messages to the app are for us. In a channel a message is for us
when it mentions us, or answers in a thread that we began; any other message in a thread is ours only where its
conversation is one of ours already, which only flow knows (`Inbound.overheard`); the rest is nobody's. A mention comes
twice, as `message` and as `app_mention`: the first is enough. What bots say is ignored, and so is our own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from contactcenter.channels.slack.names import KIND, PROOF, Place, Shown, instant, is_id
from contactcenter.channels.slack.wire import Envelope, File, Message, Press
from contactcenter.channels.text import file_name
from contactcenter.model.values import (
    Attached,
    Chosen,
    Deletion,
    Edit,
    Inbound,
    Parsed,
    RawEvent,
    Sender,
    Unparseable,
)
from contactcenter.slack.text import plain

CHOICE = "choice:"  # how the ids of our buttons begin
ELSEWHERE = ("external", "gdrive", "dropbox")  # files that Slack only links to
GONE = ("tombstone", "hidden_by_limit")
OURS = (None, "", "file_share", "me_message", "thread_broadcast")  # subtypes of what people say
NAMED = 10  # people whose names are looked up for one message

_OFFERED = re.compile(r"(\d{1,3})\|(\d{1,15})", re.ASCII)  # a choice, and the message it was offered with
_MENTION = re.compile(r"<@([A-Z0-9]{1,40})(?:\|[^<>]{0,200})?>")


@dataclass(frozen=True, slots=True)
class Told:
    """What was found out about an event before it was stored."""

    names: Mapping[str, str]
    files: Mapping[str, File]


def parse(raw: RawEvent) -> list[Parsed]:
    """What the event says; nothing for what is nobody's message. Raises Unparseable."""
    try:
        told = _told(raw.envelope)
        if b'"block_actions"' in raw.payload:
            return list(_chosen(msgspec.json.decode(raw.payload, type=Press), told))
        envelope = msgspec.json.decode(raw.payload, type=Envelope)
        return list(_said(envelope, told))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unparseable(f"this is no event of Slack's: {type(error).__name__}") from None


def place_of_event(envelope: Envelope) -> Place:
    """Where it happened; a message in a channel begins a thread of its own. Raises ValueError."""
    event = envelope.event
    inner = event.message or event.previous_message or event
    if not isinstance(event.channel, str) or not is_id(event.channel) or not is_id(envelope.team_id):
        raise ValueError("it happened nowhere")
    thread = "" if event.channel_type == "im" else inner.thread_ts or inner.ts
    if thread and not instant(thread):
        raise ValueError("it happened at no time")
    return Place(envelope.team_id, event.channel, thread)


def people_in(envelope: Envelope) -> list[str]:
    """Whose names are worth knowing: the author's and those of who is mentioned."""
    inner = envelope.event.message or envelope.event
    found = [inner.user or "", *_MENTION.findall(inner.text or "")]
    return [*dict.fromkeys(filter(is_id, found))][:NAMED]


def _told(envelope: Mapping[str, str]) -> Told:
    names = msgspec.json.decode(envelope.get("names", "{}"), type=dict[str, str])
    files = msgspec.json.decode(envelope.get("files", "[]"), type=list[File])
    return Told(names, {file.id: file for file in files})


def _said(envelope: Envelope, told: Told) -> Iterator[Parsed]:
    event = envelope.event
    if event.type != "message":
        return
    place = place_of_event(envelope)
    match event.subtype:
        case "message_changed":
            yield from _changed(envelope, place, told)
        case "message_deleted" if event.deleted_ts and instant(event.deleted_ts):
            if event.previous_message is None or _is_person(event.previous_message, envelope.us):
                yield Deletion(Shown(place.team, place.channel, (event.deleted_ts,)).key)
        case _ if _is_person(event, envelope.us):
            yield from _message(event, envelope, place, told)


def _message(message: Message, envelope: Envelope, place: Place, told: Told) -> Iterator[Parsed]:
    """Something said, if it can be for us."""
    addressed = _is_for_us(message, envelope)
    if not addressed and (not message.thread_ts or message.thread_ts == message.ts):
        return
    if not instant(message.ts):
        raise ValueError("it was said at no time")
    yield Inbound(
        external_id=Shown(place.team, place.channel, (message.ts,)).key,
        conversation=place.key,
        sender=_sender(message, envelope.team_id, told),
        text=_text(message, envelope.us, told),
        proof=PROOF,
        attachments=tuple(_files(message, place.team, told)),
        remarks=tuple(_remarks(message, told)),
        received_at=instant(message.ts),
        overheard=not addressed,
    )


def _changed(envelope: Envelope, place: Place, told: Told) -> Iterator[Parsed]:
    """An edit; not what Slack itself changes in a message: links unfolded, replies counted."""
    after, before = envelope.event.message, envelope.event.previous_message
    if after is None or not instant(after.ts):
        return
    key = Shown(place.team, place.channel, (after.ts,)).key
    if after.subtype == "tombstone":  # taken back, but kept in its place for the thread below it
        yield Deletion(key)
    elif not _is_person(after, envelope.us) or (before is not None and before.text == after.text):
        return
    elif envelope.event.channel_type != "im" and _newly_for_us(before, after, envelope.us):
        yield from _message(after, envelope, place, told)
    else:
        yield Edit(key, _text(after, envelope.us, told))


def _newly_for_us(before: Message | None, after: Message, us: str) -> bool:
    """A message that mentions us since it was edited: until now it was nobody's."""
    return before is not None and _mentions(after, us) and not (_mentions(before, us) or before.thread_ts)


def _chosen(press: Press, told: Told) -> Iterator[Parsed]:
    action = press.actions[0] if press.actions else None
    if action is None or not action.action_id.startswith(CHOICE):
        return
    team, channel, ts = press.team.id, press.channel.id, press.message.ts
    if not (is_id(team) and is_id(channel) and is_id(press.user.id) and instant(ts)):
        raise ValueError("it was pressed nowhere")
    offered = _OFFERED.fullmatch(action.value or "")
    if offered is None:
        raise ValueError("nobody was offered that")
    home = press.user.team_id or team
    yield Chosen(
        external_id="",
        choice=int(offered[1]),
        conversation=Place(team, channel, "" if channel.startswith("D") else press.message.thread_ts or ts).key,
        sender=Sender(KIND, f"{home}:{press.user.id}", told.names.get(press.user.id) or press.user.name or ""),
        proof=PROOF,
        seq=int(offered[2]),
    )


def _is_person(message: Message, us: str) -> bool:
    user = message.user or ""
    return message.subtype in OURS and not message.bot_id and is_id(user) and user not in (us, "USLACKBOT")


def _is_for_us(message: Message, envelope: Envelope) -> bool:
    if envelope.event.channel_type == "im" or _mentions(message, envelope.us):
        return True
    return bool(envelope.us) and message.parent_user_id == envelope.us


def _mentions(message: Message, us: str) -> bool:
    return bool(us) and us in _MENTION.findall(message.text or "")


def _sender(message: Message, team: str, told: Told) -> Sender:
    profile = message.user_profile
    own = profile and (profile.display_name or profile.real_name)
    home = message.user_team or message.source_team or message.team or team
    user = message.user or ""
    return Sender(KIND, f"{home}:{user}", told.names.get(user) or own or "")


def _text(message: Message, us: str, told: Told) -> str:
    """As people read it; without our name in front, which says only whom it is for."""
    markup = message.text or ""
    first = _MENTION.match(markup)
    if first and us and first[1] == us:
        markup = markup[first.end() :].lstrip(" ,:\n")
    words = plain(_MENTION.sub(lambda found: _named(found, told), markup))
    shared = [_shared(one.author_name or "", one.text or "") for one in message.attachments or () if one.is_share]
    return "\n\n".join(filter(None, (words, *shared)))


def _named(found: re.Match[str], told: Told) -> str:
    """The mention, with the name we know; no name can end the mention it stands in."""
    name = told.names.get(found[1], "").translate({ord("<"): None, ord(">"): None, ord("\n"): " "})
    return f"<@{found[1]}|{name}>" if name else found[0]


def _shared(author: str, text: str) -> str:
    lines = plain(text).splitlines()
    return "\n".join([f"{author} wrote:" if author else "Shared:", *(f"> {line}" for line in lines)])


def _files(message: Message, team: str, told: Told) -> Iterator[Attached]:
    for one in message.files or ():
        file = told.files.get(one.id, one)
        if not is_id(one.id) or file.mode in (*ELSEWHERE, *GONE):
            continue
        name = file_name(file.name or file.title or "file")
        kind = file.mimetype or "application/octet-stream"
        yield Attached(name, kind, max(0, file.size or 0), f"remote:{team}/{one.id}")


def _remarks(message: Message, told: Told) -> Iterator[str]:
    for one in message.files or ():
        file = told.files.get(one.id, one)
        name = file_name(file.name or file.title or "file")
        if file.mode in ELSEWHERE:
            yield f"Shares a file that is kept elsewhere: {name}, {file.permalink or 'without a link'}."
        elif file.mode in GONE:
            yield f"A file is gone in Slack: {name}."
