"""A Bot API that costs next to nothing: whatever is asked, a message was sent. A program, for bench/telegram.

Prints its port.
"""

import asyncio
import json
from typing import Any

BOT = {"id": 4711, "is_bot": True, "first_name": "Acme", "username": "acme_bot"}
SENT = {
    "message_id": 1,
    "date": 1_795_262_400,
    "chat": {"id": 100, "type": "private", "first_name": "Ada"},
    "from": BOT,
    "text": "It is on its way.",
}


async def serve() -> None:
    """Until killed."""
    me, sent = _answer(BOT), _answer(SENT)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
                writer.write(me if b"/getme " in head else sent)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _answer(result: dict[str, Any]) -> bytes:
    body = json.dumps({"ok": True, "result": result}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


if __name__ == "__main__":
    asyncio.run(serve())
