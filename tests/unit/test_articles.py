"""Articles are read whole or named with file, line, reason and remedy; the others of the folder work."""

import inspect
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.knowledge import articles, folder, front
from contactcenter.knowledge.articles import Article, ArticleError, packed, passage_for, unpacked
from contactcenter.knowledge.folder import Changed, Found
from contactcenter.knowledge.front import as_markdown, read_article

GOOD = "---\ntitle: Where is my order?\n---\nUnder Orders.\n"


def write(place: Path, name: str, text: str | bytes) -> Path:
    file = place / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def look(place: Path) -> list[Found]:
    return list(folder.look(place).values())


def read(place: Path) -> list[Article]:
    return [file.article for file in look(place) if file.article is not None]


def test_a_whole_article_is_read(tmp_path: Path) -> None:
    text = (
        "---\ntitle: ' Returns '\nquestions: ['How?', Why]\nlanguage: de\naudience: agents\nchecked: 2026-11-01\n"
        "owner: Sam\nvariants: {telegram: Send it., site: ' '}\n---\n"
    )
    write(tmp_path, "returns.md", text + "# Returns\n\nSend it back.\n\nThe rest.")
    article = read(tmp_path)[0]
    assert (article.slug, article.title, article.language, article.audience) == ("returns", "Returns", "de", "agents")
    assert (article.questions, article.checked, article.owner) == (("How?", "Why"), date(2026, 11, 1), "Sam")
    assert article.passage == "Send it back.", "the first paragraph that is no heading"
    assert article.variants == (("telegram", "Send it."),)


def test_a_channel_has_its_own_passage_by_its_name_or_its_kind() -> None:
    article = Article("a", "A", "The passage.", variants=(("bot", "By the bot."), ("telegram", "Short.")))
    assert passage_for(article, "bot", "telegram") == "By the bot."
    assert passage_for(article, "other", "telegram") == "Short."
    assert passage_for(article, "webchat") == passage_for(article) == "The passage."


def test_the_example_in_the_manual_is_an_article() -> None:
    described = inspect.cleandoc(inspect.getdoc(articles) or "").split("\n\n")[1]
    article = read_article("example", inspect.cleandoc(described) + "\n", "the docstring")
    assert article.questions == ("When will it arrive?", "Has my parcel been sent?")


def test_articles_of_folders_in_folders_are_read_and_windows_line_ends_too(tmp_path: Path) -> None:
    write(tmp_path, "a/b/deep.md", GOOD)
    write(tmp_path, "windows.md", b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    write(tmp_path, "notes.txt", "not an article")
    write(tmp_path, ".draft.md", "somebody is at it")
    write(tmp_path, ".git/x.md", "nor is this")
    assert sorted(article.slug for article in read(tmp_path)) == ["deep", "windows"]


@pytest.mark.parametrize(
    ("text", "line", "reason", "remedy"),
    [
        ("No front matter.", 1, "does not begin with front matter", "begin it with a line of ---"),
        ("", 1, "does not begin with front matter", "begin it with"),
        ("---\ntitle: A\nText", 1, "front matter is not closed", "add a line of ---"),
        ("---\ntitle: A\nlanguage: [A\n---\nText", 3, "not valid YAML", "quote texts"),
        ("---\nquestions: [When?, Why?]\n---\nText", 2, "not valid YAML", "quote texts with ? or :"),
        ("---\n- A\n---\nText", 1, "has no keys", "add a line such as title:"),
        ("---\n---\nText", 1, "has no keys", "add a line such as title:"),
        ("---\nlanguage: en\n---\nText", 1, "has no title", "add a line such as title:"),
        ("---\ntitle: ' '\n---\nText", 2, "has no title", "add a line such as title:"),
        ("---\ntitle: 7\n---\nText", 2, "has no title", "add a line such as title:"),
        ("---\ntitle: A\n---\n \n", 3, "has no text", "write some or remove"),
        ("---\ntitle: A\n---", 3, "has no text", "write some or remove"),
        ("---\ntitle: A\ntags: x\n---\nText", 3, "unknown key 'tags'", "remove it, known are asks, audience, checked"),
        ("---\ntitle: A\n1: x\nz: y\n---\nText", 3, "unknown key '1'", "remove it"),
        ("---\ntitle: A\naudience: all\n---\nText", 3, "audience is 'all'", "it can be public or agents"),
        ("---\ntitle: A\naudience: [a]\n---\nText", 3, "audience is ['a']", "it can be public or agents"),
        ("---\ntitle: A\nquestions: When?\n---\nText", 3, "must be a list of texts", "quote those with a colon"),
        ("---\ntitle: A\nquestions: [1]\n---\nText", 3, "must be a list of texts", "quote those"),
        ("---\ntitle: A\nlanguage: no\n---\nText", 3, "language is False", "quote it"),
        ("---\ntitle: A\nlanguage: a b\n---\nText", 3, "language is 'a b'", "write a code"),
        ("---\ntitle: A\nchecked: soon\n---\nText", 3, "checked is 'soon'", "write a date such as 2026-11-01"),
        ("---\ntitle: A\nchecked: 2026-13-01\n---\nText", 1, "month must be in 1..12", "correct it"),
        ("---\ntitle: A\nchecked: 2026-11-01 10:00:00\n---\nText", 3, "checked is datetime", "write a date such as"),
        ("---\ntitle: A\nvariants: short\n---\nText", 3, "variants must be texts by channel", "such as {telegram"),
        ("---\ntitle: A\nvariants: {A B: x}\n---\nText", 3, "variants names 'A B'", "no channel's name or kind"),
        ("---\ntitle: A\nvariants: {telegram: 1}\n---\nText", 3, "the variant for telegram must be a text", "at most"),
        (f"---\ntitle: {'[' * 30_000}\n---\nText", 1, "not valid YAML", ""),
        (f"---\nx: {'y' * front.HEAD_LIMIT}\n---\nText", 1, "longer than", "shorten it"),
        (b"---\ntitle: A\nowner: \xff\n---\nText", 3, "cannot be read as UTF-8", "save it as UTF-8"),
        (b"---\ntitle: A\n---\nText\n\0", 5, "NUL", "remove it"),
    ],
)
def test_a_refusal_names_the_file_the_line_the_reason_and_the_remedy(
    tmp_path: Path, text: str | bytes, line: int, reason: str, remedy: str
) -> None:
    write(tmp_path, "bad.md", text)
    write(tmp_path, "good.md", GOOD)
    bad, good = look(tmp_path)
    told = str(bad.fault)
    assert told.startswith(f"bad.md:{line}: ")
    assert reason in told
    assert remedy in told
    assert "\n" not in told
    assert good.article is not None


def test_what_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    write(tmp_path, "large.md", GOOD + "x" * front.LIMIT)
    assert str(look(tmp_path)[0].fault).startswith("large.md: larger than")


def test_of_two_articles_of_one_name_the_second_is_skipped(tmp_path: Path) -> None:
    write(tmp_path, "a/returns.md", GOOD)
    write(tmp_path, "b/returns.md", GOOD)
    first, second = look(tmp_path)
    assert first.article is not None
    assert str(second.fault) == (
        "b/returns.md: there is another article named returns, a/returns.md; rename one of the files"
    )


def test_what_did_not_change_is_not_read_again_and_a_double_is_read_once_it_is_none(tmp_path: Path) -> None:
    first = write(tmp_path, "a/returns.md", GOOD)
    write(tmp_path, "b/returns.md", GOOD)
    write(tmp_path, "c.md", GOOD)
    before = folder.look(tmp_path)
    again = folder.look(tmp_path, before)
    assert [one is other for one, other in zip(before.values(), again.values(), strict=True)] == [True, False, True]
    first.unlink()
    after = folder.look(tmp_path, again)
    assert [file.article is not None for file in after.values()] == [True, True]
    write(tmp_path, "c.md", GOOD + "More.")
    assert "More." in str(list(folder.look(tmp_path, after).values())[1].article)


def test_a_name_that_no_address_can_have_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "a\nb.md").write_text(GOOD)
    assert "cannot be an article's name" in str(look(tmp_path)[0].fault)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="is not a folder; create it or correct the setting"):
        look(tmp_path / "missing")


