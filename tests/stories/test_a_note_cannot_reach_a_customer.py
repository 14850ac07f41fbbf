"""What colleagues say to each other stays among them: by the tables, by the types, and by trying."""

import asyncio
import base64
import inspect
import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from contactcenter.channels.webchat.sessions import SIGNATURE
from contactcenter.flow import actions, deliver, live, outbound
from contactcenter.model.columns import table
from contactcenter.model.ledgers import Outbox
from contactcenter.model.tickets import Message, Note
from contactcenter.model.values import Outbound
from tests.desk import QuietDesk, RunningDesk, eventually, opened_quiet_desk

SECRET = "between us"


def test_the_outbox_names_messages_and_can_name_nothing_else() -> None:
    points_at = {key.column.table.name for column in table(Outbox).columns for key in column.foreign_keys}
    assert points_at == {"message"}
    free_text = {column.name for column in table(Outbox).columns if str(column.type) in ("VARCHAR", "TEXT")}
    assert free_text == {"stream", "state", "owner", "error", "channel", "verb"}, (
        "there is no column to put a text into"
    )


def test_a_note_is_another_type_and_another_table_than_a_message() -> None:
    assert not issubclass(Note, Message)
    assert not issubclass(Message, Note)
    assert table(Note) is not table(Message)
    assert [column.name for column in table(Message).columns if "note" in column.name] == []


def test_what_sends_does_not_know_notes() -> None:
    for module in (outbound, deliver):
        names = {name.casefold() for name in vars(module)}
        assert [name for name in names if "note" in name] == []
        assert "queries.note" not in inspect.getsource(module).casefold()
    assert {name for name in Outbound.__struct_fields__ if "note" in name} == set()


def test_the_statement_a_reply_is_read_by_names_one_table() -> None:
    statement = inspect.getsource(deliver._outbound)
    assert "NOTE" not in statement
    assert "topics" not in inspect.signature(live.note_written).parameters, "nobody may choose whom a note is told"


said = st.lists(
    st.tuples(st.sampled_from(["customer", "reply", "note", "solve", "release", "deliver"]), st.integers(0, 1)),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=said)
def test_whatever_is_said_in_whatever_order_no_note_is_sent_or_told_to_a_customer(
    empty_store: Path, tmp_path: Path, steps: list[tuple[str, int]]
) -> None:
    with opened_quiet_desk(empty_store, tmp_path) as quiet:
        grace = quiet.hire("Grace")
        for name in ("ada", "bob"):
            quiet.hear(f"{name}@example.test", "Hello", channel="people")
        for number, (what, whom) in enumerate(steps):
            _step(quiet, grace, what, whom, number)
        asyncio.run(quiet.deliver())
        sent = " ".join(quiet.sent("people"))
        assert SECRET not in sent
        for topics, frame in quiet.told:
            if any(topic.startswith("conversation:") for topic in topics):
                assert SECRET.encode() not in frame
        texts = [row.text for row in quiet.rows(select(table(Message)))]
        assert [text for text in texts if SECRET in text] == []


def _step(quiet: QuietDesk, grace: actions.Caller, what: str, whom: int, number: int) -> None:
    ticket, address = whom + 1, f"{('ada', 'bob')[whom]}@example.test"
    match what:
        case "customer":
            quiet.hear(address, f"and then {number}", channel="people")
        case "reply":
            quiet.do(actions.reply, quiet.policies, grace, ticket, f"reply {number}")
        case "note":
            quiet.do(actions.write_note, quiet.policies, grace, ticket, f"{SECRET} {number}")
        case "solve":
            quiet.do(actions.set_status, quiet.policies, grace, ticket, "solved", None, SECRET)
        case "release" if quiet.ticket(ticket).assignee_id is not None:
            quiet.do(actions.give, quiet.policies, grace, ticket, None)
        case "deliver":
            asyncio.run(quiet.deliver())


async def test_a_customer_with_an_open_window_sees_the_reply_and_no_trace_of_the_note(any_desk: RunningDesk) -> None:
    desk = any_desk
    heard: list[bytes] = []
    ada = await desk.chat(name="Ada")
    await ada.say("Can I talk to a person?")
    ticket = (await ada.becomes("open"))["ticket"]
    conversation = f"conversation:site:{_session_id(ada.token)}"
    forget = desk.running.bus.subscribe(conversation, lambda topic, frame: heard.append(frame or b""))
    async with desk.sam.live() as sam:
        await sam.say(type="watch", ticket=ticket)
        await desk.grace.post(f"/tickets/{ticket}/notes", {"text": f"{SECRET}: she is difficult"})
        await desk.grace.post(f"/tickets/{ticket}/messages", {"text": "Good morning"})
        await desk.grace.post(f"/tickets/{ticket}/notes", {"text": f"{SECRET}: and rich"})
        await desk.grace.post(f"/tickets/{ticket}/messages", {"text": "How can I help?"})
        told = await sam.first(lambda frame: frame["type"] == "note")
        assert told["note"]["author"]["name"] == "Grace"
    await ada.hear("agent", since=(await ada.hear("agent"))["seq"])
    await eventually(lambda: _delivered(desk, ticket))
    forget()

    assert ada.frames is not None
    assert [frame for frame in ada.frames.all if SECRET in str(frame)] == []
    assert heard
    assert [frame for frame in heard if SECRET.encode() in frame] == []
    notes = [note["text"] for note in await desk.sam.items(f"/tickets/{ticket}/notes")]
    assert notes == [f"{SECRET}: she is difficult", f"{SECRET}: and rich"]


async def _delivered(desk: RunningDesk, ticket: int) -> bool:
    messages = await desk.sam.items(f"/tickets/{ticket}/messages")
    return all(message["delivery"] in (None, "sent") for message in messages)


def _session_id(token: str) -> str:
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    return str(json.loads(data[:-SIGNATURE])[0])
