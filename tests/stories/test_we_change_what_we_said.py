"""A message of ours is changed or taken back: before it leaves in its row, afterwards where it was delivered."""

from typing import Any

import pytest

from contactcenter.flow import actions, deliver, ledger, upkeep
from contactcenter.flow.actions import Caller
from contactcenter.flow.views import shown_message
from contactcenter.model.values import (
    Conflict,
    NotAllowed,
    NotFound,
    RetryLater,
    Undeliverable,
    Unknown,
)
from tests.desk import QuietDesk
from tests.letters import Postman
from tests.messengers import Carrier, messenger


@pytest.fixture
def grace(quiet_chat: QuietDesk) -> Caller:
    return quiet_chat.hire("Grace")


def replied(carrier: Carrier, caller: Caller, text: str = "It is red") -> int:
    """Ada has written, and somebody answered; the number of the reply."""
    if not carrier.messages():
        carrier.say("Which colour is it?")
    return carrier.desk.do(actions.reply, carrier.desk.policies, caller, 1, text).id


def edit(carrier: Carrier, caller: Caller, message: int, text: str) -> Any:
    return carrier.desk.do(actions.edit_reply, carrier.desk.policies, caller, message, text)


def delete(carrier: Carrier, caller: Caller, message: int) -> Any:
    return carrier.desk.do(actions.delete_reply, carrier.desk.policies, caller, message)


async def test_what_has_not_left_leaves_as_it_is_now(quiet_chat: QuietDesk, carrier: Carrier, grace: Caller) -> None:
    message = replied(carrier, grace)
    view = edit(carrier, grace, message, "It is blue")
    assert (view.text, view.edited_at is None, view.delivery) == ("It is blue", False, "due")
    await quiet_chat.deliver()
    await quiet_chat.deliver()
    assert carrier.channel.told() == [("send", "It is blue")]


async def test_what_was_delivered_is_changed_there(quiet_chat: QuietDesk, carrier: Carrier, grace: Caller) -> None:
    message = replied(carrier, grace)
    await quiet_chat.deliver()
    view = edit(carrier, grace, message, "It is blue")
    assert (view.text, view.delivery) == ("It is blue", "sent")
    assert carrier.frames("change")[-1]["message"]["text"] == "It is blue"
    assert await quiet_chat.deliver() == ["sent"]
    assert carrier.channel.told() == [("send", "It is red"), ("edit", "It is blue")]
    assert carrier.channel.calls[-1][1].external_id == f"chat-{message}"
    assert [fact["before"] for fact in carrier.happened("MessageEdited")] == ["It is red"]
    assert carrier.happened("ChangeSettled") == [{"message": message, "verb": "edit", "reason": ""}]


async def test_the_latest_of_two_edits_wins(quiet_chat: QuietDesk, carrier: Carrier, grace: Caller) -> None:
    message = replied(carrier, grace)
    await quiet_chat.deliver()
    edit(carrier, grace, message, "It is blue")
    edit(carrier, grace, message, "It is green")
    await quiet_chat.deliver()
    assert await quiet_chat.deliver() == []
    assert carrier.channel.told()[1:] == [("edit", "It is green")]


async def test_an_edit_while_an_edit_is_on_its_way_follows_it(
    quiet_chat: QuietDesk, carrier: Carrier, grace: Caller
) -> None:
    message = replied(carrier, grace)
    await quiet_chat.deliver()
    edit(carrier, grace, message, "It is blue")
    (attempt,) = quiet_chat.do(deliver.begin, "quiet", "chat")
    edit(carrier, grace, message, "It is green")
    assert quiet_chat.do(deliver.begin, "quiet", "chat") == []
    assert attempt.message.text == "It is blue"
    quiet_chat.do(deliver.settle, quiet_chat.policies, attempt, await carrier.channel.edit(attempt.message))
    await quiet_chat.deliver()
    assert carrier.channel.told()[-2:] == [("edit", "It is blue"), ("edit", "It is green")]


