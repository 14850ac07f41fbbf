"""Who learns the articles, and when: at once what can be learned at once, the rest in the background.

Between knowledge/assistant, which asks for an answerer whenever articles have changed, and fitting, steps and keeping.
A small base is learned at once, a kept one read back, a few changes taken in as a step; after a step, or when there is
more to learn than that, it is `behind` until somebody calls `catch_up` in a thread of its own.
"""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from contactcenter.knowledge.answerer import Answerer, Ranked
from contactcenter.knowledge.answering.corpus import Corpus, corpus_of
from contactcenter.knowledge.answering.encoder import Encoder
from contactcenter.knowledge.answering.finder import Finder, Learned
from contactcenter.knowledge.answering.fitting import fitted
from contactcenter.knowledge.answering.keeping import Keeping
from contactcenter.knowledge.answering.numbers import Floats
from contactcenter.knowledge.answering.steps import stepped
from contactcenter.knowledge.answering.vectors import Vectors
from contactcenter.knowledge.articles import Article

SMALL = 250  # texts that are learned at once: well under a second, their vectors aside

log = logging.getLogger(__name__)


class Nothing:
    """Knows no article."""

    def rank(self, text: str, limit: int = 3) -> Sequence[Ranked]:
        """None."""
        return ()

    def enough(self, precision: float) -> float:
        """Nothing is ever enough."""
        return 1.0


class Study:
    """Learns articles. Threads may share it: one learns, the others wait."""

    def __init__(self, encoder: Encoder | None = None, folder: Path | None = None) -> None:
        """`folder`: where vectors and what was learned are kept; without one, nowhere."""
        self._encoder = encoder
        self._vectors = Vectors(encoder, folder) if encoder else None
        self._keeping = Keeping(folder, encoder.name if encoder else "")
        self._lock, self._encoding = threading.Lock(), threading.Lock()
        self._whole: tuple[Corpus, Learned] | None = None  # what was learned last from scratch
        self._wanted: Corpus | None = None  # what is to be, while that is something else

    @property
    def behind(self) -> bool:
        """Whether there is something to catch up with."""
        return self._wanted is not None

    def learn(self, articles: Sequence[Article]) -> Answerer:
        """Who knows these articles, as well as can be told at once."""
        corpus = corpus_of(articles)
        with self._lock:
            self._wanted = None
            if not corpus.texts:
                return Nothing()
            if learned := self._keeping.read(corpus):
                return self._now_whole(corpus, learned)
            if len(corpus.texts) <= SMALL:
                learned = fitted(corpus, self._of(corpus.texts))
                self._keep(corpus, learned)
                return self._now_whole(corpus, learned)
            self._wanted = corpus
            if self._whole is None:
                log.info("the assistant hands over until it has learned", extra={"texts": len(corpus.texts)})
                return Nothing()
            before, learned = self._whole
            return Finder(stepped(learned, before, corpus, self._of), self._encoder)

    def catch_up(self) -> Answerer | None:
        """Learn from scratch what was last wanted, and keep it; None if meanwhile something else is wanted."""
        corpus, began = self._wanted, monotonic()
        if corpus is None:
            return None
        learned = fitted(corpus, self._of(corpus.texts))
        with self._lock:
            if self._wanted is not corpus:
                return None
            self._wanted = None
            found = self._now_whole(corpus, learned)
        self._keep(corpus, learned)
        log.info("learned", extra={"texts": len(corpus.texts), "seconds": round(monotonic() - began, 1)})
        return found

    def give_up(self) -> None:
        """Leave it at what was learned, until articles change again."""
        self._wanted = None

    def _now_whole(self, corpus: Corpus, learned: Learned) -> Finder:
        self._whole = corpus, learned
        return Finder(learned, self._encoder)

    def _of(self, texts: Sequence[str]) -> Floats | None:
        """Their vectors, where there is an encoder; one thread computes at a time."""
        if self._vectors is None:
            return None
        with self._encoding:
            return self._vectors.of(texts)

    def _keep(self, corpus: Corpus, learned: Learned) -> None:
        try:
            self._keeping.write(corpus, learned)
            if self._vectors is not None:
                with self._encoding:
                    self._vectors.keep(corpus.texts)
        except OSError as error:  # a full disk costs the next start some time, nothing else
            log.warning("what was learned is not kept", extra={"reason": error.strerror})
