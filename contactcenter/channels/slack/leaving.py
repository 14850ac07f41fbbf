"""A message becomes Slack's: text in pieces, buttons, files; what is shown is changed, taken away, and found again.

Before it: flow/deliver, in the one process that sends for the channel. After it: contactcenter/slack, which keeps to
Slack's limits. Text is shown as nothing but itself (`rich_text`: no *bold*, no mention). Each piece carries a token of
ours in its metadata: what may have arrived is looked for by that, where Slack lets us look, and never repeated blindly.
"""

import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from contactcenter.channels.payload import begun, of_ours
from contactcenter.channels.slack.installations import Installations
from contactcenter.channels.slack.names import Place, Shown, place_of, shown_as
from contactcenter.channels.slack.parsing import CHOICE
from contactcenter.channels.text import file_name, sourced, split
from contactcenter.model.values import (
    Attached,
    Outbound,
    Receipt,
    RetryLater,
    Undeliverable,
    Unknown,
    Unusable,
)
from contactcenter.ports import Files
from contactcenter.slack.api import Api
from contactcenter.slack.text import escaped

TEXT_LIMIT = 3000  # characters of one message: Slack shows up to 4,000 and takes 3,000 in a block
LAST_LIMIT = 12_000  # of a last piece that was edited: it cannot be followed by another
LABEL_LIMIT = 75  # characters of a button
BUTTONS = 25  # of one row
EVENT_TYPE = "contactcenter_message"
REMEMBERED = 1_000  # messages that have begun to leave
PAGES = 5  # of a thread that is searched, 200 messages each

_URL = re.compile(r"https?://[^\s<>\"]{1,2000}")


@dataclass(slots=True)
class Begun:
    """A message on its way: ts by piece, and ids of files by their place."""

    left: dict[int, str] = field(default_factory=dict)
    files: dict[int, str] = field(default_factory=dict)


class Leaving:
    """What leaves for one channel."""

    def __init__(self, installations: Installations, files: Files) -> None:
        self.installations = installations
        self.files = files
        self._begun: OrderedDict[int, Begun] = OrderedDict()

    async def send(self, message: Outbound) -> Receipt:
        """All of it that has not left yet. Raises RetryLater, Undeliverable, Unknown."""
        place = _place(message)
        begun = self._begin(message)
        pieces = _pieces(message)
        async with self.installations.api(place.team) as api:
            for number in range(len(pieces)):
                if number not in begun.left:
                    asked = _asked(place, message, pieces, number)
                    begun.left[number] = str((await api.call("chat.postMessage", **asked))["ts"])
            for number, file in enumerate(message.files):
                if number not in begun.files:
                    begun.files[number] = await self._upload(api, place, file)
        self._begun.pop(message.message_id, None)
        return Receipt(_key(place, begun))

    async def find(self, message: Outbound) -> Receipt | None:
        """All of it, if it is in Slack; else None, and `send` goes on with the rest. Raises Unknown."""
        place = _place(message)
        begun = self._begin(message)
        try:
            async with self.installations.api(place.team) as api:
                async for said in _thread(api, place, message.created_at):
                    _recognise(begun, message, said)
        except Undeliverable as refused:
            raise Unknown(f"whether it arrived cannot be looked up: {refused}") from None
        whole = len(begun.left) == len(_pieces(message)) and len(begun.files) == len(message.files)
        return Receipt(_key(place, begun)) if whole else None

    async def probe(self) -> None:
        """Raises Unusable when Slack does not take our token, or cannot be reached."""
        try:
            async with self.installations.api("") as api:
                await api.call("auth.test")
        except (Undeliverable, Unknown) as error:
            raise Unusable(str(error)) from None

    async def edit(self, message: Outbound) -> Receipt:
        """Have its pieces say the new text; those too many are taken away. Raises Undeliverable for a text too long."""
        shown = _shown(message)
        pieces = _fitted(sourced(message), len(shown.messages))
        async with self.installations.api(shown.team) as api:
            for number, ts in enumerate(shown.messages[: len(pieces)]):
                buttons = message.choices if number + 1 == len(pieces) else ()
                blocks = _blocks(pieces[number], buttons, message.seq)
                await api.call("chat.update", channel=shown.channel, ts=ts, text=escaped(pieces[number]), blocks=blocks)
            await _take_away(api, shown.channel, shown.messages[len(pieces) :])
        kept = Shown(shown.team, shown.channel, shown.messages[: len(pieces)], shown.files)
        return Receipt(kept.key)

    async def delete(self, message: Outbound) -> Receipt:
        """Take all of it away."""
        shown = _shown(message)
        async with self.installations.api(shown.team) as api:
            await _take_away(api, shown.channel, shown.messages)
            for file in shown.files:
                await _unless_gone(api, "files.delete", file=file)
        return Receipt(message.external_id)

    def _begin(self, message: Outbound) -> Begun:
        """Where it was left off, if it has begun to leave."""
        begun = self._begun.setdefault(message.message_id, Begun())
        while len(self._begun) > REMEMBERED:
            self._begun.popitem(last=False)
        return begun

    async def _upload(self, api: Api, place: Place, file: Attached) -> str:
        """Raises Unknown when nobody can tell whether it was shown."""
        if not file.size:
            raise Undeliverable(f"the file {file.name} is empty, and Slack takes no empty files")
        content = await begun(of_ours(self.files, file))
        told = await api.upload(file_name(file.name), content, file.size, place.channel, place.thread)
        return str(told["id"])


