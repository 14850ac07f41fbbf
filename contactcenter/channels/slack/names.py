"""How the desk calls what is Slack's: conversations, messages, and who wrote.

Used by all of this folder. A direct message to the app is one conversation per person (team:channel), a thread in a
channel one of its own (team:channel:ts of its first message). One message of ours can be several of Slack's.
"""

import re
from dataclasses import dataclass

KIND = PROOF = "slack"

_ID = re.compile(r"[A-Z0-9]{1,40}", re.ASCII)
_TS = re.compile(r"(\d{1,12})\.(\d{6})", re.ASCII)
_FILE = re.compile(r"F[A-Z0-9]{1,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation is: a thread, or (thread blank) direct messages."""

    team: str
    channel: str
    thread: str = ""

    @property
    def key(self) -> str:
        return ":".join(filter(None, (self.team, self.channel, self.thread)))


@dataclass(frozen=True, slots=True)
class Shown:
    """What a message of ours is in Slack: messages, in order, and files that were shared with it."""

    team: str
    channel: str
    messages: tuple[str, ...]
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.team}:{self.channel}:{','.join(self.messages + self.files)}"


def is_id(text: str) -> bool:
    """Is it an id of Slack's: of a team, a channel, a user?"""
    return bool(_ID.fullmatch(text))


def instant(ts: str) -> int:
    """When a message was written, in microseconds; 0 for what is no ts."""
    found = _TS.fullmatch(ts)
    return int(found[1]) * 1_000_000 + int(found[2]) if found else 0


def place_of(conversation: str) -> Place:
    """Where a conversation is, by its key. Raises ValueError."""
    team, _, rest = conversation.partition(":")
    channel, colon, thread = rest.partition(":")
    if not (is_id(team) and is_id(channel)) or (colon and not instant(thread)):
        raise ValueError("this conversation is none of Slack's")
    return Place(team, channel, thread)


def shown_as(external_id: str) -> Shown:
    """What a message is in Slack, by its external id. Raises ValueError."""
    team, _, rest = external_id.partition(":")
    channel, _, parts = rest.partition(":")
    several = parts.split(",")
    files = tuple(one for one in several if _FILE.fullmatch(one))
    messages = tuple(one for one in several if instant(one))
    if not (is_id(team) and is_id(channel)) or len(files) + len(messages) != len(several):
        raise ValueError("this message is none of Slack's")
    return Shown(team, channel, messages, files)
