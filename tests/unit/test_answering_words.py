"""What the answerer makes of any text: tame, in words, mended, alike by its letters."""

import numpy as np
import pytest

from contactcenter.knowledge.answering.corpus import corpus_of
from contactcenter.knowledge.answering.lexical import Lexical
from contactcenter.knowledge.answering.normal import LONGEST, tame, words_of
from contactcenter.knowledge.answering.spelling import Spelling
from contactcenter.knowledge.answering.wordpiece import WordPiece
from contactcenter.knowledge.articles import Article

SAMPLES = ("Where is my parcel?", "How do I send shoes back?", "My invoice is missing", "Wo ist mein Paket?")


@pytest.mark.parametrize(
    ("text", "tamed"),
    [
        ("  Where\n\tis   it? ", "Where is it?"),
        ("𝓘 𝔀𝓪𝓷𝓽 it", "I want it"),
        ("a\x00b\x07c", "a b c"),
        ("\u202eparcel\u202c\u200b here\u200f", "parcel here"),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_a_text_is_made_tame(text: str, tamed: str) -> None:
    assert tame(text) == tamed


def test_of_a_long_text_the_beginning_is_read() -> None:
    assert len(tame("word " * 300_000)) <= LONGEST
    assert len(tame("ﷺ" * 5000)) <= LONGEST  # one sign that becomes eighteen


def test_words_are_lower_case_and_without_punctuation() -> None:
    assert words_of("Grüße, it's 5: A_b!") == ["grüße", "it", "s", "5", "a_b"]


def test_texts_are_alike_by_words_and_by_letters() -> None:
    lexical = Lexical.of(SAMPLES)
    assert lexical.similar("Where is my parcel?").argmax() == 0
    assert lexical.similar("invoices missing").argmax() == 2  # another ending
    assert lexical.similar("Paketverfolgung").argmax() == 3  # part of a compound


def test_a_text_is_wholly_like_itself_and_not_at_all_like_nothing() -> None:
    lexical = Lexical.of(SAMPLES)
    assert np.allclose([lexical.similar(text)[place] for place, text in enumerate(SAMPLES)], 1, atol=1e-5)
    assert not lexical.similar("").any()
    assert not lexical.similar("zzz").any()


def test_often_and_seldom_parts_count_alike_whether_listed_or_in_rows() -> None:
    many = [f"{text} {number}" for number in range(40) for text in SAMPLES]
    lexical = Lexical.of(many)
    alone = np.array([Lexical.of(many).similar(text)[place] for place, text in enumerate(many[:8])])
    assert np.allclose(alone, 1, atol=1e-5)
    assert lexical.similar("parcel").argmax() % 4 == 0


def test_an_error_is_mended_by_the_words_of_the_base() -> None:
    spelling = Spelling(SAMPLES, knows=lambda word: word in ("where", "parse"))
    assert spelling.mended("wher is my pracel") == "where is my parcel"
    assert spelling.mended("my invocie, please") == "my invoice please"


def test_what_is_no_error_is_left_alone() -> None:
    spelling = Spelling(SAMPLES, knows=lambda word: word == "parse")
    for text in ("Where is my parcel?", "parse", "my", "p4rcel", "something else entirely"):
        assert spelling.mended(text) == text


def test_without_a_dictionary_only_the_surest_errors_are_mended() -> None:
    spelling = Spelling(SAMPLES)
    assert spelling.mended("my parcl") == "my parcel"
    assert spelling.mended("my prcl") == "my prcl"


def test_words_are_cut_into_the_pieces_an_encoder_knows() -> None:
    pieces = WordPiece(["[CLS]", "[SEP]", "[UNK]", "par", "##cel", "?", "paket", "你", "cafe"])
    assert pieces.numbers("Parcel?", 16) == [0, 3, 4, 5, 1]
    assert pieces.numbers("你你 Café parc " + "x" * 100, 16) == [0, 7, 7, 8, 2, 2, 1]
    assert pieces.numbers("parcel " * 50, 6) == [0, 3, 4, 3, 4, 1]
    assert pieces.numbers("", 16) == [0, 1]


def test_an_article_is_its_title_its_questions_and_a_few_sentences_that_count_less() -> None:
    article = Article(
        "order", "Where is my order?", "It is *here* now. Look there first. No.", ("Has it been sent?", "where is it\n")
    )
    corpus = corpus_of([article, Article("empty", "Empty", "Empty")])
    assert corpus.texts[:3] == ("Where is my order?", "Has it been sent?", "where is it")
    assert corpus.texts[3:5] == ("It is here now.", "Look there first.")
    assert corpus.owners.tolist() == [0, 0, 0, 0, 0, 1]
    assert corpus.asked.tolist() == [0, 1, 2, 5]
    assert 0 < float(corpus.counts[3]) < 1


def test_a_corpus_of_other_texts_has_another_digest() -> None:
    one = corpus_of([Article("a", "Title", "Text of it.")])
    assert one.digest() == corpus_of([Article("a", "Title", "Text of it.")]).digest()
    others = [
        Article("b", "Title", "Text of it."),
        Article("a", "Titles", "Text of it."),
        Article("a", "Title", "Text."),
    ]
    assert len({one.digest(), *(corpus_of([other]).digest() for other in others)}) == 4
