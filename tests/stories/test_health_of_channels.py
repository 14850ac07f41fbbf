"""How each channel is doing is known, whether it fetches or only listens."""

import asyncio
from pathlib import Path
from typing import Any

import aiosmtplib
from sqlalchemy import select

from contactcenter import app
from contactcenter.channels.loopback import Loopback, said
from contactcenter.cli import main
from contactcenter.flow import actions, health, intake, ledger, queries
from contactcenter.flow.health import ALARM_AFTER
from contactcenter.flow.policies import Policies, Way
from contactcenter.model.columns import DAY, MINUTE, SECOND, table
from contactcenter.model.history import Event
from contactcenter.model.values import Unusable
from contactcenter.sending import Sending
from contactcenter.settings import Settings, load
from tests.desk import NOON, QuietDesk, RunningDesk, SetClock, eventually, hire, running_desk, write_settings
from tests.servers import free_port

MAIL = """
[channels.mail]
kind = "email"
address = "support@example.test"
smtp_listen = "127.0.0.1:{port}"
"""

ANSWERS_ONLY = """
[channels.answers]
kind = "email"
address = "answers@example.test"
smtp_relay = "127.0.0.1:{port}"
"""
MAIL_BY_SMTP = b"From: Ada <ada@ada.test>\r\nSubject: hi\r\n\r\nWhere is my order?\r\n"


class Probed(Loopback):
    """A loopback channel whose provider can be asked, and may be away."""

    def __init__(self) -> None:
        super().__init__("probed")
        self.away = True
        self.probes = 0

    async def probe(self) -> None:
        self.probes += 1
        if self.away:
            raise Unusable("the provider is away")


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
            assert (await state(desk, channel))["receiving"]["succeeded_at"] is not None
        async with desk.http.get(f"{desk.url}/metrics") as told:
            assert 'contactcenter_channel_failing{channel="mail",side="receiving"} 0' in await told.text()


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


def test_another_reason_is_told_with_its_own_beginning(quiet: QuietDesk) -> None:
    """How long it has been failing goes on: two faults in turn are an alarm as well."""
    quiet.do(health.failed, "mail", "the server is away")
    quiet.clock.forward(ALARM_AFTER / SECOND)
    assert quiet.do(health.failed, "mail", "the password is wrong")
    row = quiet.do(health.shown)["mail"]
    assert (row.failing_since, row.error_since) == (NOON, NOON + ALARM_AFTER)
    quiet.clock.forward(60)
    quiet.do(health.failed, "mail", "the password is wrong")
    assert quiet.do(health.shown)["mail"].error_since == NOON + ALARM_AFTER


# --- what leaves ------------------------------------------------------------------------------------------------------


def test_neither_side_hides_the_failure_of_the_other(quiet: QuietDesk) -> None:
    quiet.do(health.failed, "mail", "the relay refuses the password", "sending")
    quiet.do(health.succeeded, "mail", health.Counts(3, 3))
    received, sent = quiet.do(health.shown)["mail"], quiet.do(health.shown, "sending")["mail"]
    assert health.states_of(True, True, received, sent) == ("working", "failing", "failing")
    quiet.do(health.failed, "mail", "the mailbox is away")
    quiet.do(health.succeeded, "mail", health.Counts(), "sending")
    received, sent = quiet.do(health.shown)["mail"], quiet.do(health.shown, "sending")["mail"]
    assert health.states_of(True, True, received, sent) == ("failing", "working", "failing")


def test_a_channel_is_what_its_sides_are(quiet: QuietDesk) -> None:
    assert health.states_of(True, True, None, None)[2] == "unknown"
    quiet.do(health.succeeded, "mail")
    row = quiet.do(health.shown)["mail"]
    assert health.states_of(True, True, row, None)[2] == "working"
    assert health.states_of(False, True, None, None) == ("none", "unknown", "unknown")
    assert health.states_of(False, True, None, row) == ("none", "working", "working")


async def test_a_relay_that_is_down_is_known_before_anybody_answers(settings: Settings) -> None:
    """And the channel, which only sends, does not say that mail comes in."""
    port = free_port()
    file = write_settings(settings.folder, more=ANSWERS_ONLY.format(port=port))
    async with running_desk(load(file, {})) as desk:

        async def fails() -> Any:
            told = await state(desk, "answers")
            return told if told["state"] == "failing" else None

        told = await eventually(fails)
        assert (told["receiving"]["state"], told["receiving"]["succeeded_at"]) == ("none", None)
        assert f"nothing takes mail at 127.0.0.1:{port} (connection refused)" in told["sending"]["error"]
        assert "smtp_relay" in told["sending"]["error"]
        async with desk.http.get(f"{desk.url}/metrics") as metrics:
            assert 'contactcenter_channel_failing{channel="answers",side="sending"} 1' in await metrics.text()


async def test_a_key_that_is_refused_is_the_channel_s_failure_and_the_next_success_ends_it(
    desk: RunningDesk,
) -> None:
    async def answer(address: str, becomes: str) -> Any:
        await desk.people_only.say(f"{address}@example.test", "Hello", address, name=address)
        ticket = (await desk.ticket_of(address))["id"]
        await desk.sam.post(f"/tickets/{ticket}/messages", {"text": "Here it is."})

        async def told() -> Any:
            sending = (await state(desk, "people"))["sending"]
            return sending if sending["state"] == becomes else None

        return await eventually(told)

    assert (await answer("unusable", "failing"))["error"] == "the provider refuses our key; set it anew"
    assert (await answer("ada", "working"))["error"] is None
    (waiting,) = [one for one in await desk.sam.items("/tickets/1/messages") if one["direction"] == "outbound"]
    assert waiting["delivery"] in ("due", "sending")


