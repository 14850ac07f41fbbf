"""Ports that must be known before whoever listens on them has started.

They are taken from below the range that the kernel gives to clients (ip(7), ip_local_port_range). Within it, a client
that tries again and again while nobody listens is some day given that very port for its own end, is connected to
itself, and keeps the server from it.
"""

import asyncio
import random
import socket

BELOW = 32_768
ABOVE = 20_000


def free_port() -> int:
    """One that nobody listens on at the moment."""
    while True:
        port = random.randrange(ABOVE, BELOW)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


async def answers(port: int) -> bool:
    """Does somebody listen there?"""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.transport.abort()
    return True
