"""What people see of a desk in a fake Telegram and a fake Slack, step by step, as text that a reviewer reads.

A step ends when nothing is due any more: what a place shows then does not depend on how often it was brought up to
date on the way. Instants, ids and addresses are left out; people and places have their names.

`expect` compares with tests/recordings/story/<name>.md. To record it anew, after looking why it differs:

    RECORD=1 .venv/bin/python -m pytest tests/stories/test_a_day_in_telegram_and_slack.py
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, union_all

from contactcenter.model.columns import table
from contactcenter.model.desk import Act, Post
from contactcenter.model.ledgers import Inbox, Outbox, Pickup, Question
from tests.desk import eventually
from tests.providers.telegram import Fields, TelegramServer
from tests.slack_desk import SlackDesk

FOLDER = Path(__file__).parent / "recordings" / "story"
MOMENT = re.compile(r"<!date\^\d+\^[^|]*\|\d+>")
LINK = re.compile(r"<https?://[^|>\s]*?(/[^|>\s]*)\|([^>]*)>")
_post = table(Post)
_data = (table(Act), _post, table(Inbox), table(Outbox), table(Pickup), table(Question))
_counted = [select(func.count().label("rows")).where(one.c.state.in_(["due", "taken"])) for one in _data]
_counted[1] = _counted[1].where(_post.c.lane != "home")  # homes may wait for seconds
UNFINISHED = union_all(*_counted)

Lines = list[str]


@dataclass
class Transcript:
    """What was seen until now; `customers` is what customers wrote in Telegram, in order."""

    floor: SlackDesk
    telegram: TelegramServer
    customers: dict[int, tuple[str, Lines]] = field(default_factory=dict)
    lines: Lines = field(default_factory=list)
    _seen: dict[tuple[str, str], Lines] = field(default_factory=dict)

    async def step(self, title: str, *said: str) -> None:
        """Write down what is to be seen that was not before, once all is quiet."""
        await eventually(self._quiet)
        self.lines += ["", f"## {title}", "", *said]
        now = dict(self._places())
        for key, shown in now.items():
            if self._seen.get(key) != shown:
                self._tell(key[0], shown, self._seen.get(key))
        for place, number in [key for key in self._seen if key not in now]:
            self.lines += [f"**{place}**, gone: {self._seen[place, number][0].removeprefix('> ')}", ""]
        self._seen = now

    def expect(self, name: str) -> None:
        """It is what was recorded."""
        file, text = FOLDER / f"{name}.md", "\n".join(self.lines).strip() + "\n"
        if os.environ.get("RECORD"):
            FOLDER.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    def _tell(self, place: str, shown: Lines, before: Lines | None) -> None:
        if before is None:
            self.lines += [f"**{place}**", *shown, ""]
            return
        self.lines += [f"**{place}**, changed: {before[0].removeprefix('> ')}"]
        self.lines += [f"- {line.removeprefix('> ')}" for line in before if line not in shown]
        self.lines += [f"+ {line.removeprefix('> ')}" for line in shown if line not in before]
        self.lines.append("")

    async def _quiet(self) -> bool:
        rows = await self.floor.desk.running.store.read(lambda tx: tx.all(UNFINISHED))
        return not any(row.rows for row in rows)

    def _places(self) -> Iterator[tuple[tuple[str, str], Lines]]:
        for number, (name, lines) in self.customers.items():
            yield ("Telegram", str(number)), [f"> {name}: {lines[0]}", *(f"> {line}" for line in lines[1:])]
        for message in self.telegram.shown:
            yield ("Telegram", f"{message['message_id']}"), list(_of_telegram(message))
        world = self.floor.slack.world
        for channel in world.channels.values():
            name = f"Slack, {world.users[channel.user].name} alone" if channel.user else f"Slack, #{channel.name}"
            for message in channel.messages.values():
                place = f"{name}, thread" if message.get("thread_ts", message["ts"]) != message["ts"] else name
                yield (place, message["ts"]), list(self._of_slack(message))
        for user in world.users.values():
            for message in user.whispers:
                yield (f"Slack, {user.name} alone sees", message["ts"]), list(self._of_slack(message))
            for view in user.modals:
                yield (f"Slack, {user.name}'s window", view["id"]), [f"> # {view['title']['text']}", *_blocks(view)]

    def _of_slack(self, message: Fields) -> Iterator[str]:
        own_words = "user" in message and "bot_id" not in message
        if own_words or "blocks" not in message:
            user = self.floor.slack.world.users.get(message.get("user", ""), self.floor.slack.team.bot)
            files = "".join(f" 📎 {one['name']}" for one in message.get("files", []))
            yield f"> {user.name}: {stable(message.get('text', ''))}{files}"
        else:
            yield from _blocks(message)
        if reactions := message.get("reactions"):
            yield f"> reactions: {', '.join(one['name'] for one in reactions)}"


def stable(markup: str) -> str:
    """Slack's markup without instants and addresses."""
    return LINK.sub(r"[\2](\1)", MOMENT.sub("‹time›", markup))


def _of_telegram(message: Fields) -> Iterator[str]:
    first, *rest = str(message.get("text") or message.get("caption", "")).split("\n")
    file = next((kind for kind in ("photo", "document") if kind in message), "")
    yield f"> Acme: {f'[{file}] ' if file else ''}{_without_host(first)}"
    yield from (f"> {_without_host(line)}" for line in rest)
    for row in message.get("reply_markup", {}).get("inline_keyboard", []):
        yield f"> [{'] ['.join(button['text'] for button in row)}]"


def _without_host(line: str) -> str:
    return re.sub(r"https?://[^/\s]+", "", line)


def _blocks(shown: Fields) -> Iterator[str]:
    for block in shown["blocks"]:
        yield from (f"> {line}" for line in _block(block))


def _block(block: Any) -> Iterator[str]:
    match block["type"]:
        case "section" | "header":
            mark = "## " if block["type"] == "header" else ""
            yield from (mark + stable(block["text"]["text"])).split("\n")
            if "accessory" in block:
                yield _element(block["accessory"])
        case "context":
            yield f"_{' · '.join(stable(one['text']) for one in block['elements'])}_"
        case "actions":
            yield " ".join(map(_element, block["elements"]))
        case "input":
            yield f"{block['label']['text']}: {_element(block['element'])}"
        case "divider":
            yield "---"


def _element(element: Fields) -> str:
    options = " | ".join(one["text"]["text"] for one in element.get("options", []))
    match element["type"]:
        case "button":
            return f"[{element['text']['text']}]"
        case "overflow":
            return f"[… {options}]"
        case "plain_text_input":
            return f"[{element.get('initial_value', '')}]"
    return f"[{options}]"


async def history(floor: SlackDesk, ticket: int) -> Lines:
    """What happened to a ticket: who, what, and why."""
    agents = {person.id: name for name, person in floor.desk.people.items()}
    found = []
    for event in await floor.desk.sam.items(f"/tickets/{ticket}/history"):
        kind, _, number = event["actor"].partition(":")
        actor = agents[int(number)] if number else kind
        found.append(f"* {actor}: {event['kind']} {_facts(event['payload'], agents)}".rstrip())
    return found


def _facts(payload: Any, agents: dict[int, str]) -> str:
    told = []
    for name, value in payload.items():
        if value in ("", None, [], ()) or name == "text_sha256":
            continue
        shown = agents.get(value, value) if name == "agent" else "; ".join(value) if isinstance(value, list) else value
        shown = f"{value:.2f}" if isinstance(value, float) else shown  # processors differ in the digits behind
        told.append(f"{name} {shown}")
    return f"({', '.join(told)})" if told else ""
