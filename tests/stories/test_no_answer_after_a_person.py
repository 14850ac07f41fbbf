"""A person takes a ticket over in the same millisecond in which the assistant answers: one of them is first, and the
assistant never speaks second. On both stores, with as many writers as they have."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from contactcenter.app import SystemClock, location_of, opened_store
from contactcenter.channels.loopback import said
from contactcenter.crm.queries import TICKET_EVENTS
from contactcenter.flow import actions, assist, intake, leases, queries
from contactcenter.flow.actions import Caller
from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.replies import LookUp
from contactcenter.ports import Tx
from contactcenter.settings import load
from contactcenter.storage.store import LaneStore
from tests.desk import ARTICLE, asking_policies, hire, write_settings
from tests.servers import PostgreSQL

ROUNDS = 60
POLICIES = asking_policies()
ASSISTANT = Assistant([ARTICLE], 0.7, "http://desk.test")
SPOKEN = {"AnswerGiven", "AskedBack", "PhraseSaid", "HandedOff", "StayedSilent"}
TEXTS = ("When will my parcel arrive?", "Hello!", "Thank you!", "Do you sell teapots?")


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LaneStore]:
    if request.param == "sqlite":
        file = write_settings(tmp_path)
        (tmp_path / "desk.db").write_bytes(request.getfixturevalue("empty_store").read_bytes())
    else:
        empty: str = request.getfixturevalue("empty_server")
        postgres: PostgreSQL = request.getfixturevalue("postgres")
        file = write_settings(tmp_path, store=postgres.url(copy_of=empty))
    settings = load(file, {})
    async with opened_store(settings, location_of(settings), SystemClock()) as opened:
        await opened.write(leases.beat, "worker", [])
        yield opened


async def asked(store: LaneStore, number: int) -> assist.Asked:
    """A new customer's message, claimed by the assistant."""
    text = TEXTS[number % len(TEXTS)]
    raw = said("try", f"ada{number}@example.test", text, f"m{number}")
    await store.write_in(raw.stream, intake.receive, POLICIES, raw)
    (claimed,) = await store.write_in("assistant", assist.begin, POLICIES, "worker")
    return claimed


def messages_of(tx: Tx, ticket: int) -> list[Any]:
    return tx.all(queries.MESSAGES_AFTER, ticket=ticket, after=0, limit=9)


async def happened(store: LaneStore, ticket: int) -> list[tuple[str, str, Any]]:
    """Who did what on a ticket, in order."""
    row = await store.read(lambda tx: tx.one(queries.TICKET, id=ticket))
    rows = await store.read(
        lambda tx: tx.all(TICKET_EVENTS, customer=row.customer_id, ticket=ticket, after=0, limit=100)
    )
    return [(event.actor, event.kind, json.loads(event.payload)) for event in rows]


@pytest.mark.parametrize("taken_by", ["claim", "reply"])
async def test_whoever_is_first_the_assistant_is_never_second(store: LaneStore, taken_by: str) -> None:
    person = await store.write(hire, POLICIES, "Grace", "agent", ("support",), 10_000)
    grace = Caller("agent", person.id, "Grace")
    first = {"assistant": 0, "person": 0}
    for number in range(ROUNDS):
        claimed = await asked(store, number)
        ticket = claimed.question.ticket
        outcome = ASSISTANT.answer(claimed.question)
        assert not isinstance(outcome, LookUp)
        speaks = partial(store.write_in, f"ticket:{ticket}", assist.settle, POLICIES, claimed, outcome)
        taking = partial(actions.reply, text="I have it.") if taken_by == "reply" else actions.claim
        takes = partial(store.write_in, f"agent:{number}", taking, POLICIES, grace, ticket)
        both: list[Callable[[], Awaitable[Any]]] = [speaks, takes]
        results = await asyncio.gather(*(act() for act in both[:: 1 if number % 2 else -1]), return_exceptions=True)
        assert [result for result in results if isinstance(result, Exception)] == []
        who = [(actor.partition(":")[0], kind) for actor, kind, _ in await happened(store, ticket)]
        by_people = [place for place, (actor, _) in enumerate(who) if actor == "agent"]
        by_assistant = [place for place, (_, kind) in enumerate(who) if kind in SPOKEN]
        assert by_people, "the person's act is done in any case"
        assert len([place for place, (_, kind) in enumerate(who) if kind == "AnswerDropped"]) + bool(by_assistant) == 1
        if by_assistant:
            assert max(by_assistant) < min(by_people)
        first["assistant" if by_assistant else "person"] += 1
        rows = await store.read(partial(messages_of, ticket=ticket))
        authors = [row.author for row in rows]
        assert authors == sorted(authors, key=("customer", "assistant", "agent").index), "in this order and no other"
        assert (await store.write_in("assistant", assist.begin, POLICIES, "worker")) == [], "nothing is left to read"
    assert min(first.values()) > 0, f"both were first some of the time: {first}"


async def test_of_two_workers_that_read_one_ticket_one_speaks(store: LaneStore) -> None:
    """The first worker was thought dead, and comes back with its answer in the instant of the second's."""
    for number in range(1000, 1020):
        claimed = await asked(store, number)
        ticket = claimed.question.ticket
        outcome = ASSISTANT.answer(claimed.question)
        assert not isinstance(outcome, LookUp)
        again = [
            store.write_in(f"{worker}:{number}", assist.settle, POLICIES, claimed, outcome) for worker in ("one", "two")
        ]
        await asyncio.gather(*again, return_exceptions=True)
        spoken = [kind for _, kind, _ in await happened(store, ticket) if kind in SPOKEN]
        assert len(spoken) == 1
