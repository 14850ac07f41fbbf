"""Web chat: a page, sessions, a socket. The protocol is in docs/reference/webchat.md."""

from collections.abc import Sequence
from typing import Any

from contactcenter.channels.parts import Parts
from contactcenter.channels.webchat.channel import Settings, WebChat
from contactcenter.channels.webchat.routes import routes_of

__all__ = ["Settings", "build"]


def build(name: str, settings: Settings, parts: Parts) -> tuple[WebChat, Sequence[Any]]:
    """A web chat channel and its routes."""
    channel = WebChat(name, settings, parts.bus)
    return channel, routes_of(channel, parts)
