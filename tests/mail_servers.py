"""Real mail servers for tests, started when the first test asks: Dovecot (IMAP, LMTP) and Postfix.

Like those of tests/servers.py: free ports of loopback, a throwaway folder, and gone when the run ends. Dovecot runs as
whoever an unprivileged server runs as; Postfix runs as root only, and is left out elsewhere. Nothing of a mail server
that the machine itself may have is read or touched. Every test works in mailboxes of its own: `dovecot.new()`."""

from __future__ import annotations

import asyncio
import grp
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import cast

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tests.providers.smtp_relay import certificate
from tests.servers import START_WITHIN, Server, free_port, how_to_get, left_out

PASSWORD = "secret"
MAILBOXES = 2_000  # there are more than tests will ask for
DOMAIN = "support.test"  # Postfix hands it to Dovecot; every other domain goes to `remote_port`

DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = /dev/stderr
listen = 127.0.0.1
protocols = imap lmtp
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_username_format = %Ln
auth_mechanisms = plain xoauth2
auth_failure_delay = 0
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
passdb {{
  driver = passwd-file
  mechanisms = plain
  args = scheme=PLAIN {folder}/passwords
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%Ln allow_all_users=yes
}}
service imap-login {{
  chroot =
  process_min_avail = 2
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
service stats {{
  chroot =
}}
"""

OAUTH2 = """
introspection_mode = post
introspection_url = http://127.0.0.1:{port}/introspect
username_attribute = username
active_attribute = active
active_value = true
"""

POSTFIX = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.support.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
recipient_delimiter = +
smtputf8_enable = yes
smtputf8_autodetect_classes = all
virtual_mailbox_domains = support.test
virtual_transport = lmtp:inet:127.0.0.1:{lmtp_port}
default_transport = smtp:[127.0.0.1]:{remote_port}
smtp_host_lookup = native
lmtp_host_lookup = native
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
delay_warning_time = 1s
maximal_queue_lifetime = 1d
bounce_queue_lifetime = 1d
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Dovecot(Server):
    """IMAP on `port` and, with TLS, on `tls_port`; LMTP on `lmtp_port`; access tokens are asked of `oauth_port`."""

    name = "dovecot"

    def __init__(self, program: str) -> None:
        super().__init__()
        self.program = program
        self.tls_port, self.lmtp_port, self.oauth_port = free_port(), free_port(), free_port()
        self.tls, self.authority = certificate(self.folder)
        self._numbers = count(1)
        user = pwd.getpwnam(self.account) if self.account else pwd.getpwuid(os.getuid())
        (self.folder / "mail").mkdir()
        (self.folder / "passwords").write_text("".join(f"box{number}:{PASSWORD}\n" for number in range(1, MAILBOXES)))
        (self.folder / "oauth2").write_text(OAUTH2.format(port=self.oauth_port))
        (self.folder / "dovecot.conf").write_text(
            DOVECOT.format(
                folder=self.folder,
                user=user.pw_name,
                group=grp.getgrgid(user.pw_gid).gr_name,
                port=self.port,
                tls_port=self.tls_port,
                lmtp_port=self.lmtp_port,
            )
        )
        for path in self.folder.iterdir():
            os.chown(path, user.pw_uid, user.pw_gid)

    def command(self) -> list[str]:
        return [self.program, "-F", "-c", str(self.folder / "dovecot.conf")]

    def answers(self) -> bool:
        return _greets(self.port, b"* OK") and _greets(self.lmtp_port, b"220 ")

    def kill(self) -> None:
        """With the processes that serve: they do not outlive a power cut either."""
        if self._process and self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
        super().kill()

    def new(self) -> str:
        """A mailbox that nobody used before."""
        return f"box{next(self._numbers)}"

    def set_password(self, user: str, password: str) -> None:
        """For new logins; who is logged in stays so. Returns once it holds: Dovecot looks once a second."""
        path = self.folder / "passwords"
        others = [line for line in path.read_text().splitlines() if not line.startswith(f"{user}:")]
        beside = path.with_name("passwords.new")
        beside.write_text("\n".join([*others, f"{user}:{password}"]) + "\n")
        shutil.chown(beside, *(2 * [self.account or os.getuid()]))
        beside.rename(path)
        give_up = time.monotonic() + START_WITHIN
        while not self._lets_in(user, password):
            assert time.monotonic() < give_up, f"the new password does not hold:\n{self.log()}"

    def _lets_in(self, user: str, password: str) -> bool:
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10.0) as client:
            try:
                client.plain_login(user, password)
            except LoginError:
                return False
            return True

    def deliver(self, user: str, mail: bytes, sender: str = "ada@example.test") -> None:
        """By LMTP, as Postfix does; returns once it lies in the mailbox."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            lmtp.sendmail(sender, [f"{user}@{DOMAIN}"], mail)

    def put(self, user: str, mails: list[bytes], sender: str = "ada@example.test") -> None:
        """Many by LMTP over one line."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            for mail in mails:
                lmtp.sendmail(sender, [f"{user}@{DOMAIN}"], mail)

    def save(self, user: str, mail: bytes, *, folder: str = "INBOX", received: datetime | None = None) -> None:
        """As another program of theirs files it: byte for byte, and with that date of receipt."""
        with self.client(user) as client:
            client.append(folder, mail, msg_time=received)

    def client(self, user: str) -> IMAPClient:
        """Another program that reads this mailbox, logged in."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10.0)
        client.login(user, PASSWORD)
        return client

    def move(self, user: str, there: str, here: str = "INBOX") -> None:
        """All mails of one folder into another."""
        self.doveadm("move", "-u", user, here, "mailbox", there, "all")

    def flag(self, user: str, flag: str = "\\Seen") -> None:
        self.doveadm("flags", "add", "-u", user, flag, "mailbox", "INBOX", "all")

    def flags(self, user: str, folder: str = "INBOX") -> list[set[str]]:
        """Of every mail."""
        found = self.doveadm("-f", "tab", "fetch", "-u", user, "flags", "mailbox", folder, "all").splitlines()
        return [set(line.split()) - {"\\Recent"} for line in found[1:]]

    def create(self, user: str, folder: str) -> None:
        with self.client(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)

    def begin_again(self, user: str) -> None:
        """The same mails under a new UIDVALIDITY and with new UIDs."""
        maildir = self.folder / "mail" / user / "Maildir"
        names = maildir / "dovecot-uidlist"
        guid = names.read_text().splitlines()[0].split()[3]
        for cache in maildir.glob("dovecot.index*"):
            cache.unlink()
        names.write_text(f"3 V{1_900_000_000 + next(self._numbers)} N1000 {guid}\n")

    def sessions(self, user: str) -> list[int]:
        """The processes that serve this mailbox by IMAP just now."""
        told = self.doveadm("who", "-1", user)
        return [int(line.split()[2]) for line in told.splitlines()[1:] if line.split()[1] == "imap"]

    def signal_sessions(self, user: str, by: signal.Signals) -> int:
        """Kill, freeze or thaw what serves this mailbox; how many there were."""
        found = self.sessions(user)
        for pid in found:
            os.kill(pid, by)
        return len(found)

    @staticmethod
    def end(pids: list[int]) -> None:
        """For good, and if they are frozen."""
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def doveadm(self, *words: str) -> str:
        command = ["doveadm", "-c", str(self.folder / "dovecot.conf"), *words]
        group = pwd.getpwnam(self.account).pw_gid if self.account else None
        others: list[str] | None = [] if self.account else None
        done = subprocess.run(
            command,
            cwd=self.folder,
            capture_output=True,
            check=False,
            timeout=60,
            user=self.account,
            group=group,
            extra_groups=others,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.decode()}")
        return done.stdout.decode()


class Postfix(Server):
    """Hands support.test to Dovecot, takes what 127.0.0.1 brings, and all other mail to `Remote` at `remote_port`."""

    name = "postfix"

    def __init__(self, dovecot: Dovecot) -> None:
        super().__init__()
        self.account = None
        shutil.chown(self.folder, "root")
        self.folder.chmod(0o755)
        self.remote_port = free_port()
        (self.folder / "queue").mkdir()
        (self.folder / "data").mkdir()
        shutil.chown(self.folder / "data", "postfix")
        places = {"folder": self.folder, "lmtp_port": dovecot.lmtp_port, "remote_port": self.remote_port}
        (self.folder / "main.cf").write_text(POSTFIX.format(**places))
        (self.folder / "master.cf").write_text(MASTER.format(port=self.port))

    def command(self) -> list[str]:
        return ["postfix", "-c", str(self.folder), "start-fg"]

    def answers(self) -> bool:
        return _greets(self.port, b"220 ")

    @property
    def place(self) -> str:
        """What `smtp_relay` is set to."""
        return f"127.0.0.1:{self.port}"

    def _end(self, by: signal.Signals) -> None:
        """`start-fg` is a script, and the master that it starts leads a session of its own; the script ends with it."""
        if self._process and self.running:
            known = self.folder / "queue" / "pid" / "master.pid"
            os.killpg(int(known.read_text()) if known.exists() else self._process.pid, by)
            self._process.wait(START_WITHIN)


@dataclass
class Remote:
    """The mail servers of everybody else, behind Postfix: nobody@ there is refused for good, later@ for now."""

    port: int
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)  # sender, recipients, content
    patient: bool = True  # later@ is refused for as long as this holds

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        sessions: list[SMTP] = []

        def session() -> SMTP:
            sessions.append(SMTP(self, enable_SMTPUTF8=True, hostname="remote.test", loop=loop))
            return sessions[-1]

        server = await loop.create_server(session, "127.0.0.1", self.port)
        try:
            yield
        finally:
            server.close()
            tasks = [task for one in sessions if (task := one._handler_coroutine) is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for one in sessions:
                if one.transport is not None:
                    cast(asyncio.Transport, one.transport).abort()
            await server.wait_closed()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        name = address.partition("@")[0].partition("+")[0]
        if name == "nobody":
            return "550 5.1.1 No such user here"
        if name == "later" and self.patient:
            return "451 4.2.2 The mailbox is full, try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = cast(bytes, envelope.content)
        sender = (envelope.mail_from or "").removeprefix("<>")  # the null sender, as aiosmtpd tells it
        self.taken.append((sender, list(envelope.rcpt_tos), content))
        return "250 2.0.0 taken"


def _greets(port: int, word: bytes) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            return connection.recv(512).startswith(word)
    except OSError:
        return False


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not program or not Path("/usr/lib/dovecot/lmtp").exists():
        left_out(f"Dovecot is not installed: {how_to_get('dovecot-imapd dovecot-lmtpd')}")
    server = Dovecot(program)
    server.start()
    yield server
    server.remove()


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Dovecot:
    """A running Dovecot; `dovecot.new()` is a mailbox of its own."""
    dovecot_server.start()
    return dovecot_server


@pytest.fixture(scope="session")
def postfix_server(dovecot_server: Dovecot) -> Iterator[Postfix]:
    if not shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        left_out(f"Postfix is not installed: {how_to_get('postfix')}")
    if os.geteuid() != 0:
        left_out("Postfix runs as root only: run the tests as root, in a container")
    server = Postfix(dovecot_server)
    server.start()
    yield server
    server.remove()


@pytest.fixture
def postfix(postfix_server: Postfix, dovecot: Dovecot) -> Postfix:
    """A running Postfix in front of Dovecot."""
    postfix_server.start()
    return postfix_server


@pytest.fixture
async def remote(postfix: Postfix) -> AsyncIterator[Remote]:
    """Whom Postfix hands everybody else's mail."""
    there = Remote(postfix.remote_port)
    async with there.listening():
        yield there
