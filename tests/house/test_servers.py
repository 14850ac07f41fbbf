"""The servers that other tests lean on: each test finds them running and empty, and may break them."""

import asyncio
import smtplib

import psycopg
import pytest
from playwright.async_api import Browser
from redis import Redis as Client

from tests.desk import eventually
from tests.mail_servers import DOMAIN, Dovecot, Postfix, Remote
from tests.servers import PostgreSQL, Redis


def test_every_database_is_new(postgres: PostgreSQL) -> None:
    first, second = postgres.url(), postgres.url()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE letter (text text)")
    with psycopg.connect(second) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM letter")
    with psycopg.connect(postgres.url(copy_of=first)) as connection:
        assert connection.execute("SELECT * FROM letter").fetchall() == []


def test_postgres_keeps_what_was_committed_before_it_was_killed(postgres: PostgreSQL) -> None:
    address = postgres.url()
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE letter (text text)")
    postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address, connect_timeout=2)
    postgres.start()
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT * FROM letter").fetchall() == []


@pytest.mark.parametrize("text", ["one", "another"])
def test_redis_comes_back_and_is_empty_for_each_test(redis: Redis, text: str) -> None:
    redis.stop()
    redis.start()
    with Client.from_url(redis.url) as client:
        assert client.get("letter") is None
        client.set("letter", text)


async def test_the_browser_shows_a_page(browser: Browser) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.set_content("<p>Ada wrote.</p>")
    assert await page.inner_text("p") == "Ada wrote."
    await context.close()


def bodies(dovecot: Dovecot, user: str) -> list[bytes]:
    """Every mail of that mailbox."""
    with dovecot.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        return [found[b"BODY[]"] for found in client.fetch(client.search(), ["BODY.PEEK[]"]).values()]


def test_a_mailbox_begins_again_with_the_same_mails_under_other_numbers(dovecot: Dovecot) -> None:
    user = dovecot.new()
    dovecot.deliver(user, b"Subject: from Ada\r\n\r\nHello\r\n")
    dovecot.begin_again(user)
    with dovecot.client(user) as client:
        assert client.select_folder("INBOX")[b"UIDVALIDITY"] >= 1_900_000_000
        assert client.search() == [1000]


def test_postfix_ends_with_all_that_it_started(postfix: Postfix) -> None:
    postfix.stop()
    assert not postfix.answers()
    postfix.start()
    postfix.kill()
    assert not postfix.answers()
    postfix.start()


async def test_mail_that_cannot_be_delivered_comes_back_to_the_tag_it_was_sent_from(
    dovecot: Dovecot, postfix: Postfix, remote: Remote
) -> None:
    user = dovecot.new()

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", postfix.port) as smtp:
            for name in ("nobody", "later", "ada"):
                smtp.sendmail(f"{user}+b42@{DOMAIN}", [f"{name}@example.test"], b"Subject: Your order\r\n\r\nSent.\r\n")

    async def came_back(word: bytes) -> bool:
        return any(word in mail for mail in await asyncio.to_thread(bodies, dovecot, user))

    await asyncio.to_thread(send)
    await eventually(lambda: came_back(b"Action: failed"))
    await eventually(lambda: came_back(b"Action: delayed"))
    assert all(f"Delivered-To: {user}+b42@".encode() in mail for mail in await asyncio.to_thread(bodies, dovecot, user))
    remote.patient = False

    async def taken() -> bool:
        return sorted(to for _, recipients, _ in remote.taken for to in recipients) == [
            "ada@example.test",
            "later@example.test",
        ]

    await eventually(taken)
