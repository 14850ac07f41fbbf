"""Mail fetched from a real Dovecot: every mail once, whatever other programs do to it; servers that fail; cost."""

from tests.mail.fetching import Desk, mail
from tests.mail_servers import Dovecot


def place(dovecot: Dovecot, user: str, folder: str = "INBOX") -> str:
    return f"imap://{user}@127.0.0.1:{dovecot.port}/{folder}"


async def test_what_lies_there_is_fetched_and_what_comes_is_fetched(inbox: Desk, dovecot: Dovecot) -> None:
    user = dovecot.new()
    dovecot.put(user, [mail("one", id="1@ada.test"), mail("two", id="2@ada.test")])
    async with inbox.fetching(inbox.channel(place(dovecot, user))):
        assert await inbox.stored(2) == ["one", "two"]
        await inbox.all_recorded(2)
        dovecot.deliver(user, mail("three", id="3@ada.test"))
        assert await inbox.stored(3) == ["one", "two", "three"]
        await inbox.all_recorded(3)
    (first, *_) = await inbox.events()
    assert first.envelope["from"] == "ada@example.test"
    assert first.envelope["via"] == "imap"
    assert first.stream == "support:ada@example.test"
    assert int(first.envelope["received"]) > 0
