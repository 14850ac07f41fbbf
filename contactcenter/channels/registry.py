"""Which kinds of channel there are, and how one is made from its `[channels.<name>]` table.

Asked by `app`. A medium's modules are imported when a channel of it is configured, never before: start-up pays only
for what is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from rapidfuzz import process

from contactcenter.channels.parts import Parts
from contactcenter.channels.protocol import Channel
from contactcenter.settings import ChannelSettings, SettingsError, check

KINDS = {
    "loopback": "contactcenter.channels.loopback",
    "webchat": "contactcenter.channels.webchat",
    "email": "contactcenter.channels.email",
    "slack": "contactcenter.channels.slack",
    "telegram": "contactcenter.channels.telegram",
}
EXAMINED = {
    "email": "contactcenter.channels.email.examine",
    "slack": "contactcenter.channels.slack.examine",
    "telegram": "contactcenter.channels.telegram.examine",
}


@dataclass(frozen=True, slots=True)
class Built:
    """A channel and the routes it wants served, if any (aiohttp's RouteDef)."""

    channel: Channel
    settings: ChannelSettings
    routes: Sequence[Any] = ()


def read_settings(name: str, table: Mapping[str, Any]) -> ChannelSettings:
    """The checked settings of one channel. Raises SettingsError."""
    model = import_module(_module(name, table)).Settings
    settings: ChannelSettings = check(model, table, f"channels.{name}")
    return settings


def sides_of(name: str, table: Mapping[str, Any]) -> tuple[bool, bool]:
    """Is it configured to receive, and to send? No value is looked at: secrets need not be there."""
    model: type[ChannelSettings] = import_module(_module(name, table)).Settings
    receives, sends = (not keys or any(map(table.get, keys)) for keys in (model.RECEIVES_BY, model.SENDS_BY))
    return receives, sends


def build(name: str, settings: ChannelSettings, parts: Parts) -> Built:
    """The channel itself."""
    channel, routes = import_module(KINDS[settings.kind]).build(name, settings, parts)
    return Built(channel, settings, routes)


async def examine(name: str, settings: ChannelSettings) -> list[tuple[bool, str]]:
    """What a medium finds out about its surroundings, without changing them: good or not, in words with a remedy."""
    if settings.kind not in EXAMINED:
        return []
    return [finding async for finding in import_module(EXAMINED[settings.kind]).examine(name, settings)]


def _module(name: str, table: Mapping[str, Any]) -> str:
    kind = table.get("kind")
    if not isinstance(kind, str):
        raise SettingsError(f"setting channels.{name}.kind is missing; {_meant(table)}")
    if kind not in KINDS:
        nearest = process.extractOne(kind, list(KINDS), score_cutoff=50)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"it can be {', '.join(sorted(KINDS))}"
        raise SettingsError(f"setting channels.{name}.kind: unknown kind {kind!r}; {hint}")
    return KINDS[kind]


def _meant(table: Mapping[str, Any]) -> str:
    """The key that may have been meant to say the kind, or what it can be."""
    nearest = process.extractOne("kind", list(table), score_cutoff=75)
    return f"is {nearest[0]!r} meant to be it?" if nearest else f"it can be {', '.join(sorted(KINDS))}"