async def test_changes_keep_their_place_among_what_is_sent(
    quiet_chat: QuietDesk, carrier: Carrier, grace: Caller
) -> None:
    first = replied(carrier, grace, "one")
    await quiet_chat.deliver()
    edit(carrier, grace, first, "one and a half")
    replied(carrier, grace, "two")
    while await quiet_chat.deliver():
        pass
    assert carrier.channel.told() == [("send", "one"), ("edit", "one and a half"), ("send", "two")]


async def test_what_was_delivered_is_taken_away_there_and_the_ticket_is_ours_again(
    quiet_chat: QuietDesk, carrier: Carrier, grace: Caller
) -> None:
    message = replied(carrier, grace)
    await quiet_chat.deliver()
    edit(carrier, grace, message, "It is blue")
    view = delete(carrier, grace, message)
    assert (view.text, view.deleted_at is None) == ("", False)
    await quiet_chat.deliver()
    assert carrier.channel.told() == [("send", "It is red"), ("delete", "")]
    assert quiet_chat.ticket(1).status == "open"
    assert carrier.happened("MessageDeleted")[-1]["before"] == "It is blue"


async def test_a_ticket_that_another_answer_stands_on_stays_answered(
    quiet_chat: QuietDesk, carrier: Carrier, grace: Caller
) -> None:
    replied(carrier, grace, "It is red")
    wrong = replied(carrier, grace, "It is redd")
    delete(carrier, grace, wrong)
    assert quiet_chat.ticket(1).status == "answered"


async def test_what_has_not_left_is_withdrawn_and_nobody_sees_it(
    quiet_chat: QuietDesk, carrier: Carrier, grace: Caller
) -> None:
    message = replied(carrier, grace)
    assert delete(carrier, grace, message).delivery == "withdrawn"
    assert await quiet_chat.deliver() == []
    assert carrier.channel.told() == []
    with pytest.raises(Conflict, match="was taken back already"):
        edit(carrier, grace, message, "It is blue")


async def test_what_is_leaving_is_changed_once_it_has_left(
    quiet_chat: QuietDesk, carrier: Carrier, grace: Caller
) -> None:
    message = replied(carrier, grace)
    (attempt,) = quiet_chat.do(deliver.begin, "quiet", "chat")
    edit(carrier, grace, message, "It is blue")
    assert await quiet_chat.deliver() == []
    quiet_chat.do(deliver.settle, quiet_chat.policies, attempt, await carrier.channel.send(attempt.message))
    await quiet_chat.deliver()
    assert carrier.channel.told() == [("send", "It is red"), ("edit", "It is blue")]


@pytest.mark.parametrize("outcome", [Undeliverable("no such chat"), Unknown("no answer")])
async def test_where_nothing_arrived_nothing_is_changed(
    quiet_chat: QuietDesk, carrier: Carrier, grace: Caller, outcome: Exception
) -> None:
    message = replied(carrier, grace)
    (attempt,) = quiet_chat.do(deliver.begin, "quiet", "chat")
    edit(carrier, grace, message, "It is blue")
    quiet_chat.do(deliver.settle, quiet_chat.policies, attempt, outcome)
    assert await quiet_chat.deliver() == []
    assert carrier.channel.told() == []
    quiet_chat.do(actions.repeat_delivery, quiet_chat.policies, grace, message)
    await quiet_chat.deliver()
    assert carrier.channel.told() == [("send", "It is blue")]


async def test_what_is_taken_back_while_it_fails_stays_away(
    quiet_chat: QuietDesk, carrier: Carrier, grace: Caller
) -> None:
    message = replied(carrier, grace)
    (attempt,) = quiet_chat.do(deliver.begin, "quiet", "chat")
    delete(carrier, grace, message)
    quiet_chat.do(deliver.settle, quiet_chat.policies, attempt, Undeliverable("no such chat"))
    assert await quiet_chat.deliver() == []
    assert quiet_chat.do(shown_message, message).delivery == "withdrawn"
    with pytest.raises(Conflict):
        quiet_chat.do(actions.repeat_delivery, quiet_chat.policies, grace, message)


