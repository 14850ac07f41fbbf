"""Slack's markup as text that anybody can read, and any text as markup that means nothing but itself.

Slack: "Formatting text for app surfaces": links and mentions stand in <…>, and &, < and > are escaped. Emphasis
(*bold*, _italic_) is left as it was typed: that is how people write it elsewhere too.
"""

import re

_ANGLE = re.compile(r"<([^<>\s][^<>\n]{0,3000})>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY = re.compile("&(?:lt|gt|amp);")


def plain(markup: str) -> str:
    """What the markup says. Total: what is no markup is text."""
    return _unescaped(_ANGLE.sub(_said, markup))


def escaped(text: str) -> str:
    """The text as markup without a meaning: it links nobody, calls nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text)


def _said(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    match target[:1]:
        case "@":
            return f"@{label.removeprefix('@') or target[1:]}"
        case "#":
            return f"#{label.removeprefix('#') or target[1:]}"
        case "!":
            return label or f"@{target[1:].partition('^')[0]}"
    address = target.removeprefix("mailto:").removeprefix("tel:")
    return address if label in ("", target, address) else f"{label} ({address})"
