"""An update of the Bot API becomes what it says.

Before it: listening.py, which stored it as it came, with the bot's name beside it (`envelope`). After it: flow/inbound.
Pure: everything is in the event. In a group only what is addressed to us is a message: who names us, answers us, or
writes a command that is not another bot's. What other bots and channels post is ignored, and so is our own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from contactcenter.channels.telegram.contents import files_of, happened, remarks_on_files, text_of
from contactcenter.channels.telegram.text import shortened, stretch
from contactcenter.channels.telegram.wire import Answered, Callback, Entity, Membership, Message, Origin, Update, User
from contactcenter.channels.text import language_of
from contactcenter.model.columns import SECOND
from contactcenter.model.values import Chosen, Edit, Inbound, Parsed, RawEvent, Reachability, Sender, Unparseable

KIND = PROOF = "telegram"
QUOTED = 80  # characters of what is answered
ANONYMOUS = 1087968824  # GroupAnonymousBot: an administrator who writes as the group

_START = re.compile(r"/start(@\w+)?( (?P<payload>[\w-]{1,64}))?", re.ASCII)
_COMMAND = re.compile(r"(?P<command>/\w+)@(?P<bot>\w+)", re.ASCII)
_CHOICE = re.compile(r"\d{1,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Us:
    """The bot whose updates these are."""

    id: int
    username: str


def parse(raw: RawEvent) -> list[Parsed]:
    """What the update says; nothing for what is nobody's message. Raises Unparseable."""
    try:
        update = msgspec.json.decode(raw.payload, type=Update)
        fields = msgspec.json.decode(raw.payload, type=dict[str, Any])
        us = Us(int(raw.envelope.get("bot", "0")), raw.envelope.get("username", ""))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unparseable(f"this is no update of the Bot API: {type(error).__name__}") from None
    if update.message is not None:
        return list(_message(update.message, fields["message"], us))
    if update.edited_message is not None:
        return list(_edit(update.edited_message, fields["edited_message"], us))
    if update.callback_query is not None:
        return list(_chosen(update.callback_query))
    if update.my_chat_member is not None:
        return list(_reachability(update.my_chat_member))
    return []


def conversation_of(chat: int, topic: int) -> str:
    """The key of a conversation: a chat, or a topic of one."""
    return f"{chat}:{topic}" if topic else str(chat)


def place_of(conversation: str) -> tuple[int, int]:
    """Chat and topic (0: none) of a conversation's key. Raises ValueError."""
    chat, _, topic = conversation.partition(":")
    return int(chat), int(topic or 0)


def message_key(chat: int, *messages: int) -> str:
    """What a message is called; one of ours can be several of Telegram's."""
    return f"{chat}:{','.join(map(str, messages))}"


def _message(message: Message, fields: dict[str, Any], us: Us) -> Iterator[Parsed]:
    sender = _sender(message, us)
    if sender is None or happened(fields) or not _is_for_us(message, us):
        return
    started = _START.fullmatch(message.text)
    if started and not started["payload"] and message.chat.type == "private":
        yield Reachability(sender, reachable=True)
        return
    answered = _answered(message)
    yield Inbound(
        external_id=message_key(message.chat.id, message.message_id),
        conversation=conversation_of(message.chat.id, _topic(message)),
        sender=sender,
        text=_addressed(text_of(message, fields), us),
        proof=PROOF,
        claims=tuple(_claims(message, started)),
        attachments=tuple(files_of(message)),
        references=(message_key(message.chat.id, answered.message_id),) if answered else (),
        remarks=tuple(_remarks(message, answered, started)),
        received_at=message.date * SECOND,
        album=message.media_group_id,
    )


def _edit(message: Message, fields: dict[str, Any], us: Us) -> Iterator[Parsed]:
    if _sender(message, us) is not None:
        key = message_key(message.chat.id, message.message_id)
        yield Edit(key, _addressed(text_of(message, fields), us))


def _chosen(pressed: Callback) -> Iterator[Parsed]:
    message = pressed.message
    if not _CHOICE.fullmatch(pressed.data) or message is None or pressed.sender.is_bot:
        return
    topic = message.message_thread_id if message.is_topic_message else 0
    yield Chosen(
        external_id=message_key(message.chat.id, message.message_id),
        choice=int(pressed.data),
        conversation=conversation_of(message.chat.id, topic),
        sender=_person(pressed.sender),
        proof=PROOF,
    )


