"""A mailbox at a provider, fetched by IMAP: every mail in the folder once, whatever its flags and dates.

Before it: the provider, where mail waits while we are away. After it: flow/intake through `accept`, as for mail that
comes by SMTP. What is fetched is what lies in the folder and is not recorded (flow/mailbox): a mail is stored, then
marked as read where that is wished, then recorded, then moved, so that whoever dies in between does the rest next time
and stores once. One thread and one connection per mailbox (imap_connection.py); everything is decided here, in the
loop. A mail the server will not give is counted and tried again, and holds up no other. Nothing here reads what a mail
says.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, ParamSpec, TypeVar

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from contactcenter.channels.email.arriving.imap_connection import About, Broken, Connection
from contactcenter.channels.email.arriving.imap_remedies import FolderRefused, remedy, said
from contactcenter.channels.email.arriving.received import LARGE, left_by_mda, raw_event
from contactcenter.channels.email.oauth import NoToken, Tokens
from contactcenter.channels.email.settings import Account, Begin
from contactcenter.channels.email.syntax.mime import with_crlf
from contactcenter.channels.protocol import Accept, Accepted
from contactcenter.flow import health, mailbox
from contactcenter.model.values import RawEvent, StoreUnavailable
from contactcenter.ports import Files, Store

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 1024 * 1024  # bytes of mails fetched at once
BATCH_COUNT = 100
ASKED_AT_ONCE = 1000  # mails whose sizes are asked for at once
STUCK_LIMIT = 10_000  # mails that a server lists and does not give: beyond, it is the server that is broken
TRIES = 3  # times that fetching one mail alone may break the connection before others' peace goes first
UNKNOWN = About(0, 0)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. IDLE is ended so often because a connection that is dead looks like one with no news."""

    idle: float = 25.0  # until a sign of life is asked for; servers allow 10 minutes and more (RFC 2177: 29)
    poll: float = 60.0  # between two looks, where the server has no IDLE
    socket: float = 20.0  # a server that is silent for so long is given up
    answer: float = 300.0  # and one that comes to no end of an answer for so long: it may drip
    soonest: float = 1.0  # until the first new try; doubled with each
    latest: float = 30.0  # with the socket's time-out less than a minute
    compare: float = 600.0  # between two comparisons of all that lies there with all that is recorded
    told: float = 60.0  # between two reports that all is well and nothing new
    end: float = 0.8  # for the thread to end


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the settings say about a mailbox."""

    begin: Begin = "all"
    after: str = ""  # seen, or move:<folder>
    door: bool = False  # mail comes in by our door, too, and is to be counted with the rest


@dataclass
class Folder:
    """What we know of the folder that is open."""

    validity: int
    highest: int = 0
    found: int = 0
    recorded: int = 0
    stuck: dict[int, str] = field(default_factory=dict)  # why each could not be had
    untidy: str = ""  # why stored mail could not be marked or moved
    unmoved: list[int] = field(default_factory=list)  # that mail, where it is to be moved
    odd: str = ""  # what the server says of it that cannot be


@dataclass
class Mailbox:
    """Fetches for one channel until cancelled."""

    channel: str
    account: Account
    wishes: Wishes
    store: Store
    files: Files
    tokens: Tokens | None = None
    patience: Patience = Patience()

    def __post_init__(self) -> None:
        self._folder = Folder(0)
        self._broke: Counter[int] = Counter()  # how often the connection broke while this mail was fetched
        self._told = 0.0  # when we last said that all is well
        self._complaint = ""  # what we last failed by
        self._failures = 0

    async def run(self, accept: Accept) -> None:
        """Never returns, and raises nothing: what fails is told (flow/health), and tried again by itself."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                async with self._connected() as visit:
                    await self._stay(visit, accept)
            except Exception as error:
                await self._failed(error)
            if loop.time() - began > 2 * self.patience.latest:
                self._failures = 0
            wait = min(self.patience.latest, self.patience.soonest * 2**self._failures)
            self._failures = min(self._failures + 1, 10)
            await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 (so that not all come back at once)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator["Visit"]:
        """A connection and its thread; both are gone when the block ends, however it ends."""
        connection = Connection(self.account, self.patience.socket)
        thread = ThreadPoolExecutor(1, f"imap-{self.channel}")
        visit = Visit(connection, thread, self.patience.answer)
        try:
            await visit.ask(connection.open, await self.tokens.access() if self.tokens else "")
            yield visit
        finally:
            connection.cut()
            ended = asyncio.get_running_loop().run_in_executor(thread, connection.close)
            thread.shutdown(wait=False)
            await asyncio.wait({ended}, timeout=self.patience.end)

    async def _stay(self, visit: "Visit", accept: Accept) -> None:
        loop, patience = asyncio.get_running_loop(), self.patience
        while True:
            await self._compare(visit, accept)
            until = loop.time() + patience.compare
            while loop.time() < until:
                if visit.connection.tells:
                    await visit.ask(visit.connection.wait, patience.idle)
                else:
                    await asyncio.sleep(patience.poll)
                fresh = await visit.ask(visit.connection.above, self._folder.highest)
                if self._folder.unmoved:
                    await self._move(visit, [])
                await self._fetch(visit, accept, fresh)

    async def _compare(self, visit: "Visit", accept: Accept) -> None:
        """All UIDs in the folder against all that are recorded, and fetch what is missing."""
        name, to_read = self.account.folder, not self.wishes.after
        validity, count = await visit.ask(visit.connection.select, name, to_read=to_read)
        there = await visit.ask(visit.connection.all, count)
        if validity != self._folder.validity:
            self._broke.clear()
        known = await self.store.read(mailbox.recorded, self.channel, name, validity)
        if self.wishes.begin == "new" and mailbox.FIRST_LOOK not in known:
            known |= dict.fromkeys(await self._leave(visit, validity, set() if known else there), 0)
        done = [uid for uid in there if uid in known]
        self._folder = Folder(validity, max(there, default=0), len(done), len(done))
        if strange := visit.connection.impossible:
            self._folder.odd = f"{strange} mails have numbers (UIDs) that cannot be, and stay there: ask the provider"
        if self.wishes.after.startswith("move:"):  # what was stored when somebody died
            await self._move(visit, sorted(uid for uid in done if known[uid]))
        await self._fetch(visit, accept, [uid for uid in there if uid not in known])
        self._broke = Counter({uid: times for uid, times in self._broke.items() if uid in there})

    async def _leave(self, visit: "Visit", validity: int, there: set[int]) -> list[int]:
        """What lay there before we ever looked; which of it, where the folder has begun again, its date tells."""
        name = self.account.folder
        looked = await self.store.read(mailbox.first_look, self.channel, name)
        left = list(there)
        if looked:
            about = await self._about(visit, left)
            left = [uid for uid in left if 0 < about.get(uid, UNKNOWN).received < looked]
        await self.store.write(mailbox.leave, self.channel, name, validity, left)
        return left

    async def _about(self, visit: "Visit", uids: Sequence[int]) -> dict[int, About]:
        about: dict[int, About] = {}
        for start in range(0, len(uids), ASKED_AT_ONCE):
            try:
                about |= await visit.ask(visit.connection.about, uids[start : start + ASKED_AT_ONCE])
            except Broken:
                raise
            except Exception as error:  # one junk answer is no reason to leave the mails there
                log.warning("sizes not understood", extra={"channel": self.channel, "reason": said(error)})
        return about

    async def _fetch(self, visit: "Visit", accept: Accept, uids: Sequence[int]) -> None:
        """Store these, the oldest first; those that broke the connection before come last, each alone."""
        folder = self._folder
        folder.highest = max(folder.highest, *uids) if uids else folder.highest
        folder.found += len(uids)
        about = await self._about(visit, uids)
        order = sorted(uids, key=lambda uid: (self._broke[uid] > 0, about.get(uid, UNKNOWN).received, uid))
        for batch in self._batches(order, about):
            if self._broke[batch[0]] >= TRIES:
                folder.stuck[batch[0]] = "the connection breaks whenever it is fetched"
                self._broke[batch[0]] -= 1  # to be tried at the next comparison
                continue
            await self._fetch_batch(visit, accept, batch, about)
            if len(folder.stuck) > STUCK_LIMIT:
                raise IMAPClientError(f"it lists more than {STUCK_LIMIT} mails that it does not give")
            await self._well()
        await self._well(news=bool(uids))

    def _batches(self, uids: Iterable[int], about: dict[int, About]) -> Iterator[list[int]]:
        """As many at once as fit; large ones and those that broke the connection alone."""
        batch: list[int] = []
        size = 0
        for uid in uids:
            alone = about.get(uid, UNKNOWN).size > LARGE or self._broke[uid] > 0
            if batch and (alone or size > BATCH or len(batch) == BATCH_COUNT):
                yield batch
                batch, size = [], 0
            if alone:
                yield [uid]
                continue
            batch.append(uid)
            size += about.get(uid, UNKNOWN).size
        if batch:
            yield batch

    async def _fetch_batch(self, visit: "Visit", accept: Accept, uids: Sequence[int], about: dict[int, About]) -> None:
        try:
            events = await self._events(visit, uids, about)
        except Broken:
            self._broke.update(uids)
            raise
        except StoreUnavailable:
            raise
        except Exception as error:  # the server's no to one of them, or what it gave is not to be understood
            if not isinstance(error, IMAPClientError):
                log.error("mails not understood", exc_info=error, extra={"channel": self.channel})
            if len(uids) > 1:  # nobody says to which
                for uid in uids:
                    await self._fetch_batch(visit, accept, [uid], about)
                return
            events = {}
            self._folder.stuck[uids[0]] = said(error)
        await self._store(visit, accept, events)
        if missing := [uid for uid in uids if uid not in events and uid not in self._folder.stuck]:
            still = await visit.ask(visit.connection.still_there, missing)
            self._folder.stuck.update(dict.fromkeys(still, "the server gives nothing of it"))
            self._folder.found -= len(missing) - len(still)

    async def _events(self, visit: "Visit", uids: Sequence[int], about: dict[int, About]) -> dict[int, RawEvent]:
        """What is to be accepted, of the mails that the server gives."""
        first = about.get(uids[0], UNKNOWN)
        if first.size <= LARGE:
            bodies = await visit.ask(visit.connection.bodies, uids)
            return {uid: self._event(with_crlf(bodies[uid]), about.get(uid, UNKNOWN)) for uid in uids if uid in bodies}
        file = await visit.ask(visit.connection.spooled, uids[0], first.size)
        if file is None:
            return {}
        with file:
            digest = await self.files.put(file)
            return {uids[0]: await asyncio.to_thread(self._event, file, first, digest)}

    def _event(self, mail: bytes | BinaryIO, about: About, digest: str = "") -> RawEvent:
        received = {"received": str(about.received)} if about.received else {}
        return raw_event(self.channel, mail, {**left_by_mda(mail), **received, "via": "imap"}, digest)

    async def _store(self, visit: "Visit", accept: Accept, events: dict[int, RawEvent]) -> None:
        """Accept them; mark, record and move those that were accepted. Raises StoreUnavailable."""
        results = await asyncio.gather(*map(accept, events.values()), return_exceptions=True)
        stored = {
            uid: result.inbox_id for uid, result in zip(events, results, strict=True) if isinstance(result, Accepted)
        }
        folder = self._folder
        if stored:
            if self.wishes.after == "seen":
                await self._mark(visit, list(stored))
            await self.store.write(mailbox.record, self.channel, self.account.folder, folder.validity, stored)
            folder.recorded += len(stored)
            for uid in stored:
                self._broke.pop(uid, None)
            if self.wishes.after.startswith("move:"):
                await self._move(visit, list(stored))
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _mark(self, visit: "Visit", uids: Sequence[int]) -> None:
        """As read. Before they are recorded: what nobody marked any more is fetched, known and marked next time."""
        try:
            await visit.ask(visit.connection.mark_seen, uids)
        except Broken:
            self._broke.update(uids)
            raise
        except IMAPClientError as error:  # a folder that may only be read
            self._folder.untidy = f"stored mail cannot be marked as read: {said(error)}"

    async def _move(self, visit: "Visit", uids: Sequence[int]) -> None:
        """To where the settings wish them, once they are recorded: in the other folder they are no mail of ours.

        Those that still wait for that go first.
        """
        folder = self._folder
        wanted = [*folder.unmoved, *uids]
        if not wanted:
            return
        try:
            await visit.ask(visit.connection.move, wanted, self.wishes.after.removeprefix("move:"))
        except FolderRefused as error:  # tidying up holds up no mail; it is tried again at the next look
            folder.untidy, folder.unmoved = str(error), wanted
            return
        if folder.unmoved:
            folder.untidy, folder.unmoved, self._told = "", [], 0.0  # which is news
        folder.found -= len(wanted)
        folder.recorded -= len(wanted)

    async def _well(self, *, news: bool = False) -> None:
        """Say so, when there is news or it is time."""
        now = asyncio.get_running_loop().time()
        if not news and now - self._told < self.patience.told:
            return
        folder = self._folder
        reason = next(iter(folder.stuck.values()), "")
        why = f"{len(folder.stuck)} mails cannot be fetched, and are tried again: {reason}" if folder.stuck else ""
        why = why or folder.odd or folder.untidy
        others = await self.store.read(mailbox.came_by_door, self.channel) if self.wishes.door else 0
        counts = health.Counts(folder.found + others, folder.recorded + others, len(folder.stuck), why)
        await self.store.write(health.succeeded, self.channel, counts)
        self._told, self._complaint = now, ""

    async def _failed(self, error: Exception) -> None:
        """Tell people what is wrong and what to do."""
        self._told = 0.0  # the first success is news
        if self.tokens is not None and (isinstance(error, LoginError) or "AccessTokenExpired" in str(error)):
            self.tokens.forget()
        match error:
            case StoreUnavailable():
                words = f"mail cannot be stored, and waits at the provider: {error}"
            case NoToken():
                words = str(error)
            case IMAPClientError() | OSError() | FolderRefused():
                words = remedy(error, self.account)
            case _:
                log.error("mailbox failed", exc_info=error, extra={"channel": self.channel})
                words = f"fetching failed ({type(error).__name__}); the log has more; it is tried again by itself"
        if words != self._complaint:
            log.warning("mailbox cannot be fetched", extra={"channel": self.channel, "reason": words})
        self._complaint = words
        try:
            await self.store.write(health.failed, self.channel, words)
        except StoreUnavailable:
            pass  # who cannot store cannot note it either: the next try will


@dataclass(frozen=True, slots=True)
class Visit:
    """A connection in its thread."""

    connection: Connection
    thread: ThreadPoolExecutor
    seconds: float  # for the answer to one command

    async def ask(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it there. Who drips, so that the socket never times out, is cut off."""
        loop = asyncio.get_running_loop()
        asked = loop.run_in_executor(self.thread, lambda: question(*args, **kwargs))
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may wait for it any more
        while not (await asyncio.wait({asked}, timeout=self.seconds))[0]:
            if self.connection.busy >= self.seconds:
                self.connection.cut()
                raise IMAPClientAbortError(f"it comes to no end of an answer within {self.seconds:.0f} s")
        return asked.result()
