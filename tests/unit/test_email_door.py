"""Who may knock at the mail door: it is no mail server, and the Internet is not to talk to it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import Session

from contactcenter import app
from contactcenter.channels.email import Settings
from contactcenter.channels.email.arriving.listen import Door
from contactcenter.channels.email.syntax.addresses import OwnAddress
from contactcenter.channels.protocol import Accepted
from contactcenter.doctor import examine
from contactcenter.model.values import RawEvent
from contactcenter.settings import SettingsError, load
from contactcenter.storage.files import FolderFiles
from tests.desk import write_settings
from tests.providers.smtp_relay import ADDRESS, mailbox

STRANGERS = ["203.0.114.5", "8.8.8.8", "::ffff:8.8.8.8", "2a00::1"]
OURS = ["127.0.0.1", "10.1.2.3", "172.20.0.7", "::1", "::ffff:192.168.1.1", "fe80::1%eth0", "fd00::1"]
MAIL = {"kind": "email", "address": ADDRESS, "smtp_listen": "0.0.0.0:2525"}


def lets_in(peer: str, **settings: Any) -> bool:
    async def accept(raw: RawEvent) -> Accepted:
        raise NotImplementedError

    read = Settings.model_validate({**MAIL, **settings})
    door = Door("mail", OwnAddress(ADDRESS), accept, FolderFiles(Path()), 1, 1, 1, listen_from=read.listen_from)
    session = Session(asyncio.new_event_loop())
    session.loop.close()
    session.peer = (peer, 4711)  # type: ignore[assignment]  # they say it is a text
    return door.lets_in(session)


def test_whoever_is_on_a_private_network_is_let_in_and_strangers_are_not() -> None:
    assert [peer for peer in OURS if not lets_in(peer)] == []
    assert [peer for peer in STRANGERS if lets_in(peer)] == []


def test_who_is_named_is_let_in_and_nobody_else() -> None:
    named = {"listen_from": ["8.8.8.8/32", "2a00::/64"]}
    assert [peer for peer in (*OURS, *STRANGERS) if lets_in(peer, **named)] == STRANGERS[1:]


async def test_who_may_not_knock_is_told_and_the_door_stays_open_for_others() -> None:
    channel = mailbox(listen_from=["192.0.2.7/32"])

    async def accept(raw: RawEvent) -> Accepted:
        raise NotImplementedError

    task = asyncio.create_task(channel.run(accept))
    for _ in range(3):
        reader, writer = await asyncio.open_connection(*await channel.listening())
        assert (await reader.read()).startswith(b"554 5.7.1 ")
        writer.close()
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("wide", ["0.0.0.0/0", "::/0", "8.0.0.0/8"])
def test_where_everybody_may_write_it_nothing_that_the_mail_server_found_is_believed(wide: str) -> None:
    """Checklist 61: or a stranger writes dmarc=pass in the name of our mail server."""
    with pytest.raises(ValueError, match="listen_from lets everybody write it"):
        Settings.model_validate({**MAIL, "listen_from": [wide], "authserv_id": "mx.example.test"})
    Settings.model_validate({**MAIL, "listen_from": ["8.8.8.8/32"], "authserv_id": "mx.example.test"})


@pytest.mark.parametrize(("listen_from", "good"), [('["0.0.0.0/0"]', False), ('["192.0.2.7/32"]', True), ("[]", True)])
async def test_the_doctor_warns_of_a_door_that_is_open_to_the_internet(
    tmp_path: Path, listen_from: str, good: bool
) -> None:
    table = f"""
[channels.mail]
kind = "email"
address = "{ADDRESS}"
smtp_listen = "0.0.0.0:2525"
listen_from = {listen_from}
"""
    found = await examine(load(write_settings(tmp_path, more=table), {}))
    told = [finding for finding in found if "the whole Internet" in finding.text]
    assert (told == []) == good
    assert [finding.good for finding in told] == [False] * len(told)


URL = "imaps://support%40example.test@imap.example.test"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (URL, URL + "/INBOX"),
        (URL + ":993/inbox", "imap://Support%40example.test@IMAP.example.test:143/INBOX"),
        ("imaps://imap.example.test", "imaps://support%40example.test@imap.example.test"),
    ],
)
def test_two_channels_cannot_fetch_one_folder(one: str, other: str) -> None:
    """Each mail would come in twice, or be moved away from the other."""

    def channel(url: str, address: str) -> Settings:
        table = {"kind": "email", "address": address, "imap_url": url, "imap_password": "geheim"}
        return Settings.model_validate(table)

    read = {"support": channel(one, "support@example.test"), "sales": channel(other, "sales@example.test")}
    with pytest.raises(
        SettingsError, match=r"channels\.sales\.imap_url: .* is that of channels\.support already"
    ) as told:
        app.refuse_doubles(read)
    assert "geheim" not in str(told.value)
    app.refuse_doubles({"support": read["support"], "sales": channel(URL + "/Sales", "sales@example.test")})
