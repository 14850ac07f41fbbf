"""What is said in Slack, event by event: who it is for, what it says, and what is nobody's."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.slack.arriving import raw_event
from contactcenter.channels.slack.channel import SlackChannel
from contactcenter.channels.slack.leaving import TEXT_LIMIT, _blocks, _fitted, _label
from contactcenter.channels.slack.names import Place, Shown, instant, place_of, shown_as
from contactcenter.channels.slack.parsing import parse
from contactcenter.channels.slack.settings import Settings
from contactcenter.model.values import Deletion, Edit, Inbound, Parsed, RawEvent, Undeliverable, Unparseable
from contactcenter.settings import SettingsError, check
from tests.providers.slack_schema import check_blocks

US = "U0BOT"
DM = {"channel": "D1", "channel_type": "im"}
CHANNEL = {"channel": "C1", "channel_type": "channel"}


def event(told: Any = None, **inside: Any) -> RawEvent:
    """A message event as Slack's Events API delivers it. `told`: what was found out before it was stored."""
    said = {"type": "message", "user": "U1", "text": "Hello", "ts": "1795262400.000100", "team": "T1", **DM, **inside}
    body = {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "event": {key: value for key, value in said.items() if value is not None},
        "authorizations": [{"team_id": "T1", "user_id": US, "is_bot": True}],
    }
    raw = raw_event("partners", body)
    assert raw is not None
    envelope = {key: json.dumps(value) for key, value in (told or {}).items()}
    return RawEvent(raw.channel, raw.external_id, raw.stream, raw.payload, envelope)


def test_only_a_direct_message_is_read_by_nobody_else() -> None:
    channel = object.__new__(SlackChannel)
    direct, shared = said(event()), said(event(**CHANNEL, text=f"<@{US}> Hello"))
    assert channel.is_private(direct.conversation)
    assert not channel.is_private(shared.conversation)


def said(raw: RawEvent) -> Inbound:
    (message,) = parse(raw)
    assert isinstance(message, Inbound)
    return message


def changed(after: dict[str, Any], before: dict[str, Any], **outside: Any) -> list[Parsed]:
    message = {"type": "message", "user": "U1", "ts": "1795262400.000100"}
    both = {"message": {**message, **after}, "previous_message": {**message, **before}}
    return parse(event(subtype="message_changed", user=None, text=None, ts="1795262409.000900", **both, **outside))


@pytest.mark.parametrize(
    "inside",
    [
        {"bot_id": "B1"},
        {"subtype": "bot_message", "bot_id": "B1"},
        {"subtype": "channel_join"},
        {"subtype": "channel_topic"},
        {"subtype": "a_subtype_of_next_year"},
        {"user": US},
        {"user": "USLACKBOT"},
        {"user": None},
        {"type": "app_mention"},
        {"type": "reaction_added"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {**CHANNEL, "text": "What is for lunch?"},
        {**CHANNEL, "text": "<@U2> what is for lunch?"},
        {**CHANNEL, "text": "<@U2> hello", "thread_ts": "1795262400.000100"},  # it began a thread of its own
    ],
)
def test_what_is_nobody_s_message_says_nothing(inside: dict[str, Any]) -> None:
    assert parse(event(**inside)) == []


@pytest.mark.parametrize(
    ("inside", "conversation", "overheard"),
    [
        ({}, "T1:D1", False),
        ({"thread_ts": "1795262300.000100"}, "T1:D1", False),
        ({**CHANNEL, "text": f"<@{US}> hello"}, "T1:C1:1795262400.000100", False),
        ({**CHANNEL, "text": f"hello <@{US}|desk>"}, "T1:C1:1795262400.000100", False),
        ({**CHANNEL, "channel_type": "group", "text": f"<@{US}>"}, "T1:C1:1795262400.000100", False),
        ({**CHANNEL, "thread_ts": "1795262300.000100"}, "T1:C1:1795262300.000100", True),
        ({**CHANNEL, "thread_ts": "1795262300.000100", "parent_user_id": US}, "T1:C1:1795262300.000100", False),
        ({**CHANNEL, "thread_ts": "1795262300.000100", "text": f"<@{US}>?"}, "T1:C1:1795262300.000100", False),
        ({**CHANNEL, "subtype": "thread_broadcast", "thread_ts": "1795262300.000100"}, "T1:C1:1795262300.000100", True),
    ],
)
def test_a_message_is_for_us_by_where_it_is_said(inside: dict[str, Any], conversation: str, overheard: bool) -> None:
    message = said(event(**inside))
    assert (message.conversation, message.overheard) == (conversation, overheard)
    assert message.external_id == f"T1:{inside.get('channel', 'D1')}:1795262400.000100"
    assert message.received_at == 1_795_262_400_000_100


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (f"<@{US}> where is it?", "where is it?"),
        (f"<@{US}>: where is it?", "where is it?"),
        (f"<@{US}>", ""),
        (f"I asked <@{US}>", "I asked @U0BOT"),
        ("<@U7> and <@U7|bob> and <@U8>", "@Bob B. and @Bob B. and @U8"),
        ("1 &lt; 2 &amp;&amp; :wave: *bold*", "1 < 2 && :wave: *bold*"),
        ("&lt;@U7&gt;", "<@U7>"),
        ("<https://shop.test|our shop>", "our shop (https://shop.test)"),
        ("• one\n• two\n```code &amp; more```", "• one\n• two\n```code & more```"),
    ],
)
def test_a_text_is_what_people_read(markup: str, text: str) -> None:
    assert said(event({"names": {"U7": "Bob B."}}, text=markup)).text == text


