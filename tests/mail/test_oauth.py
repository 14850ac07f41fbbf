"""Getting in by access tokens (OAuth 2): a provider on loopback gives them, Dovecot asks it whether they are good."""

import asyncio
import shutil
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult

from contactcenter.channels.email.leaving.compose import Composed
from contactcenter.channels.email.leaving.deliver import deliver
from contactcenter.channels.email.oauth import Consent, NoToken, Tokens
from contactcenter.flow.health import ALARM_AFTER
from contactcenter.model.columns import SECOND
from contactcenter.model.values import RetryLater
from tests.desk import SetClock
from tests.mail.fetching import Between, Desk, mail, opened_desk
from tests.mail_servers import Dovecot
from tests.providers.smtp_relay import ADDRESS, SmtpRelay


@dataclass
class Provider:
    """Gives a new refresh token with every access token, and lets the old one die, as Microsoft does."""

    user: str
    port: int = 0
    life: int = 3600
    rotates: bool = True
    refusal: tuple[int, str] | None = None
    good: set[str] = field(default_factory=set)  # access tokens
    current: str = "first"  # the only refresh token that is taken
    asked: list[dict[str, str]] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))
    meanwhile: Callable[[], Awaitable[Any]] | None = None  # done before the next answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    @asynccontextmanager
    async def answering(self) -> AsyncIterator["Provider"]:
        application = web.Application()
        application.add_routes([web.post("/token", self._token), web.post("/introspect", self._introspect)])
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    def settings(self, **more: Any) -> dict[str, Any]:
        return {
            "oauth_token_url": self.url,
            "oauth_client_id": "desk",
            "oauth_client_secret": "client-secret",
            "oauth_refresh_token": "first",
            **more,
        }

    async def _token(self, request: web.Request) -> web.Response:
        asked = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append(asked)
        if self.meanwhile is not None:
            done, self.meanwhile = self.meanwhile, None
            await done()
        if self.refusal:
            return web.json_response({"error": self.refusal[1]}, status=self.refusal[0])
        if asked["refresh_token"] != self.current:
            return web.json_response({"error": "invalid_grant"}, status=400)
        number = next(self.numbers)
        access = f"access-{number}"
        self.good.add(access)
        given = {"access_token": access, "token_type": "Bearer", "expires_in": self.life}
        if self.rotates:
            self.current = given["refresh_token"] = f"refresh-{number}"
        return web.json_response(given)

    async def _introspect(self, request: web.Request) -> web.Response:
        token = str((await request.post()).get("token", ""))
        return web.json_response({"active": token in self.good, "username": self.user})


@pytest.fixture
async def provider(dovecot: Dovecot) -> AsyncIterator[Provider]:
    async with Provider(dovecot.new(), dovecot.oauth_port).answering() as found:
        yield found


def tokens(inbox: Desk, provider: Provider, refresh: str = "first", clock: Any = None) -> Tokens:
    consent = Consent(provider.url, "desk", "client-secret", refresh)
    return Tokens("support", consent, inbox.store, clock or inbox.clock)


async def test_a_mailbox_is_entered_by_an_access_token(inbox: Desk, dovecot: Dovecot, provider: Provider) -> None:
    """Checklist 64."""
    dovecot.deliver(provider.user, mail("one", id="1@ada.test"))
    url = f"imap://{provider.user}@127.0.0.1:{dovecot.port}"
    async with inbox.fetching(inbox.channel(url, **provider.settings())):
        assert await inbox.stored(1) == ["one"]
    (asked,) = provider.asked
    assert asked == {
        "grant_type": "refresh_token",
        "refresh_token": "first",
        "client_id": "desk",
        "client_secret": "client-secret",
    }


async def test_a_new_refresh_token_is_kept_and_used_by_whoever_comes_next(inbox: Desk, provider: Provider) -> None:
    """Checklist 64: after a restart too, where the setting still has the first one."""
    clock = SetClock()
    assert await tokens(inbox, provider, clock=clock).access() == "access-1"
    assert await tokens(inbox, provider, clock=clock).access() == "access-1"
    clock.forward(3600)
    assert await tokens(inbox, provider, clock=clock).access() == "access-2"
    assert [asked["refresh_token"] for asked in provider.asked] == ["first", "refresh-1"]


async def test_a_refresh_token_that_is_set_anew_wins_over_the_one_that_is_kept(inbox: Desk, provider: Provider) -> None:
    await tokens(inbox, provider).access()
    provider.current = "second"
    assert await tokens(inbox, provider, "second").access() == "access-2"
    assert [asked["refresh_token"] for asked in provider.asked] == ["first", "second"]


@pytest.mark.parametrize(("life", "renewed_after"), [(3600, 3300), (100, 90)])
async def test_a_token_is_renewed_before_it_ends(
    inbox: Desk, provider: Provider, life: int, renewed_after: int
) -> None:
    clock = SetClock()
    provider.life = life
    held = tokens(inbox, provider, clock=clock)
    assert await held.access() == "access-1"
    clock.forward(renewed_after - 1)
    assert await held.access() == "access-1"
    clock.forward(1)
    assert await held.access() == "access-2"


async def test_many_who_ask_at_once_cost_one_renewal(inbox: Desk, provider: Provider) -> None:
    held = tokens(inbox, provider)
    assert set(await asyncio.gather(*(held.access() for _ in range(10)))) == {"access-1"}
    assert len(provider.asked) == 1


