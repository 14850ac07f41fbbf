"""Real servers for tests, started when the first test asks: PostgreSQL, Redis, Chromium.

Each runs on a free port of loopback in a throwaway folder, never as root, and is gone when the run ends. A test takes
the fixture `postgres`, `redis` or `browser`. Fault tests may `stop()`, `kill()` and `start()` a server: it keeps its
port, and the next test finds it running and empty. These three block, so a coroutine calls them by `asyncio.to_thread`.

What cannot run here is left out by `left_out(reason)`; the end of the run lists it, and with CI=true it is a failure.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import NoReturn, cast

import psycopg
import pytest
from playwright.async_api import Browser, async_playwright
from psycopg import sql

MARK = "left out: "
START_WITHIN = 30.0  # seconds; recovery after a kill on a busy two-core machine takes a few


def left_out(reason: str) -> NoReturn:
    """End this test because something it needs is missing on this machine; say what, and how to get it."""
    if os.environ.get("CI") == "true":
        pytest.fail(MARK + reason, pytrace=False)
    pytest.skip(MARK + reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("skipped", "failed", "error") for report in terminalreporter.getreports(kind)]
    for reason, tests in Counter(filter(None, map(_reason_left_out, reports))).items():
        terminalreporter.write_line(f"left out: {tests} test{'s' if tests > 1 else ''}: {reason}", yellow=True)


def _reason_left_out(report: pytest.TestReport) -> str | None:
    found = re.search(f"{MARK}(.+)", str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr))
    return found[1] if found else None


class Server(ABC):
    """One server process. Its port and its folder stay the same over stop, kill and start."""

    name: str
    stop_signal = signal.SIGTERM

    def __init__(self) -> None:
        self.port = free_port()
        self.account = unprivileged_account()
        self.folder = Path(tempfile.mkdtemp(prefix=f"contactcenter-{self.name}-"))
        if self.account:
            shutil.chown(self.folder, self.account)
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def answers(self) -> bool: ...

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Return once the server answers. One that gives up is tried again: a killed PostgreSQL can be restarted only
        when the last of its orphaned backends has let go of the shared memory."""
        give_up = time.monotonic() + START_WITHIN
        while not (self.running and self.answers()):
            if time.monotonic() > give_up:
                self.kill()
                raise RuntimeError(f"{self.name} did not start:\n{self.log()}")
            if not self.running:
                self._process = self.spawn(self.command())
            self._pause()

    def stop(self) -> None:
        """Shut down in good order: what was acknowledged is on disk, open connections are cut."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """As if the power failed, for this process."""
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for pytest, which then stops the server in good order
                user=self.account,
                group=pwd.getpwnam(self.account).pw_gid if self.account else None,
                extra_groups=[] if self.account else None,
            )

    def _end(self, by: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(by)
            self._process.wait(START_WITHIN)

    def _pause(self) -> None:
        try:
            cast("subprocess.Popen[bytes]", self._process).wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            return


class PostgreSQL(Server):
    """fsync stays on, as in production; what is slow is only the cluster's birth, which is not synced."""

    name = "postgresql"
    stop_signal = signal.SIGINT  # "fast": does not wait for clients to leave
    places = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")

    def __init__(self, programs: Path) -> None:
        super().__init__()
        self.programs = programs
        self.databases: list[str] = []
        self._numbers = count(1)
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        initdb = [str(programs / "initdb"), "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        if self.spawn([*initdb, f"--locale={locale}"]).wait():
            raise RuntimeError(f"initdb failed:\n{self.log()}")

    @classmethod
    def find(cls) -> Path | None:
        """Debian keeps server programs off the PATH, one folder per version; the newest wins."""
        found = [folder for place in cls.places for folder in Path("/").glob(place[1:]) if (folder / "initdb").exists()]
        if found:
            return max(found, key=lambda folder: [int(number) for number in re.findall(r"\d+", str(folder))])
        on_path = shutil.which("initdb")
        return Path(on_path).resolve().parent if on_path else None

    def command(self) -> list[str]:
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "log_min_messages": "error"}
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return [str(self.programs / "postgres"), "-D", "data", "-p", str(self.port), *options]

    def answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, copy_of: str | None = None) -> str:
        """A new database of its own at every call: empty, or a copy of another to which nobody is connected."""
        name = f"test_{next(self._numbers)}"
        template = copy_of.rpartition("/")[2] if copy_of else "template1"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        self.databases.append(name)
        return self._url(name)

    def drop(self, databases: list[str]) -> None:
        for name in databases:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            self.databases.remove(name)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


class Redis(Server):
    """Nothing is written to disk: whatever ends it, it comes back empty, as the design assumes of it anyway."""

    name = "redis"

    def __init__(self, program: str) -> None:
        super().__init__()
        self.program = program
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        return [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]

    def answers(self) -> bool:
        try:
            return self._say("PING") == b"+PONG\r\n"
        except OSError:
            return False

    def empty(self) -> None:
        if self._say("FLUSHALL") != b"+OK\r\n":
            raise RuntimeError(f"redis did not forget:\n{self.log()}")

    def _say(self, word: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"{word}\r\n".encode())
            return connection.recv(64)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return cast("int", listener.getsockname()[1])


def unprivileged_account() -> str | None:
    """Whom root becomes to run a server (PostgreSQL refuses to run as root); None stays who we are."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def how_to_get(package: str) -> str:
    return f"brew install {package}" if sys.platform == "darwin" else f"apt-get install {package}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgreSQL]:
    """For fixtures of a whole session, such as a migrated database that tests then copy: `postgres.url(copy_of=…)`."""
    programs = PostgreSQL.find()
    if not programs:
        left_out(f"PostgreSQL is not installed: {how_to_get('postgresql')}")
    server = PostgreSQL(programs)
    server.start()
    yield server
    server.remove()


@pytest.fixture
def postgres(postgres_server: PostgreSQL) -> Iterator[PostgreSQL]:
    """A running PostgreSQL; `postgres.url()` is a new database, dropped after the test."""
    before = list(postgres_server.databases)
    postgres_server.start()
    yield postgres_server
    postgres_server.start()
    postgres_server.drop([name for name in postgres_server.databases if name not in before])


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    program = shutil.which("redis-server")
    if not program:
        left_out(
            f"redis-server is not installed: {how_to_get('redis' if sys.platform == 'darwin' else 'redis-server')}"
        )
    server = Redis(program)
    server.start()
    yield server
    server.remove()


@pytest.fixture
def redis(redis_server: Redis) -> Redis:
    """A running and empty Redis at `redis.url`."""
    redis_server.start()
    redis_server.empty()
    return redis_server


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium or Chrome is."""
    bundles = ["/Applications/Chromium.app/Contents/MacOS/Chromium"]
    bundles += ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
    found = map(shutil.which, ["chromium", "chromium-browser", "google-chrome", *bundles])
    return next(filter(None, found), None) or left_out(f"Chromium is not installed: {how_to_get('chromium')}")


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One headless browser for the run; a test opens a context of its own and closes it. It talks to loopback only."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", *quiet]  # root and containers have no sandbox to give
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        await browser.close()