async def test_a_recipient_who_is_refused_is_no_failure_of_the_channel(desk: RunningDesk) -> None:
    await desk.people_only.say("permanent@example.test", "Hello", "m1", name="Ada")
    ticket = (await desk.ticket_of("Ada"))["id"]
    await desk.sam.post(f"/tickets/{ticket}/messages", {"text": "Here it is."})

    async def is_buried() -> bool:
        return any(one["delivery"] == "buried" for one in await desk.sam.items(f"/tickets/{ticket}/messages"))

    assert await eventually(is_buried)
    assert (await state(desk, "people"))["sending"]["state"] == "unknown"


def reply_to_unusable(quiet: QuietDesk) -> int:
    quiet.hear("unusable@example.test", "Hello", channel="people")
    return quiet.do(actions.reply, quiet.policies, quiet.hire("Grace"), 1, "Here it is.").id


async def test_what_waits_for_a_channel_leaves_within_a_minute_of_its_mending(quiet: QuietDesk) -> None:
    message = reply_to_unusable(quiet)
    for _ in range(40):
        assert await quiet.deliver() == ["due"]
        due = quiet.row(queries.OUTBOX_OF, message=message).due_at
        assert due <= quiet.clock.now() + MINUTE
        quiet.clock.at = due
    settled = quiet.rows(select(table(Event)).where(table(Event).c.kind == "DeliverySettled"))
    assert len(settled) == 1


async def test_what_waits_for_a_channel_is_given_up_when_it_is_as_old_as_what_was_refused_too_often(
    quiet: QuietDesk,
) -> None:
    reply_to_unusable(quiet)
    assert await quiet.deliver() == ["due"]
    quiet.clock.forward(3 * DAY / SECOND)
    assert await quiet.deliver() == ["buried"]
    assert [row.error for row in quiet.do(ledger.outbox.buried)] == [
        "Unusable: the provider refuses our key; set it anew"
    ]


async def test_a_provider_that_can_be_asked_is_asked_while_nothing_leaves(desk: RunningDesk) -> None:
    channel = Probed()
    policies = Policies({channel.name: Way(channel, "support", assistant=False)}, desk.running.policies.queues)
    sending = Sending("test", desk.running.store, policies, policies.way(channel.name))
    for _ in range(3):
        await sending.watch()
    assert channel.probes == 1  # asked a moment ago
    row = (await desk.running.store.read(health.shown, "sending"))[channel.name]
    assert row.error == "the provider is away"
    channel.away = False
    await Sending("test", desk.running.store, policies, policies.way(channel.name)).watch()  # as after a start
    row = (await desk.running.store.read(health.shown, "sending"))[channel.name]
    assert (row.error, row.failing_since) == ("", None)


async def test_while_a_channel_fails_one_message_tries_for_all(settings: Settings) -> None:
    clock = SetClock()
    async with app.running(settings, ("web",), clock) as part:
        grace = await part.store.write(hire, part.policies, "Grace", "agent", ("sales",))
        for number in (1, 2, 3):
            raw = said("people", f"unusable@{number}.test", "Hello", f"m{number}")
            await part.store.write(intake.receive, part.policies, raw)
            caller = actions.Caller("agent", grace.id, "Grace")
            await part.store.write(actions.reply, part.policies, caller, number, "Here it is.")
        sending = Sending("test", part.store, part.policies, part.policies.way("people"))
        assert await sending.work_off() == 3
        clock.forward(10)
        assert await sending.work_off() == 1


# --- what comes in by our door, and who is there to take it -----------------------------------------------------------


async def test_mail_that_is_handed_to_us_is_counted(settings: Settings) -> None:
    port = free_port()
    settings = load(write_settings(settings.folder, more=MAIL.format(port=port)), {})
    async with running_desk(settings) as desk:

        async def writes() -> bool:
            try:
                async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as smtp:
                    await smtp.sendmail("ada@ada.test", ["support@example.test"], MAIL_BY_SMTP)
            except aiosmtplib.SMTPConnectError:
                return False
            return True

        async def counted() -> bool:
            told = await state(desk, "mail")
            return (told["found"], told["recorded"]) == (1, 1)

        assert await eventually(writes)
        assert await eventually(counted)


def test_the_command_line_says_when_no_desk_is_running(tmp_path: Path, capsys: Any) -> None:
    """And what each channel is there for, without asking for a secret of any."""
    more = ANSWERS_ONLY.format(port=1) + 'smtp_user = "us"\nsmtp_password = { env = "NOBODY_SET_THIS" }\n'
    file = str(write_settings(tmp_path, more=more))
    assert main(["channels", "--config", file]) == 1
    told = capsys.readouterr().out
    assert told.startswith("no desk is running")
    assert "answers (email): unknown, sends only" in told


async def test_the_command_line_knows_a_desk_that_runs(settings: Settings, capsys: Any) -> None:
    async with running_desk(settings) as desk:
        await desk.running.store.write(health.failed, "try", "the key is wrong", "sending")
        await asyncio.to_thread(main, ["channels", "--config", str(settings.folder / "contactcenter.toml")])
        told = capsys.readouterr().out
    assert "no desk" not in told
    assert "try (loopback): failing" in told
    assert "sending: failing since" in told
