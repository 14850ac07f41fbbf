"""Events come in: handed over by contactcenter/slack, made whole, stored; acknowledged after that.

Before it: contactcenter/slack, whose `Owner` this is. After it: flow/intake. An event says nothing but ids: names of
people, and in Slack Connect names of files, are asked for first, but never waited for long: the event is worth more.
What is nobody's message (most of what is said in a channel) is acknowledged and not kept.
"""

import asyncio
import json
import logging
from collections import OrderedDict
from typing import Any

import msgspec

from contactcenter.channels.parts import Parts
from contactcenter.channels.slack.installations import Installations
from contactcenter.channels.slack.names import is_id
from contactcenter.channels.slack.parsing import CHOICE, parse, people_in, place_of_event
from contactcenter.channels.slack.wire import Envelope, Press
from contactcenter.model.values import RawEvent, RetryLater, Undeliverable, Unknown, Unparseable
from contactcenter.slack.api import Api

ASK_SECONDS = 1.0  # for names; Slack waits three for an acknowledgement
KNOWN = 10_000  # names that are remembered

log = logging.getLogger(__name__)


class Arriving:
    """What comes in for one channel. Parts are asked when something comes in: they are not all there before."""

    def __init__(self, channel: str, installations: Installations, parts: Parts) -> None:
        self.channel = channel
        self.installations = installations
        self.parts = parts
        self._names: OrderedDict[tuple[str, str], str] = OrderedDict()

    def owns(self, body: dict[str, Any]) -> bool:
        """Buttons of ours, and messages, but for the channels where agents work."""
        if body.get("type") == "block_actions":
            actions = body.get("actions")
            first = actions[0] if isinstance(actions, list) and actions else {}
            return isinstance(first, dict) and str(first.get("action_id", "")).startswith(CHOICE)
        event = body.get("event")
        if not isinstance(event, dict) or event.get("type") != "message":
            return False
        desk = self.parts.policies().desk
        return desk is None or event.get("channel") not in desk.everywhere

    async def take(self, body: dict[str, Any]) -> dict[str, Any]:
        """Returns once it is stored. Raises StoreUnavailable."""
        raw = raw_event(self.channel, body)
        if raw is None:
            log.warning("an event without an id was left", extra={"channel": self.channel})
        elif _says_something(raw):
            await self.parts.accept(self.channel)(await self._introduced(raw))
        return {}

    async def _introduced(self, raw: RawEvent) -> RawEvent:
        """With the names of whoever and whatever is in it, as far as they can be had now."""
        try:
            envelope = msgspec.json.decode(raw.payload, type=Envelope)
        except (msgspec.MsgspecError, RecursionError):
            return raw
        team, people = envelope.team_id, people_in(envelope)
        inner = envelope.event.message or envelope.event
        hidden = [one.id for one in inner.files or () if one.file_access == "check_file_info" and is_id(one.id)]
        files: list[dict[str, Any]] = []
        if hidden or any((team, one) not in self._names for one in people):
            try:
                async with asyncio.timeout(ASK_SECONDS), self.installations.api(team) as api:
                    await asyncio.gather(
                        *(self._ask_name(api, team, one) for one in people),
                        *(_ask_file(api, one, files) for one in hidden),
                    )
            except (TimeoutError, RetryLater, Undeliverable, Unknown) as error:
                log.info("names not known", extra={"channel": self.channel, "reason": type(error).__name__})
        names = {one: self._names[team, one] for one in people if self._names.get((team, one))}
        found = ({"names": json.dumps(names)} if names else {}) | ({"files": json.dumps(files)} if files else {})
        return msgspec.structs.replace(raw, envelope=found) if found else raw

    async def _ask_name(self, api: Api, team: str, user: str) -> None:
        if (team, user) in self._names:
            return
        told = (await api.call("users.info", user=user)).get("user") or {}
        profile = told.get("profile") or {}
        name = profile.get("display_name") or profile.get("real_name") or told.get("name") or ""
        self._names[team, user] = str(name)
        while len(self._names) > KNOWN:
            self._names.popitem(last=False)


def raw_event(channel: str, body: dict[str, Any]) -> RawEvent | None:
    """As it is stored: its own id, and its place as the unit of order. None for what has no id."""
    payload = json.dumps(body).encode()
    if body.get("type") == "block_actions":
        return _raw_press(channel, payload)
    team, event_id = body.get("team_id"), body.get("event_id")
    if not isinstance(team, str) or not isinstance(event_id, str):
        return None
    stream = f"{channel}:{team}"
    try:
        place = place_of_event(msgspec.json.decode(payload, type=Envelope))
        stream = f"{place.team}:{place.channel}:{place.thread or 'dm'}"
    except (msgspec.MsgspecError, ValueError, RecursionError):
        log.debug("an event without a place", extra={"channel": channel})
    return RawEvent(channel, f"{team}:{event_id}", stream, payload)


def _raw_press(channel: str, payload: bytes) -> RawEvent | None:
    """One press is one press, however often it is told."""
    try:
        press = msgspec.json.decode(payload, type=Press)
    except (msgspec.MsgspecError, RecursionError):
        return None
    action, message = press.actions[0], press.message
    thread = "dm" if press.channel.id.startswith("D") else message.thread_ts or message.ts
    number = f"{press.team.id}:{action.action_ts}:{action.action_id}:{press.user.id}"
    return RawEvent(channel, number, f"{press.team.id}:{press.channel.id}:{thread}", payload)


def _says_something(raw: RawEvent) -> bool:
    """Is it anybody's message? What cannot be read is kept, to be looked at."""
    try:
        return bool(parse(raw))
    except Unparseable:
        return True


async def _ask_file(api: Api, file: str, files: list[dict[str, Any]]) -> None:
    told = (await api.call("files.info", file=file)).get("file") or {}
    files.append({key: told[key] for key in ("id", "name", "title", "mimetype", "size", "mode") if key in told})
