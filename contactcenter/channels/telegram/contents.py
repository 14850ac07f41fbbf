"""What a message holds, in words and files: nothing a customer sends goes under.

Called by parsing.py. What is no text and no file (a place, a contact, a poll) is put into words; what nobody here knows
is named as Telegram names it. Files stay with Telegram: each is named by its file_id (Bot API: getFile).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contactcenter.channels.telegram.text import readable
from contactcenter.channels.telegram.wire import Contact, File, Item, Location, Message, Said
from contactcenter.channels.text import file_name
from contactcenter.model.values import Attached

# By the name of the field, best first: a message with an animation has it as a document besides.
FILES = ("animation", "live_photo", "video", "video_note", "audio", "voice", "sticker", "document")
ENDINGS = {
    "animation": "mp4",
    "live_photo": "mp4",
    "video": "mp4",
    "video_note": "mp4",
    "audio": "mp3",
    "voice": "ogg",
    "document": "bin",
}
TYPES = {"mp4": "video/mp4", "mp3": "audio/mpeg", "ogg": "audio/ogg", "webm": "video/webm", "webp": "image/webp"}
HEARD = {"voice": "A voice message", "video_note": "A video message", "audio": "A recording", "video": "A video"}

# Fields of Message that tell about a message and are none of what it says, or tell of a chat and are no message of
# anybody's. Written down from the Bot API 10.3; a field that is new there is shown in words until it is known here.
_ABOUT = """
    message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count sender_business_bot
    sender_tag date business_connection_id chat forward_origin is_topic_message is_automatic_forward reply_to_message
    external_reply quote reply_to_story reply_to_checklist_task_id via_bot edit_date has_protected_content
    is_from_offline is_paid_post media_group_id author_signature paid_star_count link_preview_options effect_id
    show_caption_above_media has_media_spoiler reply_markup suggested_post_info entities caption caption_entities
    is_ephemeral receiver_user guest_query_id guest_bot_caller_user guest_bot_caller_chat reply_to_poll_option_id
    ephemeral_message_id forward_date forward_from forward_from_chat forward_from_message_id forward_sender_name
    forward_signature
"""
_EVENTS = """
    new_chat_members left_chat_member chat_owner_left chat_owner_changed new_chat_title new_chat_photo
    delete_chat_photo group_chat_created supergroup_chat_created channel_chat_created message_auto_delete_timer_changed
    migrate_to_chat_id migrate_from_chat_id pinned_message write_access_allowed proximity_alert_triggered boost_added
    chat_background_set checklist_tasks_done checklist_tasks_added direct_message_price_changed forum_topic_created
    forum_topic_edited forum_topic_closed forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden
    giveaway_created giveaway_completed managed_bot_created paid_message_price_changed suggested_post_approved
    suggested_post_approval_failed suggested_post_declined suggested_post_paid suggested_post_refunded
    video_chat_scheduled video_chat_started video_chat_ended video_chat_participants_invited poll_option_added
    poll_option_deleted community_chat_added community_chat_removed community_chat_joined
"""
EVENTS = frozenset(_EVENTS.split())
KNOWN = frozenset({*Said.__struct_fields__, *_ABOUT.split()})


def text_of(said: Said, fields: Mapping[str, Any] | None = None) -> str:
    """What it says. `fields`: all there is in it, so that what is unknown can be named."""
    written = readable(said.text, said.entities) or readable(said.caption, said.caption_entities)
    return "\n".join(filter(None, (written, *_in_words(said), *_unknown(fields or {}))))


def happened(fields: Mapping[str, Any]) -> bool:
    """Does it tell what happened in a chat, and is no message of anybody's?"""
    return not EVENTS.isdisjoint(fields)


def files_of(message: Message) -> Iterator[Attached]:
    """Its files, as they are called with Telegram."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        yield Attached(f"photo-{message.message_id}.jpg", "image/jpeg", largest.file_size, _ref(largest))
        return
    for kind in FILES:
        file: File | None = getattr(message, kind)
        if file is not None:
            yield _attached(kind, file, message.message_id)
            return


def remarks_on_files(message: Message) -> Iterator[str]:
    """What its file's name does not tell."""
    for kind, words in HEARD.items():
        file: File | None = getattr(message, kind)
        if file is not None:
            by = f": {', '.join(filter(None, (file.performer, file.title)))}" if file.performer or file.title else ""
            yield f"{words}{by} ({file.duration // 60}:{file.duration % 60:02d})."


def _attached(kind: str, file: File, number: int) -> Attached:
    ending = _sticker(file) if kind == "sticker" else ENDINGS[kind]
    media_type = file.mime_type or TYPES.get(ending, "application/octet-stream")
    name = file_name(file.file_name) if file.file_name else f"{kind.replace('_', '-')}-{number}.{ending}"
    return Attached(name, media_type, file.file_size, _ref(file))


def _sticker(file: File) -> str:
    if file.is_animated:
        return "tgs"
    return "webm" if file.is_video else "webp"


def _ref(file: File) -> str:
    return f"remote:{file.file_id}"


def _in_words(said: Said) -> Iterator[str]:
    if said.sticker is not None:
        yield said.sticker.emoji
    if said.venue is not None:  # it has a location besides
        yield f"{said.venue.title}, {said.venue.address}\n{_place(said.venue.location)}"
    elif said.location is not None:
        yield f"{'Live location' if said.location.live_period else 'Location'}: {_place(said.location)}"
    if said.contact is not None:
        yield _contact(said.contact)
    if said.poll is not None:
        yield _listed("Poll", said.poll.question, said.poll.options)
    if said.checklist is not None:
        yield _listed("Checklist", said.checklist.title, said.checklist.tasks)
    if said.dice is not None:
        yield f"{said.dice.emoji} {said.dice.value}"


def _place(location: Location) -> str:
    where = f"{location.latitude:.6f}", f"{location.longitude:.6f}"
    return f"{where[0]}, {where[1]}\nhttps://www.openstreetmap.org/?mlat={where[0]}&mlon={where[1]}"


def _contact(contact: Contact) -> str:
    name = " ".join(filter(None, (contact.first_name, contact.last_name)))
    return f"Contact: {name}, {contact.phone_number}"


def _listed(what: str, title: str, items: Sequence[Item]) -> str:
    return "\n".join((f"{what}: {title}", *(f"- {item.text}" for item in items)))


def _unknown(fields: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(fields.keys() - KNOWN - EVENTS):
        yield f"(sent with Telegram: {name[:50].replace('_', ' ')})"
