"""The articles in step: every process learns what the store has, and one of them compares it with the folder.

Put together by `app`. That articles have changed is told on the bus, and found once a second by a number where it was
not. The comparison (knowledge/steps) runs at the start, whenever the folder or the store has changed, and on
`contactcenter articles sync`; whoever holds the lease does it. Each step is one transaction or one file, in an order
that leaves a comparison to come with the rest when the process is killed in between.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contactcenter.flow import articles, articles_in_step
from contactcenter.knowledge import folder as files
from contactcenter.knowledge.articles import ArticleError
from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.folder import Entry, Found, Signature
from contactcenter.knowledge.front import as_markdown
from contactcenter.knowledge.shelf import Page, Shelf
from contactcenter.knowledge.steps import Known, Step, decide, strange
from contactcenter.model.values import Conflict, StoreUnavailable
from contactcenter.ports import Bus, Store, Tx

LEASE = "articles"  # of whoever compares
LOOK_SECONDS = 1.0
ROUNDS = 3  # of one comparison: a draft is made in the first, the file written in the second

log = logging.getLogger(__name__)


class Learning:
    """What this process knows: the shelf of the help centre, and the assistant."""

    def __init__(self, store: Store, bus: Bus, assistant: Assistant, shelf: Shelf) -> None:
        self._store, self._bus, self._assistant, self._shelf = store, bus, assistant, shelf

    async def look(self) -> None:
        """Learn what has changed, if anything has. Raises StoreUnavailable."""
        if await self._store.read(articles.revision) == self._shelf.contents.revision:
            return
        revision, pages = await self._store.read(_pages)
        await asyncio.to_thread(self._learn, revision, pages)

    async def run(self) -> None:
        """Learn for as long as the process lives."""
        woken = asyncio.Event()
        forget = self._bus.subscribe(articles.TOPIC, lambda topic, frame: woken.set())
        try:
            while True:
                woken.clear()
                await self._try_to_look()
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        await woken.wait()
                except TimeoutError:
                    continue
        finally:
            forget()

    async def _try_to_look(self) -> None:
        try:
            await self.look()
        except StoreUnavailable:
            log.debug("articles not looked at")
        except Exception:
            log.exception("articles not learned")

    def _learn(self, revision: int, pages: list[Page]) -> None:
        self._assistant.learn([page.article for page in pages])
        self._shelf.fill(revision, pages)


@dataclass
class InStep:
    """The knowledge folder and the store. Used by one process at a time."""

    folder: Path
    store: Store
    _seen: tuple[Signature, int] | None = None  # folder and store, as the last comparison left them
    _read: dict[Entry, Found] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    async def step(self) -> int:
        """Compare if anything has changed; for the loop that is drained. Always 0: nothing is left to do at once."""
        try:
            now = await self._state()
            if now != self._seen:
                await self._compare_whole()
        except ArticleError as error:
            self._tell(str(error))
            await self.store.write(articles_in_step.tell_faults, [error])
        return 0

    async def _compare_whole(self) -> None:
        """What was broken off is to be compared again, whether anything changes or not."""
        try:
            await self.compare()
        except BaseException:
            self._seen = None
            raise

    async def compare(self) -> None:
        """Look at all files and all articles, and do what follows. Raises ArticleError for a folder that is none."""
        for _ in range(ROUNDS):
            self._seen = await self._state()  # what changes from here on is found by the next comparison
            if not await self._round():
                break

    async def _round(self) -> bool:
        """Whether anything had to be done, so that there may be more to do."""
        self._read = await asyncio.to_thread(files.look, self.folder, self._read)
        found = list(self._read.values())
        known = await self.store.read(articles_in_step.known)
        faults = [file.fault for file in found if file.fault is not None]
        if strange(found, known):
            reason = (
                "has none of the articles it had, and nothing is archived for that; is it another folder, or a disk "
            )
            reason += "that is not mounted? contactcenter articles sync --anew takes it as it is"
            faults.append(ArticleError(str(self.folder), 0, reason))
        steps = decide(found, known)
        faults += [fault for step in steps if (fault := await self._do(step, known)) is not None]
        for fault in faults:
            self._tell(str(fault))
        self._told &= {str(fault) for fault in faults}
        await self.store.write(articles_in_step.tell_faults, faults)
        return bool(steps)

    async def _state(self) -> tuple[Signature, int]:
        signature = await asyncio.to_thread(files.signature, self.folder)
        return signature, await self.store.read(articles.revision)

    async def _do(self, step: Step, known: Mapping[str, Known]) -> ArticleError | None:
        """One step; what hinders it is a fault of the file."""
        row = known.get(step.slug)
        path = step.file.path if step.file else row.path if row and row.path else f"{step.slug}.md"
        try:
            if step.does == "write" and row is not None:
                await self._write(step.file, row, path)
            elif step.does == "remove" and row is not None:
                await asyncio.to_thread(files.remove, self.folder, path, row.synced)
                await self.store.write(articles_in_step.take, Step("forget", step.slug), row.revision)
            else:
                await self.store.write(articles_in_step.take, step, row.revision if row else 0)
        except (Conflict, files.Changed):
            log.debug("article changed while it was compared", extra={"article": step.slug})
        except OSError as error:
            return ArticleError(path, 0, f"cannot be written: {error.strerror}; the store's version is what is read")
        if step.both:
            log.warning("article changed on both sides", extra={"article": step.slug, "file": path})
        return None

    async def _write(self, file: Found | None, row: Known, path: str) -> None:
        """The file first, then that it holds this version: killed in between, they are found to say the same."""
        wanted = await self.store.read(articles_in_step.to_write, row.slug, row.revision)
        there = file.digest if file is not None else ""
        digest = await asyncio.to_thread(files.write, self.folder, path, as_markdown(wanted.article), there)
        await self.store.write(articles_in_step.wrote, row.slug, path, digest, wanted.version)

    def _tell(self, fault: str) -> None:
        """Once for as long as it lasts."""
        if fault not in self._told:
            log.warning("article skipped", extra={"reason": fault})
        self._told.add(fault)


def _pages(tx: Tx) -> tuple[int, list[Page]]:
    rows = articles.published(tx)
    return articles.revision(tx), [Page(articles_in_step.shown(row), row.row, row.at) for row in rows]
