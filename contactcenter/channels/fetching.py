"""A file that lies with a provider, brought into the file store a piece at a time.

Used by workers, between the two transactions of flow/pickups. However large a provider says a file may be, it takes no
more than a temporary file here, and of that at most FILE_LIMIT.
"""

import asyncio
import tempfile

from contactcenter.channels.protocol import Fetches
from contactcenter.channels.spooling import spool
from contactcenter.flow.pickups import Stored
from contactcenter.model.values import RetryLater, StoreUnavailable, Undeliverable
from contactcenter.ports import Files

FILE_LIMIT = 50 * 1024 * 1024  # bytes of one file, as of those that agents send
FETCH_SECONDS = 120.0


async def fetched(files: Files, channel: Fetches, ref: str) -> Stored | Exception:
    """The stored file, or why it is not: what `fetch` raised, or what is wrong with it. Raises StoreUnavailable."""
    try:
        with tempfile.TemporaryFile() as spooled:
            async with asyncio.timeout(FETCH_SECONDS):
                size = await spool(channel.fetch(ref), spooled, FILE_LIMIT)
            if size > FILE_LIMIT:
                return Undeliverable(f"it is larger than {FILE_LIMIT // 1024 // 1024} MB; ask for it in another way")
            return Stored(await files.put(spooled), size)
    except StoreUnavailable:
        raise
    except TimeoutError:
        return RetryLater(f"the provider did not hand it out within {FETCH_SECONDS:.0f} s")
    except Exception as error:
        return error
