"""The `[channels.<name>]` table of customers who write in Slack, checked.

Read by channels/registry.py; channel.py hands the values on. The keys of the connection are contactcenter/slack's.
"""

from typing import Self

from pydantic import SecretStr, model_validator

from contactcenter.settings import ChannelSettings
from contactcenter.slack.settings import Connection


class Settings(ChannelSettings, Connection):
    """Without `token` the app of [desk.slack] serves customers, too.

    With `client_id`, other workspaces can install the app, and tokens that end are exchanged.
    """

    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    refresh_token: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _can_begin(self) -> Self:
        if self.refresh_token.get_secret_value() and not self.client_id:
            raise ValueError("needs client_id and client_secret to exchange the refresh_token")
        if self.client_id and not self.client_secret.get_secret_value():
            raise ValueError("needs client_secret beside client_id; both stand under Basic Information")
        return self
