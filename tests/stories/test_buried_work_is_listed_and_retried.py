"""What the desk cannot do is kept with its reason, holds up nothing else, and can be done again."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from contactcenter.channels.loopback import Loopback, said
from contactcenter.cli import main
from contactcenter.flow import actions, intake, ledger, queries
from contactcenter.flow.inbound import work_off
from contactcenter.flow.policies import Policies
from contactcenter.flow.replay import replay
from contactcenter.model.columns import SECOND, table
from contactcenter.model.ledgers import Inbox
from contactcenter.model.values import NotFound, Parsed, RawEvent, Unparseable
from tests.desk import NOON, QuietDesk, RunningDesk, eventually, quiet_policies

INBOX = select(table(Inbox)).order_by(table(Inbox).c.id)


class Faulty(Loopback):
    """A channel that cannot read some messages, until it is mended."""

    mended = False

    def parse(self, raw: RawEvent) -> list[Parsed]:
        text = json.loads(raw.payload)["text"]
        if "poison" in text and not self.mended:
            raise ZeroDivisionError("a fault in the parser")
        if "junk" in text and not self.mended:
            raise Unparseable("nobody can read this")
        return super().parse(raw)


def faulty_policies() -> tuple[Policies, Faulty]:
    policies = quiet_policies()
    channel = Faulty("people")
    way = policies.ways["people"]
    ways = {**policies.ways, "people": type(way)(channel, way.queue, assistant=False)}
    return Policies(ways, policies.queues), channel


@pytest.fixture
def faulty(quiet: QuietDesk) -> Faulty:
    """The channel `people` of the quiet desk, at fault."""
    quiet.policies, channel = faulty_policies()
    return channel


def take(quiet: QuietDesk, address: str, text: str, number: str) -> Any:
    """As accept does it: what cannot be taken in is kept."""
    raw = said("people", address, text, number)
    try:
        return quiet.do(intake.receive, quiet.policies, raw)
    except ZeroDivisionError as error:
        return quiet.do(intake.keep, raw, error)
    except Unparseable as error:
        return quiet.do(intake.keep, raw, error)


def try_again(quiet: QuietDesk) -> None:
    for head in quiet.do(ledger.inbox.due_heads):
        quiet.do(work_off, quiet.policies, head.stream, {})


def texts(quiet: QuietDesk) -> list[str]:
    return [row.text for row in quiet.rows(select(queries.message).order_by(queries.message.c.id))]


def test_what_raises_leaves_its_row_its_traceback_and_a_retry_time(quiet: QuietDesk, faulty: Faulty) -> None:
    accepted = take(quiet, "ada@example.test", "poison", "m1")
    assert accepted.new, "it is acknowledged, because it is stored"
    row = quiet.row(INBOX)
    assert (row.state, row.attempts, row.due_at) == ("due", 1, NOON + SECOND)
    assert "ZeroDivisionError: a fault in the parser" in row.error
    assert "in parse" in row.error


def test_it_holds_up_its_own_stream_and_no_other(quiet: QuietDesk, faulty: Faulty) -> None:
    take(quiet, "ada@example.test", "poison", "m1")
    take(quiet, "ada@example.test", "after it", "m2")
    take(quiet, "bob@example.test", "beside it", "m3")
    assert texts(quiet) == ["beside it"]
    faulty.mended = True
    quiet.clock.forward(1)
    try_again(quiet)
    assert texts(quiet) == ["beside it", "poison", "after it"]


def test_after_the_last_attempt_it_is_buried_and_the_next_goes_on(quiet: QuietDesk, faulty: Faulty) -> None:
    take(quiet, "ada@example.test", "poison", "m1")
    take(quiet, "ada@example.test", "after it", "m2")
    waits = []
    for wait in (1, 5, 30, 300):
        quiet.clock.forward(wait)
        waits.append(quiet.row(INBOX).state)
        try_again(quiet)
    assert waits == ["due"] * 4
    try_again(quiet)
    assert texts(quiet) == ["after it"]
    buried = quiet.do(ledger.inbox.buried)
    assert [(row.id, row.stream, row.attempts) for row in buried] == [(1, "people:ada@example.test", 5)]

    faulty.mended = True
    quiet.do(actions.retry, quiet.policies, "inbox", 1)
    try_again(quiet)
    assert texts(quiet) == ["after it", "poison"]
    assert quiet.do(ledger.inbox.buried) == []


def test_what_can_never_be_read_is_buried_at_once_with_the_reason_alone(quiet: QuietDesk, faulty: Faulty) -> None:
    take(quiet, "ada@example.test", "junk", "m1")
    assert [row.error for row in quiet.do(ledger.inbox.buried)] == ["Unparseable: nobody can read this"]


def test_a_repeat_of_a_buried_event_is_acknowledged_and_stored_once(quiet: QuietDesk, faulty: Faulty) -> None:
    first = take(quiet, "ada@example.test", "junk", "m1")
    again = take(quiet, "ada@example.test", "junk", "m1")
    assert (again.new, again.inbox_id) == (False, first.inbox_id)


def test_replay_takes_in_again_what_gave_no_message_and_doubles_nothing(quiet: QuietDesk, faulty: Faulty) -> None:
    take(quiet, "ada@example.test", "fine", "m1")
    take(quiet, "bob@example.test", "junk", "m2")
    faulty.mended = True
    assert quiet.do(replay, "people", 0) == (1, 2)
    try_again(quiet)
    assert texts(quiet) == ["fine", "junk"]
    assert quiet.do(replay, "people", 0) == (0, 0)
    assert quiet.do(replay, "try", 0) == (0, 0)


def test_a_ticket_that_cannot_be_routed_holds_up_no_other(quiet: QuietDesk) -> None:
    quiet.hire("Grace")
    quiet.hear("ada@example.test", "Hello", channel="people")
    quiet.hear("bob@example.test", "Hello", channel="people")
    without_support = Policies(quiet.policies.ways, {"sales": quiet.policies.queues["sales"]})
    assert quiet.do(quiet.routing.route, without_support) == 0
    rows = quiet.rows(select(queries.waiting).order_by(queries.waiting.c.id))
    assert [(row.state, row.attempts, "there is no queue" in row.error) for row in rows] == [("due", 1, True)] * 2
    quiet.clock.forward(1)
    assert quiet.route() == 2


def test_a_ticket_whose_routing_was_given_up_is_routed_again_when_it_is_retried(quiet: QuietDesk) -> None:
    quiet.hire("Grace")
    quiet.hear("ada@example.test", "Hello", channel="people")
    without_support = Policies(quiet.policies.ways, {"sales": quiet.policies.queues["sales"]})
    for wait in (0, 1, 5, 30, 300):
        quiet.clock.forward(wait)
        assert quiet.do(quiet.routing.route, without_support) == 0
    (buried,) = quiet.do(ledger.waiting.buried)
    assert quiet.route() == 0
    quiet.do(actions.retry, quiet.policies, "router", buried.id)
    assert quiet.route() == 1


def test_only_what_is_buried_can_be_made_due_again(quiet: QuietDesk) -> None:
    for loop in ledger.LEDGERS:
        with pytest.raises(NotFound, match="has no buried row 7"):
            quiet.do(actions.retry, quiet.policies, loop, 7)
    known = "there are inbox, assistant, router, outbox, upkeep, files, desk, posts"
    with pytest.raises(NotFound, match=f"there is no loop 'mail'; {known}"):
        quiet.do(actions.retry, quiet.policies, "mail", 7)


async def test_a_supervisor_lists_and_retries_and_an_agent_may_not(desk: RunningDesk) -> None:
    await desk.people_only.say("permanent@example.test", "Hello", "m1", name="Ada")
    ticket = (await desk.ticket_of("Ada"))["id"]
    message = await desk.grace.post(f"/tickets/{ticket}/messages", {"text": "Here"})

    async def listed() -> Any:
        return (await desk.sam.get("/buried"))["items"]

    buried = (await eventually(listed))[0]
    assert (buried["loop"], buried["error"]) == ("outbox", "Undeliverable: the address refuses for good")
    await desk.grace.call("GET", "/buried", status=403)
    await desk.grace.put(f"/buried/outbox/{buried['id']}", {"state": "due"}, status=403)
    await desk.sam.put(f"/buried/outbox/{buried['id']}", {"state": "due"}, status=204)

    async def tried_again() -> Any:
        events = await desk.sam.items(f"/tickets/{ticket}/history")
        return sum(event["kind"] == "DeliverySettled" for event in events) == 2

    await eventually(tried_again)
    assert message["delivery"] == "due"


async def test_the_command_line_lists_retries_and_replays_beside_a_running_desk(
    desk: RunningDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    await desk.people_only.say("permanent@example.test", "Hello", "m1", name="Ada")
    ticket = (await desk.ticket_of("Ada"))["id"]
    await desk.grace.post(f"/tickets/{ticket}/messages", {"text": "Here"})
    await eventually(lambda: _is(desk, ticket, "buried"))
    config = ["--config", str(desk.settings.folder / "contactcenter.toml")]

    async def run(*command: str) -> str:
        assert await asyncio.to_thread(main, [*command, *config]) == 0
        return capsys.readouterr().out

    listed = await run("buried")
    assert "after 1 attempts:\n    Undeliverable: the address refuses for good\n1 buried" in listed
    assert await run("retry", "outbox") == "1 made due again\n"
    await eventually(lambda: _is(desk, ticket, "buried"))
    assert await run("replay", "people") == "0 events of people made due again\n"


async def _is(desk: RunningDesk, ticket: int, delivery: str) -> bool:
    return bool((await desk.grace.items(f"/tickets/{ticket}/messages"))[-1]["delivery"] == delivery)


def test_the_command_line_names_the_channels_when_asked_to_replay_another(
    settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "mail", "--config", str(tmp_path / "contactcenter.toml")]) == 1
    assert (
        capsys.readouterr().err == "contactcenter: no channel named 'mail' is configured; there are people, site, try\n"
    )
