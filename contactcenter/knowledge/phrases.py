"""What the assistant says besides answers, by language: built in for English and German, a desk's own words before.

Made by `app` from [assistant.texts.<language>], read by knowledge/talk. Which language a text is in is guessed by its
commonest words, and only among those the assistant has words in.
"""

from collections.abc import Mapping

import msgspec

from contactcenter.knowledge.words import Word, listed


class Texts(msgspec.Struct, frozen=True):
    """The phrases of one language. {name} is filled in where it stands."""

    hello: str
    welcome: str
    bye: str
    machine: str
    how: str
    which: str
    rest: str
    offer: str
    again: str
    cancel: str
    cancelled: str
    not_found: str
    email: str
    order_number: str
    phone: str
    number: str
    date: str
    text: str


ENGLISH = Texts(
    hello="Hello! How can I help you?",
    welcome="You are welcome!",
    bye="Goodbye!",
    machine="I am a program that answers common questions. If you want to talk to a person, just say so.",
    how="Thank you, all is well here. How can I help you?",
    which="Which of these do you mean?",
    rest="The rest of what you asked goes to a colleague, who will answer you here.",
    offer="I can look that up for you.",
    again="I could not make anything of that.",
    cancel="Cancel",
    cancelled="All right, no more of that. Is there anything else I can help you with?",
    not_found="I found nothing under that.",
    email="What is your e-mail address?",
    order_number="What is your order number?",
    phone="What is your telephone number?",
    number="What is the number?",
    date="Which day is it about? Please write it like 2026-11-30.",
    text="Please tell me: {name}.",
)
GERMAN = Texts(
    hello="Hallo! Wie kann ich Ihnen helfen?",
    welcome="Gern geschehen!",
    bye="Auf Wiedersehen!",
    machine="Ich bin ein Programm, das häufige Fragen beantwortet. Wenn Sie mit einem Menschen sprechen möchten, sagen "
    "Sie es einfach.",
    how="Danke, hier ist alles gut. Wie kann ich Ihnen helfen?",
    which="Was davon meinen Sie?",
    rest="Das Übrige geht an eine Kollegin oder einen Kollegen; die Antwort kommt hier.",
    offer="Ich kann das für Sie nachsehen.",
    again="Damit konnte ich nichts anfangen.",
    cancel="Abbrechen",
    cancelled="Gut, lassen wir das. Kann ich sonst noch etwas für Sie tun?",
    not_found="Darunter habe ich nichts gefunden.",
    email="Wie lautet Ihre E-Mail-Adresse?",
    order_number="Wie lautet Ihre Bestellnummer?",
    phone="Wie lautet Ihre Telefonnummer?",
    number="Wie lautet die Nummer?",
    date="Um welchen Tag geht es? Bitte schreiben Sie ihn wie 30.11.2026.",
    text="Bitte nennen Sie mir: {name}.",
)
TEXTS = Texts.__struct_fields__
BUILT_IN = {"en": ENGLISH, "de": GERMAN}

COMMON = {
    "en": listed("the a is are you i my to of and do does how what when where can it for not this that have with"),
    "de": listed(
        "der die das ein eine ist sind sie ich mein meine zu von und wie was wann wo kann es für nicht auf mit haben "
        "habe mir mich wird bitte den dem"
    ),
    "fr": listed("le la les un une est je vous mon ma et de du que quand où comment pas pour avec votre ce"),
    "es": listed("el la los un una es yo mi y de que cuándo dónde cómo no para con su mis está"),
    "it": listed("il lo la un una è io mio mia e di che quando dove come non per con suo sono"),
    "nl": listed("de het een is zijn ik mijn en van wat wanneer waar hoe niet voor met kan u jullie"),
    "pl": listed("i w na z do jest nie czy jak kiedy gdzie mój moja moje mam się że"),
    "tr": listed("ve bir bu ne nasıl nerede zaman benim için mi mı değil var siparişim"),
}


class Phrases:
    """The texts of every language the assistant has words in, one of which is said where none fits."""

    def __init__(self, own: Mapping[str, Mapping[str, str]] | None = None, default: str = "en") -> None:
        known = dict(BUILT_IN)
        for language, texts in (own or {}).items():
            said = {name: text for name, text in texts.items() if text}
            known[language] = msgspec.structs.replace(known.get(language, ENGLISH), **said)
        self._known = known
        self.default = default if default in known else "en"

    def of(self, language: str) -> Texts:
        return self._known.get(language) or self._known[self.default]

    def language_of(self, words: list[Word], before: str) -> str:
        """Of a text, where its words tell; else what was spoken before, else the desk's."""
        counts = {
            language: sum(word.text in COMMON[language] for word in words)
            for language in self._known
            if language in COMMON
        }
        best = max(counts, key=lambda language: counts[language], default="")
        others = [count for language, count in counts.items() if language != best]
        if best and counts[best] and counts[best] > max(others, default=0):
            return best
        return before or self.default
