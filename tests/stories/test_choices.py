"""Short answers below a message of ours: pressing one, or typing its words, is one thing and does what it says."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contactcenter.channels.loopback import Loopback
from contactcenter.channels.protocol import Capabilities
from contactcenter.flow import actions, queries
from contactcenter.flow.choices import SAID_IT_HELPS
from contactcenter.knowledge.assistant import Handoff
from contactcenter.knowledge.talk import ASKED_FOR_A_PERSON
from contactcenter.model.values import Chosen, Parsed, RawEvent
from tests.desk import ORDER, QuietDesk, asking_policies, opened_quiet_desk

ADA, BOB = "ada@example.test", "bob@example.test"
HELPS, PERSON = 0, 1


class Crowd(Loopback):
    """A group: several write in one conversation."""

    capabilities = Capabilities(text_limit=4000, parses_at_once=True, choices=True, several_write=True)

    def parse(self, raw: RawEvent) -> list[Parsed]:
        return [replace_conversation(item) for item in super().parse(raw)]


def replace_conversation(item: Parsed) -> Any:
    """Whoever says it says it in the group."""
    return type(item)(**{**{name: getattr(item, name) for name in item.__struct_fields__}, "conversation": "group"})


@pytest.fixture
def asking(empty_store: Path, tmp_path: Path) -> Iterator[QuietDesk]:
    """A desk whose assistant offers choices."""
    with opened_quiet_desk(empty_store, tmp_path, asking_policies()) as desk:
        yield desk


async def answered(desk: QuietDesk) -> int:
    """Ada asked, the assistant answered, and she has got it; the message's number."""
    desk.hear(ADA, "When will my parcel arrive?")
    desk.answer()
    await desk.deliver()
    return int(desk.said(1)[-1].id)


async def test_the_assistants_answer_offers_them_and_the_channel_is_given_them(asking: QuietDesk) -> None:
    await answered(asking)
    channel = asking.policies.way("try").channel
    assert isinstance(channel, Loopback)
    assert [(message.text, message.choices) for message in channel.sent] == [
        (ORDER, ("That helps", "Talk to a person"))
    ]


async def test_that_helps_solves_the_ticket_in_the_customers_words(asking: QuietDesk) -> None:
    offered = await answered(asking)
    accepted = asking.press(ADA, offered, HELPS)
    said = asking.said(1)[-1]
    assert (said.text, said.pressed, said.seq, said.proof) == ("That helps", offered, accepted.seq, "loopback")
    assert asking.ticket(1).status == "solved"
    actor, solved = asking.facts(1, "StatusChanged")[-1]
    assert (actor, solved["reason"]) == ("customer", SAID_IT_HELPS)
    assert asking.said(1)[1].chosen == HELPS


async def test_talk_to_a_person_hands_over_with_that_reason(asking: QuietDesk) -> None:
    offered = await answered(asking)
    asking.press(ADA, offered, PERSON)
    ticket = asking.ticket(1)
    assert (ticket.status, ticket.handoff) == ("open", ASKED_FOR_A_PERSON)
    assert [fact["reason"] for _, fact in asking.facts(1, "HandedOff")] == [ASKED_FOR_A_PERSON]
    assert asking.row(queries.PLACE, queue="support", since=asking.clock.now() + 1).ahead == 1


async def test_a_second_press_of_the_same_button_says_nothing_new(asking: QuietDesk) -> None:
    offered = await answered(asking)
    first = asking.press(ADA, offered, HELPS)
    again = asking.press(ADA, offered, HELPS)
    assert again.seq == first.seq
    assert [message.text for message in asking.said(1)][2:] == ["That helps"]


async def test_who_said_that_it_helps_can_still_ask_for_a_person(asking: QuietDesk) -> None:
    offered = await answered(asking)
    asking.press(ADA, offered, HELPS)
    asking.press(ADA, offered, PERSON)
    assert asking.ticket(1).status == "open"
    assert asking.said(1)[1].chosen == PERSON


