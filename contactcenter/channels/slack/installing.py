"""Other workspaces install the app: a page with a link to Slack's own question, and where Slack sends them back to.

Both are GET /hooks/<channel>, in a browser; without `client_id` there is no such page. The link carries a state that
we signed a short while ago (RFC 6749 10.12): nobody can be made to install what somebody else began.
"""

import hashlib
import hmac
import html
from dataclasses import dataclass
from urllib.parse import urlencode

from contactcenter.channels.protocol import HookReply, HookRequest
from contactcenter.channels.slack.installations import Installations
from contactcenter.model.columns import SECOND
from contactcenter.model.values import RetryLater, Undeliverable, Unknown

AUTHORIZE = "https://slack.com/oauth/v2/authorize"
VALID = 600  # seconds from the page to the answer
SCOPES = (
    *("app_mentions:read", "channels:history", "channels:read", "chat:write", "files:read", "files:write"),
    *("groups:history", "groups:read", "im:history", "im:write", "users:read"),
)
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><body style="font: 18px/1.5 sans-serif; max-width: 32em; margin: 4em auto; padding: 0 1em">
<h1>{title}</h1><p>{text}</p></body></html>"""


@dataclass(frozen=True, slots=True)
class Installing:
    """The pages of one channel. `back` is where Slack sends people to: its own address, as people reach it."""

    installations: Installations
    back: str
    secret: bytes
    authorize: str = AUTHORIZE

    async def answer(self, request: HookRequest) -> HookReply:
        """The page with the link, or what became of it."""
        if not self.installations.settings.client_id:
            return HookReply(404)
        if "error" in request.query:
            return _page("Not installed", "Nothing was changed. You can close this page.")
        if "code" not in request.query:
            return _page("Write to us from Slack", f'<a href="{html.escape(self._link())}">Add the app to Slack</a>')
        if not self._is_ours(request.query.get("state", "")):
            return _page("Too late", f'<a href="{html.escape(self.back)}">Begin again</a>, please.', 403)
        try:
            team = await self.installations.install(request.query["code"], self.back)
        except (RetryLater, Undeliverable, Unknown):
            return _page(
                "Not installed", f'Slack did not agree. <a href="{html.escape(self.back)}">Try again</a>.', 502
            )
        return _page("Installed", f"The app is installed in {html.escape(team)}. Write it a direct message.")

    def _link(self) -> str:
        asked = {
            "client_id": self.installations.settings.client_id,
            "scope": ",".join(SCOPES),
            "redirect_uri": self.back,
            "state": self._state(self._now()),
        }
        return f"{self.authorize}?{urlencode(asked)}"

    def _state(self, second: int) -> str:
        signed = hmac.new(self.secret, f"slack {self.back} {second}".encode(), hashlib.sha256).hexdigest()
        return f"{second}.{signed}"

    def _is_ours(self, state: str) -> bool:
        second = state.partition(".")[0]
        if not (second.isascii() and second.isdigit() and len(second) < 12):
            return False
        fresh = 0 <= self._now() - int(second) <= VALID
        return fresh and hmac.compare_digest(state.encode(), self._state(int(second)).encode())

    def _now(self) -> int:
        return self.installations.clock.now() // SECOND


def _page(title: str, text: str, status: int = 200) -> HookReply:
    return HookReply(status, PAGE.format(title=title, text=text).encode(), "text/html; charset=utf-8")
