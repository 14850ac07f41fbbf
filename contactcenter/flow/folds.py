"""What a reader of a text may skip, as a message keeps it: quotes and signatures.

Made by the channel, kept beside the text by flow/inbound, read by the assistant and by screens. Nothing is ever taken
out of the text itself.
"""

from collections.abc import Iterable

import msgspec

from contactcenter.model.values import Fold

_decode = msgspec.json.Decoder(tuple[Fold, ...]).decode


def kept(folds: tuple[Fold, ...]) -> str:
    """As the row keeps them; blank for none."""
    return msgspec.json.encode(folds).decode() if folds else ""


def read(kept: str) -> tuple[Fold, ...]:
    """From the row."""
    return _decode(kept) if kept else ()


def unfolded(text: str, folds: Iterable[Fold]) -> str:
    """The text without these stretches, and without the space around it."""
    pieces, at = [], 0
    for fold in folds:
        pieces.append(text[at : fold.start])
        at = fold.end
    return "".join([*pieces, text[at:]]).strip()
