"""A customer who blocked us is shown as such, nobody writes into the void, and whoever writes has opened the door."""

import pytest

from contactcenter.flow import actions
from contactcenter.flow.actions import Caller
from contactcenter.flow.views import TicketView, shown_message, shown_ticket
from contactcenter.model.values import Conflict, Reachability, Sender, Unreachable
from tests.desk import QuietDesk
from tests.messengers import Carrier

ADA = Sender("messenger", "ada", "Ada")


def ticket(desk: QuietDesk, number: int = 1) -> TicketView:
    return desk.do(shown_ticket, number, desk.policies.kinds)


def reply(desk: QuietDesk, caller: Caller, number: int = 1) -> int:
    return desk.do(actions.reply, desk.policies, caller, number, "Here it is").id


async def test_a_refused_message_marks_the_customer_and_reopens_the_ticket(
    quiet_chat: QuietDesk, carrier: Carrier
) -> None:
    grace = quiet_chat.hire("Grace")
    carrier.say("Where is it?")
    message = reply(quiet_chat, grace)
    carrier.channel.raises = [Unreachable("Ada blocked the bot")]
    assert await quiet_chat.deliver() == ["buried"]
    assert (ticket(quiet_chat).status, ticket(quiet_chat).unreachable) == ("open", "Ada blocked the bot")
    assert carrier.frames("ticket")[-1]["ticket"]["unreachable"] == "Ada blocked the bot"
    with pytest.raises(Conflict, match="Ada cannot be reached on chat: Ada blocked the bot; they open the door by"):
        reply(quiet_chat, grace)
    assert carrier.happened("CustomerUnreachable") == [{"reason": "Ada blocked the bot"}]
    quiet_chat.do(actions.repeat_delivery, quiet_chat.policies, grace, message)
    assert await quiet_chat.deliver() == ["sent"]
    assert ticket(quiet_chat).unreachable is None


def test_whoever_writes_has_opened_the_door(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    carrier.say("Where is it?")
    carrier.bring(Reachability(ADA, False, "Ada blocked the bot"))
    carrier.bring(Reachability(ADA, False, "Ada blocked the bot"))
    assert ticket(quiet_chat).unreachable == "Ada blocked the bot"
    carrier.say("I am back", id="2")
    assert ticket(quiet_chat).unreachable is None
    assert [len(carrier.happened(kind)) for kind in ("CustomerUnreachable", "CustomerReachable")] == [1, 1]
    reply(quiet_chat, quiet_chat.hire("Grace"))


def test_the_provider_tells_of_both(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    carrier.say("Where is it?")
    carrier.bring(Reachability(ADA, False))
    assert ticket(quiet_chat).unreachable == "the customer closed the door to us"
    carrier.bring(Reachability(ADA, True))
    assert ticket(quiet_chat).unreachable is None


def test_a_door_is_that_of_one_channel(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    """Two accounts of ours on one medium: who blocks one still reads the other."""
    carrier.say("Where is it?")
    carrier.say("Where is it?", channel="robot")
    carrier.bring(Reachability(ADA, False, "blocked"), "robot")
    assert (ticket(quiet_chat, 1).unreachable, ticket(quiet_chat, 2).unreachable) == (None, "blocked")


def test_a_group_is_open_while_others_write_in_it(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    carrier.say("Where is it?", conversation="group")
    carrier.say("Mine, too", "bob", id="2", conversation="group")
    carrier.bring(Reachability(ADA, False, "blocked"))
    assert ticket(quiet_chat).unreachable is None


def test_of_a_stranger_nothing_is_remembered(carrier: Carrier) -> None:
    carrier.bring(Reachability(Sender("messenger", "nobody"), False, "blocked"))
    carrier.bring(Reachability(Sender("messenger", ""), False, "blocked"))
    assert carrier.happened("CustomerUnreachable") == []


async def test_a_change_can_find_the_door_closed(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    grace = quiet_chat.hire("Grace")
    carrier.say("Where is it?")
    message = reply(quiet_chat, grace)
    await quiet_chat.deliver()
    quiet_chat.do(actions.edit_reply, quiet_chat.policies, grace, message, "There it is")
    carrier.channel.raises = [Unreachable("Ada blocked the bot")]
    await quiet_chat.deliver()
    assert ticket(quiet_chat).unreachable == "Ada blocked the bot"
    assert quiet_chat.do(shown_message, message).delivery == "sent"
