"""One visitor writes without end: what taking in their questions costs, and how soon somebody else is answered.

In one process, through the whole flow: channel, store, assistant (by words alone), outbox. The visitor writes as fast
as they are acknowledged; then another customer asks once.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.common import program
from bench.common.desk import write_settings
from bench.common.figures import Goal, significant
from contactcenter import app
from contactcenter.channels.loopback import Loopback
from contactcenter.settings import load
from contactcenter.storage import migrate

QUESTIONS = 10_000
SETTINGS = """
[knowledge]
folder = "articles"
encoder = "none"
precision = 0.7
[channels.try]
kind = "loopback"
queue = "support"
[queues.support]
"""
ARTICLE = '---\ntitle: Where is my order?\nquestions: ["When will my parcel arrive?"]\n---\nUnder Orders.\n'


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """The flood, and a question after it."""
    many = QUESTIONS // 10 if options.quick else QUESTIONS
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        file = write_settings(Path(name), SETTINGS)
        (file.parent / "articles").mkdir()
        (file.parent / "articles" / "order.md").write_text(ARTICLE, encoding="utf-8")
        settings = load(file)
        migrate.upgrade(app.location_of(settings))
        async with app.running(settings) as running:
            channel = running.channels["try"]
            assert isinstance(channel, Loopback)
            began, worked = time.perf_counter(), time.process_time()
            for number in range(many):
                await channel.say("flood@example.test", f"When will my parcel {number} arrive?", f"f{number}")
            took, worked = time.perf_counter() - began, time.process_time() - worked
            waited = await _answered(channel)
    figures = {
        "questions": many,
        "a_minute": round(60 * many / took),
        "cpu_ms": significant(1000 * worked / many),
        "another_waits_s": significant(waited),
        "answers_to_the_flood": sum(one.address == "flood@example.test" for one in channel.sent),
    }
    return figures, [
        Goal("questions a minute of one visitor", 10_000, figures["a_minute"], at_least=True),
        Goal("seconds until another one is answered", 2, figures["another_waits_s"]),
    ]


async def _answered(channel: Loopback) -> float:
    """Seconds from a customer's question to its answer, looked for ten times a second."""

    async def there() -> bool:
        return any(one.address == "ada@example.test" for one in channel.sent)

    began = time.perf_counter()
    await channel.say("ada@example.test", "When will my parcel arrive?", "a1")
    await program.until(there, "an answer to another customer")
    return time.perf_counter() - began


if __name__ == "__main__":
    program.run("flood", measure)
