"""Edits, deletions, albums and answers of customers are shown as such, and nothing of it is lost."""

from typing import Any

import pytest

from contactcenter.crm import history
from contactcenter.flow import actions, assist, erase, inbound
from contactcenter.flow.replay import replay
from contactcenter.flow.views import shown_message
from contactcenter.knowledge.assistant import Handoff
from contactcenter.model.values import Deletion, Edit, Inbound, Reachability, Sender
from tests.desk import ORDER, QuietDesk
from tests.messengers import Carrier, messenger, photo
from tests.stories.test_erasing_a_person import CHAIN, everything, forget


def test_an_edit_is_shown_live_and_what_it_said_before_is_kept(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    carrier.say("My order is 17", id="7")
    carrier.bring(Edit("7", "My order is 71"))
    view = quiet_chat.do(shown_message, 1)
    assert (view.text, view.edited_at, view.deleted_at) == ("My order is 71", "2026-11-21T12:00:00.000000Z", None)
    (frame,) = carrier.frames("change")
    assert (frame["message"]["text"], frame["message"]["edited_at"]) == (view.text, view.edited_at)
    (fact,) = carrier.happened("MessageEdited")
    assert fact["before"] == "My order is 17"
    listed = carrier.frames("ticket")[-1]["ticket"]
    assert (listed["preview"], listed["version"]) == ("My order is 71", quiet_chat.ticket(1).version)


def test_a_deletion_takes_text_and_files_away_and_keeps_the_words_on_the_history(
    quiet_chat: QuietDesk, carrier: Carrier
) -> None:
    carrier.say("Here is my card number", id="7", attachments=(photo("card"),))
    carrier.bring(Deletion("7"))
    view = quiet_chat.do(shown_message, 1)
    assert (view.text, view.files, view.deleted_at) == ("", [], "2026-11-21T12:00:00.000000Z")
    assert view.edited_at is None
    (fact,) = carrier.happened("MessageDeleted")
    assert (fact["before"], fact["files"]) == ("Here is my card number", ["card.jpg"])
    carrier.bring(Edit("7", "It comes back?"))
    assert quiet_chat.do(shown_message, 1).text == ""


@pytest.mark.parametrize("change", [Edit("unheard-of", "Hello"), Deletion("unheard-of"), Edit("", "Hello")])
def test_a_change_of_what_we_never_heard_is_let_go_by(carrier: Carrier, change: Any) -> None:
    carrier.say("Hello", id="")
    carrier.bring(change)
    assert [row.text for row in carrier.messages()] == ["Hello"]
    assert carrier.happened("MessageEdited") == []


def test_an_edit_that_changes_nothing_is_none(carrier: Carrier) -> None:
    """A provider tells of a preview that was added in the same way."""
    carrier.say("See https://shop.test", id="7")
    carrier.bring(Edit("7", "See https://shop.test"))
    assert carrier.frames("change") == []
    assert carrier.messages()[0].changed_at is None


async def test_nobody_edits_what_we_said(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    carrier.say("Hello")
    quiet_chat.do(actions.reply, quiet_chat.policies, quiet_chat.hire("Grace"), 1, "Good morning")
    await quiet_chat.deliver()
    ours = carrier.messages()[1].external_id
    assert ours
    carrier.bring(Edit(ours, "I owe you money"))
    carrier.bring(Deletion(ours))
    assert carrier.messages()[1].text == "Good morning"


def test_what_the_assistant_has_not_answered_it_reads_as_it_is_now(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    carrier.say("blorp", channel="robot", id="7")
    (asked,) = quiet_chat.do(assist.begin, quiet_chat.policies, "quiet")
    carrier.bring(Edit("7", "When will my parcel arrive?"), "robot")
    late = quiet_chat.think(asked.question)
    quiet_chat.do(assist.settle, quiet_chat.policies, asked, late)
    assert len(carrier.happened("AnswerDropped")) == 1
    quiet_chat.answer()
    assert carrier.messages()[-1].text == ORDER


def test_what_was_deleted_is_no_question_any_more(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    carrier.say("Can I talk to a person?", channel="robot", id="7")
    carrier.say("When will my parcel arrive?", channel="robot", id="8")
    carrier.bring(Deletion("7"), "robot")
    quiet_chat.answer()
    assert carrier.messages()[-1].text == ORDER


def test_an_album_is_one_message_and_one_question(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    first = carrier.say("", id="7", channel="robot", album="a1", attachments=(photo("one"),))
    second = carrier.say("It arrived like this", id="8", channel="robot", album="a1", attachments=(photo("two"),))
    carrier.say("", id="9", channel="robot", album="a1", attachments=(photo("three"),))
    assert (first.seq, second.seq) == (1, 1)
    (message,) = carrier.messages()
    assert (message.text, message.external_id) == ("It arrived like this", "8")
    assert [row.name for row in carrier.attachments()] == ["one.jpg", "two.jpg", "three.jpg"]
    assert [len(frame["message"]["files"]) for frame in carrier.frames("change")] == [2, 3]
    assert len(quiet_chat.do(assist.begin, quiet_chat.policies, "quiet")) == 1
    carrier.bring(Edit("8", "It arrived broken"), "robot")
    assert carrier.messages()[0].text == "It arrived broken"


def test_albums_of_other_chats_and_of_later_are_others(carrier: Carrier) -> None:
    for who, album in (("ada", "a1"), ("bob", "a1"), ("ada", "a2")):
        carrier.say("", who, id=f"{who}{album}", album=album, attachments=(photo(f"{who}{album}"),))
    assert [row.seq for row in carrier.messages()] == [1, 1, 2]


def test_an_answer_shows_what_it_answers(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    carrier.say("Is it red?", id="7")
    carrier.say("Is it blue?", id="8")
    carrier.say("Stranger things", "bob", id="66")
    carrier.say("That one, I mean", id="9", references=("66", "unheard-of", "7"))
    view = quiet_chat.do(shown_message, 4)
    assert view.answers is not None
    assert (view.answers.id, view.answers.text, view.answers.author.name) == (1, "Is it red?", "Ada")
    assert carrier.frames("message")[-1]["message"]["answers"]["id"] == 1


def test_in_a_group_every_message_is_its_sender_s(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    carrier.say("We have a problem", "ada", id="1", conversation="group")
    carrier.say("So do I", "bob", id="2", conversation="group", proof="provider")
    carrier.say("Me too", "ada", id="3", conversation="group")
    assert [(row.author_name, row.proof) for row in carrier.messages()] == [
        ("Ada", "provider"), ("Bob", "provider"), ("Ada", "provider"),
    ]  # fmt: skip
    assert len({row.author_id for row in carrier.messages()}) == 2
    assert {row.ticket_id for row in carrier.messages()} == {1}
    assert quiet_chat.ticket(1).customer_id == carrier.messages()[0].author_id


def test_what_edits_and_albums_said_is_erased_with_the_person(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    """Their raw events are named by no message, and lie in the inbox for days."""
    carrier.say("my diary, page one", id="7", album="a1", attachments=(photo("diary"),))
    carrier.say("my diary, page two", id="8", album="a1", attachments=(photo("diary-two"),))
    carrier.bring(Edit("7", "my diary, page three"))
    carrier.bring(Deletion("7"))
    forget(quiet_chat, 1)
    assert "diary" not in everything(quiet_chat)
    assert b"diary".hex() not in everything(quiet_chat)
    assert history.verify(quiet_chat.rows(CHAIN, whom=1)) is None
    assert quiet_chat.do(erase.shown, 1) == ("", 1)


def test_a_replay_leaves_alone_what_changed_something(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    """Else an album would have its files twice, and a door that is open be closed again."""
    carrier.say("", id="7", album="a1", attachments=(photo("one"),))
    carrier.say("Look", id="8", album="a1", attachments=(photo("two"),))
    carrier.bring(Edit("8", "Look here"))
    carrier.bring(Edit("9", "It was said later"))
    carrier.bring(Reachability(Sender("messenger", "ada"), False, "blocked"))
    carrier.bring(Reachability(Sender("messenger", "ada"), True))
    assert quiet_chat.do(replay, "chat", 0) == (5, 6)
    quiet_chat.do(inbound.work_off, quiet_chat.policies, "chat:chat", {})
    assert len(carrier.attachments()) == 2
    assert [row.text for row in carrier.messages()] == ["Look here"]


def test_an_album_of_a_stranger_kind_is_stored_clean(quiet_chat: QuietDesk) -> None:
    """What a column cannot keep is not in the name of an album either."""
    carrier = Carrier(quiet_chat)
    sender = Sender("messenger", "ada", "Ada")
    carrier.bring(Inbound("7", "ada", sender, "Look", album="a\0b", attachments=(photo("one"),)))
    carrier.bring(Inbound("8", "ada", sender, "", album="a\0b", attachments=(photo("two"),)))
    assert [row.album for row in carrier.messages()] == ["a\ufffdb"]
    assert messenger(quiet_chat, "chat").told() == []


def test_who_took_all_of_it_back_is_handed_to_people_and_not_answered(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    carrier.say("When will my parcel arrive?", channel="robot", id="7")
    carrier.bring(Deletion("7"), "robot")
    (outcome,) = quiet_chat.answer()
    assert isinstance(outcome, Handoff)
    assert (quiet_chat.ticket(1).status, len(carrier.messages())) == ("open", 1)