async def test_a_change_that_is_refused_is_told_and_can_be_tried_again(
    quiet_chat: QuietDesk, carrier: Carrier, grace: Caller
) -> None:
    message = replied(carrier, grace)
    await quiet_chat.deliver()
    edit(carrier, grace, message, "It is blue")
    carrier.channel.raises = [RetryLater("slow down", 3.0), Undeliverable("too old to be edited")]
    assert await quiet_chat.deliver() == ["sent"]
    view = quiet_chat.do(shown_message, message)
    assert view.delivery_reason == "the customer is not shown the change yet: slow down"
    quiet_chat.clock.forward(3.0)
    assert await quiet_chat.deliver() == ["sent"]
    view = quiet_chat.do(shown_message, message)
    assert view.delivery_reason == "the customer was not shown the change: too old to be edited"
    (buried,) = quiet_chat.do(ledger.outbox.buried)
    assert buried.error == "Undeliverable: too old to be edited"
    quiet_chat.do(actions.retry, quiet_chat.policies, "outbox", buried.id)
    assert await quiet_chat.deliver() == ["sent"]
    assert quiet_chat.do(shown_message, message).delivery_reason is None
    assert [verb for verb, _ in carrier.channel.told()] == ["send", "edit", "edit", "edit"]


async def test_a_change_that_a_dead_process_left_is_made_again(
    quiet_chat: QuietDesk, carrier: Carrier, grace: Caller
) -> None:
    message = replied(carrier, grace)
    await quiet_chat.deliver()
    edit(carrier, grace, message, "It is blue")
    quiet_chat.do(deliver.begin, "a process that then died", "chat")
    assert quiet_chat.do(upkeep.release_dead, quiet_chat.policies) == 1
    assert await quiet_chat.deliver() == ["sent"]
    assert carrier.channel.told()[-1] == ("edit", "It is blue")


async def test_a_time_out_of_a_change_is_tried_again(quiet_chat: QuietDesk, carrier: Carrier, grace: Caller) -> None:
    message = replied(carrier, grace)
    await quiet_chat.deliver()
    delete(carrier, grace, message)
    carrier.channel.raises = [Unknown("no answer")]
    await quiet_chat.deliver()
    quiet_chat.clock.forward(ledger.outbox.backoff[0])
    await quiet_chat.deliver()
    assert [verb for verb, _ in carrier.channel.told()] == ["send", "delete", "delete"]
    assert quiet_chat.do(shown_message, message).delivery == "sent"


def test_only_its_author_changes_it_or_who_steers(quiet_chat: QuietDesk, carrier: Carrier, grace: Caller) -> None:
    message = replied(carrier, grace)
    bea, sam = quiet_chat.hire("Bea"), quiet_chat.hire("Sam", "supervisor")
    with pytest.raises(NotAllowed):
        edit(carrier, bea, message, "It is blue")
    with pytest.raises(NotAllowed):
        delete(carrier, bea, message)
    with pytest.raises(NotFound, match="no message 1 of ours"):
        edit(carrier, sam, 1, "I never asked")
    assert edit(carrier, sam, message, "It is blue").text == "It is blue"


async def test_mail_cannot_be_changed_once_sent(quiet_mail: QuietDesk, post: Postman) -> None:
    grace = quiet_mail.hire("Grace")
    ticket = post.bring("ada")
    message = quiet_mail.do(actions.reply, quiet_mail.policies, grace, ticket.id, "It is red").id
    quiet_mail.do(actions.edit_reply, quiet_mail.policies, grace, message, "It is blue")
    sent = await post.sent()
    assert sent[-1].text == "It is blue"
    with pytest.raises(Conflict, match="e-mail cannot be changed once sent"):
        quiet_mail.do(actions.delete_reply, quiet_mail.policies, grace, message)
    with pytest.raises(Conflict, match="e-mail cannot be changed once sent"):
        quiet_mail.do(actions.edit_reply, quiet_mail.policies, grace, message, "It is green")
    assert [row.text for row in post.messages() if row.author == "agent"] == ["It is blue"]


async def test_the_same_words_are_no_change(quiet_chat: QuietDesk, carrier: Carrier, grace: Caller) -> None:
    message = replied(carrier, grace)
    await quiet_chat.deliver()
    assert edit(carrier, grace, message, "It is red").edited_at is None
    assert await quiet_chat.deliver() == []
    assert messenger(quiet_chat, "robot").told() == []
