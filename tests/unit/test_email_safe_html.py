"""HTML of strangers, as it may be shown."""

from functools import lru_cache

import pytest

from contactcenter.channels.email.reading.safe_html import shown
from tests.growth import grows_little

A = 'target="_blank" rel="noopener noreferrer"'


@pytest.mark.parametrize(
    ("markup", "safe"),
    [
        ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
        ("a<script>alert(1)</script>b", "ab"),
        ("<p onclick=alert(1) onmouseover='x()'>a</p>", "<p>a</p>"),
        ("<form action=https://x.test><input name=p><button>go</button></form>", "go"),
        ("<meta http-equiv=refresh content='0;url=https://x.test'><base href=https://x.test>a", "a"),
        ("<iframe src=https://x.test>a</iframe>b", "b"),
        ("<object data=x></object><embed src=x><applet code=x></applet>b", "b"),
        ("<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>b", "b"),
        ("<math href='javascript:alert(1)'>x</math>b", "b"),
        ("<svg><style><img src=x onerror=alert(1)>", "<img>"),
        ("<style>@import url(https://x.test)</style>b", "b"),
        ("<a href='https://x.test/a'>x</a>", f'<a href="https://x.test/a" {A}>x</a>'),
        ("<a href='mailto:ada@shop.test' target=_top rel=opener>x</a>", f'<a href="mailto:ada@shop.test" {A}>x</a>'),
        ("<a href='//x.test'>x</a>", f'<a href="https://x.test" {A}>x</a>'),
        ("<a href='javascript:alert(1)'>x</a>", f"<a {A}>x</a>"),
        ("<a href='java&#x0a;script:alert(1)'>x</a>", f"<a {A}>x</a>"),
        ("<a href=' &#1; javascript:alert(1)'>x</a>", f"<a {A}>x</a>"),
        ("<a href='data:text/html,x'>x</a>", f"<a {A}>x</a>"),
        ("<a href='vbscript:x'>x</a>", f"<a {A}>x</a>"),
        ("<a href='/admin'>x</a>", f"<a {A}>x</a>"),
        ("<a href='cid:dot'>x</a>", f"<a {A}>x</a>"),
        ("<p style='color: red; font-size:12px'>a</p>", '<p style="color:red;font-size:12px">a</p>'),
        ("<p style='position:fixed;top:0;z-index:9;color:red'>a</p>", '<p style="color:red">a</p>'),
        ("<p style='width:expression(alert(1));behavior:url(x.htc)'>a</p>", "<p>a</p>"),
        ("<p style='color:r\\65 d'>a</p>", "<p>a</p>"),
        ("<p style='color:/**/red'>a</p>", "<p>a</p>"),
        ("<p style='color:rgb(1, 2, 3)'>a</p>", '<p style="color:rgb(1, 2, 3)">a</p>'),
        ("<p style=\"background:image-set('https://x.test/a')\">a</p>", "<p>a</p>"),
        ("<img src='data:image/svg+xml,x'>", "<img>"),
        ("<img src='picture.png' alt='a'>", '<img alt="a">'),
        ("<div id=app class=root>a</div>", "<div>a</div>"),
        ("a<!-- <script>x</script> -->b", "ab"),
        ("<b>never closed", "<b>never closed</b>"),
    ],
)
def test_what_could_harm_is_gone_and_the_rest_stays(markup: str, safe: str) -> None:
    """Checklist 27."""
    cleaned, _ = shown(markup, {}, remote=False)
    assert _ordered(cleaned) == _ordered(safe)


def _ordered(markup: str) -> str:
    """The attributes that every link gets, in one order."""
    return markup.replace('rel="noopener noreferrer" target="_blank"', A)


REMOTE = [
    "<img src='https://x.test/a.png'>",
    "<img src='//x.test/a.png'>",
    "<img srcset='https://x.test/a.png 2x'>",
    "<table background='https://x.test/a.png'><tr><td>a</table>",
    "<p style='background: url(https://x.test/a.png)'>a</p>",
]


@pytest.mark.parametrize("markup", REMOTE)
def test_pictures_from_outside_are_blocked_and_counted(markup: str) -> None:
    """Checklist 27."""
    cleaned, blocked = shown(markup, {}, remote=False)
    assert "x.test" not in cleaned
    assert blocked == 1


@pytest.mark.parametrize("markup", REMOTE[:4])
def test_pictures_from_outside_are_shown_to_who_asks_for_them(markup: str) -> None:
    """Checklist 27."""
    cleaned, blocked = shown(markup, {}, remote=True)
    assert "https://x.test/a.png" in cleaned
    assert blocked == 0


def test_style_never_loads_anything() -> None:
    """Checklist 27."""
    assert shown(REMOTE[4], {}, remote=True) == ("<p>a</p>", 0)


def test_pictures_of_the_mail_stand_in_their_place() -> None:
    """Checklist 22."""
    markup = "<img src='cid:dot@shop.test'><img src='CID:a%20b'><img src='cid:none'>"
    cid = {"dot@shop.test": "/api/v1/files/1", "a b": "/api/v1/files/2"}
    cleaned, blocked = shown(markup, cid, remote=False)
    assert (cleaned, blocked) == ('<img src="/api/v1/files/1"><img src="/api/v1/files/2"><img>', 0)


@lru_cache(maxsize=2)
def large(part: int) -> dict[str, str]:
    """Of each a whole (1), or a part of it."""
    return {
        "links": "<a href='https://x.test/'>y</a>" * (20_000 // part),
        "words": "<p>hello there " * (130_000 // part),
        "open tags": "<a" * (400_000 // part),
        "table cells": "<td>x" * (100_000 // part),
        "nested": "<div>" * (20_000 // part) + "x",
        "nested in between": "<div>" * (499 // part) + "x",
        "links in links": "<a><b>" * (10_000 // part) + "x",
        "attributes": "<p " + " ".join(f"a{number}=b" for number in range(100_000 // part)) + ">x</p>",
        "styles": "<p style='color:red;margin:0'>x</p>" * (30_000 // part),
        "one style": "<p style='" + "color:red;" * (50_000 // part) + "'>x</p>",
    }


@pytest.mark.parametrize("kind", large(4))
def test_large_and_hostile_html_costs_little_and_keeps_its_words(kind: str) -> None:
    """Checklist 27."""
    cleaned, _ = grows_little(lambda part: shown(large(part)[kind], {}, remote=False))
    assert kind == "open tags" or any(word in cleaned for word in ("x", "y", "hello"))


def test_what_is_too_deep_is_shown_as_its_words() -> None:
    """Checklist 27."""
    cleaned, _ = shown("<div>" * 2_000 + "<script>x</script>a &lt; b", {}, remote=False)
    assert cleaned == '<div style="white-space: pre-wrap">a &lt; b</div>'


def test_what_is_nested_behind_ends_that_end_nothing_is_too_deep_as_well() -> None:
    """Checklist 27."""
    cleaned, _ = shown("<b></q>" * 2_000 + "a", {}, remote=False)
    assert cleaned == '<div style="white-space: pre-wrap">a</div>'


@pytest.mark.parametrize("target", ["https:desk/x", "HTTP:/api/v1/session", "https:\\\\evil.test"])
def test_a_link_that_would_stay_on_our_page_leads_nowhere(target: str) -> None:
    """Checklist 27."""
    assert "href" not in shown(f'<a href="{target}">x</a>', {}, remote=False)[0]
