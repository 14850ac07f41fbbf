"""The servers that other tests lean on: each test finds them running and empty, and may break them."""

import psycopg
import pytest
from playwright.async_api import Browser
from redis import Redis as Client

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
