"""Telegram: a bot that customers write to, alone or in groups; fetched by polling, or brought to our webhook."""

from contactcenter.channels.telegram.channel import Telegram, build
from contactcenter.channels.telegram.settings import Settings

__all__ = ["Settings", "Telegram", "build"]
