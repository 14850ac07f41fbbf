"""A mail's HTML made harmless, to be shown to an agent in a sandboxed frame.

Used by the page that shows a mail as its sender meant it. What can run, ask, lead away unseen or lie over the page is
gone; what remains is words, tables, harmless style and links that open elsewhere. Pictures from outside tell the sender
when and where a mail was read, so they are blocked until an agent asks for them. Style sheets are dropped: their rules
reach further than the element they stand at, and mail programs repeat what matters in the elements.
"""

import html
import re
from collections.abc import Mapping
from urllib.parse import unquote

import nh3

from contactcenter.channels.email.syntax.markup import text_of

SIZE_LIMIT = 2_000_000  # characters
TEXT_LIMIT = 200_000  # characters of what is shown as text instead
DEPTH_LIMIT = 1_500  # nesting beyond it is shown as text: the time of nh3 grows with the square of it,
TAG_LIMIT = 20_000  # and with that of the attributes of one tag; characters


def _set(names: str) -> set[str]:
    return set(names.split())


_TAGS = _set(
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn "
    "div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q "
    "s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr "
)
_WITH_CONTENT = _set(
    "script style title template noscript svg math iframe frame frameset object applet audio video canvas select "
    "textarea"
)
_COMMON = {"style", "dir", "lang", "title", "align", "valign", "bgcolor", "width", "height", "background"}
_ATTRIBUTES = {
    "*": _COMMON,
    "a": {"href", "name"},
    "img": {"src", "srcset", "alt", "border", "hspace", "vspace"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing", "frame", "rules", "summary"},
    "td": {"colspan", "rowspan", "nowrap", "headers", "scope"},
    "th": {"colspan", "rowspan", "nowrap", "headers", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value", "type"},
    "hr": {"size", "noshade", "color"},
    "br": {"clear"},
}
_PROPERTIES = _set(
    "background background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width "
    "border-collapse border-color border-left border-left-color border-left-style border-left-width border-radius "
    "border-right border-right-color border-right-style border-right-width border-spacing border-style border-top "
    "border-top-color border-top-style border-top-width border-width box-sizing caption-side clear color direction "
    "display empty-cells float font font-family font-size font-style font-variant font-weight height letter-spacing "
    "line-height list-style-position list-style-type margin margin-bottom margin-left margin-right margin-top "
    "max-height max-width min-height min-width overflow-wrap padding padding-bottom padding-left padding-right "
    "padding-top table-layout text-align text-decoration text-indent text-overflow text-transform vertical-align "
    "white-space width word-break word-spacing word-wrap"
)
_VALUE = re.compile(r"""(?:[\w\s.,#%'"!+/-]|(?:rgba?|hsla?)\([\d\s.,%/]{1,60}\)){1,300}""", re.IGNORECASE | re.ASCII)
_SCHEME = re.compile(r"[\s\x00-\x20]*+([a-z][a-z0-9+.-]*+)[\s\x00-\x20]*+:", re.IGNORECASE)
_LED_TO = {"http", "https", "mailto", "tel"}
# Possessive throughout: what never closes must not be tried again at every point of it.
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9]*+)([^<>"']*+(?:"[^"]*+"[^<>"']*+|'[^']*+'[^<>"']*+)*+)""",
)
_NEVER_NESTED = _set(  # void, or closed by the next of their kind
    "area base br col embed hr img input link meta param source track wbr p li dt dd td th tr tbody thead tfoot option "
    "colgroup html head body"
)


def shown(markup: str, cid: Mapping[str, str], remote: bool) -> tuple[str, int]:
    """Harmless HTML, and how many pictures from outside were blocked (none if `remote`).

    `cid` maps content ids, without brackets, to addresses of ours. What is too deep to clean is shown as its words.
    """
    if len(markup) > SIZE_LIMIT:
        markup = markup[: max(markup.rfind("<", 0, SIZE_LIMIT), SIZE_LIMIT // 2)]
    if _is_excessive(markup):
        return as_markup(text_of(markup[:TEXT_LIMIT])), 0
    attributes = _Attributes(cid, remote=remote)
    cleaned = nh3.clean(
        markup,
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=attributes.kept,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return cleaned, attributes.blocked


def as_markup(text: str) -> str:
    """Plain text as HTML that looks like it."""
    return f'<div style="white-space: pre-wrap">{html.escape(text)}</div>'


class _Attributes:
    """Decides on every attribute that nh3 lets through, and counts the pictures it blocks."""

    def __init__(self, cid: Mapping[str, str], *, remote: bool) -> None:
        self.cid = cid
        self.remote = remote
        self.blocked = 0

    def kept(self, tag: str, name: str, value: str) -> str | None:
        match name:
            case "style":
                return self._style(value)
            case "src" | "background":
                return self._picture(value)
            case "srcset":
                return self._picture(value.partition(",")[0].strip().partition(" ")[0])  # the first of several
            case "href":
                return _link(value)
        return value

    def _picture(self, value: str) -> str | None:
        value = value.strip()
        scheme, _, rest = value.partition(":")
        if scheme.lower() == "cid":
            return self.cid.get(unquote(rest))
        if scheme.lower() not in ("http", "https") and not value.startswith("//"):
            return None
        if not self.remote:
            self.blocked += 1
            return None
        return f"https:{value}" if value.startswith("//") else value

    def _style(self, value: str) -> str | None:
        kept = []
        for declaration in value.split(";"):
            name, _, said = declaration.partition(":")
            name = name.strip().lower()
            if "url(" in said.lower():
                self.blocked += not self.remote
            elif name in _PROPERTIES and _VALUE.fullmatch(said):
                kept.append(f"{name}:{said.strip()}")
        return ";".join(kept) or None


def _link(value: str) -> str | None:
    """An address elsewhere; none that stays on the page, runs, or carries its own content."""
    value = value.strip()
    if value.startswith("//"):
        return f"https:{value}"
    scheme = _SCHEME.match(value)
    if scheme is None or scheme[1].lower() not in _LED_TO:
        return None
    on_this_page = scheme[1].lower().startswith("http") and not value.startswith("//", scheme.end())
    return None if on_this_page else value  # "https:desk" is a path of ours to a browser (WHATWG URL 4.4)


def _is_excessive(markup: str) -> bool:
    """Are its elements nested too deep, or is one of its tags too long? An end that fits none ends none."""
    opened: list[str] = []
    for found in _TAG.finditer(markup):
        name = found[2].lower()
        if len(found[3]) > TAG_LIMIT:
            return True
        if name in _NEVER_NESTED:
            continue
        if not found[1]:
            opened.append(name)
        elif opened and opened[-1] == name:
            opened.pop()
        if len(opened) > DEPTH_LIMIT:
            return True
    return False
