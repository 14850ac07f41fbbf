"""`contactcenter figures backfill`: the tallies of what happened before it was counted.

Called by `cli`; a ticket that is older than a figure has its events, and of these figures/recount says what there would
have been to count. Written a chunk at a time, beside a running desk if need be; doing it again writes nothing.
"""

from itertools import islice

from contactcenter import app
from contactcenter.figures import recount
from contactcenter.settings import Settings

CHUNK = 50  # tickets in one transaction


async def backfill(settings: Settings) -> tuple[int, int]:
    """How many tallies were written, and of how many tickets something happened meanwhile, so that they wait."""
    location = app.location_of(settings)
    app.prepare_store(location)
    async with app.opened_store(settings, location, app.SystemClock()) as store:
        found = await store.read(recount.missing)
        rest, written = iter(found.items()), 0
        while chunk := dict(islice(rest, CHUNK)):
            written += await store.write(recount.add_missing, chunk)
        return written, len(await store.read(recount.missing)) if found else 0
