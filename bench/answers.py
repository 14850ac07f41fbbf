"""How articles are found: the interface of a question set's scorer, and what a question, a start and learning cost.

    python score.py --adapter bench.answers:build
    python -m bench.answers [--quick] [--texts 10000,100000] [--articles 1000]

`build` is given articles, each {id, title, answer, samples}, and nothing that will be asked. ANSWERS_ENCODER=none
measures without the encoder, a folder with another one. Run as a program it prints JSON: milliseconds of CPU for a
question over made-up articles, seconds for learning them, for a start that reads them back, and for one article more.
The made-up samples have made-up vectors, so that it does not take a quarter of an hour; questions are really encoded.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from contactcenter.knowledge.answerer import Answerer, Ranked
from contactcenter.knowledge.answering.corpus import corpus_of
from contactcenter.knowledge.answering.encoder import Encoder
from contactcenter.knowledge.answering.finder import Finder
from contactcenter.knowledge.answering.fitting import fitted
from contactcenter.knowledge.answering.minilm import MiniLM, opened
from contactcenter.knowledge.answering.numbers import Floats
from contactcenter.knowledge.answering.study import Study
from contactcenter.knowledge.answering.weights import installed_folder
from contactcenter.knowledge.articles import Article

T = TypeVar("T")

ASKED = 200
SYLLABLES = ["ba", "co", "di", "fu", "ga", "he", "ji", "ka", "lo", "me", "ni", "pu", "ra", "se", "ti", "vo"]
FRAMES = [
    "How do I {}?",
    "my {} does not work",
    "Where can I find the {}",
    "I want to {} now",
    "is there a {} for that",
]


class Adapter:
    """A finder as the scorer asks it."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def rank(self, text: str) -> Sequence[Ranked]:
        """The three articles nearest to a text, each with the probability that it is right."""
        return self._finder.rank(text)

    def answers(self, text: str, precision: float) -> str | None:
        """The article to answer by if so many answers are to be right; None: a person is asked."""
        ranked = self._finder.rank(text)
        return ranked[0].slug if ranked and ranked[0].probability >= self._finder.enough(precision) else None


class Drawn:
    """The encoder for one text at a time; for many it draws vectors, which are as long and take no time."""

    def __init__(self, real: MiniLM) -> None:
        self.name, self.width, self.knows, self._real = f"drawn-{real.name}", real.width, real.knows, real

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row for each text."""
        import numpy as np  # not before the package above has told it to compute on one thread

        if len(texts) == 1:
            return self._real.encode(texts)
        seeds = (zlib.crc32(text.encode()) for text in texts)
        rows = np.stack([np.random.default_rng(seed).standard_normal(self.width) for seed in seeds])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def build(articles: Sequence[Mapping[str, Any]], language: str) -> Adapter:
    """Learns the articles from scratch."""
    corpus = corpus_of([article_of(told, language) for told in articles])
    encoder = encoder_of()
    return Adapter(Finder(fitted(corpus, encoder.encode(corpus.texts) if encoder else None), encoder))


def article_of(told: Mapping[str, Any], language: str) -> Article:
    """An article of a set as one of ours."""
    return Article(told["id"], told["title"], told["answer"], tuple(told["samples"]), language)


def encoder_of() -> MiniLM | None:
    """The encoder to measure with."""
    wish = os.environ.get("ANSWERS_ENCODER", "")
    if wish == "none":
        return None
    folder = Path(wish) if wish else installed_folder()
    return opened(folder) if folder else None


def made_up(articles: int, texts: int) -> list[Article]:
    """So many articles with so many titles and samples together, in words that nobody has."""
    draw = random.Random(0)
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 4))) for _ in range(3000)]
    found = []
    for number in range(articles):
        own = draw.sample(words, 12)
        said = [draw.choice(FRAMES).format(" ".join(draw.choices(own, k=4))) for _ in range(texts // articles)]
        found.append(Article(f"article-{number}", said[0], said[0], tuple(said[1:])))
    return found


def measured(articles: int, texts: int, encoder: Encoder | None) -> dict[str, Any]:
    """What a base of that size costs."""
    known = made_up(articles, texts)
    with tempfile.TemporaryDirectory() as folder:
        study = Study(encoder, Path(folder))
        study.learn(known)
        learned, answerer = timed(study.catch_up)
        start, read = timed(lambda: Study(encoder, Path(folder)).learn(known))
        new = Article("new", "Who mends a zipper?", "Our tailor does.", ("torn zipper", "the zip is stuck"))
        step, stepped = timed(lambda: study.learn([*known, new]))
    return {
        "articles": articles, "texts": texts, "encoder": encoder is not None,
        "learn_s": round(learned, 2), "start_s": round(start, 3), "step_s": round(step, 3),
        "found_after_step": all(stepped.rank(text)[0].slug == "new" for text in (new.title, *new.questions)),
        **question_times(answerer or read, known),
    }  # fmt: skip


def question_times(answerer: Answerer, known: Sequence[Article]) -> dict[str, float]:
    """Milliseconds of CPU for questions like the samples."""
    draw, took = random.Random(1), []
    for _ in range(ASKED):
        sample = draw.choice(draw.choice(known).questions or (known[0].title,))
        words = sample.split()
        draw.shuffle(words)
        seconds, _ = timed(partial(answerer.rank, " ".join(words)))
        took.append(1000 * seconds)
    return {"p50_ms": round(statistics.median(took), 2), "p99_ms": round(sorted(took)[int(0.99 * ASKED)], 2)}


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of CPU, and what came of it."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def main() -> None:
    """Measure with and without the encoder, and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="a thousand texts only")
    arguments.add_argument("--texts", default="1000,10000,100000")
    arguments.add_argument("--articles", type=int, default=1000)
    args = arguments.parse_args()
    sizes = [1000] if args.quick else [int(size) for size in args.texts.split(",")]
    real = encoder_of()
    encoders: list[Encoder | None] = [None, *([Drawn(real)] if real else [])]
    runs = [measured(min(args.articles, size // 10), size, encoder) for encoder in encoders for size in sizes]
    print(json.dumps({"bench": "answers", "runs": runs}, indent=1))


if __name__ == "__main__":
    main()
