"""What is said between questions: greetings, thanks, goodbyes, "ok", whether it helped, whether this is a machine.

Asked by knowledge/talk about each sentence. A sentence is small talk when nothing is left of it; what is left is the
question. Refuses to understand more than set phrases: what it does not know is somebody's question.
"""

from typing import NamedTuple

from contactcenter.knowledge.words import Word, alike, folded, listed

LONGEST = 8  # words of a phrase

# By kind and language. "helped" and "not helped" say how an answer was.
PHRASES = {
    (
        "greeting",
        "en",
    ): "hello|hi|hey|hiya|howdy|good morning|good afternoon|good evening|good day|greetings|hello there|"
    "are you there|anybody there|anyone there|is anybody there|is anyone there",
    (
        "greeting",
        "de",
    ): "hallo|guten tag|guten morgen|guten abend|moin|moin moin|servus|grüß gott|grüezi|hallo zusammen|"
    "ist jemand da|jemand da|ist da jemand",
    ("how", "en"): "how are you|how are you doing|how do you do|what's up|whats up|how is it going",
    ("how", "de"): "wie geht's|wie geht es dir|wie geht es ihnen|wie gehts",
    ("thanks", "en"): "thanks|thank you|thx|ty|cheers|many thanks|thanks a lot|thank you so much|thank you very much|"
    "much appreciated|thanks so much|thanks for your help|thank you for your help|thanks in advance|great thanks",
    ("thanks", "de"): "danke|danke schön|dankeschön|vielen dank|danke sehr|besten dank|herzlichen dank|danke dir|"
    "danke ihnen|tausend dank|danke für die hilfe|danke für ihre hilfe|vielen dank für die hilfe|vielen lieben dank",
    ("bye", "en"): "bye|goodbye|good bye|bye bye|see you|have a nice day|have a good day|best regards|kind regards|"
    "good night|take care|cu",
    ("bye", "de"): "tschüss|tschüs|auf wiedersehen|ciao|bis dann|schönen tag|schönen tag noch|mit freundlichen grüßen|"
    "viele grüße|liebe grüße|beste grüße|gute nacht|mfg|lg",
    ("machine", "en"): "are you a bot|are you a robot|are you human|are you a human|are you a person|are you real|"
    "am i talking to a bot|is this a bot|am i talking to a robot|are you an ai|is this a real person|who are you",
    ("machine", "de"): "bist du ein bot|sind sie ein bot|bist du ein mensch|sind sie ein mensch|bist du ein roboter|"
    "spreche ich mit einem bot|bist du eine ki|ist das ein bot|wer bist du|wer sind sie",
    ("ok", "en"): "ok|okay|yes|yep|alright|all right|i see|understood|got it|fine|sure|right|great|perfect|good|cool",
    ("ok", "de"): "ja|alles klar|verstanden|gut|prima|super|in ordnung|passt|aha|genau",
    ("helped", "en"): "that helps|that helped|it works|it works now|works now|solved|problem solved|that's it|"
    "that was it|that answers my question|it worked|that worked",
    ("helped", "de"): "das hilft|das hat geholfen|hat geholfen|es funktioniert|es funktioniert jetzt|klappt|"
    "jetzt klappt es|erledigt|gelöst|das war's|das wars|hat geklappt",
    ("no", "en"): "no|nope|no thanks|no thank you",
    ("no", "de"): "nein|nee|nein danke",
    ("not helped", "en"): "that does not help|that doesn't help|that did not help|that didn't help|not helpful|"
    "this does not help|this doesn't help|it doesn't help|doesn't help|it does not work|it doesn't work|"
    "that's not what i meant|that is not what i meant|not what i meant|not what i asked|that's not what i asked|"
    "that is not what i asked|wrong answer|that's wrong|that is wrong|that's not it|no that doesn't help|"
    "that does not answer my question|that doesn't answer my question",
    ("not helped", "de"): "das hilft nicht|das hilft mir nicht|das hilft mir nicht weiter|hilft nicht|"
    "nicht hilfreich|das hat nicht geholfen|das meinte ich nicht|das war nicht meine frage|falsche antwort|"
    "das ist falsch|das stimmt nicht|funktioniert nicht|das funktioniert nicht|geht nicht|klappt nicht",
    ("cancel", "en"): "cancel|stop|never mind|nevermind|forget it|cancel that|i changed my mind|leave it",
    ("cancel", "de"): "abbrechen|abbruch|stopp|vergiss es|egal|doch nicht|lass es|lassen sie es",
}
FILLERS = listed(
    "there all everybody everyone team you so much very please bitte sehr again then now for and und dear sir madam "
    "support liebes zusammen ihr an die das euch dir ihnen auch schon mal well oh ah just the"
)
SIGNS = {"👍": "ok", "🙏": "thanks", "👎": "not helped", "👋": "greeting", "❤": "thanks", "😊": "ok", "🙂": "ok"}
# Which tells most of a message in which several are: "Hello, that does not help, thanks".
WEIGHT = ("cancel", "not helped", "helped", "machine", "no", "thanks", "bye", "how", "greeting", "ok")


class Heard(NamedTuple):
    """What small talk there is in a sentence; `rest`: what is left of it, without a greeting before."""

    kinds: frozenset[str]
    language: str
    rest: str

    @property
    def kind(self) -> str:
        """The one that tells most; blank for none."""
        return next((kind for kind in WEIGHT if kind in self.kinds), "")


def hear(text: str, words: list[Word]) -> Heard:
    """The small talk of one sentence, and what is left of it."""
    if not words:
        signs = frozenset(kind for sign, kind in SIGNS.items() if sign in text)
        return Heard(signs, "", "" if signs else text.strip())
    kinds: set[str] = set()
    languages, place = [], 0
    while place < len(words):
        length, kind, language = _phrase_at(words, place)
        if not length:
            break
        if kind:
            kinds.add(kind)
            languages.append(language)
        place += length
    if place == len(words) and kinds:
        return Heard(frozenset(kinds), _most(languages), "")
    return Heard(frozenset(), "", _without_greeting(text, words))


def _without_greeting(text: str, words: list[Word]) -> str:
    """A question often begins with a greeting, which is no part of it; "no" and "ok" may well be."""
    length, kind, _ = _phrase_at(words, 0)
    if kind in ("greeting", "thanks") and length < len(words):
        return text[words[length].start :].strip()
    return text.strip()


def _phrase_at(words: list[Word], place: int) -> tuple[int, str, str]:
    """The longest phrase that begins here, by its words: how many, its kind, its language. A filler has no kind."""
    there = [word.text for word in words[place : place + LONGEST]]
    fitting = [
        (len(phrase), tuple(there[: len(phrase)]) == phrase, kind, language)
        for phrase, kind, language in _BY_LETTER.get(there[0][0], ())
        if len(phrase) <= len(there) and all(map(alike, there, phrase))
    ]
    if fitting:
        length, _, kind, language = max(fitting, key=lambda found: found[:2])
        return length, kind, language
    return (1, "", "") if there[0] in FILLERS else (0, "", "")


def _most(languages: list[str]) -> str:
    return max(languages, key=languages.count) if languages else ""


def _by_letter() -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
    """The phrases by the first letter of their first word: no slip changes that one."""
    found: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    for (kind, language), phrases in PHRASES.items():
        for phrase in phrases.split("|"):
            words = tuple(folded(word) for word in phrase.split())
            found.setdefault(words[0][0], []).append((words, kind, language))
    return found


_BY_LETTER = _by_letter()
