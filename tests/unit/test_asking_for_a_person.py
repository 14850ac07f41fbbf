"""Who asks for a person is understood, in eight languages and with slips of the finger; who speaks of people is not."""

import pytest

from contactcenter.knowledge.person import asks_for_person
from contactcenter.knowledge.words import readable, words_of


def asks(text: str) -> bool:
    return asks_for_person(words_of(readable(text)))


@pytest.mark.parametrize(
    "text",
    [
        "Can I talk to a person?",
        "can i tlak to a persn please",
        "I want to spaek to a humen",
        "please connect me with a real human",
        "transfer me to an agent",
        "pass this on to your supervisor",
        "I need a human",
        "give me an operator",
        "human please",
        "HUMAN!!!",
        "agent",
        "representative",
        "real person",
        "I don't want to talk to a robot, I want a human",
        "Why can't I speak with someone?",
        "Order 4711, order 4711, and let me talk to somebody at last",
        "Ich möchte mit einem Menschen sprechen",
        "Kann ich bitte mit jemandem reden?",
        "mit einem mitarbieter sprechen",
        "Verbinden Sie mich mit einem Berater",
        "Mensch bitte",
        "Ich will einen echten Menschen",
        "Ich will mit keinem Bot reden, gib mir einen Mitarbeiter",
        "Je voudrais parler à quelqu'un",
        "Puis-je parler à un conseiller ?",
        "Quiero hablar con una persona",
        "¿Puedo hablar con un agente?",
        "Vorrei parlare con un operatore",
        "Posso parlare con qualcuno?",
        "Kan ik iemand spreken?",
        "Ik wil graag een medewerker spreken",
        "Chcę rozmawiać z konsultantem",
        "Proszę połączyć mnie z człowiekiem",
        "Bir insanla görüşmek istiyorum",
        "Müşteri temsilcisine bağlanmak istiyorum, temsilciyle görüşmek",
        "İnsan lütfen",
    ],
)
def test_whoever_asks_for_a_person_is_understood(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The agent of my insurance called",
        "A person like you is rare",
        "humane",
        "personal",
        "How do I transfer money to somebody else?",
        "Can I forward my parcel to a person in Austria?",
        "How do I connect my printer?",
        "I don't want to talk to a person",
        "Ich will nicht mit jemandem sprechen",
        "Wie viele Personen passen in das Zelt?",
        "Where is my order?",
        "Wo ist mein Paket?",
        "Combien de personnes ?",
        "When will my parcel arrive?",
        "Can my child pay with my card?",
    ],
)
def test_speaking_of_people_is_not_asking_for_one(text: str) -> None:
    assert not asks(text)


def test_what_turns_the_text_around_hides_nothing() -> None:
    assert asks("can I t\u200bal\u202ek to a per\u00adson")
