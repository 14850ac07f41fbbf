"""What of people's words can stand in an article: the question in a line, and what several replies say alike.

Used by knowledge/gaps and knowledge/samples. Takes sentences as they were written and leaves some out; it never writes
one. A sentence of a reply stays only where other customers were told it too: so greetings, names and what concerns one
person fall away.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from contactcenter.knowledge.lines import folded, short
from contactcenter.knowledge.private import GONE, redacted

GIST = 200  # characters of a question
READ = 1_000  # characters of a question in which it is looked for
CLEAR = 5  # words that stand by themselves
TEXT = 4_000  # characters of a reply
SENTENCES = 60  # and lines
OTHERS = 30  # replies that a sentence is looked for in
ALIKE = 0.7  # of the words of two sentences, in both
ENOUGH = 3  # customers who were told it
MANY = 4  # groups to which the same is said,
SHARE = 0.1  # … and the share of all of them
LEAST = 20  # characters of a text that is worth an article

_BETWEEN = re.compile(r"(?<=[.!?])\s+|\n")  # sentences
_GREETING = re.compile(
    r"\s*(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening|day)|hallo|guten (?:tag|morgen|abend)|moin"
    r"|liebe[rs]?|sehr geehrte[rs]?|bonjour|bonsoir|hola|buenos d[ií]as|ciao|buongiorno)"
    r"(?:\s[^\s,.!?]{1,20}){0,3}\s*(?:[,.!]+|\n|\Z)\s*",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:(?:best|kind|warm|many|with) ){0,2}(?:regards|wishes|greetings)|yours(?: \w+)?|sincerely|cheers"
    r"|all the best|many thanks|thanks|thank you"
    r"|(?:mit )?(?:freundliche|viele|beste|liebe|herzliche)[nr]? gr(?:ü|ue)(?:ß|ss)en?"
    r"|cordialement|saludos|--|—)"
    r"(?:\s[^\s,.!?]{1,20}){0,3}(?:,\s*(?-i:[A-ZÀ-Þ]\S{0,20}\s?){1,3})?\s*[,.!]*\s*\Z",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w@]+")


class Reply(NamedTuple):
    """What people answered one customer, and the names of those who took part."""

    ticket: int
    customer: int
    text: str
    names: tuple[str, ...]


def gist(question: str, names: Iterable[str] = ()) -> str:
    """The sentence that asks, with nothing personal in it; blank where there is none."""
    text = _ungreeted(question[:READ])
    said = [sentence for piece in _BETWEEN.split(text) if len(sentence := " ".join(piece.split())) > 3]
    asking = next((n for n, sentence in enumerate(said) if sentence.endswith("?") and len(sentence.split()) > 2), None)
    if asking is None:
        found = max(said[:3], key=len, default="")
    else:  # "Where is it?" needs what was said before it
        found = " ".join(said[asking - (asking > 0 and len(said[asking].split()) < CLEAR) : asking + 1])
    return _capital(short(redacted(found, names), GIST))


def usual(told: Sequence[Sequence[str]]) -> frozenset[str]:
    """Sentences of the replies to many groups, as `folded` has them: politeness, and no answer to any."""
    counts: Counter[str] = Counter()
    for replies in told:
        counts.update({folded(piece) for reply in replies for line in body(reply) for piece in line})
    return frozenset(text for text, count in counts.items() if count >= max(MANY, SHARE * len(told)))


def common(replies: Sequence[Reply], polite: frozenset[str] = frozenset()) -> str:
    """What the first reply says and the others say too; blank where that is not worth an article.

    `polite`: what is said to everybody, and is left out.
    """
    if len({reply.customer for reply in replies}) < ENOUGH:
        return ""
    central = replies[0]
    others = [reply for reply in replies[1:] if reply.customer != central.customer][:OTHERS]
    known = [(reply.customer, [_words(piece) for line in body(reply.text) for piece in line]) for reply in others]
    lines = []
    for line in body(central.text):
        own = [piece for piece in line if folded(piece) not in polite and not _names(piece, central.names)]
        kept = [piece for piece in own if _told(_words(piece), known)]
        lines.append(" ".join(kept) if kept or not line else None)
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line for line in lines if line is not None)).strip()
    return _capital(text) if len(text) >= LEAST else ""


def body(text: str) -> list[list[str]]:
    """The sentences of a reply by line, without its greeting and without what closes it."""
    lines: list[list[str]] = []
    room = SENTENCES
    for line in _ungreeted(text[:TEXT].strip()).split("\n")[:SENTENCES]:
        pieces = _BETWEEN.split(line, maxsplit=SENTENCES)[:room]
        room -= len(pieces)
        lines.append([" ".join(piece.split()) for piece in pieces if piece.strip()])
    for number, said in enumerate(lines):
        if number and said and _CLOSING.match(" ".join(said)):
            return lines[:number]
    return lines


def _ungreeted(text: str) -> str:
    greeting = _GREETING.match(text)
    return text[greeting.end() :] if greeting else text


def _told(words: frozenset[str], known: Sequence[tuple[int, Sequence[frozenset[str]]]]) -> bool:
    """Were enough other customers told this? Its numbers and addresses have to be the same."""
    exact = frozenset(word for word in words if "@" in word or not word.isalpha())
    told = {
        customer
        for customer, sentences in known
        if any(exact <= other and len(words & other) >= ALIKE * len(words | other) for other in sentences)
    }
    return bool(words) and len(told) >= ENOUGH - 1


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _names(sentence: str, names: Sequence[str]) -> bool:
    """Does it name somebody who took part?"""
    return redacted(sentence, names).count(GONE) > redacted(sentence).count(GONE)


def _words(sentence: str) -> frozenset[str]:
    return frozenset(_WORD.findall(sentence.casefold()))