def _reachability(change: Membership) -> Iterator[Parsed]:
    """In a group the door is not the customer's to close: what cannot be sent there says so itself."""
    if change.chat.type == "private" and not change.sender.is_bot:
        sender = _person(change.sender)
        blocked = change.new_chat_member.status in ("kicked", "left")
        yield Reachability(sender, not blocked, "the customer blocked the bot" if blocked else "")


def _sender(message: Message, us: Us) -> Sender | None:
    """Who wrote it; None for channels, other bots and ourselves."""
    user, behind = message.sender, message.sender_chat
    if message.chat.type == "channel" or message.is_automatic_forward:
        return None
    if behind is not None and (user is None or user.is_bot):  # whoever writes in the name of a group
        if user is None or user.id == ANONYMOUS:
            return Sender(KIND, str(behind.id), behind.title)
        return None
    if user is None or user.is_bot or user.id == us.id:
        return None
    return _person(user)


def _person(user: User) -> Sender:
    return Sender(KIND, str(user.id), _name(user.first_name, user.last_name), language_of(user.language_code))


def _name(first: str, last: str) -> str:
    return " ".join(filter(None, (first.strip(), last.strip())))


def _is_for_us(message: Message, us: Us) -> bool:
    """In a group people talk to each other; ours is what names us, answers us or is a command (privacy mode)."""
    if message.chat.type == "private":
        return True
    answered = message.reply_to_message
    if answered is not None and answered.sender is not None and answered.sender.id == us.id:
        return True
    marked = ((message.text, message.entities), (message.caption, message.caption_entities))
    return any(_names_us(text, entity, us) for text, entities in marked for entity in entities)


def _names_us(text: str, entity: Entity, us: Us) -> bool:
    match entity.type:
        case "mention":
            return bool(us.username) and stretch(text, entity).casefold() == f"@{us.username}".casefold()
        case "text_mention":
            return entity.user is not None and entity.user.id == us.id
        case "bot_command":
            _, at, bot = stretch(text, entity).partition("@")
            return entity.offset == 0 and (not at or bot.casefold() == us.username.casefold())
    return False


def _addressed(text: str, us: Us) -> str:
    """The text without our name in front, which says only whom it is for."""
    if not us.username:
        return text
    command = _COMMAND.match(text)
    if command and command["bot"].casefold() == us.username.casefold():
        return command["command"] + text[command.end() :]
    first, space, rest = text.partition(" ")
    return rest.lstrip() if space and first.rstrip(",:").casefold() == f"@{us.username}".casefold() else text


def _topic(message: Message) -> int:
    """A reply in a group without topics has a thread, too, which is none."""
    return message.message_thread_id if message.is_topic_message else 0


def _answered(message: Message) -> Answered | None:
    """What it answers; in a topic everything answers the topic's beginning."""
    answered = message.reply_to_message
    return None if answered is None or answered.forum_topic_created is not None else answered


def _claims(message: Message, started: re.Match[str] | None) -> Iterator[tuple[str, str]]:
    """What a link said the customer came with, and their own number when they share it. Both are hints."""
    if started and started["payload"]:
        yield "start", started["payload"]
    contact = message.contact
    if contact is not None and message.sender is not None and contact.user_id == message.sender.id:
        yield "phone", contact.phone_number


def _remarks(message: Message, answered: Answered | None, started: re.Match[str] | None) -> Iterator[str]:
    if message.chat.type != "private":
        begun = message.reply_to_message.forum_topic_created if message.reply_to_message else None
        topic = f", topic {shortened(begun.name, QUOTED)}" if begun else ""
        yield f"Written in the group {shortened(message.chat.title, QUOTED) or message.chat.id}{topic}."
    if answered is not None:
        quoted = message.quote.text if message.quote else text_of(answered)
        yield f"Answers “{shortened(quoted, QUOTED)}”." if quoted.strip() else "Answers an earlier message."
    elif message.quote is not None:  # of another chat
        yield f"Answers “{shortened(message.quote.text, QUOTED)}”."
    if message.forward_origin is not None:
        yield f"Forwarded; {_first_author(message.forward_origin)}."
    if started and started["payload"]:
        yield f"Came by a link that says {started['payload']}, which anybody can write."
    yield from remarks_on_files(message)


def _first_author(origin: Origin) -> str:
    user, chat = origin.sender_user, origin.sender_chat or origin.chat
    name = origin.sender_user_name or (_name(user.first_name, user.last_name) if user else chat.title if chat else "")
    return f"first written by {shortened(name, QUOTED)}" if name else "nobody says who wrote it first"