@pytest.mark.parametrize("words", ["That helps", "that  helps.", "THAT HELPS!"])
async def test_the_same_words_typed_count_like_the_press(asking: QuietDesk, words: str) -> None:
    offered = await answered(asking)
    asking.hear(ADA, words)
    assert asking.ticket(1).status == "solved"
    assert (asking.said(1)[-1].text, asking.said(1)[-1].pressed) == (words, offered)


async def test_a_number_is_no_choice_where_none_was_shown(asking: QuietDesk) -> None:
    await answered(asking)
    asking.hear(ADA, "2")
    assert asking.ticket(1).status == "new", "the assistant reads it"


async def test_words_that_only_begin_like_a_choice_are_words(asking: QuietDesk) -> None:
    await answered(asking)
    asking.hear(ADA, "That helps, but where is the second parcel?")
    assert asking.ticket(1).status == "new"


async def test_a_button_under_an_older_answer_ends_no_newer_question(asking: QuietDesk) -> None:
    offered = await answered(asking)
    asking.hear(ADA, "It fell apart.")
    asking.press(ADA, offered, HELPS)
    assert asking.ticket(1).status == "new"
    [handoff] = asking.answer()
    assert isinstance(handoff, Handoff)
    assert asking.ticket(1).status == "open", "and what was pressed is no part of the question"


async def test_that_helps_ends_nothing_that_a_person_has_answered_since(asking: QuietDesk) -> None:
    offered = await answered(asking)
    asking.do(actions.reply, asking.policies, asking.hire("Grace"), 1, "It leaves tomorrow.")
    asking.press(ADA, offered, HELPS)
    assert asking.ticket(1).status == "answered"


async def test_asking_for_a_person_below_a_closed_ticket_opens_a_new_one_for_people(asking: QuietDesk) -> None:
    offered = await answered(asking)
    asking.press(ADA, offered, HELPS)
    asking.clock.forward(8 * 24 * 3600)
    asking.upkeep()
    asking.press(ADA, offered, PERSON)
    assert asking.ticket(1).status == "closed"
    assert (asking.ticket(2).status, asking.ticket(2).handoff) == ("open", ASKED_FOR_A_PERSON)


async def test_a_button_that_was_pressed_before_the_sending_was_written_down_is_tried_again(asking: QuietDesk) -> None:
    offered = await answered(asking)
    with pytest.raises(Exception, match="not known"):
        asking.press(ADA, offered, HELPS, of="try-999")


async def test_nobody_presses_in_somebody_elses_conversation(asking: QuietDesk) -> None:
    offered = await answered(asking)
    asking.hear(BOB, "Hello?")
    with pytest.raises(Exception, match="not known"):
        asking.press(BOB, offered, HELPS)
    assert asking.ticket(1).status == "answered"


async def test_a_choice_that_is_not_there_says_nothing(asking: QuietDesk) -> None:
    offered = await answered(asking)
    for which in (-1, 2, 10**9):
        assert asking.press(ADA, offered, which).seq == 0
    assert len(asking.said(1)) == 2


async def test_in_a_group_anybody_can_ask_for_a_person_and_only_the_asker_is_done(
    empty_store: Path, tmp_path: Path
) -> None:
    policies = asking_policies()
    crowd = replace(policies.ways["try"], channel=Crowd("try"))
    with opened_quiet_desk(empty_store, tmp_path, replace(policies, ways={**policies.ways, "try": crowd})) as desk:
        offered = await answered(desk)
        desk.press(BOB, offered, HELPS)
        assert desk.ticket(1).status == "answered", "Bob did not ask"
        assert desk.said(1)[-1].author_name == BOB
        desk.press(BOB, offered, PERSON)
        assert desk.ticket(1).status == "open"


def test_a_press_is_an_event_of_its_own_kind() -> None:
    [press] = Loopback("try").parse(
        RawEvent("try", "p1", "try:ada", b'{"id":"p1","from":"ada","text":"1","change":"pressed","of":"try-7"}')
    )
    assert isinstance(press, Chosen)
    assert (press.external_id, press.choice, press.conversation) == ("try-7", 1, "ada")
