"""What was learned, kept in a file of the data folder, so that a start reads it back instead of learning it again.

Between fitting and study. The file's name is the digest of all that goes into it (the texts, the encoder, the form of
this file and of the method), so a wrong one is never found; arrays and texts only, nothing in it is run. It may be
deleted at any time. One that cannot be read is learned again.
"""

import hashlib
import io
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from contactcenter.knowledge.answering.calibration import Calibrator, Promise
from contactcenter.knowledge.answering.corpus import Corpus
from contactcenter.knowledge.answering.finder import Learned, Shelf
from contactcenter.knowledge.answering.lexical import Kinds, Lexical, Lists
from contactcenter.knowledge.answering.nearness import Nearness
from contactcenter.knowledge.answering.priors import WITH_ENCODER, WITHOUT_ENCODER
from contactcenter.knowledge.answering.signals import Usual
from contactcenter.knowledge.answering.vectors import replace_file
from contactcenter.knowledge.answering.weighing import Weights

FORM = 1  # of the file and of all that decides what is in it: a change of the method is a new form

log = logging.getLogger(__name__)


class Keeping:
    """The kept indexes of one encoder (or of none); with no folder nothing is kept."""

    def __init__(self, folder: Path | None, encoder: str) -> None:
        self._folder, self._encoder = folder, encoder

    def read(self, corpus: Corpus) -> Learned | None:
        """What was learned of exactly these texts; None if that is not kept."""
        if self._folder is None:
            return None
        file = self._file(self._folder, corpus)
        try:
            with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
                return _learned(arrays)
        except FileNotFoundError:
            return None
        except Exception as error:  # a zip file can be broken in many ways
            log.warning("learned again: what was kept cannot be read", extra={"file": str(file), "reason": repr(error)})
            return None

    def write(self, corpus: Corpus, learned: Learned) -> None:
        """Keep this, and nothing older."""
        if self._folder is None:
            return
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **_arrays(learned))
        file = self._file(self._folder, corpus)
        replace_file(file, content.getvalue())
        for other in self._folder.glob("index-*.npz"):
            if other != file:
                other.unlink(missing_ok=True)

    def _file(self, folder: Path, corpus: Corpus) -> Path:
        told = hashlib.sha256(f"{FORM} {self._encoder} {corpus.digest()}".encode()).hexdigest()
        return folder / f"index-{told[:32]}.npz"


def _arrays(learned: Learned) -> dict[str, NDArray[np.generic]]:
    (shelf,), usual = learned.shelves, learned.usual
    lexical = shelf.nearness.lexical
    arrays: dict[str, NDArray[np.generic]] = {
        "slugs": _packed(learned.slugs),
        "texts": _packed(shelf.texts),
        "parts": _packed(lexical.kinds.parts),
        "part_weights": lexical.kinds.weights,
        **{f"list_{name}": array for name, array in lexical.lists._asdict().items()},
        "owners": shelf.owners,
        "coefficients": shelf.coefficients,
        "chosen": np.array(learned.weights),
        "usual_score": np.array(usual.score),
        "usual_words": usual.words,
        "says": learned.calibrator.says,
        "promise_least": learned.promise.least,
        "promise_mean": learned.promise.mean,
    }
    if shelf.nearness.vectors is not None and usual.meaning is not None:
        arrays |= {"vectors": shelf.nearness.vectors, "usual_meaning": usual.meaning}
    return arrays


def _learned(arrays: np.lib.npyio.NpzFile) -> Learned:
    texts, with_encoder = _unpacked(arrays["texts"]), "vectors" in arrays
    lists = Lists(arrays["list_starts"], arrays["list_texts"], arrays["list_values"])
    lexical = Lexical(Kinds(_unpacked(arrays["parts"]), arrays["part_weights"]), lists, len(texts))
    nearness = Nearness(lexical, arrays["vectors"] if with_encoder else None)
    weights = Weights(*arrays["chosen"].tolist())
    usual = Usual(
        score=float(arrays["usual_score"]),
        words=arrays["usual_words"],
        meaning=arrays["usual_meaning"] if with_encoder else None,
        sharpness=weights.sharpness,
    )
    prior = WITH_ENCODER if with_encoder else WITHOUT_ENCODER
    return Learned(
        slugs=_unpacked(arrays["slugs"]),
        shelves=(Shelf(nearness, texts, arrays["owners"], arrays["coefficients"]),),
        weights=weights,
        usual=usual,
        calibrator=Calibrator(prior, arrays["says"]),
        promise=Promise(arrays["promise_least"], arrays["promise_mean"]),
    )


def _packed(texts: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\0".join(texts).encode(), np.uint8)


def _unpacked(packed: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(packed.tobytes().decode().split("\0")) if len(packed) else ()
