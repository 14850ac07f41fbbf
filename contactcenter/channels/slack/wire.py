"""What Slack's events and presses look like, as far as we read them (docs.slack.dev: events, interaction payloads).

Asked by parsing.py and arriving.py. Every type is checked; what is not named here may be anything.
"""

from typing import Any

import msgspec

Text = str | None


class File(msgspec.Struct, frozen=True):
    """One shared with a message. In Slack Connect only its id is told, and files.info must be asked."""

    id: str
    name: Text = None
    title: Text = None
    mimetype: Text = None
    size: int | None = None
    mode: Text = None
    permalink: Text = None
    file_access: Text = None


class Quoted(msgspec.Struct, frozen=True):
    """A message that was shared, or whose link was unfolded."""

    is_share: bool | None = None
    author_name: Text = None
    text: Text = None


class Profile(msgspec.Struct, frozen=True):
    display_name: Text = None
    real_name: Text = None


class Message(msgspec.Struct, frozen=True):
    """A message, alone or inside an event about it."""

    ts: str = ""
    subtype: Text = None
    user: Text = None
    bot_id: Text = None
    text: Text = None
    thread_ts: Text = None
    parent_user_id: Text = None
    team: Text = None
    user_team: Text = None
    source_team: Text = None
    user_profile: Profile | None = None
    files: list[File] | None = None
    attachments: list[Quoted] | None = None


class Event(Message, frozen=True):
    """An event of type message; any other has the same shape, empty."""

    type: str = ""
    channel: Any = None
    channel_type: Text = None
    deleted_ts: Text = None
    message: Message | None = None
    previous_message: Message | None = None


class Authorization(msgspec.Struct, frozen=True):
    """One of the installations that the event is visible to: our bot's user."""

    user_id: str = ""
    is_bot: bool = False


class Envelope(msgspec.Struct, frozen=True):
    """What the Events API delivers."""

    team_id: str
    event: Event
    event_id: str
    authorizations: list[Authorization] | None = None

    @property
    def us(self) -> str:
        """Our user in that workspace, blank where Slack does not say."""
        return next((one.user_id for one in self.authorizations or () if one.is_bot), "")


class User(msgspec.Struct, frozen=True):
    id: str
    team_id: Text = None
    name: Text = None


class Place(msgspec.Struct, frozen=True):
    id: str


class Action(msgspec.Struct, frozen=True):
    action_id: str
    action_ts: str = ""
    value: Text = None


class Said(msgspec.Struct, frozen=True):
    """The message whose button was pressed."""

    ts: str
    thread_ts: Text = None


class Press(msgspec.Struct, frozen=True):
    """An interaction of type block_actions, on a message."""

    team: Place
    user: User
    channel: Place
    message: Said
    actions: list[Action]
