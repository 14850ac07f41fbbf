"""What it costs to learn from a past, and what is found in it: made tickets about topics that are known here.

Questions of a topic share some of its words and have others around them, one word in ten misspelt; people answer a
topic in one of three ways. `contactcenter learn` and `contactcenter evaluate` run as processes of their own; CPU and
memory are theirs. Found is a topic when most tickets of some proposal are of it.
"""

import argparse
import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.common import program
from bench.common.figures import Goal, significant
from bench.common.fill import Past, fill
from bench.common.program import Wrong, say
from contactcenter.model.columns import SECOND
from contactcenter.storage import migrate
from contactcenter.storage.open import locate

SEED = 20261122
SIZES = (1_000, 10_000, 100_000)
TOPICS = 300
ARTICLES = 200
TRIED = 1_000  # tickets that `evaluate` asks
OFTEN = 20  # tickets by which a topic ought to be found
LETTERS = "abcdefghijklmnoprstuvwz"
SETTINGS = """
[store]
url = "sqlite:///desk.db"
[knowledge]
folder = "articles"
[queues.support]
[channels.site]
kind = "webchat"
assistant = false
"""

MEASURED = """
import sys, time
from pathlib import Path
from contactcenter.cli import main
code = main(sys.argv[1:])
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(time.process_time(), peak.split()[1], file=sys.stderr)
sys.exit(code)
"""


class World:
    """The words of a desk's topics, the rarer the later, and how people talk about them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._fillers = [self._word() for _ in range(100)]
        self.topics = [[self._word() for _ in range(7)] for _ in range(TOPICS)]
        self._answers = [[self._sentences(3) for _ in range(3)] for _ in range(TOPICS)]

    def topic(self) -> int:
        """Few are asked about often, many now and then (Zipf)."""
        return min(TOPICS - 1, int(TOPICS ** self._chance.random()) - 1)

    def question(self, topic: int) -> str:
        words = self._chance.sample(self.topics[topic], 4) + self._chance.sample(self._fillers, 4)
        self._chance.shuffle(words)
        return f"Hello, {' '.join(self._typed(word) for word in words)}?"

    def reply(self, topic: int, number: int) -> str:
        way = self._answers[topic][min(2, int(self._chance.expovariate(1.5)))]
        return f"Hello Visitor,\n{way} Your order is {number + 10_000}.\nBest regards, Agent"

    def _typed(self, word: str) -> str:
        place = self._chance.randrange(len(word))
        return word[:place] + word[place + 1 :] if self._chance.random() < 0.1 else word

    def _sentences(self, count: int) -> str:
        return " ".join(f"{' '.join(self._word() for _ in range(8)).capitalize()}." for _ in range(count))

    def _word(self) -> str:
        return "".join(self._chance.choices(LETTERS, k=self._chance.randint(4, 9)))


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Every size, each in a folder of its own."""
    sizes = SIZES[:2] if options.quick else SIZES
    found = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            found[str(size)] = await asyncio.to_thread(_measured, Path(folder), size)
    last, first = found[str(sizes[-1])], found[str(sizes[0])]
    growth = last["learn_cpu_s"] / sizes[-1] / (first["learn_cpu_s"] / sizes[0])
    goals = [
        Goal(f"learn from {sizes[-1]} tickets: CPU seconds", 300, last["learn_cpu_s"]),
        Goal(f"learn from {sizes[-1]} tickets: MB", 800, last["learn_mb"]),
        Goal("CPU a ticket of the largest desk, in that of the smallest", 2, growth),
        Goal(f"topics of {OFTEN} tickets and more that are found", 0.8, last["topics_found"], at_least=True),
    ]
    return found, goals


def _measured(folder: Path, size: int) -> dict[str, float]:
    world = World(random.Random(SEED))
    topics = _fill(folder, size, world)
    say(f"{size} tickets are there")
    learned = _run(folder, "learn", "--days", "365")
    tried = _run(folder, "evaluate", "--days", "365", "--most", str(TRIED))
    often = {topic for topic, count in Counter(topics.values()).items() if count >= OFTEN}
    proposed = list(_proposed(folder, topics))
    return {
        "learn_cpu_s": learned[0],
        "learn_mb": learned[1],
        "learn_ms_a_ticket": significant(1000 * learned[0] / size),
        "evaluate_cpu_s": tried[0],
        "evaluate_mb": tried[1],
        "proposals": len(proposed),
        "of_one_topic": significant(sum(share for _, share, _ in proposed) / max(1, len(proposed))),
        "with_a_text": significant(sum(text for _, _, text in proposed) / max(1, len(proposed))),
        "topics": len(often),
        "topics_found": significant(len(often & {topic for topic, share, _ in proposed if share > 0.5}) / len(often)),
    }


def _fill(folder: Path, size: int, world: World) -> dict[int, int]:
    """A desk with a past and some articles; the topic of each ticket."""
    (folder / "contactcenter.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "articles").mkdir()
    for number in range(ARTICLES):
        title = world.question(TOPICS - 1).removeprefix("Hello, ")
        (folder / "articles" / f"a{number}.md").write_text(f"---\ntitle: '{title}'\n---\nSo.\n", encoding="utf-8")
    migrate.upgrade(locate("sqlite:///desk.db", folder))
    fill(folder / "desk.db", Past(size, size // 10, size // 100, 7, int(time.time() * SECOND)))
    topics = {ticket: world.topic() for ticket in range(1, size + 1)}
    with closing(sqlite3.connect(folder / "desk.db")) as connection, connection:
        said = ((world.question(topic), 3 * ticket - 2) for ticket, topic in topics.items())
        connection.executemany("UPDATE message SET text = ? WHERE id = ?", said)
        told = ((world.reply(topic, ticket), 3 * ticket - 1) for ticket, topic in topics.items())
        connection.executemany("UPDATE message SET text = ? WHERE id = ?", told)
    return topics


def _run(folder: Path, *words: str) -> tuple[float, float]:
    """CPU seconds and megabytes of a command."""
    command = [sys.executable, "-c", MEASURED, *words, "--config", str(folder / "contactcenter.toml"), "--quiet"]
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    if done.returncode:
        raise Wrong(f"{' '.join(words)} ended with {done.returncode}: {done.stderr}")
    seconds, kilobytes = done.stderr.split()
    return significant(float(seconds)), significant(int(kilobytes) / 1024)


def _proposed(folder: Path, topics: dict[int, int]) -> Iterator[tuple[int, float, bool]]:
    """Of each proposal its topic, the share of its tickets that are of it, and whether it has a text."""
    with closing(sqlite3.connect(folder / "desk.db")) as connection:
        for number, text in connection.execute("SELECT id, text FROM proposal WHERE kind = 'article'").fetchall():
            query = "SELECT ticket_id FROM proposalticket WHERE proposal_id = ?"
            tickets = [ticket for (ticket,) in connection.execute(query, [number])]
            [(topic, count)] = Counter(topics[ticket] for ticket in tickets).most_common(1)
            yield topic, count / len(tickets), bool(text)


if __name__ == "__main__":
    program.run("learning", measure)