async def test_who_comes_second_of_two_processes_takes_what_the_first_was_given(
    inbox: Desk, provider: Provider
) -> None:
    """Each has a lock of its own; the refresh token that both have read is good for one of them."""
    quicker = tokens(inbox, provider)
    provider.meanwhile = quicker.access
    assert await tokens(inbox, provider).access() == "access-1"
    assert [asked["refresh_token"] for asked in provider.asked] == ["first", "first"]
    assert provider.current == "refresh-1"


async def test_a_token_that_expires_while_we_wait_is_replaced(
    inbox: Desk, dovecot: Dovecot, provider: Provider
) -> None:
    """Checklist 64: BYE in the middle of IDLE."""
    between = Between(dovecot.port)
    async with between.listening() as door:
        channel = inbox.channel(f"imap://{provider.user}@{door}", **provider.settings())
        async with inbox.fetching(channel):
            await inbox.all_recorded(0)
            provider.good.clear()
            dovecot.deliver(provider.user, mail("waits", id="1@ada.test"))
            between.say(b"* BYE Session invalidated - AccessTokenExpired")
            between.cut()
            await inbox.stored(1)
            await inbox.all_recorded(1)
    assert [asked["refresh_token"] for asked in provider.asked] == ["first", "refresh-1"]


async def test_a_token_that_the_server_does_not_take_is_not_offered_twice(
    inbox: Desk, dovecot: Dovecot, provider: Provider
) -> None:
    channel = inbox.channel(f"imap://{provider.user}@127.0.0.1:{dovecot.port}", **provider.settings())
    await tokens(inbox, provider).access()
    provider.good.clear()
    async with inbox.fetching(channel):
        await inbox.all_recorded(0)
    assert len(provider.asked) == 2


async def test_a_consent_that_was_revoked_is_told_and_becomes_an_alarm(
    tmp_path: Path, empty_store: Path, dovecot: Dovecot, provider: Provider
) -> None:
    """Checklist 64: within five minutes; mail waits; who signs in again is let in."""
    shutil.copyfile(empty_store, tmp_path / "desk.db")
    clock = SetClock()
    provider.refusal = (400, "invalid_grant")
    url = f"imap://{provider.user}@127.0.0.1:{dovecot.port}"
    async with opened_desk(tmp_path / "desk.db", clock) as inbox:
        async with inbox.fetching(inbox.channel(url, **provider.settings())):
            row = await inbox.told(lambda row: row.error)
            assert row.error == "the consent was revoked or expired: sign in again, and set oauth_refresh_token"
            clock.forward(ALARM_AFTER / SECOND)
            await inbox.told(lambda row: row.alarmed)
            dovecot.deliver(provider.user, mail("waits", id="1@ada.test"))
        provider.refusal, provider.current = None, "signed in again"
        again = provider.settings(oauth_refresh_token="signed in again")
        async with inbox.fetching(inbox.channel(url, **again)):
            assert await inbox.stored(1) == ["waits"]
            await inbox.told(lambda row: not row.error and not row.alarmed)


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, "invalid_client", "check oauth_client_id and oauth_client_secret"),
        (400, "invalid_scope", "oauth_scope"),
        (503, "", "gives no token (status 503)"),
        (200, "not what was asked for", "check oauth_token_url"),
    ],
)
async def test_a_provider_that_gives_no_token_is_told_with_a_remedy(
    inbox: Desk, provider: Provider, status: int, error: str, words: str
) -> None:
    provider.refusal = (status, error)
    with pytest.raises(NoToken) as told:
        await tokens(inbox, provider).access()
    assert words in str(told.value)
    provider.refusal = None
    assert await tokens(inbox, provider).access() == "access-1"


async def test_a_provider_that_is_away_is_told(inbox: Desk) -> None:
    with pytest.raises(NoToken, match="cannot be asked for a token"):
        await tokens(inbox, Provider("nobody", port=1)).access()


class TokenRelay(SmtpRelay):
    """Takes mail from who brings a good token, and nobody else."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        self.said: list[str] = []

    async def auth_XOAUTH2(self, server: SMTP, words: list[str]) -> AuthResult:  # noqa: N802
        self.said.append(b64decode(words[1]).decode())
        return AuthResult(
            handled=False, success=any(f"Bearer {token}\1" in self.said[-1] for token in self.provider.good)
        )

    def _session(self) -> SMTP:
        loop = asyncio.get_running_loop()
        session = SMTP(self, hostname="relay.test", loop=loop, auth_require_tls=False, auth_required=True)
        self._open.append(session)
        return session


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_an_answer_goes_out_by_the_same_token(inbox: Desk, provider: Provider) -> None:
    """Checklist 64, SMTP: no password; and while there is no token the mail waits."""
    letter = Composed(ADDRESS, ("ada@example.test",), b"Subject: Your order\r\n\r\nSent.\r\n", needs_utf8=False)
    relay = TokenRelay(provider)
    async with relay:
        settings = provider.settings(smtp_relay=relay.place, smtp_user=ADDRESS)
        channel = inbox.channel(f"imap://{provider.user}@127.0.0.1:1", **settings)
        assert channel.relay is not None
        await deliver(channel.relay, letter)
        assert [taken.recipients for taken in relay.taken] == [("ada@example.test",)]
        assert relay.said == [f"user={ADDRESS}\1auth=Bearer access-1\1\1"]
        provider.good.clear()  # before its time
        with pytest.raises(RetryLater, match="535"):
            await deliver(channel.relay, letter)
        await deliver(channel.relay, letter)
        assert "access-2" in relay.said[-1]
        nobody = replace(channel.relay, tokens=tokens(inbox, provider, "revoked"))
        with pytest.raises(RetryLater, match="sign in again"):
            await deliver(nobody, letter)
    assert len(relay.taken) == 2
