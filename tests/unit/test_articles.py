"""Articles are read whole or refused by name, with the reason and what to do."""

import inspect
from datetime import date
from pathlib import Path

import pytest

from contactcenter.knowledge import articles
from contactcenter.knowledge.articles import ArticleError, load_folder, read_article

GOOD = "---\ntitle: Where is my order?\n---\nUnder Orders.\n"


def write(folder: Path, name: str, text: str | bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_whole_article_is_read(tmp_path: Path) -> None:
    text = (
        "---\ntitle: ' Returns '\nquestions: ['How?', Why]\nlanguage: de\naudience: agents\nchecked: 2026-11-01\n---\n"
    )
    write(tmp_path, "returns.md", text + "# Returns\n\nSend it back.\n\nThe rest.")
    article = load_folder(tmp_path)[0]
    assert (article.slug, article.title, article.language, article.audience) == ("returns", "Returns", "de", "agents")
    assert (article.questions, article.checked) == (("How?", "Why"), date(2026, 11, 1))
    assert article.passage == "Send it back.", "the first paragraph that is no heading"


def test_the_example_in_the_manual_is_an_article() -> None:
    described = inspect.cleandoc(inspect.getdoc(articles) or "").split("\n\n")[1]
    article = read_article("example", inspect.cleandoc(described) + "\n", "the docstring")
    assert article.questions == ("When will it arrive?", "Has my parcel been sent?")


def test_articles_of_folders_in_folders_are_read_and_windows_line_ends_too(tmp_path: Path) -> None:
    write(tmp_path, "a/b/deep.md", GOOD)
    write(tmp_path, "windows.md", GOOD.replace("\n", "\r\n"))
    write(tmp_path, "notes.txt", "not an article")
    assert sorted(article.slug for article in load_folder(tmp_path)) == ["deep", "windows"]


@pytest.mark.parametrize(
    ("text", "reason", "remedy"),
    [
        ("No front matter.", "does not begin with front matter", "begin it with a line of ---"),
        ("", "does not begin with front matter", "begin it with"),
        ("---\ntitle: A\nText", "front matter is not closed", "add a line of ---"),
        ("---\ntitle: [A\n---\nText", "not valid YAML", "quote texts"),
        ("---\nquestions: [When?, Why?]\n---\nText", "not valid YAML", "quote texts with ? or :"),
        ("---\n- A\n---\nText", "has no keys", "add a line such as title:"),
        ("---\nlanguage: en\n---\nText", "has no title", "add a line such as title:"),
        ("---\ntitle: ' '\n---\nText", "has no title", "add a line such as title:"),
        ("---\ntitle: 7\n---\nText", "has no title", "add a line such as title:"),
        ("---\ntitle: A\n---\n \n", "has no text", "write some or remove"),
        ("---\ntitle: A\ntags: x\n---\nText", "unknown key 'tags'", "remove it, known are asks, audience, checked"),
        ("---\ntitle: A\n1: x\nz: y\n---\nText", "unknown key '1'", "remove it"),
        ("---\ntitle: A\naudience: all\n---\nText", "audience is 'all'", "it can be public or agents"),
        ("---\ntitle: A\nquestions: When?\n---\nText", "must be a list of texts", "quote those with a colon"),
        ("---\ntitle: A\nquestions: [1]\n---\nText", "must be a list of texts", "quote those"),
        ("---\ntitle: A\nlanguage: no\n---\nText", "language is False", "quote it"),
        ("---\ntitle: A\nchecked: soon\n---\nText", "checked is 'soon'", "write a date such as 2026-11-01"),
        ("---\ntitle: A\nchecked: 2026-11-01 10:00:00\n---\nText", "checked is datetime", "write a date such as"),
        (b"---\ntitle: \xff\n---\nText", "cannot be read as UTF-8", "save it as UTF-8"),
        ("---\ntitle: A\n---\n" + "x" * articles.LIMIT, "larger than", "split it"),
    ],
)
def test_a_refusal_names_the_file_the_reason_and_the_remedy_in_one_line(
    tmp_path: Path, text: str | bytes, reason: str, remedy: str
) -> None:
    file = write(tmp_path, "bad.md", text)
    with pytest.raises(ArticleError) as refused:
        load_folder(tmp_path)
    told = str(refused.value)
    assert told.startswith(f"{file}: ")
    assert reason in told
    assert remedy in told
    assert "\n" not in told


def test_two_articles_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a/returns.md", GOOD)
    second = write(tmp_path, "b/returns.md", GOOD)
    with pytest.raises(ArticleError, match="another article named returns; rename one") as refused:
        load_folder(tmp_path)
    assert str(second) in str(refused.value)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="is not a folder; create it or correct the setting"):
        load_folder(tmp_path / "missing")


def test_the_sample_articles_can_be_used() -> None:
    assert load_folder(Path(__file__).parents[2] / "config/examples/articles")
