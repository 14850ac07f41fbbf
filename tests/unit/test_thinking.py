"""The assistant thinks in its own thread, and learns in another what it could not learn at once."""

import asyncio
import threading
from pathlib import Path

import pytest

from contactcenter.app import make_assistant, make_encoder
from contactcenter.doctor import examine
from contactcenter.knowledge.answering.study import SMALL
from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.assistant import Assistant
from contactcenter.settings import KnowledgeSettings, Settings, SettingsError, StoreSettings
from contactcenter.thinking import keep_learning, think

MANY = [
    Article(f"thing-{number}", f"How do I clean thing {number}?", "With a cloth.", (f"thing {number} is dirty",))
    for number in range(SMALL)
]


def settings_with(folder: Path, encoder: str) -> Settings:
    """A desk whose data and weights are in this folder."""
    knowledge = KnowledgeSettings(folder="articles", encoder=encoder)
    (folder / "articles").mkdir(exist_ok=True)
    return Settings(knowledge=knowledge, store=StoreSettings(url="sqlite:///desk.db"), folder=folder)


async def test_thinking_is_done_in_one_thread_that_is_not_the_loop_s() -> None:
    threads = await asyncio.gather(*(think(threading.get_ident) for _ in range(5)))
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


async def test_what_could_not_be_learned_at_once_is_caught_up_with() -> None:
    assistant = Assistant(MANY, 0.9, "http://desk.test")
    assert assistant.suggest("thing 7 is dirty") == ()
    learning = asyncio.create_task(keep_learning(assistant))
    async with asyncio.timeout(60):
        while not assistant.suggest("thing 7 is dirty"):
            await asyncio.to_thread(threading.Event().wait, 0.05)
    learning.cancel()
    await asyncio.gather(learning, return_exceptions=True)
    assert assistant.suggest("thing 7 is dirty")[0].article.slug == "thing-7"


def test_weights_that_are_not_what_they_should_be_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_bytes(b"no words")
    with pytest.raises(SettingsError, match=r"knowledge\.encoder: .*vocab\.txt: its SHA-256 is"):
        make_assistant(settings_with(tmp_path, "."))


def test_no_encoder_is_wanted_by_saying_so(tmp_path: Path) -> None:
    assert make_encoder(settings_with(tmp_path, "none")) is None


async def test_the_doctor_says_how_texts_are_compared(tmp_path: Path) -> None:
    told = {}
    for wish in ("none", "articles"):
        settings = settings_with(tmp_path, wish)
        told[wish] = [finding.text for finding in await examine(settings)]
    assert "assistant: knowledge.encoder is none, it compares words alone and answers less" in told["none"]
    assert any("vocab.txt: cannot be read" in text for text in told["articles"])
