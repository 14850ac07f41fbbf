"""How each channel is doing is known, whether it fetches or only listens."""

from typing import Any

from contactcenter.flow import health
from contactcenter.flow.health import ALARM_AFTER
from contactcenter.model.columns import SECOND
from contactcenter.settings import Settings, load
from tests.desk import QuietDesk, RunningDesk, eventually, running_desk, write_settings
from tests.servers import free_port

MAIL = """
[channels.mail]
kind = "email"
address = "support@example.test"
smtp_listen = "127.0.0.1:{port}"
"""


async def state(desk: RunningDesk, channel: str) -> Any:
    return next(row for row in await desk.grace.items("/channels") if row["name"] == channel)


async def test_of_a_channel_that_only_listens_that_it_runs_is_told(settings: Settings) -> None:
    """Checklist 65."""
    settings = load(write_settings(settings.folder, more=MAIL.format(port=free_port())), {})
    async with running_desk(settings) as desk:
        for channel in ("site", "mail", "try"):

            async def works(name: str = channel) -> bool:
                return bool((await state(desk, name))["state"] == "working")

            assert await eventually(works)
            assert (await state(desk, channel))["succeeded_at"] is not None
        async with desk.http.get(f"{desk.url}/metrics") as told:
            assert 'contactcenter_channel_failing{channel="mail"} 0' in await told.text()


def test_a_failure_becomes_an_alarm_once_and_the_next_success_ends_it(quiet: QuietDesk) -> None:
    """Checklist 13: people know within five minutes, and are not told again each time."""
    quiet.do(health.succeeded, "mail", health.Counts(3, 3))
    assert not quiet.do(health.failed, "mail", "the server is away")
    quiet.clock.forward(ALARM_AFTER / SECOND)
    assert quiet.do(health.failed, "mail", "the server is still away")
    assert not quiet.do(health.failed, "mail", "the server is still away")
    row = quiet.do(health.shown)["mail"]
    assert (row.error, row.alarmed, row.found) == ("the server is still away", 1, 3)
    quiet.do(health.succeeded, "mail", health.Counts(4, 4))
    row = quiet.do(health.shown)["mail"]
    assert (row.error, row.alarmed, row.failing_since, health.state_of(row)) == ("", 0, None, "working")
