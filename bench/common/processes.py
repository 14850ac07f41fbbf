"""Servers under measurement: each in a process of its own, so that its CPU time and memory are its own as well.

A server is ready once it has printed a line that names its address. Linux only: the figures come from /proc and from
the CPU clock of another process.
"""

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bench.common.program import Wrong

ROOT = Path(__file__).parents[2]
URL = re.compile(r"http://([\d.]+):(\d+)")
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class Server:
    """A started server program."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.log = folder / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        self.host, self.port = "", 0

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def ready(self) -> None:
        """Until it has told its address. Raises Wrong when it does not."""
        line = await asyncio.wait_for(asyncio.to_thread(self._first_line), START_SECONDS)
        found = URL.search(line)
        if found is None:
            raise Wrong(f"the server did not start: {line!r}\n{self.log.read_text(errors='replace')[-2000:]}")
        self.host, self.port = found[1], int(found[2])

    def cpu(self) -> float:
        """CPU seconds so far, all threads, user and system."""
        return cpu_seconds(self.process.pid)

    def memory(self) -> int:
        """Resident bytes now."""
        return resident_bytes(self.process.pid)

    def kill(self) -> None:
        """As if the power failed, for this process."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _first_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode()


@asynccontextmanager
async def served(command: Sequence[str], folder: Path) -> AsyncIterator[Server]:
    """A server until the block ends."""
    server = Server(command, folder)
    try:
        await server.ready()
        yield server
    finally:
        server.kill()  # in good order would take seconds, and nobody needs its data any more


def cpu_seconds(pid: int) -> float:
    """CPU seconds of a process: clock_getcpuclockid(3) of Linux, whose clock ids are made so from the pid."""
    return time.clock_gettime((~pid << 3) | 2)


def resident_bytes(pid: int) -> int:
    """VmRSS of a process (proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024
