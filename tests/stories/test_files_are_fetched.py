"""Files that lie with a provider come to the store by themselves, once, whatever happens meanwhile."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from contactcenter.channels.fetching import FILE_LIMIT, fetched
from contactcenter.flow import actions, assist, ledger, pickups, upkeep
from contactcenter.flow.pickups import Stored
from contactcenter.flow.views import shown_message
from contactcenter.model.values import (
    Conflict,
    Deletion,
    NotFound,
    RetryLater,
    StoreUnavailable,
    Undeliverable,
)
from contactcenter.storage.files import FolderFiles
from contactcenter.web.files import UPLOAD_LIMIT
from tests.desk import QuietDesk
from tests.messengers import Carrier, Messenger, photo
from tests.stories.test_erasing_a_person import forget

PICTURE = b"\x89PNG" * 1000
DIGEST = hashlib.sha256(PICTURE).hexdigest()


async def fetch_all(desk: QuietDesk, files: FolderFiles, channel: str = "chat") -> int:
    """What the loop does until nothing is due; how often."""
    provider = desk.policies.way(channel).channel
    assert isinstance(provider, Messenger)
    done = 0
    while (errand := desk.do(pickups.begin, "quiet", channel)) is not None:
        outcome = await fetched(files, provider, errand.ref)
        desk.do(pickups.settle, errand, outcome)
        done += 1
    return done


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files")


async def bytes_of(files: FolderFiles, digest: str) -> bytes:
    return b"".join([piece async for piece in files.open(digest)])


async def test_a_file_is_fetched_and_shown(quiet_chat: QuietDesk, carrier: Carrier, files: FolderFiles) -> None:
    carrier.say("Look", attachments=(photo("one", size=0),))
    (shown,) = quiet_chat.do(shown_message, 1).files
    assert (shown.state, shown.trouble, shown.name) == ("fetching", None, "one.jpg")
    carrier.channel.files["one"] = PICTURE
    assert await fetch_all(quiet_chat, files) == 1
    (shown,) = quiet_chat.do(shown_message, 1).files
    assert (shown.state, shown.size) == ("stored", len(PICTURE))
    assert [row.ref for row in carrier.attachments()] == [f"file:{DIGEST}"]
    assert await bytes_of(files, DIGEST) == PICTURE
    assert carrier.frames("change")[-1]["message"]["files"][0]["state"] == "stored"
    assert quiet_chat.do(upkeep.file_named, DIGEST)
    assert await fetch_all(quiet_chat, files) == 0


async def test_what_comes_later_is_waited_for_and_what_is_gone_is_told(
    quiet_chat: QuietDesk, carrier: Carrier, files: FolderFiles
) -> None:
    carrier.say("Look", attachments=(photo("one"),))
    carrier.channel.files["one"] = RetryLater("busy", 30.0)
    await fetch_all(quiet_chat, files)
    assert quiet_chat.do(shown_message, 1).files[0].state == "fetching"
    assert await fetch_all(quiet_chat, files) == 0
    quiet_chat.clock.forward(30)
    carrier.channel.files["one"] = Undeliverable("the provider keeps files for an hour, and it is gone")
    await fetch_all(quiet_chat, files)
    shown = quiet_chat.do(shown_message, 1).files[0]
    assert (shown.state, shown.trouble) == ("failed", "the provider keeps files for an hour, and it is gone")
    assert carrier.frames("change")[-1]["message"]["files"][0]["state"] == "failed"
    (buried,) = quiet_chat.do(ledger.files.buried)
    assert buried.error == "Undeliverable: the provider keeps files for an hour, and it is gone"
    quiet_chat.do(actions.retry, quiet_chat.policies, "files", buried.id)
    assert quiet_chat.do(shown_message, 1).files[0].state == "fetching"
    carrier.channel.files["one"] = PICTURE
    await fetch_all(quiet_chat, files)
    assert quiet_chat.do(shown_message, 1).files[0].state == "stored"
    with pytest.raises(NotFound, match="files has no buried row"):
        quiet_chat.do(actions.retry, quiet_chat.policies, "files", buried.id)


async def test_a_fault_of_ours_is_tried_again_and_then_told(
    quiet_chat: QuietDesk, carrier: Carrier, files: FolderFiles
) -> None:
    carrier.say("Look", attachments=(photo("one"),))
    carrier.channel.files["one"] = KeyError("result")
    for wait in (0, *ledger.files.backoff):
        quiet_chat.clock.forward(wait)
        assert await fetch_all(quiet_chat, files) == 1
    assert quiet_chat.do(shown_message, 1).files[0].trouble == "a fault of ours, which the log has"


async def test_a_file_over_the_limit_is_not_taken(carrier: Carrier, files: FolderFiles) -> None:
    class Endless(Messenger):
        async def fetch(self, ref: str) -> AsyncIterator[bytes]:
            while True:
                yield bytes(1024 * 1024)

    outcome = await fetched(files, Endless("chat"), "one")
    assert str(outcome) == "it is larger than 50 MB; ask for it in another way"
    assert isinstance(outcome, Undeliverable)


async def test_a_process_that_dies_while_fetching_changes_nothing(
    quiet_chat: QuietDesk, carrier: Carrier, files: FolderFiles
) -> None:
    """Killed after the bytes were stored and before that was written down: they are fetched, and named, again."""
    carrier.say("Look", attachments=(photo("one"),))
    carrier.channel.files["one"] = PICTURE
    errand = quiet_chat.do(pickups.begin, "a process that then died", "chat")
    assert errand is not None
    outcome = await fetched(files, carrier.channel, errand.ref)
    assert quiet_chat.do(pickups.begin, "quiet", "chat") is None
    assert quiet_chat.do(upkeep.release_dead, quiet_chat.policies) == 1
    assert await fetch_all(quiet_chat, files) == 1
    with pytest.raises(Conflict):
        quiet_chat.do(pickups.settle, errand, outcome)
    assert [row.ref for row in carrier.attachments()] == [f"file:{DIGEST}"]


async def test_what_was_deleted_or_forgotten_meanwhile_is_not_written_down(
    quiet_chat: QuietDesk, carrier: Carrier, files: FolderFiles
) -> None:
    carrier.say("Look", "ada", id="1", attachments=(photo("one"),))
    carrier.say("Look", "bob", id="2", attachments=(photo("two"),))
    errands = [quiet_chat.do(pickups.begin, "quiet", "chat") for _ in range(2)]
    carrier.bring(Deletion("1"))
    forget(quiet_chat, 2)
    for errand in errands:
        assert errand is not None
        with pytest.raises(Conflict):
            quiet_chat.do(pickups.settle, errand, Stored(DIGEST, 1))
    assert carrier.attachments() == []
    assert await fetch_all(quiet_chat, files) == 0


def test_the_assistant_does_not_wait_for_files(quiet_chat: QuietDesk, carrier: Carrier) -> None:
    carrier.say("When will my parcel arrive?", channel="robot", attachments=(photo("one"),))
    assert len(quiet_chat.do(assist.begin, quiet_chat.policies, "quiet")) == 1


async def test_a_disk_that_is_full_is_nobody_s_fault_but_the_disk_s(carrier: Carrier) -> None:
    class Full:
        async def put(self, data: Any) -> str:
            raise StoreUnavailable("the file store refused: No space left on device")

    carrier.channel.files["one"] = PICTURE
    with pytest.raises(StoreUnavailable):
        await fetched(cast("FolderFiles", Full()), carrier.channel, "one")


def test_the_limits_are_those_of_files_that_agents_send() -> None:
    assert FILE_LIMIT == UPLOAD_LIMIT
