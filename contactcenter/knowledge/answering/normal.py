"""Any text made tame, and its words: the only door by which text of customers and articles comes into this package.

Before it: whatever people and machines write. After it: lexical, spelling and the encoder, which may then trust that a
text is short, printable and in one form. Total and linear: junk of any length becomes a little text, or none.
"""

import re
import unicodedata

LONGEST = 2000  # letters that are read; the question of a long mail is told at its beginning
MOST_WORDS, LONGEST_WORD = 300, 40

_WORD = re.compile(r"\w+")
_INVISIBLE = {"Cc": " ", "Zl": " ", "Zp": " ", "Cf": "", "Cs": "", "Co": "", "Cn": ""}


def tame(text: str) -> str:
    """The beginning of a text in Unicode's compatible form (𝓘 is I), without control, direction and unknown signs."""
    text = unicodedata.normalize("NFKC", text[:LONGEST])[:LONGEST]
    if not text.isprintable():
        text = "".join(_INVISIBLE.get(unicodedata.category(letter), letter) for letter in text)
    return " ".join(text.split())


def words_of(tamed: str) -> list[str]:
    """The words of a tame text in lower case: letters, digits and what joins them; no punctuation."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(tamed.lower())[:MOST_WORDS]]
