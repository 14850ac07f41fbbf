"""What is needed to show a mail as its sender meant it: its HTML, and which of its files the pictures in it are.

Used by the page that shows it, which gives both to safe_html.py; nothing here is safe to show as it is. A picture that
stands in the text is an attachment as well, so that none is missing from the list.
"""

import msgspec

from contactcenter.channels.email.reading.contents import contents_of, markup_of
from contactcenter.channels.email.reading.safe_html import as_markup
from contactcenter.channels.email.syntax.mime import read
from contactcenter.channels.email.syntax.transfer import Source


class Display(msgspec.Struct, frozen=True):
    """`images` gives for a content id, without brackets, the `ref` of the attachment that carries it."""

    markup: str
    images: dict[str, str]


def display(payload: Source) -> Display:
    """The HTML of a raw mail, blank where it has none."""
    contents = contents_of(read(payload))
    images: dict[str, str] = {}
    for leaf in contents.leaves:
        name = leaf.part.fields.text("content-id").strip("<> ")
        if name and not leaf.is_words:
            images.setdefault(name, f"part:{leaf.number}")
        for number, inner in enumerate(leaf.inside.files if leaf.inside else ()):
            if inner.content_id:
                images.setdefault(inner.content_id, f"part:{leaf.number}/{number}")
    return Display(markup_of(contents, as_markup), images)