@pytest.mark.parametrize("name", ["<@U2>", "a|b>c", "x\ny", "&lt;"])
def test_a_name_ends_no_mention(name: str) -> None:
    text = said(event({"names": {"U7": name}}, text="<@U7> hello <@U8>")).text
    assert text.endswith(" hello @U8")
    assert "\n" not in text


def test_a_sender_is_of_their_own_workspace_and_named_as_far_as_is_known() -> None:
    profile = {"display_name": "", "real_name": "Carol Shaw"}
    foreign = said(event(user_team="T9", source_team="T9", user_profile=profile)).sender
    assert (foreign.kind, foreign.address, foreign.name) == ("slack", "T9:U1", "Carol Shaw")
    assert said(event({"names": {"U1": "Ada"}}, team=None)).sender.address == "T1:U1"
    assert said(event({"names": {"U1": "Ada"}})).sender.name == "Ada"


def test_files_are_named_and_those_elsewhere_or_gone_are_remarked_on() -> None:
    files = [
        {"id": "F1", "name": "../a\u202eb.pdf", "mimetype": "application/pdf", "size": 7, "mode": "hosted"},
        {"id": "F2", "mode": "file_access", "file_access": "check_file_info"},
        {"id": "F3", "name": None, "title": "Plan", "mode": "external", "permalink": "https://drive.test/plan"},
        {"id": "F4", "mode": "tombstone"},
        {"id": "not an id", "name": "x"},
    ]
    known = {"files": [{"id": "F2", "name": "order.csv", "mimetype": "text/csv", "size": 3}]}
    message = said(event(known, subtype="file_share", text="", files=files))
    assert [(one.name, one.type, one.size, one.ref) for one in message.attachments] == [
        ("ab.pdf", "application/pdf", 7, "remote:T1/F1"),
        ("order.csv", "text/csv", 3, "remote:T1/F2"),
    ]
    assert message.remarks == (
        "Shares a file that is kept elsewhere: Plan, https://drive.test/plan.",
        "A file is gone in Slack: file.",
    )


def test_what_is_shared_from_another_channel_is_quoted() -> None:
    quoted = {"is_share": True, "author_name": "Bob", "text": "It &amp; that\nbroke"}
    unfolded = {"from_url": "https://shop.test", "text": "A shop"}
    assert said(event(text="See", attachments=[quoted, unfolded])).text == "See\n\nBob wrote:\n> It & that\n> broke"


def test_an_edit_is_told_and_what_slack_itself_changes_is_not() -> None:
    key = "T1:D1:1795262400.000100"
    assert changed({"text": "Helo &amp; hi"}, {"text": "Hello"}) == [Edit(key, "Helo & hi")]
    assert changed({"text": "Hello", "attachments": [{"text": "unfolded"}]}, {"text": "Hello"}) == []
    assert changed({"text": "New", "bot_id": "B1"}, {"text": "Old", "bot_id": "B1"}) == []
    assert changed({"text": "", "subtype": "tombstone", "user": "USLACKBOT"}, {"text": "Old"}) == [Deletion(key)]


def test_a_message_that_mentions_us_since_it_was_edited_is_new_to_us() -> None:
    (message,) = changed({"text": f"<@{US}> hello"}, {"text": "hello"}, **CHANNEL)
    assert isinstance(message, Inbound)
    assert (message.external_id, message.text) == ("T1:C1:1795262400.000100", "hello")
    again = changed({"text": f"<@{US}> hello!"}, {"text": f"<@{US}> hello"}, **CHANNEL)
    assert again == [Edit("T1:C1:1795262400.000100", "hello!")]


