"""all-MiniLM-L6-v2 as a forward pass in numpy: a text becomes numbers, alike where meanings are.

Before it: weights (proven and mapped) and wordpiece. After it: vectors, which keeps what was computed. Six layers of
attention and a feed-forward net (Wang et al. 2020), the mean over the pieces, length 1. The last layer was trained to
tell what a text is about; an earlier one, which has some of the likeness, still knows how it was asked. About 12 ms
on one core for a question; what is longer than MOST pieces is cut, so no text costs more than about 100 ms.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from contactcenter.knowledge.answering.numbers import Floats
from contactcenter.knowledge.answering.weights import DIGEST, read_vocabulary, read_weights
from contactcenter.knowledge.answering.wordpiece import WordPiece

WIDTH, HEADS, LAYERS = 384, 12, 6
EARLY, EARLY_SHARE = 3, 0.15  # the layer, and its share of the likeness
MOST = 128  # pieces; half of what it was trained with, and four times a long question
BATCH = 32  # texts computed at once: enough to keep the products large, few enough to stop soon
EPSILON = 1e-12  # of BERT's layer norm


@lru_cache(maxsize=1)
def opened(folder: Path) -> "MiniLM":
    """The encoder of a folder, once for a process. Raises EncoderError."""
    return MiniLM(folder)


class MiniLM:
    """The encoder of a folder. Threads may share it: it never changes. Raises EncoderError when made."""

    name = f"all-MiniLM-L6-v2-{DIGEST[:8]}-{EARLY}-{EARLY_SHARE}"  # what computes otherwise has another name
    width = 2 * WIDTH

    def __init__(self, folder: Path) -> None:
        self._pieces = WordPiece(read_vocabulary(folder))
        arrays = read_weights(folder)
        self._words, self._places, self._kind = (
            arrays[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
        )
        self._first = _norm_of(arrays, "embeddings.LayerNorm")
        self._layers = [_Layer(arrays, f"encoder.layer.{number}.") for number in range(LAYERS)]

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row of length 1 for each text."""
        numbers = [self._pieces.numbers(text, MOST) for text in texts]
        rows = np.empty((len(texts), self.width), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(numbers[at]))  # like lengths together: little padding
        for begin in range(0, len(order), BATCH):
            batch = order[begin : begin + BATCH]
            rows[batch] = self._forward([numbers[at] for at in batch])
        return rows

    def knows(self, word: str) -> bool:
        """Whether a word in lower case is one it was trained on as a whole."""
        return self._pieces.knows(word)

    def _forward(self, batch: Sequence[Sequence[int]]) -> Floats:
        longest = max(len(numbers) for numbers in batch)
        table = np.array([[*numbers, *[0] * (longest - len(numbers))] for numbers in batch])
        there = np.array([[1.0] * len(numbers) + [0.0] * (longest - len(numbers)) for numbers in batch], np.float32)
        state = _normed(self._words[table] + self._places[:longest] + self._kind[0], *self._first)
        masked = (there[:, None, None, :] - 1) * 1e9
        early = state
        for number, layer in enumerate(self._layers, 1):
            state = layer(state, masked)
            early = state if number == EARLY else early
        late_part, early_part = math.sqrt(1 - EARLY_SHARE), math.sqrt(EARLY_SHARE)
        return np.concatenate([late_part * _mean(state, there), early_part * _mean(early, there)], axis=1)


def _mean(state: Floats, there: Floats) -> Floats:
    """The direction of a text's pieces together."""
    mean = np.einsum("btw,bt->bw", state, there)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), dtype=np.float32)


class _Layer:
    """One layer: every piece looks at every other, then each is worked on alone."""

    def __init__(self, arrays: dict[str, Floats], name: str) -> None:
        asks = [_linear_of(arrays, f"{name}attention.self.{part}") for part in ("query", "key", "value")]
        self._asks = np.concatenate([weight for weight, _ in asks], axis=1)  # one product instead of three
        self._asks_bias = np.concatenate([bias for _, bias in asks])
        self._joined = _linear_of(arrays, f"{name}attention.output.dense")
        self._after_joined = _norm_of(arrays, f"{name}attention.output.LayerNorm")
        self._wide = _linear_of(arrays, f"{name}intermediate.dense")
        self._narrow = _linear_of(arrays, f"{name}output.dense")
        self._after_narrow = _norm_of(arrays, f"{name}output.LayerNorm")

    def __call__(self, state: Floats, masked: Floats) -> Floats:
        state = _normed(state + _through(self._attended(state, masked), *self._joined), *self._after_joined)
        wide = _gelu(_through(state, *self._wide))
        return _normed(state + _through(wide, *self._narrow), *self._after_narrow)

    def _attended(self, state: Floats, masked: Floats) -> Floats:
        texts, pieces, _ = state.shape
        asked = _through(state, self._asks, self._asks_bias).reshape(texts, pieces, 3, HEADS, WIDTH // HEADS)
        query, key, value = asked.transpose(2, 0, 3, 1, 4)
        looks = query @ key.transpose(0, 1, 3, 2)
        looks *= 1 / math.sqrt(WIDTH / HEADS)
        looks += masked
        np.exp(looks - looks.max(axis=-1, keepdims=True), out=looks)
        looks /= looks.sum(axis=-1, keepdims=True)
        return np.asarray((looks @ value).transpose(0, 2, 1, 3).reshape(texts, pieces, WIDTH))


def _linear_of(arrays: dict[str, Floats], name: str) -> tuple[Floats, Floats]:
    return np.ascontiguousarray(arrays[f"{name}.weight"].T), np.array(arrays[f"{name}.bias"])


def _norm_of(arrays: dict[str, Floats], name: str) -> tuple[Floats, Floats]:
    return np.array(arrays[f"{name}.weight"]), np.array(arrays[f"{name}.bias"])


def _through(state: Floats, weight: Floats, bias: Floats) -> Floats:
    flat = state.reshape(-1, state.shape[-1]) @ weight
    flat += bias
    return flat.reshape(*state.shape[:-1], -1)


def _normed(state: Floats, gain: Floats, bias: Floats) -> Floats:
    centred = state - state.mean(axis=-1, keepdims=True)
    spread = np.einsum("...w,...w->...", centred, centred)[..., None] / state.shape[-1]
    centred /= np.sqrt(spread + np.float32(EPSILON))
    centred *= gain
    centred += bias
    return np.asarray(centred)


def _gelu(state: Floats) -> Floats:
    """x times the normal distribution at x, by Abramowitz and Stegun 7.1.26: within 2e-7, and numpy has no erf."""
    size = np.abs(state) * np.float32(math.sqrt(0.5))
    near = 1 / (1 + np.float32(0.3275911) * size)
    factors = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
    tail = np.zeros_like(near)
    for factor in factors:
        tail += np.float32(factor)
        tail *= near
    tail *= np.exp(-size * size)
    return np.asarray(0.5 * state * (1 + np.sign(state) * (1 - tail)), dtype=np.float32)
