"""What a durable write costs on this disk at this moment: it swings by a factor of forty on shared machines."""

import os
import time
from pathlib import Path

PAGE = 4096


def fsync_times(folder: Path, writes: int = 100) -> list[float]:
    """Milliseconds of each of so many appended and synced pages."""
    file = folder / "fsync"
    handle = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    page, times = os.urandom(PAGE), []
    try:
        for _ in range(writes):
            began = time.perf_counter()
            os.write(handle, page)
            os.fsync(handle)
            times.append((time.perf_counter() - began) * 1000)
    finally:
        os.close(handle)
        file.unlink()
    return times
