"""Vectors of texts, computed once: kept by the text's digest, in memory and in a file of the data folder.

Between the encoder and fitting. A row is kept as whole numbers from -127 to 127 and one factor, a quarter of what
it was, which changes no answer; rows are always rounded so, whether they come from the file or from the encoder, and
the same base always learns the same. The file is only ever replaced as a whole and may be deleted at any time.
"""

import hashlib
import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from contactcenter.knowledge.answering.encoder import Encoder
from contactcenter.knowledge.answering.numbers import Floats

NAME = 16  # bytes of a text's digest
AT_ONCE = 256  # texts given to the encoder in one go

log = logging.getLogger(__name__)


class Vectors:
    """The vectors of one encoder. One thread at a time."""

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        self._encoder = encoder
        self._record = np.dtype([("name", f"V{NAME}"), ("factor", "<f4"), ("row", "i1", (encoder.width,))])
        self._file = folder / f"vectors-{encoder.name}.bin" if folder else None
        self._known: dict[bytes, np.void] = self._read()

    def of(self, texts: Sequence[str]) -> Floats:
        """A row for each tame text, in their order."""
        named = {_name(text): text for text in texts}
        missing = [name for name in named if name not in self._known]
        for begin in range(0, len(missing), AT_ONCE):
            some = missing[begin : begin + AT_ONCE]
            self._add(some, self._encoder.encode([named[name] for name in some]))
        found = np.array([self._known[_name(text)] for text in texts], self._record)
        return np.asarray(found["row"] * found["factor"][:, None], dtype=np.float32)

    def keep(self, texts: Iterable[str]) -> None:
        """Write the vectors of these texts to the file, and forget all others."""
        names = dict.fromkeys(_name(text) for text in texts)
        self._known = {name: self._known[name] for name in names if name in self._known}
        if self._file is not None:
            replace_file(self._file, np.array(list(self._known.values()), self._record).tobytes())

    def _add(self, names: Sequence[bytes], rows: Floats) -> None:
        records = np.zeros(len(names), self._record)
        factors = np.abs(rows).max(axis=1) / 127
        records["factor"] = factors
        records["row"] = np.rint(rows / factors[:, None])
        for name, record in zip(names, records, strict=True):
            record["name"] = np.void(name)
            self._known[name] = record

    def _read(self) -> dict[bytes, np.void]:
        try:
            raw = self._file.read_bytes() if self._file else b""
        except OSError:  # not there yet, or not to be read: then they are computed
            return {}
        if len(raw) % self._record.itemsize:
            log.warning("vectors are computed again: their file is cut off", extra={"file": str(self._file)})
            return {}
        return {bytes(record["name"]): record for record in np.frombuffer(raw, self._record)}


def replace_file(file: Path, content: bytes) -> None:
    """A whole file or the one before, whatever happens meanwhile; it is a cache, so nothing is forced to the disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{os.getpid()}.new")
    beside.write_bytes(content)
    beside.replace(file)


def _name(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=NAME).digest()
