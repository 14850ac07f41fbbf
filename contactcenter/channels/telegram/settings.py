"""The `[channels.<name>]` table of a bot, checked.

Read by channels/registry.py; channel.py hands the values on. Refuses what would send the token in the clear.
"""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from contactcenter.settings import ChannelSettings, Origin, is_here

_TOKEN = re.compile(r"[0-9]{1,18}:[A-Za-z0-9_-]{20,100}")


def _check_token(token: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(token.get_secret_value()):
        raise ValueError("is no token of a bot: a number, a colon and a long word, as @BotFather gives it")
    return token


def _check_api(url: str) -> str:
    if url.startswith("http://") and not is_here(urlsplit(url).hostname or ""):
        raise ValueError("must begin with https://, because every request carries the token")
    return url


class Settings(ChannelSettings):
    """`token` is the bot, `mode` how its messages reach us."""

    token: Annotated[SecretStr, AfterValidator(_check_token)]
    api_url: Annotated[Origin, AfterValidator(_check_api)] = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"

    @property
    def alone(self) -> dict[str, str]:
        """Two channels of one bot would take messages from each other."""
        return {"token": self.bot}

    @property
    def bot(self) -> str:
        """The bot's own number, which its token begins with and which is no secret."""
        return self.token.get_secret_value().partition(":")[0]

    @property
    def local(self) -> bool:
        """Is the server one on this machine? Then it may reach us without TLS as well."""
        return is_here(urlsplit(self.api_url).hostname or "")
