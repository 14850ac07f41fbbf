"""One process at a time serves an embedded store.

Taken by `app` before it voids the claims of an earlier process: those of a living one must stand. The command line
does not take it; it only writes, as any other connection. The lock ends with the process, however that ends (flock(2)).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from contactcenter.model.values import StoreUnavailable


class RunsAlready(Exception):
    """Another process serves this store; the text names it and the remedy."""


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold the lock beside the file until the block ends. Raises RunsAlready, or StoreUnavailable on a bad disk."""
    path = file.with_name(f"{file.name}.lock")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"cannot write {path}: {error.strerror}; make room, or the disk writable") from None
    try:
        _take(handle, file)
        with suppress(OSError):  # who holds it is a courtesy; on a full disk the lock holds all the same
            os.ftruncate(handle, 0)
            os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)


def _take(handle: int, file: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 20).decode(errors="replace")
        raise RunsAlready(
            f"the desk of {file} runs already, as process {holder}; stop it first. "
            "Many processes need PostgreSQL and Redis: docs/how-to/scale.md"
        ) from None
