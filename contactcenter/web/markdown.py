"""Markdown as HTML for readers: no HTML of the author's own, no scripts in links, nothing from elsewhere.

For the help centre and the console's preview.
"""

from markdown_it import MarkdownIt

NESTED = 40  # quotes and lists in each other

_markdown = MarkdownIt("js-default", {"html": False, "linkify": False, "maxNesting": NESTED})


def as_html(text: str) -> str:
    """The HTML of an article's text."""
    return str(_markdown.render(text))
