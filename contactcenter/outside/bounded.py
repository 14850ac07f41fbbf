"""An answer from outside, read no further than we take it."""

import aiohttp


async def at_most(content: aiohttp.StreamReader, limit: int) -> bytes | None:
    """All of it; None where it is larger than so many bytes."""
    found = bytearray()
    async for chunk in content.iter_chunked(8192):
        found += chunk
        if len(found) > limit:
            return None
    return bytes(found)
