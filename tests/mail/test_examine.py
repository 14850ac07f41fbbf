"""`contactcenter doctor` tells of a mailbox what the desk would meet there, and how to mend it."""

import asyncio
from pathlib import Path

from contactcenter.doctor import Finding, examine
from contactcenter.settings import load
from tests.desk import write_settings
from tests.mail_servers import PASSWORD, Dovecot
from tests.providers.smtp_relay import SmtpRelay

MAILBOX = """
[channels.mail]
kind = "email"
address = "support@support.test"
imap_url = "{url}"
imap_password = "{password}"
smtp_relay = "{relay}"
"""


async def told(folder: Path, url: str, password: str, relay: str) -> list[Finding]:
    """What the doctor says of the mailbox."""
    settings = load(write_settings(folder, more=MAILBOX.format(url=url, password=password, relay=relay)), {})
    return [finding for finding in await examine(settings) if finding.text.startswith("mail: ")]


async def test_a_mailbox_that_lets_us_in_is_well(dovecot: Dovecot, tmp_path: Path) -> None:
    user = dovecot.new()
    await asyncio.to_thread(dovecot.deliver, user, b"Subject: hi\r\n\r\nhello\r\n")
    async with SmtpRelay() as relay:
        found = await told(tmp_path, f"imap://{user}@127.0.0.1:{dovecot.port}", PASSWORD, relay.place)
    assert [finding.good for finding in found] == [True, True, True]
    assert "1 mails are in INBOX" in found[0].text
    assert "shown as not verified, until authserv_id" in found[2].text


async def test_what_is_wrong_with_a_mailbox_is_told_with_the_remedy_and_without_the_password(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    """Checklist 67."""
    user = dovecot.new()
    found = await told(tmp_path, f"imap://{user}@127.0.0.1:{dovecot.port}", "geheim", "127.0.0.1:1")
    assert [finding.good for finding in found] == [False, False, True]
    assert "refuses the login" in found[0].text
    assert "check imap_password" in found[0].text
    assert "check smtp_relay" in found[1].text
    assert "geheim" not in str(found)
    missing = await told(tmp_path, f"imap://{user}@127.0.0.1:{dovecot.port}/Nowhere", PASSWORD, "127.0.0.1:1")
    assert "the folder Nowhere cannot be opened" in missing[0].text
