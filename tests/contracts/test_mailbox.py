"""What is kept of a provider, on each engine: which mails are stored, how the channel does, the token it gave last."""

from contactcenter.channels.email.oauth import Kept
from contactcenter.flow import health, mailbox, secrets
from contactcenter.flow.health import ALARM_AFTER, Counts
from contactcenter.model.columns import SECOND
from tests.contracts.engines import Engine

INBOX = ("support", "INBOX", 7)


async def test_a_mail_is_recorded_under_its_channel_folder_and_validity_once(engine: Engine) -> None:
    async with engine.opened() as opened:
        write, read = opened.store.write, opened.store.read
        await write(mailbox.record, *INBOX, {1: 11, 4_294_967_295: 12})
        await write(mailbox.record, *INBOX, {1: 99})
        await write(mailbox.record, "support", "INBOX", 8, {1: 13})
        await write(mailbox.record, "support", "Archive", 7, {2: 14})
        await write(mailbox.record, "sales", "INBOX", 7, {3: 15})
        assert await read(mailbox.recorded, *INBOX) == {1: 11, 4_294_967_295: 12}
        assert await read(mailbox.first_look, "support", "INBOX") == 0


async def test_the_first_look_is_known_for_ever_whatever_the_validity(engine: Engine) -> None:
    async with engine.opened() as opened:
        looked = opened.clock.now()
        await opened.store.write(mailbox.leave, *INBOX, [])
        opened.clock.forward(60)
        await opened.store.write(mailbox.leave, "support", "INBOX", 8, [1, 2])
        assert await opened.store.read(mailbox.recorded, *INBOX) == {mailbox.FIRST_LOOK: looked}
        known = await opened.store.read(mailbox.recorded, "support", "INBOX", 8)
        assert known == {mailbox.FIRST_LOOK: looked, 1: 0, 2: 0}
        assert await opened.store.read(mailbox.first_look, "support", "INBOX") == looked


async def test_a_channel_is_well_failing_alarmed_and_well_again(engine: Engine) -> None:
    async with engine.opened() as opened:
        await opened.store.write(health.succeeded, "support", Counts(5, 4, 1, "not given"))
        row = (await opened.store.read(health.shown))["support"]
        assert (row.found, row.recorded, row.stuck, row.error, row.failing_since) == (5, 4, 1, "not given", None)
        began = opened.clock.now()
        assert not await opened.store.write(health.failed, "support", "the server does not answer")
        opened.clock.forward(ALARM_AFTER / SECOND)
        assert await opened.store.write(health.failed, "support", "the server does not answer")
        assert not await opened.store.write(health.failed, "support", "the server does not answer")
        row = (await opened.store.read(health.shown))["support"]
        assert (row.succeeded_at, row.failing_since, row.alarmed) == (began, began, 1)
        await opened.store.write(health.succeeded, "support")
        row = (await opened.store.read(health.shown))["support"]
        assert (row.failing_since, row.alarmed, row.error) == (None, 0, "")


async def test_the_last_token_is_kept_in_the_place_of_the_one_before(engine: Engine) -> None:
    async with engine.opened() as opened:
        for number in ("1", "2"):
            await opened.store.write(secrets.keep, "oauth:support", Kept("setting", f"refresh-{number}"))
        assert await opened.store.read(secrets.kept, "oauth:support", Kept) == Kept("setting", "refresh-2")
        assert await opened.store.read(secrets.kept, "oauth:sales", Kept) is None