def test_what_bots_take_back_is_nothing_and_what_people_do_is_a_deletion() -> None:
    gone: dict[str, Any] = {"subtype": "message_deleted", "deleted_ts": "1795262400.000100", "user": None, "text": None}
    by_a_bot = {"type": "message", "user": US, "bot_id": "B0", "ts": "1795262400.000100"}
    by_ada = {"type": "message", "user": "U1", "ts": "1795262400.000100"}
    assert parse(event(**gone, previous_message=by_a_bot)) == []
    assert parse(event(**gone, previous_message=by_ada)) == [Deletion("T1:D1:1795262400.000100")]
    assert parse(event(**gone)) == [Deletion("T1:D1:1795262400.000100")]


def test_everything_of_one_thread_is_one_stream() -> None:
    root = event(**CHANNEL, text=f"<@{US}>")
    reply = event(**CHANNEL, ts="1795262401.000100", thread_ts="1795262400.000100")
    inner: dict[str, Any] = {"user": "U1", "ts": "1795262401.000100", "thread_ts": "1795262400.000100", "text": "x"}
    edit = event(**CHANNEL, subtype="message_changed", ts="1795262409.000100", message=inner, previous_message=inner)
    gone = event(**CHANNEL, subtype="message_deleted", deleted_ts="1795262401.000100", previous_message=inner)
    assert {one.stream for one in (root, reply, edit, gone)} == {"T1:C1:1795262400.000100"}
    assert event(thread_ts="1795262300.000100").stream == "T1:D1:dm"


@pytest.mark.parametrize(
    "inside",
    [
        {"channel": "C 1"},
        {"channel": 7},
        {"ts": "yesterday"},
        {"ts": "1" * 40},
        {"text": 7},
        {"files": {}},
        {"user": []},
    ],
)
def test_what_is_no_event_is_unparseable(inside: dict[str, Any]) -> None:
    with pytest.raises(Unparseable):
        parse(event(**inside))


@pytest.mark.parametrize("key", ["", "T1", "T1:", "T1:C1:x", "T1:C1:1.1:2", "t1:c1", "T1:C1:1795262400.000100,2"])
def test_a_conversation_that_is_none_of_slack_s_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="none of Slack's"):
        place_of(key)


def test_keys_are_read_as_they_are_written() -> None:
    place = Place("T1", "C1", "1795262400.000100")
    shown = Shown("T1", "C1", ("1795262400.000100", "1795262401.000100"), ("F1",))
    assert (place_of(place.key), shown_as(shown.key)) == (place, shown)
    assert instant("1795262400.000100") == 1_795_262_400_000_100


# --- what leaves


@given(st.text(max_size=300), st.lists(st.text(max_size=120), max_size=30))
def test_any_text_and_any_choices_are_blocks_that_slack_takes(text: str, choices: list[str]) -> None:
    blocks = _blocks(text, tuple(choices), 7)
    check_blocks(blocks)
    shown = "".join(one.get("text") or one["url"] for one in blocks[0]["elements"][0]["elements"])
    assert shown == (text or " ")


def test_a_label_is_cut_where_slack_would_refuse_it() -> None:
    assert len(_label("x" * 100)) == 75
    assert _label(" \n") == "…"


def test_a_new_text_takes_the_room_of_the_old_one() -> None:
    assert _fitted("short", 3) == ["short"]
    long = " ".join("word" for _ in range(1_500))
    assert [len(one) <= TEXT_LIMIT for one in _fitted(long, 2)] == [True, False]
    assert " ".join(_fitted(long, 2)).split() == long.split()
    for text, room in (("x" * 20_000, 1), ("anything", 0), (" ", 1)):
        with pytest.raises(Undeliverable):
            _fitted(text, room)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"token": "xoxb-1"}, "app_token"),
        ({"token": "xoxb-1", "mode": "http"}, "signing_secret"),
        ({"token": "xapp-1", "app_token": "xapp-1"}, "bot token"),
        ({"token": "xoxe.xoxb-1", "app_token": "xapp-1", "refresh_token": "xoxe-1"}, "client_id"),
        ({"token": "xoxb-1", "app_token": "xapp-1", "client_id": "1.2"}, "client_secret"),
        ({"token": "xoxb-1", "app_token": "xapp-1", "api_url": "http://slack.test/api/"}, "https://"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_the_remedy(table: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        check(Settings, {"kind": "slack", **table}, "channels.partners")
