"""A file of a customer's, fetched from Telegram once its message is stored.

Before it: flow, which knows it by its `remote:` ref. Streams: nothing is held. The address holds the token, so it is in
no error and no log.
"""

from collections.abc import AsyncIterator
from urllib.parse import quote, urlsplit

import aiohttp
from telegram import File
from telegram.error import BadRequest

from contactcenter.channels.telegram.line import Flooded, Line
from contactcenter.model.values import RetryLater, Undeliverable

LIMIT = 20 * 1024 * 1024  # bytes that a bot may have (Bot API: getFile)
PIECE = 64 * 1024
WITHIN = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=20)
TOO_LARGE = "the file is larger than the 20 MB that Telegram gives a bot; ask the customer to send it another way"


async def fetch(line: Line, file_id: str) -> AsyncIterator[bytes]:
    """The bytes, in pieces. Raises RetryLater, or Undeliverable when they are gone or too many."""
    file = await _find(line, file_id)
    size = 0
    try:
        async with (
            aiohttp.ClientSession(timeout=WITHIN) as http,
            http.get(_address(line, file), allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                raise RetryLater(f"Telegram does not give the file (status {answer.status})")
            async for piece in answer.content.iter_chunked(PIECE):
                size += len(piece)
                if size > LIMIT:
                    raise Undeliverable(TOO_LARGE)
                yield piece
    except (aiohttp.ClientError, OSError) as error:
        raise RetryLater(f"the file could not be fetched ({type(error).__name__})") from None
    if file.file_size is not None and size != file.file_size:
        raise RetryLater(f"the file was cut: {size} of {file.file_size} bytes came")


async def _find(line: Line, file_id: str) -> File:
    try:
        async with line.used() as bot:
            file = await bot.get_file(file_id)
    except BadRequest as error:
        if "too big" in str(error):
            raise Undeliverable(TOO_LARGE) from None
        if "temporarily" in str(error):
            raise RetryLater("Telegram cannot give the file at the moment") from None
        raise line.outcome(error, "") from None
    except Exception as error:
        after = error.after if isinstance(error, Flooded) else None
        raise RetryLater(line.remedy(error), after) from None
    if (file.file_size or 0) > LIMIT:
        raise Undeliverable(TOO_LARGE)
    return file


def _address(line: Line, file: File) -> str:
    path = urlsplit(file.file_path or "").path.removeprefix(urlsplit(line.files_url).path)
    return f"{line.files_url}/{quote(path.lstrip('/'), safe='/')}"
