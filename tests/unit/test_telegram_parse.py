"""What updates say: readable, addressed to us, and never more than a total function makes of them."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.telegram import Telegram
from contactcenter.channels.telegram.parsing import conversation_of, parse, place_of
from contactcenter.channels.telegram.text import beginning, readable, units
from contactcenter.channels.telegram.wire import Entity
from contactcenter.channels.text import split
from contactcenter.model.values import Edit, Inbound, Parsed, RawEvent, Reachability, Unparseable

ADA = {"id": 100, "is_bot": False, "first_name": "Ada"}
US = {"id": 4711, "is_bot": True, "first_name": "Acme", "username": "acme_bot"}
ALONE = {"id": 100, "type": "private", "first_name": "Ada"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Friends of Acme"}


def read(update: dict[str, Any]) -> list[Parsed]:
    payload = json.dumps({"update_id": 1, **update}).encode()
    return parse(RawEvent("bot", "4711:1", "bot:100", payload, {"bot": "4711", "username": "acme_bot"}))


def message(chat: dict[str, Any] = ALONE, **content: Any) -> dict[str, Any]:
    return {"message_id": 7, "date": 1_795_262_400, "chat": chat, "from": ADA, **content}


def said(chat: dict[str, Any] = ALONE, **content: Any) -> Inbound:
    (item,) = read({"message": message(chat, **content)})
    assert isinstance(item, Inbound)
    return item


def entity(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


# --- text


@pytest.mark.parametrize(
    ("text", "entities", "shown"),
    [
        ("see here", [Entity("text_link", 4, 4, "https://acme.test")], "see here (https://acme.test)"),
        ("👍👍 here", [Entity("text_link", 5, 4, "https://acme.test")], "👍👍 here (https://acme.test)"),
        ("https://acme.test", [Entity("text_link", 0, 17, "https://acme.test")], "https://acme.test"),
        ("bold and code", [Entity("bold", 0, 4), Entity("code", 9, 4)], "bold and code"),
        ("not 5", [Entity("strikethrough", 4, 1)], "not ~~5~~"),
        ("a\nb\nc", [Entity("blockquote", 0, 3)], "> a\n> b\nc"),
        ("ab", [Entity("text_link", 1, 90, "u")], "ab (u)"),
        ("ab", [Entity("text_link", 90, 1, "u"), Entity("text_link", 0, 0, "u")], "ab"),
        ("👍", [Entity("strikethrough", 1, 1)], "\N{REPLACEMENT CHARACTER}~~\N{REPLACEMENT CHARACTER}~~"),
    ],
    ids=["link", "link after emoji", "bare link", "markup", "struck out", "quote", "too long", "beyond", "half a sign"],
)
def test_markup_is_kept_as_readable_text(text: str, entities: list[Entity], shown: str) -> None:
    assert readable(text, entities) == shown


_entities = st.builds(
    Entity, st.sampled_from(["text_link", "strikethrough", "blockquote"]), st.integers(0, 30), st.integers(0, 30)
)


@given(st.text(max_size=20), st.lists(_entities, max_size=5))
def test_markup_takes_nothing_away(text: str, entities: list[Entity]) -> None:
    left = iter(readable(text, entities).replace("\N{REPLACEMENT CHARACTER}", ""))
    assert all(char in left for char in text if char <= "\uffff" and char != "\N{REPLACEMENT CHARACTER}")


def test_hostile_markup_takes_no_time() -> None:
    began = time.perf_counter()
    readable("\n" * 100_000, [Entity("blockquote", 0, 100_000)] * 2_000)
    assert time.perf_counter() - began < 3


@given(st.text(st.sampled_from("a 😀é\n"), max_size=300), st.integers(2, 50))
def test_pieces_are_counted_as_telegram_counts(text: str, limit: int) -> None:
    pieces = split(text, limit, beginning)
    assert all(units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_long_row_of_emoji_is_cut_between_two_of_them() -> None:
    assert [units(piece) for piece in split("😀" * 5000, 4096, beginning)] == [4096, 4096, 1808]
    assert [units(piece) for piece in split("a" + "😀" * 5000, 4096, beginning)] == [4095, 4096, 1810]


# --- what is said


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"location": {"latitude": 51.5, "longitude": -0.1}}, "Location: 51.500000, -0.100000\nhttps://"),
        ({"contact": {"phone_number": "+44", "first_name": "Bob", "last_name": "Lee"}}, "Contact: Bob Lee, +44"),
        ({"dice": {"emoji": "🎲", "value": 4}}, "🎲 4"),
        ({"poll": {"question": "Red?", "options": [{"text": "yes"}, {"text": "no"}]}}, "Poll: Red?\n- yes\n- no"),
        ({"checklist": {"title": "To do", "tasks": [{"id": 1, "text": "call"}]}}, "Checklist: To do\n- call"),
        ({"gift": {}, "text": "for you"}, "for you\n(sent with Telegram: gift)"),
        ({"something_of_next_year": 7}, "(sent with Telegram: something of next year)"),
    ],
    ids=["place", "contact", "dice", "poll", "checklist", "gift", "unknown"],
)
def test_what_is_no_text_is_put_into_words(content: dict[str, Any], text: str) -> None:
    assert said(**content).text.startswith(text)


@pytest.mark.parametrize(
    ("kind", "file", "name", "media"),
    [
        ("voice", {"duration": 7}, "voice-7.ogg", "audio/ogg"),
        ("video", {"duration": 7}, "video-7.mp4", "video/mp4"),
        ("video_note", {"duration": 7}, "video-note-7.mp4", "video/mp4"),
        ("audio", {"duration": 7, "file_name": "song.flac", "mime_type": "audio/flac"}, "song.flac", "audio/flac"),
        ("sticker", {"is_video": True}, "sticker-7.webm", "video/webm"),
        ("sticker", {}, "sticker-7.webp", "image/webp"),
        ("document", {}, "document-7.bin", "application/octet-stream"),
        ("document", {"file_name": "../../etc/x\u202egnp.exe"}, "xgnp.exe", "application/octet-stream"),
    ],
)
def test_a_file_has_a_name_and_a_type(kind: str, file: dict[str, Any], name: str, media: str) -> None:
    (attached,) = said(**{kind: {"file_id": "f", **file}}).attachments
    assert (attached.name, attached.type, attached.ref) == (name, media, "remote:f")


def test_who_shares_their_own_number_makes_a_claim_and_who_shares_another_does_not() -> None:
    own = {"phone_number": "+44", "first_name": "Ada", "user_id": 100}
    assert said(contact=own).claims == (("phone", "+44"),)
    assert said(contact={**own, "user_id": 101}).claims == ()


def test_a_link_of_a_site_tells_what_it_was_about_and_start_alone_only_opens_the_door() -> None:
    came = said(text="/start order_4711")
    assert came.claims == (("start", "order_4711"),)
    assert "order_4711" in came.remarks[0]
    (opened,) = read({"message": message(text="/start")})
    assert isinstance(opened, Reachability)
    assert opened.reachable


def test_what_is_answered_is_quoted_in_at_most_eighty_characters() -> None:
    answered = {"message_id": 3, "date": 1, "chat": ALONE, "from": US, "text": "word " * 100}
    reply = said(text="yes", reply_to_message=answered)
    assert reply.references == ("100:3",)
    quoted = reply.remarks[0].removeprefix("Answers “").removesuffix("”.")
    assert len(quoted) <= 80
    assert said(text="yes", reply_to_message=answered, quote={"text": "only this", "position": 0}).remarks == (
        "Answers “only this”.",
    )


# --- groups


@pytest.mark.parametrize(
    ("content", "heard"),
    [
        ({"text": "hello @acme_bot", "entities": [entity("mention", 6, 9)]}, "hello @acme_bot"),
        ({"text": "@ACME_bot hello", "entities": [entity("mention", 0, 9)]}, "hello"),
        ({"text": "👍 @acme_bot", "entities": [entity("mention", 3, 9)]}, "👍 @acme_bot"),
        ({"caption": "@acme_bot see", "caption_entities": [entity("mention", 0, 9)], "photo": []}, "see"),
        ({"text": "Acme help", "entities": [entity("text_mention", 0, 4, user=US)]}, "Acme help"),
        ({"text": "/order 7", "entities": [entity("bot_command", 0, 6)]}, "/order 7"),
        ({"text": "/order@acme_bot 7", "entities": [entity("bot_command", 0, 15)]}, "/order 7"),
        ({"text": "/order@other_bot 7", "entities": [entity("bot_command", 0, 16)]}, None),
        ({"text": "try /order", "entities": [entity("bot_command", 4, 6)]}, None),
        ({"text": "hello @acme_bot_2", "entities": [entity("mention", 6, 11)]}, None),
        ({"text": "hello"}, None),
        ({"text": "@acme_bot without its mark"}, None),
    ],
)
def test_in_a_group_only_what_is_addressed_to_us_is_heard(content: dict[str, Any], heard: str | None) -> None:
    found = [item.text for item in read({"message": message(GROUP, **content)}) if isinstance(item, Inbound)]
    assert found == ([] if heard is None else [heard])


def test_who_answers_us_in_a_group_is_heard_and_who_answers_somebody_else_is_not() -> None:
    answered = {"message_id": 3, "date": 1, "chat": GROUP, "text": "Is it there?"}
    assert said(GROUP, text="no", reply_to_message={**answered, "from": US}).text == "no"
    assert read({"message": message(GROUP, text="no", reply_to_message={**answered, "from": ADA})}) == []


def test_a_topic_is_a_conversation_and_a_thread_of_answers_is_none() -> None:
    marked = {"text": "/help", "entities": [entity("bot_command", 0, 5)], "message_thread_id": 9}
    assert said(GROUP, **marked).conversation == "-1001"
    assert said(GROUP, **marked, is_topic_message=True).conversation == "-1001:9"
    assert place_of("-1001:9") == (-1001, 9)


def test_what_happens_in_a_group_and_what_it_becomes_is_no_message() -> None:
    events: tuple[dict[str, Any], ...] = (
        {"new_chat_members": [US]},
        {"migrate_to_chat_id": -1002},
        {"pinned_message": {}},
    )
    for event in events:
        assert read({"message": message(GROUP, **event)}) == []


def test_being_put_out_of_a_group_closes_no_customers_door() -> None:
    member = {"user": US, "status": "kicked", "until_date": 0}
    change = {"date": 1, "from": ADA, "old_chat_member": member, "new_chat_member": member}
    assert read({"my_chat_member": {"chat": GROUP, **change}}) == []


# --- other


def test_an_edit_of_what_was_not_for_us_is_told_and_finds_nothing() -> None:
    assert read({"edited_message": message(GROUP, text="hello")}) == [Edit("-1001:7", "hello")]


@pytest.mark.parametrize(
    "pressed",
    [
        {"data": "menu:7", "message": {"message_id": 1, "date": 1, "chat": ALONE}},
        {"data": "١", "message": {"message_id": 1, "date": 1, "chat": ALONE}},
        {"data": "1", "inline_message_id": "x"},
        {"game_short_name": "x", "message": {"message_id": 1, "date": 1, "chat": ALONE}},
    ],
)
def test_buttons_that_are_not_ours_are_left_alone(pressed: dict[str, Any]) -> None:
    assert read({"callback_query": {"id": "1", "from": ADA, "chat_instance": "1", **pressed}}) == []


@pytest.mark.parametrize("kind", ["channel_post", "inline_query", "poll", "message_reaction", "kind_of_next_year"])
def test_kinds_of_updates_that_nobody_asked_for_say_nothing(kind: str) -> None:
    assert read({kind: {"id": "7"}}) == []


@pytest.mark.parametrize(
    "update", [{"message": {"text": 7}}, {"message": message(text=7)}, {"message": message(date=10**30)}]
)
def test_what_is_not_as_promised_is_unparseable(update: dict[str, Any]) -> None:
    with pytest.raises(Unparseable):
        read(update)


def test_only_a_chat_with_one_person_is_read_by_nobody_else() -> None:
    channel = object.__new__(Telegram)
    assert channel.is_private(conversation_of(100, 0))
    assert not channel.is_private(conversation_of(-100, 0))
    assert not channel.is_private(conversation_of(-100, 7))