def test_the_sample_articles_can_be_used() -> None:
    found = look(Path(__file__).parents[2] / "config/examples/articles")
    assert found
    assert [file.fault for file in found if file.fault] == []


def test_a_file_is_written_only_over_what_was_looked_at(tmp_path: Path) -> None:
    digest = folder.write(tmp_path, "in/returns.md", GOOD, "")
    assert (tmp_path / "in/returns.md").read_text() == GOOD
    with pytest.raises(Changed):
        folder.write(tmp_path, "in/returns.md", "other", "")
    write(tmp_path, "in/returns.md", "by hand")
    with pytest.raises(Changed):
        folder.write(tmp_path, "in/returns.md", "other", digest)
    with pytest.raises(Changed):
        folder.remove(tmp_path, "in/returns.md", digest)
    assert (tmp_path / "in/returns.md").read_text() == "by hand"
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["returns.md"], "nothing is left beside it"
    folder.remove(tmp_path, "in/returns.md", folder.digest_of(tmp_path / "in/returns.md"))
    folder.remove(tmp_path, "in/returns.md", digest)
    assert look(tmp_path) == []


LINES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=60)
TITLES = LINES.map(lambda text: " ".join(text.split())).filter(bool)
TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), max_size=200)
ARTICLES = st.builds(
    Article,
    slug=st.just("a"),
    title=TITLES,
    text=TEXTS.map(str.strip).filter(bool),
    questions=st.lists(TITLES, max_size=3).map(tuple),
    language=st.sampled_from(["en", "de", "no", "pt-BR"]),
    audience=st.sampled_from(["public", "agents"]),
    checked=st.none() | st.dates(),
    owner=st.just("") | TITLES,
    variants=st.dictionaries(st.sampled_from(["bot", "telegram"]), TEXTS.map(str.strip).filter(bool)).map(
        lambda said: tuple(sorted(said.items()))
    ),
)


@given(ARTICLES)
def test_what_is_written_reads_back_the_same(article: Article) -> None:
    assert read_article("a", as_markdown(article), "a.md") == article
    assert unpacked("a", *packed(article)) == article


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda raw: b"---\n" + raw + b"\n---\nText"))
def test_junk_is_refused_and_nothing_worse(raw: bytes) -> None:
    with suppress(ArticleError):
        read_article("a", front.decoded(raw, "a.md"), "a.md")
