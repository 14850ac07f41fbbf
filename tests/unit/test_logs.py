"""Logs are events with ids: an address or a text is in none of them, in the code and in a run where much goes wrong."""

import ast
import json
import logging
from pathlib import Path

import pytest

from contactcenter.logs import JsonFormatter, TextFormatter
from tests.desk import RunningDesk, eventually

PACKAGE = Path(__file__).parents[2] / "contactcenter"
FORBIDDEN = {"text", "address", "email", "name", "subject", "body", "payload", "sender", "recipient", "token", "link"}
SECRETS = ("ada.secret@", "permanent@", "My card is 4711", "Do not tell", "between us")


def log_calls() -> list[tuple[str, ast.Call]]:
    """Every call of a logger in the package."""
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))):
                    found.append((f"{file.relative_to(PACKAGE)}:{node.lineno}", node))
    return found


def test_a_log_call_has_a_constant_text_and_says_nothing_of_what_was_said() -> None:
    calls = log_calls()
    assert len(calls) > 5
    for where, call in calls:
        assert isinstance(call.args[0], ast.Constant), f"{where}: the event must be a constant"
        assert len(call.args) == 1, f"{where}: put values into extra"
        for keyword in call.keywords:
            if keyword.arg == "extra" and isinstance(keyword.value, ast.Dict):
                keys = {key.value for key in keyword.value.keys if isinstance(key, ast.Constant)}
                assert keys & FORBIDDEN == set(), where
                used = {node.attr for node in ast.walk(keyword.value) if isinstance(node, ast.Attribute)}
                assert used & {"text", "address", "payload"} == set(), where


async def test_a_run_where_much_goes_wrong_logs_no_address_and_no_text(
    desk: RunningDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await desk.people_only.say("ada.secret@example.test", "My card is 4711", "m1", name="Ada")
    await desk.people_only.say("ada.secret@example.test", "My card is 4711", "m2", change="edited")
    await desk.people_only.say("permanent@example.test", "My card is 4711", "m3", name="Bob")
    bob = (await desk.ticket_of("Bob"))["id"]
    await desk.grace.post(f"/tickets/{bob}/messages", {"text": "Do not tell"})
    await desk.grace.post(f"/tickets/{bob}/notes", {"text": "between us"})
    await desk.grace.post(f"/tickets/{bob}/notes", {"text": " " * 9}, status=422)
    visitor = await desk.chat(name="Ada", email="ada.secret@example.test")
    assert visitor.frames is not None
    await visitor.say("My card is 4711, where is my order?")
    await visitor.frames.socket.send_str('{"type":"message","text":"My card is 4711"}')
    await visitor.frames.closed()

    async def buried() -> bool:
        return bool((await desk.sam.get("/buried"))["items"])

    await eventually(buried)
    logged = "\n".join(TextFormatter().format(record) + JsonFormatter().format(record) for record in caplog.records)
    assert [secret for secret in SECRETS if secret in logged] == []


def record_with(**extra: object) -> logging.LogRecord:
    record = logging.makeLogRecord({"msg": "loop failed", "levelname": "ERROR", "name": "contactcenter", **extra})
    record.created = 0.0
    return record


def test_people_read_a_line_and_machines_an_object() -> None:
    record = record_with(loop="inbox", row=7)
    assert TextFormatter().format(record) == "00:00:00 error loop failed loop=inbox row=7"
    line = json.loads(JsonFormatter().format(record))
    assert line == {
        "at": "1970-01-01T00:00:00+00:00",
        "level": "error",
        "logger": "contactcenter",
        "event": "loop failed",
        "loop": "inbox",
        "row": 7,
    }
