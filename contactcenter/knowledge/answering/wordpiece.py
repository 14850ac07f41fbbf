"""WordPiece: a text as the numbers of the pieces an encoder was trained on (Devlin et al. 2019, the uncased form).

Before it: knowledge/answering/normal, which makes any text tame. After it: minilm. Linear in the text: a word is cut
greedily, longest piece first, and one of more than LONGEST letters is unknown, so no word costs more than that.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

LONGEST = 64  # letters of a word that is looked up
START, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"


class WordPiece:
    """Knows a vocabulary. Threads may share it."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self._start, self._end, self._unknown = (self._numbers[mark] for mark in (START, END, UNKNOWN))
        self._cut = lru_cache(maxsize=20_000)(self._pieces)

    def numbers(self, text: str, most: int) -> list[int]:
        """The text's pieces between start and end; at most `most` in all."""
        found = [self._start]
        for word in words_of(text):
            found.extend(self._cut(word))
            if len(found) >= most:
                break
        return [*found[: most - 1], self._end]

    def knows(self, word: str) -> bool:
        """Whether a word in lower case is a piece by itself."""
        return word in self._numbers

    def _pieces(self, word: str) -> tuple[int, ...]:
        if len(word) > LONGEST:
            return (self._unknown,)
        found, begin = [], 0
        while begin < len(word):
            end, prefix = len(word), "##" if begin else ""
            while end > begin and prefix + word[begin:end] not in self._numbers:
                end -= 1
            if end == begin:
                return (self._unknown,)
            found.append(self._numbers[prefix + word[begin:end]])
            begin = end
        return tuple(found)


def words_of(text: str) -> Iterator[str]:
    """Lower case, without accents; each sign of punctuation and each Chinese character is a word of its own."""
    word: list[str] = []
    for letter in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(letter)
        if kind == "Mn":
            continue
        alone = _is_punctuation(letter, kind) or _is_chinese(letter)
        if (alone or kind[0] in "ZC") and word:
            yield "".join(word)
            word = []
        if alone:
            yield letter
        elif kind[0] not in "ZC":
            word.append(letter)
    if word:
        yield "".join(word)


def _is_punctuation(letter: str, kind: str) -> bool:
    """All of Unicode's, and every sign of ASCII that is neither letter nor digit, such as $ and ^."""
    return kind[0] == "P" or (letter < "\x7f" and letter > " " and not letter.isalnum())


def _is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff" or "\u3400" <= letter <= "\u4dbf" or "\U00020000" <= letter <= "\U0002fa1f"
