"""Text as Telegram counts it, and what it marks up, made readable.

Offsets and limits are in UTF-16 code units (Bot API: MessageEntity): an emoji is two. Used by parsing.py for what comes
in and by sending.py for what leaves. Total: entities that lie beyond the text, or over each other, harm nothing.
"""

from collections.abc import Iterator, Sequence

from contactcenter.channels.telegram.wire import Entity

ENTITIES = 100  # of one message; Telegram allows no more
LINE_END = "\n".encode("utf-16-le")
QUOTES = ("blockquote", "expandable_blockquote")


def units(text: str) -> int:
    """Its length as Telegram counts it."""
    return len(text) + sum(char > "\uffff" for char in text)


def beginning(text: str, limit: int) -> str:
    """As much of it as has room in so many code units; no character is cut in two."""
    return _encoded(text[:limit])[: 2 * limit].decode("utf-16-le", "ignore")


def readable(text: str, entities: Sequence[Entity]) -> str:
    """The text with what its markup says in words: where links lead, what is quoted or struck out."""
    if not entities:
        return text
    encoded = _encoded(text)
    added = sorted(_added(encoded, entities[:ENTITIES]))
    pieces, at = [], 0
    for place, words in added:
        pieces += [encoded[at : 2 * place], _encoded(words)]
        at = 2 * place
    pieces.append(encoded[at:])
    return b"".join(pieces).decode("utf-16-le", "replace")


def stretch(text: str, entity: Entity) -> str:
    """What an entity covers."""
    return _stretch(_encoded(text), entity).decode("utf-16-le", "replace")


def shortened(text: str, limit: int) -> str:
    """On one line, at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _added(encoded: bytes, entities: Sequence[Entity]) -> Iterator[tuple[int, str]]:
    """Words and the place they are put in at, in code units."""
    end = len(encoded) // 2
    quotes = []
    for entity in entities:
        first, last = min(entity.offset, end), min(entity.offset + entity.length, end)
        if first == last:
            continue
        match entity.type:
            case "text_link" if _stretch(encoded, entity).decode("utf-16-le", "replace") != entity.url:
                yield last, f" ({entity.url})"
            case "strikethrough":
                yield from ((first, "~~"), (last, "~~"))
            case kind if kind in QUOTES:
                quotes.append((first, last))
    yield from ((place, "> ") for place in _lines(encoded, sorted(quotes)))


def _lines(encoded: bytes, stretches: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Where lines begin in these stretches, each once however they overlap."""
    done = 0
    for first, last in stretches:
        if first >= done:
            yield first
        at = encoded.find(LINE_END, 2 * max(first, done - 1), 2 * last)
        while at >= 0:
            if at % 2 == 0 and at // 2 + 1 < last:
                yield at // 2 + 1
            at = encoded.find(LINE_END, at + 1, 2 * last)
        done = max(done, last)


def _stretch(encoded: bytes, entity: Entity) -> bytes:
    return encoded[2 * entity.offset : 2 * (entity.offset + entity.length)]


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")
