"""What is stored and what has arrived, against what everybody was promised.

Read from the database itself and from the lists of the writers, when nothing is under way any more.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench.common.smtp import Relay
from bench.common.writers import Answerer, Sender, Visitor

MARK = re.compile(r"mark-(visitor|sender)-(\d+)-(\d+)")
SENT = ("sent", "delivered", "read")

UNFINISHED = (
    "SELECT (SELECT count(*) FROM inbox WHERE state IN ('due', 'taken')) "
    "+ (SELECT count(*) FROM outbox WHERE state IN ('due', 'taken'))"
)
BURIED = (
    "SELECT 'inbox', id, error FROM inbox WHERE state = 'buried' "
    "UNION ALL SELECT 'outbox', id, error FROM outbox WHERE state = 'buried'"
)
INBOUND = (
    "SELECT conversation_id, seq, client_id, text FROM message WHERE direction = 'inbound' "
    "ORDER BY conversation_id, seq"
)
OUTBOUND = (
    "SELECT id, conversation_id, seq, channel, text, delivery, external_id FROM message WHERE direction = 'outbound'"
)


def rows(store: str, query: str) -> list[tuple[Any, ...]]:
    """What a database answers; `store` is a file or a PostgreSQL URL."""
    if store.startswith("postgresql://"):
        with psycopg.connect(store) as server:
            return server.execute(query.encode()).fetchall()
    with closing(sqlite3.connect(store)) as file:
        return file.execute(query).fetchall()


@dataclass
class Audit:
    """What was found; each fault with its words, the first of them kept."""

    messages: int = 0
    answers: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)  # answers whose fate the desk itself does not know

    def shown(self) -> dict[str, Any]:
        """For JSON."""
        faults = {"lost": self.lost, "twice": self.twice, "disordered": self.disordered, "unsettled": self.unsettled}
        counted = {"messages": self.messages, "answers": self.answers, "answers_unknown": len(self.unknown)}
        examples = [words for found in faults.values() for words in found[:3]]
        return {**counted, **{name: len(found) for name, found in faults.items()}, "examples": examples}


def audit(
    store: str, visitors: Sequence[Visitor], senders: Sequence[Sender], answerer: Answerer, relay: Relay
) -> Audit:
    """Everything that was promised, once and in order; an answer once more for each time somebody had it repeated."""
    found = Audit()
    talks = _inbound(found, store, [*visitors, *senders])
    by_talk = {talk: writer for writer, talk in talks.items()}
    people = {writer.name: writer for writer in visitors}
    stored = {row[0]: row for row in rows(store, OUTBOUND)}
    _answers(found, stored, answerer)
    for message, talk, seq, channel, text, delivery, external_id in stored.values():
        visitor = people.get(by_talk.get(talk, ""))
        if delivery == "unknown":
            found.unknown.append(message)
        elif delivery not in SENT:
            found.unsettled.append(f"answer {message} on {channel} is {delivery}")
        if visitor is not None:
            if visitor.seen.get(seq) != (str(message), text):
                found.lost.append(f"{visitor.name} did not see answer {message}, seq {seq}: {visitor.seen.get(seq)}")
        else:
            taken = relay.taken[f"<{external_id.strip('<>')}>"]
            _mailed(found, message, delivery, taken, 1 + (message in answerer.repeated))
    found.unsettled += [f"{loop} {number} is buried: {error[-200:]}" for loop, number, error in rows(store, BURIED)]
    return found


def _inbound(found: Audit, store: str, writers: Iterable[Visitor | Sender]) -> dict[str, int]:
    """The conversation of each writer."""
    heard: dict[str, list[tuple[int, int, int, str]]] = defaultdict(list)
    for talk, seq, client_id, text in rows(store, INBOUND):
        kind, writer, number = MARK.search(text).groups()  # type: ignore[union-attr]
        heard[f"{kind} {writer}"].append((talk, seq, int(number), client_id))
    talks = {}
    for writer in writers:
        stored = heard[writer.name]
        numbers = [number for _, _, number, _ in stored]
        found.messages += len(numbers)
        found.lost += [f"{writer.name}: message {n}" for n in range(writer.messages) if n not in numbers]
        found.twice += [f"{writer.name}: message {n}" for n in set(numbers) if numbers.count(n) > 1]
        if numbers != sorted(numbers) or len({talk for talk, *_ in stored}) != 1:
            found.disordered.append(f"{writer.name}: {stored}")
        if isinstance(writer, Visitor):
            found.lost += [
                f"{writer.name}: message {number} has seq {seq}, acknowledged as {writer.acked.get(key)}"
                for _, seq, number, key in stored
                if writer.acked.get(key) != seq
            ]
        talks[writer.name] = stored[0][0] if stored else 0
    return talks


def _answers(found: Audit, stored: dict[int, tuple[Any, ...]], answerer: Answerer) -> None:
    """Each answer the agent was given a receipt for is there, and no other."""
    found.answers = len(stored)
    for message, text in answerer.said.items():
        if message not in stored or stored[message][4] != text:
            found.lost.append(f"answer {message}")
    found.twice += [f"answer {message}" for message in stored if message not in answerer.said]


def _mailed(found: Audit, message: int, delivery: str, taken: int, allowed: int) -> None:
    if taken == 0 and delivery in SENT:
        found.lost.append(f"answer {message} is {delivery}, and the relay has never seen it")
    if taken > allowed:
        found.twice.append(f"answer {message} reached the relay {taken} times and is {delivery}")
