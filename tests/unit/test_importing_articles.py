"""Articles are made of web pages, tables and PDF files: what people read of them, and nothing that runs or hides."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from contactcenter.knowledge.articles import ArticleError
from contactcenter.knowledge.importing import pdf
from contactcenter.knowledge.importing.escaping import begun, escaped
from contactcenter.knowledge.importing.html import as_markdown
from contactcenter.knowledge.importing.incoming import Meant, read_file, read_folder, slug_of

SHOP = """<!doctype html><html lang="de"><head><title>Returns | Shop</title><style>p{color:red}</style></head><body>
<nav><a href="/">Home</a></nav><main><h1>How do I <em>return</em> it?</h1>
<p>Send it <b>back</b> within <a href="/thirty">thirty days</a>, unused, with the label that lies in the parcel.<br>
Really_ *now*.</p><ul><li><p>One</p></li><li>Two <code>a*b</code></li></ul>
<ol><li>First<ul><li>inner</li></ul></li></ol>
<pre>x = 1
  y</pre><p># no heading</p><p>1. no list</p><blockquote><p>Quoted</p></blockquote>
<table><tr><th>A<th>B<tr><td>1<td>2</table></main><script>var a = "</p>";</script><footer>(c) Shop</footer></body>"""


def test_a_page_is_its_main_part_in_markdown() -> None:
    title, text, language = as_markdown(SHOP, "https://shop.test/help/returns")
    assert (title, language) == ("How do I return it?", "de")
    assert text.split("\n\n") == [
        "Send it **back** within [thirty days](https://shop.test/thirty), unused, with the label that lies in the "
        "parcel.  \n Really\\_ \\*now\\*.",
        "- One\n- Two `a*b`\n1. First\n   - inner",
        "```\nx = 1\n  y\n```",
        "\\# no heading",
        "1\\. no list",
        "> Quoted",
        "A | B",
        "1 | 2",
    ]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a &lt;b&gt; &amp;amp; c</p>", "a \\<b\\> &amp; c"),
        ('<p><a href="javascript:alert(1)">x</a></p>', "x"),
        ('<p><a href=" jAvAscript:x">x</a><a href="//[">y</a></p>', "xy"),
        ('<p><a href="https://x.test/a(b) c">x</a></p>', "[x](https://x.test/a%28b%29%20c)"),
        ("<p>before<!-- <p>hidden</p> -->after", "beforeafter"),
        ("<p>before<!-- never closed <p>hidden", "before"),
        ("<p>one<script>if (a < b) '</p>'</script>two", "onetwo"),
        ("<p>one<style>never closed", "one"),
        ("<template><p>hidden</p></template><p>seen", "seen"),
        ("<nav><nav>a</nav>b</nav><p>seen", "seen"),
        ("</p></b></main></ul>text", "text"),
        ("<b>never closed<p>next", "never closed\n\nnext"),
        ("<p>3 < 4 and 5 > 4", "3 \\< 4 and 5 \\> 4"),
        ("", ""),
    ],
)
def test_what_is_odd_is_read_all_the_same(markup: str, text: str) -> None:
    assert as_markdown(markup)[1] == text


@given(st.text(alphabet=st.sampled_from("<>/!-\"'=&; abphulire\n*_[]#1.`\\"), max_size=200))
def test_no_page_breaks_the_reader_and_none_brings_html(markup: str) -> None:
    _, text, _ = as_markdown(markup, "https://shop.test/")
    html = MarkdownIt("js-default", {"html": True}).render(text)
    for tag in ("<script", "<i>", "<b>", "<u>", "<a>", "<img", "<h "):
        assert tag not in html.replace("<pre", "").replace("<p>", "")


@given(st.text(max_size=60))
def test_escaped_words_are_shown_as_they_are(words: str) -> None:
    plain = " ".join(words.split())
    if (
        not plain
        or any(ord(char) < 32 for char in plain)
        or "&" in plain
        or "~" in plain
        or "=" in plain
        or "|" in plain
    ):
        return
    tokens = MarkdownIt("commonmark").parse(begun(escaped(plain)))
    inline = [token for token in tokens if token.type == "inline"]
    assert "".join(child.content for token in inline for child in token.children or ()) == plain


@pytest.mark.parametrize(
    "junk",
    ["<a '", "<b>x", "<!--", "<p ", '<a "', "<script>", "<nav>", "<ul><li>", "<", "&#", "x <b>", "\\", "<![", "</"],
)
def test_much_of_anything_is_read_at_once(junk: str) -> None:
    began = time.process_time()
    as_markdown(junk * (400_000 // len(junk)))
    assert time.process_time() - began < 2


def test_a_table_brings_an_article_a_row_and_names_the_lines_it_cannot_use() -> None:
    table = (
        "Title;Text;Questions;language;audience;owner;checked\n"
        'Is it "iron";It is.;"Iron?\nSteel?|Tin?";de;agents;Sam;2026-11-01\n'
        "No text;;;;;;\n"
        "\n"
        "Day;Text;;;;;soon\n"
        "Many;a;b;c;d;e;f;g\n"
        "Audience;Text;;;all;;\n"
        "Is it iron?;Again;;;;;\n"
        "Language;Text;;x y;;;\n"
        "Last;Fine;;;;;\n"
    )
    brought = read_file("faq.csv", table.encode(), Meant("en", "public"))
    first, last = brought.articles
    assert (first.article.slug, first.article.language, first.article.audience) == ("is-it-iron", "de", "agents")
    assert first.article.questions == ("Iron?", "Steel?", "Tin?")
    assert (first.source, last.source) == ("faq.csv#is-it-iron", "faq.csv#last")
    assert last.article.language == "en"
    assert [str(fault).split(";")[0] for fault in brought.faults] == [
        "faq.csv:4: has no text",
        "faq.csv:6: checked is 'soon'",
        "faq.csv:7: has 8 cells, and there are 7 columns",
        "faq.csv:8: audience is 'all'",
        "faq.csv:9: there is another row of the name is-it-iron",
        "faq.csv:10: language is 'x y'",
    ]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "has no column 'title'"),
        (b"title,answer\na,b\n", "has no column 'text'"),
        (b"title,text,colour\na,b,c\n", "unknown column 'colour'"),
    ],
)
def test_what_is_no_such_table_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(ArticleError, match=f"^faq.csv:1: {reason}"):
        read_file("faq.csv", raw, Meant())


def test_a_table_that_ends_being_one_brings_what_came_before() -> None:
    brought = read_file("faq.csv", b'title,text\nGood,Fine\n"Bad"x,y\n', Meant())
    assert [item.article.title for item in brought.articles] == ["Good"]
    assert str(brought.faults[0]).startswith("faq.csv:3: is no CSV from here on")


@pytest.mark.parametrize("coded", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables_come_in_whatever_a_spreadsheet_writes(coded: str) -> None:
    brought = read_file("faq.csv", "title\ttext\nGröße\tÜber 40\n".encode(coded), Meant())
    assert (brought.articles[0].article.title, brought.articles[0].article.slug) == ("Größe", "groe")


@given(st.binary(max_size=300))
def test_no_table_breaks_the_reader(raw: bytes) -> None:
    try:
        read_file("x.csv", b"title,text\n" + raw, Meant())
    except ArticleError as error:
        told = str(error)
    else:
        told = "x.csv"
    assert told.startswith("x.csv")


def test_other_files_are_refused_with_what_may_be_brought() -> None:
    with pytest.raises(ArticleError, match=r"x.docx: is none of .md, .csv"):
        read_file("x.docx", b"", Meant())
    with pytest.raises(ArticleError, match="larger than 20 MiB"):
        read_file("x.csv", bytes(20 * 1024 * 1024 + 1), Meant())
    with pytest.raises(ArticleError, match="has no text"):
        read_file("x.html", b"<p>", Meant())


def test_a_folder_brings_its_good_files(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("---\ntitle: Good\n---\nText\n")
    (tmp_path / "bad.md").write_text("Text\n")
    brought = read_folder(tmp_path, Meant())
    assert [item.source for item in brought.articles] == [f"{tmp_path.name}/good.md"]
    assert str(brought.faults[0]).startswith("bad.md:1: ")


def test_a_name_is_made_of_any_title() -> None:
    assert slug_of("Où est ma commande ?") == "ou-est-ma-commande"
    assert slug_of("注文はどこですか") == slug_of("注文はどこですか") != slug_of("別の質問")
    assert slug_of("a" * 500) == "a" * 60


def made_pdf(*lines: str) -> bytes:
    """A PDF of one page (ISO 32000-1, 7.5), a line each."""
    shown = "".join(f"({line}) Tj T* " for line in lines)
    content = f"BT /F1 12 Tf 14 TL 72 720 Td {shown}ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Title (Returns) >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 6\n0000000000 65535 f \n%strailer << /Size 6 /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF"
        % (table, len(out))
    )


def test_a_pdf_brings_its_words_in_paragraphs() -> None:
    pytest.importorskip("pypdf")
    raw = made_pdf("Send it back within thirty days, unused and", "in its box. Then wait.", "# Shipping is paid by us")
    article = read_file("returns.pdf", raw, Meant("de")).articles[0].article
    assert (article.title, article.slug, article.language) == ("Returns", "returns", "de")
    assert article.passage == "Send it back within thirty days, unused and in its box. Then wait."
    assert article.text.endswith("\n\n\\# Shipping is paid by us")


@pytest.mark.parametrize("raw", [b"", b"%PDF-1.4 nothing", b"\0" * 1000])
def test_what_is_no_pdf_is_refused_in_words(raw: bytes) -> None:
    pytest.importorskip("pypdf")
    with pytest.raises(ArticleError, match=r"x.pdf: cannot be read as PDF"):
        read_file("x.pdf", raw, Meant())


def test_a_pdf_without_words_says_what_to_do() -> None:
    pytest.importorskip("pypdf")
    with pytest.raises(ArticleError, match="have its text recognized first"):
        read_file("x.pdf", made_pdf(), Meant())


def test_lines_of_a_pdf_are_joined_where_they_go_on() -> None:
    told = "This line is as long as the page is wide and goes\non here, and it is hyphen-\nated.\n\nNext.\n\n1. One"
    assert pdf.paragraphs(told) == [
        "This line is as long as the page is wide and goes on here, and it is hyphenated.", "Next.", "1\\. One",
    ]  # fmt: skip
    assert pdf.paragraphs("") == []
