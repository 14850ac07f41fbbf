"""The nouns of the fake Slack (slack.py): workspaces, people, channels, messages, files, and what a test may break."""

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

Message = dict[str, Any]
"""As conversations.history shows it."""

BEGINNING = 1_795_262_400  # Saturday 21 November 2026, 12:00 UTC


@dataclass
class User:
    """Somebody in a workspace; `bot` is the bot's id where it is a program."""

    id: str
    name: str
    email: str
    team: str
    bot: str = ""
    modals: list[Message] = field(default_factory=list)  # open modals, the topmost last
    home: Message | None = None
    whispers: list[Message] = field(default_factory=list)  # ephemeral messages that were shown to them


@dataclass
class Channel:
    """A public channel, a private one ("group") or the direct messages of one user with our app ("im")."""

    id: str
    name: str
    kind: str
    team: str
    members: set[str] = field(default_factory=set)
    shared_with: set[str] = field(default_factory=set)  # other workspaces (Slack Connect)
    archived: bool = False
    user: str = ""  # of an "im"
    messages: dict[str, Message] = field(default_factory=dict)
    posted_at: float = -1e9

    def thread(self, ts: str) -> list[Message]:
        """A message and its replies, oldest first."""
        return [one for one in self.messages.values() if ts in (one["ts"], one.get("thread_ts"))]


@dataclass
class Workspace:
    """One installation of our app. `until` is when its token ends, by the loop's clock; none for ever."""

    id: str
    name: str
    bot: User
    token: str
    refresh_token: str = ""
    until: float | None = None
    revoked: str = ""  # the error that every call is answered with


@dataclass
class File:
    """What somebody uploaded."""

    id: str
    name: str
    type: str
    content: bytes
    team: str
    user: str
    channels: list[str] = field(default_factory=list)
    shares: dict[str, list[str]] = field(default_factory=dict)  # channel -> ts of messages
    length: int = 0  # as announced, of one of ours
    uploaded: bool = True

    def shown(self, base: str, *, shared: bool = False) -> Message:
        """As events and files.info show it; `shared`: to a workspace that must ask files.info (Slack Connect)."""
        if shared:
            return {"id": self.id, "mode": "file_access", "file_access": "check_file_info"}
        url = f"{base}/files/{self.team}-{self.id}/{quote(self.name)}"
        extension = self.name.rpartition(".")[2].lower()
        return {
            "id": self.id,
            "created": BEGINNING,
            "timestamp": BEGINNING,
            "name": self.name,
            "title": self.name,
            "mimetype": self.type,
            "filetype": extension,
            "pretty_type": extension.upper(),
            "user": self.user,
            "user_team": self.team,
            "editable": False,
            "size": len(self.content),
            "mode": "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": True,
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": url,
            "url_private_download": f"{url}?download",
            "media_display_type": "unknown",
            "permalink": f"{base}/permalink/{self.id}",
            "permalink_public": f"{base}/public/{self.id}",
            "is_starred": False,
            "has_rich_preview": False,
            "file_access": "visible",
            "channels": [*self.channels],
            "groups": [],
        }


@dataclass
class Fault:
    """How calls of a method are answered instead. `gate`: only when a test opens it; `cut`: the line ends unanswered.

    Left alone after `times` calls (0: never); `met` counts them.
    """

    method: str
    error: str = ""  # ok: false
    status: int = 0
    retry_after: int = 7  # seconds, with status 429
    cut: str = ""  # "before" or "after" it was done
    gate: asyncio.Event | None = None
    times: int = 1
    channel: str = ""
    met: int = 0

    def applies(self, method: str, arguments: Mapping[str, Any]) -> bool:
        if self.method not in (method, "*") or (self.times and self.met >= self.times):
            return False
        return not self.channel or arguments.get("channel", arguments.get("channel_id")) == self.channel


@dataclass(frozen=True)
class Call:
    """A request of ours, when it came (by the loop's clock), and what it was answered."""

    method: str
    arguments: Mapping[str, Any]
    at: float
    team: str
    answer: Mapping[str, Any]


class World:
    """All there is, and who may see what."""

    def __init__(self) -> None:
        self.workspaces: dict[str, Workspace] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.clock: Callable[[], int] | None = None  # µs; without one every instant is a second after the one before
        self._numbers = itertools.count(1)

    def number(self) -> int:
        return next(self._numbers)

    def name(self, kind: str) -> str:
        """A new id, such as C0000000007."""
        return f"{kind}{self.number():010d}"

    def ts(self) -> str:
        """The next instant, which is also the next message's id."""
        number = self.number()
        second = BEGINNING + number if self.clock is None else self.clock() // 1_000_000
        return f"{second}.{number:06d}"

    def workspace(self, name: str, team: str = "") -> Workspace:
        """Another workspace where our app is installed."""
        team = team or self.name("T")
        bot = User(self.name("U"), "desk", "", team, bot=self.name("B"))
        self.users[bot.id] = bot
        self.workspaces[team] = Workspace(team, name, bot, f"xoxb-{team}-{self.number()}")
        return self.workspaces[team]

    def person(self, name: str, email: str = "", team: str = "", *, bot: bool = False) -> User:
        """Somebody in a workspace (the first by default), or another app's bot."""
        team = team or next(iter(self.workspaces))
        user = User(self.name("U"), name, email, team, self.name("B") if bot else "")
        self.users[user.id] = user
        return user

    def channel(self, name: str, *members: User, private: bool = False, team: str = "", ours: bool = True) -> Channel:
        """A channel with these members, shared with their workspaces; `ours`: our app is in it, too."""
        team = team or next(iter(self.workspaces))
        shared = {one.team for one in members} - {team}
        channel = Channel(self.name("C"), name, "group" if private else "channel", team, shared_with=shared)
        channel.members = {one.id for one in members}
        if ours:
            channel.members |= {self.workspaces[one].bot.id for one in (team, *shared) if one in self.workspaces}
        self.channels[channel.id] = channel
        return channel

    def dm(self, user: User) -> Channel:
        """Somebody's direct messages with our app."""
        found = next((one for one in self.channels.values() if one.kind == "im" and one.user == user.id), None)
        if found is None:
            members = {user.id, self.workspaces[user.team].bot.id}
            found = Channel(self.name("D"), "", "im", user.team, members, user=user.id)
            self.channels[found.id] = found
        return found

    def file(self, name: str, kind: str, content: bytes, user: User) -> File:
        """Something somebody is about to share."""
        file = File(self.name("F"), name, kind, content, user.team, user.id)
        self.files[file.id] = file
        return file

    def sees(self, workspace: Workspace, channel: Channel) -> bool:
        """Is our app in that channel, by this installation?"""
        return workspace.bot.id in channel.members
