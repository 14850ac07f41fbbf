"""The yardstick for mail: an aiosmtpd that keeps nothing. Prints its address and says 250 until it is stopped."""

import asyncio

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session


class Nothing:
    """Takes every mail and forgets it."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return "250 2.0.0 Forgotten"


async def main() -> None:
    """Serve on a free port of loopback."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Nothing(), hostname="sink.example.test", loop=loop), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