def _place(message: Outbound) -> Place:
    try:
        return place_of(message.conversation)
    except ValueError as error:
        raise Undeliverable(str(error)) from None


def _shown(message: Outbound) -> Shown:
    try:
        return shown_as(message.external_id)
    except ValueError as error:
        raise Undeliverable(str(error)) from None


def _asked(place: Place, message: Outbound, pieces: list[str], number: int) -> dict[str, Any]:
    """What chat.postMessage is told of one piece."""
    buttons = message.choices if number + 1 == len(pieces) else ()
    return {
        "channel": place.channel,
        "text": escaped(pieces[number]),
        "blocks": _blocks(pieces[number], buttons, message.seq),
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"token": _token(message), "piece": number}},
        "unfurl_links": False,
        "unfurl_media": False,
        **({"thread_ts": place.thread} if place.thread else {}),
    }


def _key(place: Place, begun: Begun) -> str:
    messages = tuple(ts for _, ts in sorted(begun.left.items()))
    return Shown(place.team, place.channel, messages, tuple(id_ for _, id_ in sorted(begun.files.items()))).key


def _token(message: Outbound) -> str:
    """The same at every attempt, and no other message's, whichever database its number is from."""
    return f"{message.message_id}.{message.created_at}"


def _pieces(message: Outbound) -> list[str]:
    """The text of each message of Slack's; none for files that come without a word."""
    text = sourced(message)
    return split(text, TEXT_LIMIT) if text.strip() or message.choices or not message.files else []


def _fitted(text: str, room: int) -> list[str]:
    """A new text in as many messages as there are, or fewer."""
    pieces = split(text, TEXT_LIMIT)
    if not room or not text.strip():
        raise Undeliverable("there is no text of it in Slack that could be changed")
    if len(pieces) > room:
        rest = text
        for piece in pieces[: room - 1]:
            rest = rest[len(piece) :].lstrip()
        pieces[room - 1 :] = [rest]
    if len(pieces[-1]) > LAST_LIMIT:
        raise Undeliverable("the new text is too long to take the place of the old one; send it as another message")
    return pieces


def _blocks(text: str, choices: tuple[str, ...], seq: int) -> list[dict[str, Any]]:
    words = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(_words(text or " "))}]}
    return [words, *([_buttons(choices, seq)] if choices else [])]


def _words(text: str) -> Iterator[dict[str, Any]]:
    """The text as it is, addresses in it as links."""
    end = 0
    for found in _URL.finditer(text):
        if found.start() > end:
            yield {"type": "text", "text": text[end : found.start()]}
        url = found[0].rstrip(".,:;!?)]}'")
        end = found.start() + len(url)
        yield {"type": "link", "url": url}
    if end < len(text):
        yield {"type": "text", "text": text[end:]}


def _buttons(choices: tuple[str, ...], seq: int) -> dict[str, Any]:
    """Each knows the place of its message in the conversation: what Slack calls it we may never have been told."""
    return {
        "type": "actions",
        "block_id": "choices",
        "elements": [
            {
                "type": "button",
                "action_id": f"{CHOICE}{number}",
                "value": f"{number}|{seq}",
                "text": {"type": "plain_text", "text": _label(words), "emoji": False},
            }
            for number, words in enumerate(choices[:BUTTONS])
        ],
    }


def _label(words: str) -> str:
    words = " ".join(words.split()) or "…"
    return words if len(words) <= LABEL_LIMIT else f"{words[: LABEL_LIMIT - 1]}…"


async def _thread(api: Api, place: Place, since: int) -> AsyncIterator[dict[str, Any]]:
    """What was said in a conversation since an instant (microseconds)."""
    method = "conversations.replies" if place.thread else "conversations.history"
    asked: dict[str, Any] = {"channel": place.channel, "include_all_metadata": True, "limit": 200}
    asked |= {"ts": place.thread} if place.thread else {}
    asked["oldest"] = f"{max(0, since // 1_000_000 - 60)}.000000"
    for _ in range(PAGES):
        told = await api.call(method, **asked)
        for said in told.get("messages", []):
            yield said
        asked["cursor"] = (told.get("response_metadata") or {}).get("next_cursor", "")
        if not asked["cursor"]:
            return
    raise RetryLater("the conversation in Slack is too long to look for a message in it")


def _recognise(begun: Begun, message: Outbound, said: dict[str, Any]) -> None:
    metadata = said.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    if metadata.get("event_type") == EVENT_TYPE and payload.get("token") == _token(message):
        begun.left[int(payload.get("piece", 0))] = str(said["ts"])
    if begun.left and said.get("bot_id"):
        for file in said.get("files") or ():
            for number, ours in enumerate(message.files):
                if number not in begun.files and file.get("title") == file_name(ours.name):
                    begun.files[number] = str(file["id"])


async def _take_away(api: Api, channel: str, messages: tuple[str, ...]) -> None:
    for ts in messages:
        await _unless_gone(api, "chat.delete", channel=channel, ts=ts)


async def _unless_gone(api: Api, method: str, **arguments: Any) -> None:
    """Taken away already is as good."""
    try:
        await api.call(method, **arguments)
    except Undeliverable as refused:
        if "not_found" not in str(refused):
            raise
