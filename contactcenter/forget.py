"""`contactcenter erase`: forget a person, in rows and files, a chunk at a time. Called by `cli`.

The use cases are in flow/erase.py and flow/traces.py; here they are put in order and the files joined in. Whoever is
interrupted runs it again: each step finds what is left.
"""

from collections.abc import Iterable
from typing import Any

from contactcenter.flow import erase, traces, upkeep
from contactcenter.flow.traces import Traces
from contactcenter.model.values import NotFound
from contactcenter.ports import Clock, Files, Store

OVERLAP = 2_000  # bytes of one piece of a file that are looked at again with the next


async def forget(store: Store, files: Files, clock: Clock, whom: int, actor: str) -> None:
    """Everything of a customer. Raises NotFound for none."""
    began = clock.now()
    await store.read(erase.shown, whom)
    known = await store.read(traces.traces_of, whom)
    named = await _messages(store, whom) + await _silent(store, files, known)
    key: str | None = ""
    while key is not None:
        key = await store.write(traces.erase_answers, known, key) or None
    await store.write(traces.erase_sentences, known)
    for theirs in (*await store.read(traces.shadows_of, known), whom):  # last: without it nobody is known any more
        while await store.write(erase.erase_events, theirs):
            pass
        await store.write(erase.erase_person, theirs, actor)
    await _drop(store, files, named, began)


async def _messages(store: Store, whom: int) -> list[str]:
    after, named = -1, []
    while after:
        after, found = await store.write(erase.erase_messages, whom, max(after, 0))
        named += found
    return named


async def _silent(store: Store, files: Files, known: Traces) -> list[str]:
    """What became no message: bounces that bring the person's mail back, and what could not be taken in."""
    after, named = 0, []
    while rows := await store.read(traces.silent, after):
        after = rows[-1].id
        theirs = [row for row in rows if await _concerns(store, files, known, row)]
        await store.write(traces.erase_raw, [row.id for row in theirs])
        named += [row.file for row in theirs if row.file]
    return named


async def _concerns(store: Store, files: Files, known: Traces, row: Any) -> bool:
    if await store.read(traces.concerns, known, row):
        return True
    if not row.file:
        return False
    held = b""
    try:
        async for piece in files.open(row.file):
            held += piece
            if traces.in_content(known, row, held):
                return True
            held = held[-OVERLAP:]
    except NotFound:
        pass
    return False


async def _drop(store: Store, files: Files, named: Iterable[str], before: int) -> None:
    """The files, unless somebody else names them or they came anew meanwhile."""
    for digest in set(named):
        if not await store.read(upkeep.file_named, digest):
            await files.drop(digest, before)
