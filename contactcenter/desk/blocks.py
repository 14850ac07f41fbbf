"""Slack's Block Kit, as much of it as we use. Lengths are Slack's ("Block Kit reference"), texts are escaped.

A customer's words are always plain text, which means nothing but itself; markup is only ever ours.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from contactcenter.slack.text import escaped

SECTION_LIMIT = 3_000  # characters
BUTTON_LIMIT = 75
TITLE_LIMIT = 24
HEADER_LIMIT = 150
METADATA_LIMIT = 3_000
OPTIONS_LIMIT = 100
BLOCKS_LIMIT = 50  # of a message
WINDOW_LIMIT = 100  # of a modal or home
FALLBACK_LIMIT = 200  # characters of what a notification says
LINK_LIMIT = 200  # characters of the words of a link

Block = dict[str, Any]


def short(text: str, limit: int) -> str:
    """At most that many characters; a cut shows."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def words(text: str, limit: int = SECTION_LIMIT) -> Block:
    """Somebody's words, as they are."""
    return {"type": "section", "text": {"type": "plain_text", "text": short(text, limit) or " ", "emoji": False}}


def section(markup: str) -> Block:
    """Our own markup; what is put into it was escaped."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": short(markup, SECTION_LIMIT), "verbatim": True}}


def context(*markup: str) -> Block:
    """A line of small print."""
    said = [part for part in markup if part]
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": short(" · ".join(said), 2_000), "verbatim": True}],
    }


def header(text: str) -> Block:
    return {"type": "header", "text": _plain(text, HEADER_LIMIT)}


DIVIDER: Block = {"type": "divider"}


def button(label: str, action: str, value: str, style: str = "") -> Block:
    """`value` comes back with the press; `style` may be primary or danger."""
    made: Block = {"type": "button", "text": _plain(label, BUTTON_LIMIT), "action_id": action, "value": value}
    return {**made, "style": style} if style else made


def link_button(label: str, action: str, url: str) -> Block:
    return {"type": "button", "text": _plain(label, BUTTON_LIMIT), "action_id": action, "url": url}


def menu(action: str, options: Sequence[tuple[str, str]]) -> Block:
    """The menu behind three dots: label and value of at most five."""
    return {"type": "overflow", "action_id": action, "options": [option(*one) for one in options[:5]]}


def select(
    action: str, placeholder: str, options: Sequence[tuple[str, str]], chosen: tuple[str, str] | None = None
) -> Block:
    made: Block = {
        "type": "static_select",
        "action_id": action,
        "placeholder": _plain(placeholder, HEADER_LIMIT),
        **_options(options),
    }
    return {**made, "initial_option": option(*chosen)} if chosen else made


def _options(options: Sequence[tuple[str, str]]) -> Block:
    """In groups where there are more than a menu holds."""
    made = [option(*one) for one in options]
    if len(made) <= OPTIONS_LIMIT:
        return {"options": made}
    groups = [made[start : start + OPTIONS_LIMIT] for start in range(0, len(made), OPTIONS_LIMIT)][:OPTIONS_LIMIT]
    return {"option_groups": [{"label": _between(group), "options": group} for group in groups]}


def _between(group: Sequence[Block]) -> Block:
    first, last = group[0]["text"]["text"], group[-1]["text"]["text"]
    return _plain(f"{short(first, 35)} – {short(last, 35)}", BUTTON_LIMIT)


def option(label: str, value: str) -> Block:
    return {"text": _plain(label, BUTTON_LIMIT), "value": value}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)[:25]}


def field(name: str, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    """A field of a window: it comes back under the element's action_id."""
    made: Block = {"type": "input", "block_id": name, "label": _plain(label, 2_000), "element": element}
    return {**made, "optional": optional, **({"hint": _plain(hint, 2_000)} if hint else {})}


def text_field(name: str, label: str, initial: str = "", *, lines: bool = True, **more: Any) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": name, "multiline": lines}
    if initial:
        element["initial_value"] = initial[:SECTION_LIMIT]
    return field(name, label, element, **more)


def window(form: str, title: str, submit: str, about: Mapping[str, str], blocks: Sequence[Block]) -> Block:
    """A modal; `about` comes back with it."""
    return {
        "type": "modal",
        "callback_id": form,
        "title": _plain(title, TITLE_LIMIT),
        "submit": _plain(submit, TITLE_LIMIT),
        "close": _plain("Cancel", TITLE_LIMIT),
        "private_metadata": json.dumps(dict(about))[:METADATA_LIMIT],
        "blocks": list(blocks)[:WINDOW_LIMIT],
    }


def page(title: str, blocks: Sequence[Block]) -> Block:
    """A modal that only shows something."""
    return {
        "type": "modal",
        "title": _plain(title, TITLE_LIMIT),
        "close": _plain("Close", TITLE_LIMIT),
        "blocks": list(blocks)[:WINDOW_LIMIT],
    }


def link(url: str, label: str) -> str:
    """Markup of a link of ours."""
    return f"<{url}|{escaped(label).replace('|', '¦')}>"


def ticket_url(public_url: str, ticket: int) -> str:
    """Where it is in the console."""
    return f"{public_url}/desk/tickets/{ticket}"


def ticket_link(public_url: str, ticket: int, subject: str) -> str:
    """Markup of a ticket by number and subject, as it stands on cards and in lists."""
    return link(ticket_url(public_url, ticket), short(f"#{ticket} {subject}", LINK_LIMIT))


def fallback(text: str) -> str:
    """What a notification says, and whoever sees no blocks reads."""
    return escaped(short(text, FALLBACK_LIMIT))


def bold(text: str) -> str:
    """Markup of somebody's name or a subject."""
    return f"*{escaped(text).replace('*', '∗')}*"


def moment(micros: int) -> str:
    """Markup of an instant: each reader sees their own time."""
    second = micros // 1_000_000
    return f"<!date^{second}^{{date_short_pretty}} {{time}}|{second}>"


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": short(text, limit) or " ", "emoji": True}
