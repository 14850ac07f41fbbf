"""Installing our app in workspaces of the fake Slack (slack.py): consent, codes, tokens that end and are exchanged.

With `rotates` a token lives twelve hours and comes with a refresh token, which is good once.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.providers.slack_api import SCOPES, Refusal
from tests.providers.slack_world import Workspace

if TYPE_CHECKING:
    from tests.providers.slack_server import Server

LIFE = 43_200  # seconds


class OAuth:
    """https://docs.slack.dev/authentication/installing-with-oauth and using-token-rotation."""

    def __init__(self, slack: "Server") -> None:
        self.slack = slack
        self.client_id = "1234.5678"
        self.client_secret = "made-up-client-secret"
        self.rotates = True
        self.codes: dict[str, Workspace] = {}

    def rotate(self, team: Workspace) -> None:
        """From now on its token ends and must be exchanged; the settings hold the first pair."""
        self._renew(team)

    def expire(self, team: Workspace) -> None:
        """Its token has ended."""
        team.until = asyncio.get_running_loop().time()

    def code(self, team: Workspace) -> str:
        """Somebody in that workspace consented."""
        code = f"code-{self.slack.world.number()}"
        self.codes[code] = team
        return code

    async def page(self, request: web.Request) -> web.Response:
        """Slack's question, which is always answered with yes, by somebody in the workspace `team`."""
        asked = request.query
        team = self.slack.world.workspaces[asked.get("team", self.slack.team.id)]
        if asked["client_id"] != self.client_id or not set(asked["scope"].split(",")) <= SCOPES:
            return web.Response(status=400, text="invalid_client_id or invalid_scope")
        target = f"{asked['redirect_uri']}?code={self.code(team)}&state={asked.get('state', '')}"
        return web.Response(status=302, headers={"Location": target})

    def access(self, given: dict[str, Any]) -> dict[str, Any]:
        """oauth.v2.access: a code or a refresh token becomes a token."""
        if (given.get("client_id"), given.get("client_secret")) != (self.client_id, self.client_secret):
            raise Refusal("invalid_client_id")
        if given.get("grant_type") == "refresh_token":
            teams = self.slack.world.workspaces.values()
            found = next((one for one in teams if one.refresh_token == given.get("refresh_token")), None)
            if found is None or not found.refresh_token or found.revoked:
                raise Refusal("invalid_refresh_token")
            self._renew(found)
            return self._told(found)
        team = self.codes.pop(str(given.get("code")), None)
        if team is None:
            raise Refusal("invalid_code")
        team.revoked = ""
        if self.rotates:
            self._renew(team)
        return self._told(team)

    def _renew(self, team: Workspace) -> None:
        number = self.slack.world.number()
        team.token = f"xoxe.xoxb-{team.id}-{number}"
        team.refresh_token = f"xoxe-{team.id}-{number}"
        team.until = asyncio.get_running_loop().time() + LIFE

    def _told(self, team: Workspace) -> dict[str, Any]:
        rotation = {"refresh_token": team.refresh_token, "expires_in": LIFE} if team.refresh_token else {}
        return {
            "access_token": team.token,
            "token_type": "bot",
            "scope": ",".join(sorted(SCOPES)),
            "bot_user_id": team.bot.id,
            "app_id": "A1",
            "team": {"id": team.id, "name": team.name},
            "enterprise": None,
            "authed_user": {"id": "U0"},
            "is_enterprise_install": False,
            **rotation,
        }
