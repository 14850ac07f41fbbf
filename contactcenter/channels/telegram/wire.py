"""What an update of the Bot API holds, as far as it is read here (https://core.telegram.org/bots/api#update).

Read by parsing.py and contents.py. Decoding checks every type, so that what follows can rely on them; what is not
named here is left alone, and so is every kind of update that `Update` does not know.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, field

Size = Annotated[int, Meta(ge=0, le=2**53)]
Seconds = Annotated[int, Meta(ge=0, le=2**40)]
Place = Annotated[int, Meta(ge=0, le=2**31)]


class User(msgspec.Struct, frozen=True):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    language_code: str = ""


class Chat(msgspec.Struct, frozen=True):
    id: int
    type: str
    title: str = ""
    username: str = ""


class Entity(msgspec.Struct, frozen=True):
    """A stretch of a text; `offset` and `length` in UTF-16 code units."""

    type: str
    offset: Place
    length: Place
    url: str = ""
    user: User | None = None


class File(msgspec.Struct, frozen=True):
    """A photo's size, document, voice, sticker …: they differ in what they tell besides."""

    file_id: str
    file_size: Size = 0
    file_name: str = ""
    mime_type: str = ""
    width: Place = 0
    height: Place = 0
    duration: Seconds = 0
    emoji: str = ""
    title: str = ""
    performer: str = ""
    is_animated: bool = False
    is_video: bool = False


class Location(msgspec.Struct, frozen=True):
    latitude: float
    longitude: float
    live_period: int = 0


class Venue(msgspec.Struct, frozen=True):
    location: Location
    title: str
    address: str


class Contact(msgspec.Struct, frozen=True):
    phone_number: str
    first_name: str
    last_name: str = ""
    user_id: int = 0


class Item(msgspec.Struct, frozen=True):
    """An option of a poll, or a task of a checklist."""

    text: str


class Poll(msgspec.Struct, frozen=True):
    question: str
    options: tuple[Item, ...] = ()


class Checklist(msgspec.Struct, frozen=True):
    title: str
    tasks: tuple[Item, ...] = ()


class Dice(msgspec.Struct, frozen=True):
    emoji: str
    value: int


class Origin(msgspec.Struct, frozen=True):
    """Who wrote a forwarded message first."""

    type: str
    sender_user: User | None = None
    sender_user_name: str = ""
    sender_chat: Chat | None = None
    chat: Chat | None = None


class Quote(msgspec.Struct, frozen=True):
    """The stretch of an earlier message that a reply picks out."""

    text: str


class Said(msgspec.Struct, frozen=True):
    """What a message says, and its files."""

    text: str = ""
    caption: str = ""
    entities: tuple[Entity, ...] = ()
    caption_entities: tuple[Entity, ...] = ()
    photo: tuple[File, ...] = ()
    document: File | None = None
    animation: File | None = None
    live_photo: File | None = None
    audio: File | None = None
    voice: File | None = None
    video: File | None = None
    video_note: File | None = None
    sticker: File | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: Contact | None = None
    poll: Poll | None = None
    checklist: Checklist | None = None
    dice: Dice | None = None


class Topic(msgspec.Struct, frozen=True):
    """Of a group that is divided into some; its first message is what everything in it answers."""

    name: str


class Answered(Said, frozen=True):
    """An earlier message that a message answers."""

    message_id: int = 0
    chat: Chat | None = None
    sender: User | None = field(default=None, name="from")
    forum_topic_created: Topic | None = None


class Message(Said, frozen=True, kw_only=True):
    message_id: int
    chat: Chat
    date: Seconds
    sender: User | None = field(default=None, name="from")
    sender_chat: Chat | None = None
    is_automatic_forward: bool = False
    is_topic_message: bool = False
    message_thread_id: int = 0
    media_group_id: str = ""
    forward_origin: Origin | None = None
    reply_to_message: Answered | None = None
    quote: Quote | None = None


class Pressed(msgspec.Struct, frozen=True, kw_only=True):
    """The message under which a button was pressed; it may be too old for Telegram to tell more of it."""

    message_id: int
    chat: Chat
    is_topic_message: bool = False
    message_thread_id: int = 0


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    sender: User = field(name="from")
    message: Pressed | None = None
    data: str = ""


class Member(msgspec.Struct, frozen=True):
    status: str


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody lets the bot in, or out."""

    chat: Chat
    sender: User = field(name="from")
    new_chat_member: Member


class Update(msgspec.Struct, frozen=True):
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: Callback | None = None
    my_chat_member: Membership | None = None


KINDS = Update.__struct_fields__
"""The kinds of update that are asked for (Bot API: getUpdates, allowed_updates)."""
