"""The workspaces that our app is installed in: a token for each, kept fresh, and the Web API with it.

Asked by arriving.py and leaving.py. Our own workspace's token is a setting; others come by installing.py and are
stored. Where tokens end (token rotation), one is exchanged before it does; the refresh token is good once, so that the
new pair is stored before the new token is used. A setting that was changed since wins over what is stored.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec

from contactcenter.channels.slack.settings import Settings
from contactcenter.flow import secrets
from contactcenter.model.values import Undeliverable, Unreachable
from contactcenter.ports import Clock, Store
from contactcenter.slack.api import Api, TokenRevoked
from contactcenter.slack.connection import Slack
from contactcenter.slack.settings import Connection

EARLY = 1800  # seconds before its end that a token is exchanged, or a tenth of its life where that is less

log = logging.getLogger(__name__)


class Kept(msgspec.Struct, frozen=True):
    """What is stored of an installation. `setting` is the digest of the settings that it began with."""

    access: str
    refresh: str = ""
    until: int = 0  # microseconds; when the token is to be exchanged, 0: it does not end
    setting: str = ""
    name: str = ""  # of the workspace


class Given(msgspec.Struct, frozen=True):
    """oauth.v2.access, as far as we read it."""

    access_token: str
    refresh_token: str = ""
    expires_in: int = 0
    team: dict[str, Any] = msgspec.field(default_factory=dict)


class Installations:
    """Those of one channel."""

    def __init__(self, channel: str, settings: Settings, slack: Slack, store: Store, clock: Clock) -> None:
        self.channel = channel
        self.settings = settings
        self.slack = slack
        self.store = store
        self.clock = clock
        slack.api.bearer = partial(self._access, "")
        self._apis: dict[str, Api] = {}
        self._exchanging: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def api(self, team: str) -> AsyncIterator[Api]:
        """The Web API in that workspace, with the token of its own installation or else of ours.

        That our token fails is told, and waits; theirs is theirs to take away: inside the block it is Unreachable.
        """
        if team not in self._apis and await self.store.read(secrets.kept, self._name(team), Kept) is not None:
            self._apis[team] = Api(self.slack.connection, partial(self._access, team))
        try:
            async with self._apis.get(team, self.slack.api) as api:
                yield api
        except TokenRevoked as revoked:
            if team not in self._apis:
                raise
            raise Unreachable(f"the app was taken out of their workspace: {revoked}") from None

    async def install(self, code: str, redirect: str) -> str:
        """Somebody consented: the token is stored; the name of their workspace. Raises as Api.call."""
        given = await self._asked(code=code, redirect_uri=redirect)
        team = str(given.team.get("id", ""))
        if not team:
            raise Undeliverable("Slack does not say which workspace it was installed in")
        kept = self._as_kept(given, Kept("", name=str(given.team.get("name", ""))))
        await self.store.write(secrets.keep, self._name(team), kept)
        log.info("installed in a workspace", extra={"channel": self.channel, "team": team})
        return kept.name or team

    async def _access(self, team: str) -> str:
        """A token that is good for some minutes. Raises TokenRevoked, and as Api.call."""
        if not team and not self.settings.refresh_token.get_secret_value():
            return self.slack.connection.token.get_secret_value()
        kept = await self._current(team)
        if not self._has_ended(kept):
            return kept.access
        async with self._exchanging.setdefault(team, asyncio.Lock()):
            kept = await self._current(team)  # somebody may have been quicker
            if self._has_ended(kept):
                kept = await self._exchanged(team, kept)
            return kept.access

    async def _exchanged(self, team: str, kept: Kept) -> Kept:
        try:
            given = await self._asked(grant_type="refresh_token", refresh_token=kept.refresh)
        except Undeliverable as refused:
            newer = await self._current(team)  # by another process, which let our refresh token die
            if newer != kept and not self._has_ended(newer):
                return newer
            raise TokenRevoked(f"the token of Slack has ended and cannot be exchanged: {refused}") from None
        renewed = self._as_kept(given, kept)
        await self.store.write(secrets.keep, self._name(team), renewed)
        return renewed

    async def _current(self, team: str) -> Kept:
        """What is stored, or for our own workspace what is set."""
        kept = await self.store.read(secrets.kept, self._name(team), Kept)
        if team:
            if kept is None:
                raise TokenRevoked("the app is not installed in that workspace any more")
            return kept
        token, refresh = self.slack.connection.token.get_secret_value(), self.settings.refresh_token.get_secret_value()
        setting = hashlib.sha256(f"{token} {refresh}".encode()).hexdigest()
        if kept is not None and kept.setting == setting:
            return kept
        return Kept(token, refresh, 1 if refresh else 0, setting)  # when it ends nobody says: it is exchanged at once

    def _has_ended(self, kept: Kept) -> bool:
        return bool(kept.refresh) and self.clock.now() >= kept.until

    def _as_kept(self, given: Given, before: Kept) -> Kept:
        until = secrets.renewed_at(self.clock.now(), given.expires_in, EARLY) if given.expires_in > 0 else 0
        return Kept(given.access_token, given.refresh_token or before.refresh, until, before.setting, before.name)

    async def _asked(self, **asked: str) -> Given:
        """oauth.v2.access, which wants no token but who we are."""
        who = {
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret.get_secret_value(),
        }
        async with Api(Connection(api_url=self.slack.connection.api_url)) as api:
            answer = await api.call("oauth.v2.access", **who, **asked)
        try:
            return msgspec.convert(answer, Given)
        except msgspec.ValidationError:
            raise Undeliverable("Slack gives no token") from None

    def _name(self, team: str) -> str:
        return f"slack:{self.channel}:{team}"
