"""Data that an article asks for, step by step, and the tool that is asked with them: read from its front matter.

    asks:
      - {name: order, kind: order_number, question: What is your order number?}
      - {name: pin, kind: number, pattern: "[0-9]{4}", secret: true}
    lookup: {tool: orders, answer: "Your order {order} is {state}."}

Read by knowledge/articles, used by knowledge/talk. A pattern is an author's, the text it meets is anybody's: patterns
that could take long on some text are refused, and texts are cut off before.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from contactcenter.knowledge.words import readable

KINDS = ("text", "number", "email", "order_number", "phone", "date")
MOST = 8  # data of one article
VALUE_LIMIT = 300  # characters
PIECES = 60  # of a text in which a datum is looked for

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_MAIL = re.compile(r"[^\s@<>()\[\]\",;:]{1,64}@[^\s@<>()\[\]\",;:]{1,190}")
_PHONE = re.compile(r"\+?\d[\d ()/.-]{4,22}\d")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ORDER = re.compile(r"(?=[^0-9]{0,29}[0-9])[A-Za-z0-9][A-Za-z0-9/_-]{2,29}")
_NUMBER = re.compile(r"[0-9][0-9.,]{0,29}")
_PLACE = re.compile(r"\{([a-z][a-z0-9_]{0,30})\}")
_STEEP = re.compile(r"\)[*+{]|\\[1-9]|\(\?[^:]")  # a group that repeats, or looks around
_REPEATS = re.compile(r"[*+{|]|(?<!\()\?")  # and what may be there or not, or be one of two
REPEATS = 3  # in one pattern: each multiplies the time


@dataclass(frozen=True, slots=True)
class Ask:
    """A datum to ask for. `question` is blank where the usual one for its kind will do."""

    name: str
    kind: str = "text"
    question: str = ""
    pattern: str = ""  # that the whole of it matches, in any case
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """The tool to ask, one of [lookups.<name>], and what is said of what it tells."""

    tool: str
    answer: str


def read_asks(value: Any) -> tuple[Ask, ...]:
    """From front matter. Raises ValueError with what is wrong and the remedy."""
    if not isinstance(value, list) or len(value) > MOST:
        raise ValueError(f"asks must be a list of at most {MOST}, such as [{{name: order, kind: order_number}}]")
    asks = tuple(_read_ask(item) for item in value)
    if len({ask.name for ask in asks}) < len(asks):
        raise ValueError("asks names one datum twice; give each a name of its own")
    return asks


def read_lookup(value: Any, asks: tuple[Ask, ...]) -> Lookup | None:
    """From front matter. Raises ValueError."""
    if value is None:
        return None
    known = isinstance(value, dict) and set(value) == {"tool", "answer"}
    if not known or not all(isinstance(text, str) and text.strip() for text in value.values()):
        raise ValueError('lookup must have tool and answer, such as {tool: orders, answer: "It is {state}."}')
    if not asks:
        raise ValueError("lookup has nothing to look up by; add asks, such as [{name: order, kind: order_number}]")
    return Lookup(value["tool"], value["answer"].strip())


def asked(ask: Ask) -> dict[str, Any]:
    """As it stands in front matter."""
    usual = asdict(Ask(ask.name))
    return {key: value for key, value in asdict(ask).items() if key == "name" or value != usual[key]}


def take(ask: Ask, text: str) -> str:
    """The datum in what the customer typed; blank where there is none."""
    said = readable(text).strip()
    if ask.pattern:
        pattern = re.compile(ask.pattern, re.IGNORECASE)
        return next((piece for piece in _pieces(said) if pattern.fullmatch(piece)), "")
    match ask.kind:
        case "email":
            return mail_in(said)
        case "phone":
            found = _PHONE.search(said)
            return found[0] if found else ""
        case "date":
            return _day_in(said)
        case "order_number":
            return next((piece for piece in _pieces(said) if _ORDER.fullmatch(piece)), "")
        case "number":
            return next((piece for piece in _pieces(said) if _NUMBER.fullmatch(piece)), "")
        case _:
            return " ".join(said.split())[:VALUE_LIMIT]


def take_ahead(ask: Ask, text: str) -> str:
    """The same in a question that was not asked for it: only what can hardly be anything else."""
    return take(ask, text) if ask.kind in ("email", "order_number", "date") and not ask.secret else ""


def mail_in(text: str) -> str:
    """The first e-mail address in a text; blank where there is none."""
    found = _MAIL.search(text) if "@" in text else None
    address = found[0].strip(".!?'") if found else ""
    return address if "." in address.rpartition("@")[2].strip(".") else ""


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its places filled in, once; blank where a value is missing."""
    if any(not values.get(name) for name in _PLACE.findall(template)):
        return ""
    return _PLACE.sub(lambda place: values[place[1]], template)


def _read_ask(item: Any) -> Ask:
    if not isinstance(item, dict) or set(item) - {"name", "kind", "question", "pattern", "secret"}:
        raise ValueError("each of asks has name, and may have kind, question, pattern and secret, and nothing else")
    name, kind = item.get("name"), item.get("kind", "text")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"asks has the name {name!r}; a name is of a-z, 0-9 and _, and begins with a letter")
    if kind not in KINDS:
        raise ValueError(f"asks {name} is of kind {kind!r}; it can be {', '.join(KINDS)}")
    question, secret = item.get("question", ""), item.get("secret", False)
    if not isinstance(question, str) or not isinstance(secret, bool):
        raise ValueError(f"asks {name}: question is a text, secret is true or false")
    return Ask(name, kind, question.strip(), _pattern(name, item.get("pattern")), secret)


def _pattern(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 100:
        raise ValueError(f"asks {name}: pattern must be a text of at most 100 characters, in quotes")
    if _STEEP.search(value) or len(_REPEATS.findall(value)) > REPEATS:
        raise ValueError(
            f"asks {name}: the pattern could take long on some text; repeat no group, and at most {REPEATS} times"
        )
    try:
        re.compile(value, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"asks {name}: the pattern is no regular expression: {error}") from None
    return value


def _pieces(text: str) -> list[str]:
    """What a datum can be: the whole text, or a word of it."""
    words = text[: VALUE_LIMIT * 4].split()[:PIECES]
    return [text[:100], *(word.strip(".,;:!?#()\"'")[:100] for word in words)]


def _day_in(text: str) -> str:
    """As 2026-11-30."""
    iso, dotted = _ISO.search(text), _DOTTED.search(text)
    year, month, day = iso.groups() if iso else reversed(dotted.groups()) if dotted else ("0", "0", "0")
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
