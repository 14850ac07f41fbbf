"""Customers who write in Slack: direct messages to the app, and threads in channels that mention it."""

from contactcenter.channels.slack.channel import SlackChannel, build
from contactcenter.channels.slack.settings import Settings

__all__ = ["Settings", "SlackChannel", "build"]
