"""What it takes to talk to Slack: keys of `[desk.slack]` and of `[channels.<name>]` with kind = "slack"."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, model_validator

from contactcenter.settings import Section, is_here


def _check_url(text: str) -> str:
    url = urlsplit(text)
    if not url.hostname or (url.scheme != "https" and not (url.scheme == "http" and is_here(url.hostname))):
        raise ValueError("must begin with https:// (http:// only on this machine)")
    return text if text.endswith("/") else f"{text}/"


def _check_token(token: SecretStr, prefix: str, what: str) -> SecretStr:
    text = token.get_secret_value().removeprefix("xoxe.")  # one that is exchanged from time to time
    if text and not text.startswith(prefix):
        raise ValueError(f"is no {what}: that begins with {prefix}")
    return token


class Connection(Section):
    """`mode` socket: Slack is called, no public address is needed; http: Slack calls /hooks/<name>."""

    api_url: Annotated[str, AfterValidator(_check_url)] = "https://slack.com/api/"
    mode: Literal["socket", "http"] = "socket"
    token: Annotated[SecretStr, AfterValidator(lambda it: _check_token(it, "xoxb-", "bot token"))] = SecretStr("")
    app_token: Annotated[SecretStr, AfterValidator(lambda it: _check_token(it, "xapp-", "app-level token"))] = (
        SecretStr("")
    )
    signing_secret: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.token.get_secret_value():
            return self  # that of another table is used
        if self.mode == "socket" and not self.app_token.get_secret_value():
            raise ValueError(
                'needs app_token (begins with xapp-) for mode = "socket"; make one under Basic Information, '
                "App-Level Tokens, with the scope connections:write"
            )
        if self.mode == "http" and not self.signing_secret.get_secret_value():
            raise ValueError('needs signing_secret for mode = "http"; it stands under Basic Information')
        return self
