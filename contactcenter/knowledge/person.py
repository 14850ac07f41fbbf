"""Does a customer ask for a person? In eight languages, slips of the finger included, whatever else they say.

Asked before anything else, at any time (knowledge/talk). Errs on the side of people: who speaks of talking to somebody
is passed on to somebody.
"""

from itertools import pairwise
from typing import NamedTuple

from contactcenter.knowledge.words import Word, among, listed

NEAR = 6  # words between the verb and whom they want to talk to
WANTED = 4  # words behind "I want" or "give me"
ALONE = 5  # words of a message that says nothing else

# Real words that are a slip away from one of ours.
OTHERS = listed("humane personal personally personen passen persons agents agency mention menschlich operation")


class Language(NamedTuple):
    """`verbs` go with any of `whom`; `wishes` with `people` alone, who can be nobody else than a person of ours."""

    verbs: frozenset[str]
    wishes: frozenset[str]
    people: frozenset[str]
    anybody: frozenset[str]


def _language(verbs: str, wishes: str, people: str, anybody: str) -> Language:
    return Language(*map(listed, (verbs, wishes, people, anybody)))


LANGUAGES = (
    _language(
        "talk talking speak chat connect transfer pass forward contact escalate",
        "want need give get prefer like",
        "person human agent operator representative advisor",
        "somebody someone colleague staff employee supervisor people",
    ),
    _language(
        "sprechen spreche sprich reden verbinden verbinde verbindet weiterleiten durchstellen chatten telefonieren",
        "will möchte brauche geben gib hätte",
        "mensch menschen mitarbeiter mitarbeiterin mitarbeitern berater beraterin ansprechpartner kundenberater",
        "jemand jemandem jemanden person kollege kollegen kollegin",
    ),
    _language(
        "parler parle discuter contacter joindre transférer passez passer",
        "veux voudrais souhaite besoin",
        "humain humaine conseiller conseillère opérateur opératrice agent",
        "personne quelqu'un vrai",
    ),
    _language(
        "hablar hable comunicarme contactar pasarme conectar conectarme pasame",
        "quiero quisiera necesito dame",
        "persona humano agente asesor operador",
        "alguien",
    ),
    _language(
        "parlare parlo contattare passami passarmi chattare",
        "voglio vorrei",
        "persona umano operatore operatrice agente",
        "qualcuno",
    ),
    _language("spreken praten doorverbinden verbinden chatten", "wil graag", "mens persoon medewerker", "iemand"),
    _language(
        "rozmawiać porozmawiać połącz połączyć połączenie pogadać",
        "chcę potrzebuję",
        "człowiek człowiekiem człowieka konsultant konsultantem pracownik pracownikiem",
        "osoba osobą kimś ktoś",
    ),
    _language(
        "görüşmek görüşebilir görüşeyim konuşmak konuşabilir bağla bağlan bağlayın bağlar aktar aktarın",
        "istiyorum lütfen",
        "insan insanla temsilci temsilciyle temsilcisi temsilcisiyle yetkili yetkiliyle görevli",
        "biri biriyle kişi kişiyle",
    ),
)
REAL = listed("real live actual echter echten echtem richtigen menschlichen vrai vraie verdadera gerçek prawdziwym")
MOVING = listed("connect transfer pass forward")  # one can transfer money, too: these need somebody who is moved
MOVED = listed("me us this it")
NOT = listed("not don't dont never nicht kein keinem pas niet nie non")
MACHINES = listed("bot robot machine computer chatbot maschine roboter automat ki ai ia")
POLITE = listed(
    "a an the please now to with some pls plz bitte einen eine einem einer ein mit un une le por favor una con "
    "s'il vous plait een alstublieft per favore prosze lutfen bir hello hi hallo i me my customer service"
)


def asks_for_person(words: list[Word]) -> bool:
    """Do these words of a message ask for a person?"""
    said = [word.text for word in words]
    return _alone(said) or _a_real_one(said) or any(_in(language, said) for language in LANGUAGES)


def _alone(said: list[str]) -> bool:
    """The message says whom they want and nothing else."""
    if not 0 < len(said) <= ALONE:
        return False
    whom = [word for word in said if any(_is(word, language.people) for language in LANGUAGES)]
    rest = [word for word in said if word not in whom]
    return bool(whom) and all(word in POLITE or word in REAL for word in rest)


def _a_real_one(said: list[str]) -> bool:
    pairs = pairwise(said)
    return any(
        word in REAL and any(_is(whom, language.people | language.anybody) for language in LANGUAGES)
        for word, whom in pairs
    )


def _in(language: Language, said: list[str]) -> bool:
    whom = [place for place, word in enumerate(said) if _is(word, language.people)]
    anybody = whom + [place for place, word in enumerate(said) if _is(word, language.anybody)]
    if not anybody:
        return False
    for place, word in enumerate(said):
        near = any(0 < abs(place - one) <= NEAR for one in anybody)
        if near and _is(word, language.verbs) and _moves(said, place) and _meant(said, place):
            return True
        if word in language.wishes and any(0 < one - place <= WANTED for one in whom) and _meant(said, place):
            return True
    return False


def _moves(said: list[str], place: int) -> bool:
    return said[place] not in MOVING or any(word in MOVED for word in said[place + 1 : place + 2])


def _meant(said: list[str], place: int) -> bool:
    """Nobody denies it; "not to a robot" is no denial."""
    denied = any(word in NOT for word in said[max(0, place - 3) : place])
    return not denied or any(word in MACHINES for word in said)


def _is(word: str, meant: frozenset[str]) -> bool:
    return word not in OTHERS and among(word, meant)
