"""Access tokens for a mailbox whose provider wants no passwords (RFC 6749 6): had by a refresh token, kept fresh.

Asked by imap.py and deliver.py before they log in. Providers hand out a new refresh token with an access token and let
the old one die: the new one is stored before anything is done with its access token. The setting is only the first;
a setting that was changed since wins over what is stored.
"""

import asyncio
import hashlib
from dataclasses import dataclass, field

import aiohttp
import msgspec

from contactcenter.flow import secrets
from contactcenter.model.values import Unusable
from contactcenter.ports import Clock, Store

EARLY = 300  # seconds before its end that a token is renewed, or a tenth of its life where that is less
LIFE = 300  # seconds, where the provider does not say
ANSWER_LIMIT = 64 * 1024  # bytes
WITHIN = aiohttp.ClientTimeout(total=20)


class NoToken(Unusable):
    """No access token can be had; the text says why and what to do."""


class Kept(msgspec.Struct, frozen=True):
    """What is stored. `setting` is the digest of the setting that it began with."""

    setting: str
    refresh: str
    access: str = ""
    until: int = 0  # microseconds; when the access token is to be renewed


class Given(msgspec.Struct, frozen=True):
    """A provider's answer (RFC 6749 5.1)."""

    access_token: str
    expires_in: int | str = LIFE
    refresh_token: str = ""


class Refused(msgspec.Struct, frozen=True):
    """Its refusal (RFC 6749 5.2)."""

    error: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody who signed in let us do, as the settings say it."""

    url: str
    client: str
    secret: str = field(repr=False)
    refresh: str = field(repr=False)
    scope: str = ""


class Tokens:
    """The access tokens of one channel."""

    def __init__(self, channel: str, consent: Consent, store: Store, clock: Clock) -> None:
        self.name = f"oauth:{channel}"
        self.consent = consent
        self.store = store
        self.clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._refused = ""  # an access token that was not taken, whatever its date says
        self._last = ""

    async def access(self) -> str:
        """One that is good for some minutes. Raises NoToken, StoreUnavailable."""
        async with self._one_at_a_time:
            kept = await self._kept()
            if not self._is_good(kept):
                kept = await self._renewed_by_somebody(kept)
            self._last = kept.access
            return kept.access

    def forget(self) -> None:
        """The last one was not taken: the next is a new one."""
        self._refused = self._last

    async def _kept(self) -> Kept:
        kept = await self.store.read(secrets.kept, self.name, Kept)
        setting = hashlib.sha256(self.consent.refresh.encode()).hexdigest()
        return Kept(setting, self.consent.refresh) if kept is None or kept.setting != setting else kept

    def _is_good(self, kept: Kept) -> bool:
        return bool(kept.access) and kept.access != self._refused and self.clock.now() < kept.until

    async def _renewed_by_somebody(self, kept: Kept) -> Kept:
        """By us, or by another process of the desk that was quicker and so let our refresh token die."""
        try:
            return await self._renewed(kept)
        except NoToken:
            newer = await self._kept()
            if newer == kept:
                raise
            return newer if self._is_good(newer) else await self._renewed(newer)

    async def _renewed(self, kept: Kept) -> Kept:
        given = await self._given(kept.refresh)
        try:
            life = int(given.expires_in)
        except ValueError:
            life = LIFE
        until = secrets.renewed_at(self.clock.now(), life, EARLY)
        renewed = Kept(kept.setting, given.refresh_token or kept.refresh, given.access_token, until)
        await self.store.write(secrets.keep, self.name, renewed)
        return renewed

    async def _given(self, refresh: str) -> Given:
        consent = self.consent
        asked = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": consent.client}
        asked |= {"client_secret": consent.secret} if consent.secret else {}
        asked |= {"scope": consent.scope} if consent.scope else {}
        try:
            async with (
                aiohttp.ClientSession(timeout=WITHIN) as http,
                http.post(consent.url, data=asked, allow_redirects=False) as answer,
            ):
                status, body = answer.status, b""
                async for piece in answer.content.iter_any():
                    body = (body + piece)[:ANSWER_LIMIT]
        except (aiohttp.ClientError, OSError) as error:
            raise NoToken(f"oauth_token_url cannot be asked for a token: {type(error).__name__}") from None
        try:
            if status == 200:
                return msgspec.json.decode(body, type=Given)
            refused = msgspec.json.decode(body, type=Refused).error
        except msgspec.MsgspecError:
            refused = ""
        raise NoToken(_words(status, refused))


def _words(status: int, error: str) -> str:
    match error:
        case "invalid_grant":
            return "the consent was revoked or expired: sign in again, and set oauth_refresh_token"
        case "invalid_client" | "unauthorized_client":
            return f"the provider refuses us ({error}): check oauth_client_id and oauth_client_secret"
        case "invalid_scope":
            return "the provider does not give this oauth_scope: leave it empty, or sign in again for it"
    return f"the provider gives no token (status {status}); check oauth_token_url; it is tried again by itself"
