"""The `[desk.slack]` table, checked. Read by `app`."""

import re
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from contactcenter.settings import Name
from contactcenter.slack.settings import Connection

_ID = re.compile(r"[CG][A-Z0-9]{2,30}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _check_id(text: str) -> str:
    if text and not _ID.fullmatch(text):
        raise ValueError(
            f"{text!r} is no id of a channel, such as C0123456789: it stands at the bottom of the channel's details"
        )
    return text


def _check_time(text: str) -> str:
    if text and not _TIME.fullmatch(text):
        raise ValueError(f"{text!r} is no time of day, such as 09:00")
    return text


def _check_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is no time zone, such as Europe/Berlin") from None
    return name


ChannelId = Annotated[str, AfterValidator(_check_id)]


class Settings(Connection):
    """Where agents and supervisors work in Slack."""

    channel: ChannelId = ""
    channels: dict[Name, ChannelId] = Field(default={})
    supervisors: ChannelId = ""
    thread: Literal["reply", "note"] = "reply"
    figures_at: Annotated[str, AfterValidator(_check_time)] = ""
    timezone: Annotated[str, AfterValidator(_check_timezone)] = "UTC"

    @model_validator(mode="after")
    def _of_use(self) -> Self:
        if not self.token.get_secret_value():
            raise ValueError(
                "needs token, the bot token (begins with xoxb-): OAuth & Permissions, Install to Workspace"
            )
        if not self.channel and not self.channels:
            raise ValueError("needs channel, the id of the private channel where cards of all queues are to appear")
        return self
