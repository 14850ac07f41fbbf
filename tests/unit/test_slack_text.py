"""Slack's markup and text: what one says, the other says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.slack.text import escaped, plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Hello", "Hello"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt; stays", "&lt; stays"),
        ("<https://shop.test/a?b=1&amp;c=2>", "https://shop.test/a?b=1&c=2"),
        ("see <https://shop.test|our shop>", "see our shop (https://shop.test)"),
        ("<mailto:ada@example.test|ada@example.test>", "ada@example.test"),
        ("<tel:+4912345|+4912345>", "+4912345"),
        ("<@U1|ada> and <@U2>", "@ada and @U2"),
        ("<#C1|general> <#C2>", "#general #C2"),
        ("<!here> <!subteam^S1|@team> <!date^1700000000^{date}|yesterday>", "@here @team yesterday"),
        ("a < b and b > a", "a < b and b > a"),
        ("*bold* _italic_ :wave:", "*bold* _italic_ :wave:"),
    ],
)
def test_markup_is_read_as_it_was_meant(markup: str, text: str) -> None:
    assert plain(markup) == text


@given(st.text())
def test_escaped_text_says_itself_and_nothing_else(text: str) -> None:
    assert plain(escaped(text)) == text
    assert "<" not in escaped(text)
