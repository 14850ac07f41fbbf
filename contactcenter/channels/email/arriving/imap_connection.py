"""One connection to an IMAP server, and what is asked of it.

Used by imap.py, which decides what to ask. Everything here blocks and belongs to one thread; only `cut` may be called
from another. Nothing here sets \\Seen by reading (RFC 9051 6.4.5: BODY.PEEK), nothing waits longer than the socket's
time-out, and nothing is believed: a server that is broken, or means harm, may say anything and for ever. What it sends
in answer to one command is limited in lines, bytes and (imap.py) time.
"""

import imaplib
import logging
import selectors
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, BinaryIO

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from contactcenter.channels.email.arriving.imap_remedies import FolderRefused, said
from contactcenter.channels.email.arriving.received import spool
from contactcenter.channels.email.settings import Account
from contactcenter.model.columns import SECOND

WINDOW = 50_000  # mails asked for at once: a server's line is at most a million bytes (imaplib._MAXLINE)
CHUNK = 1024 * 1024  # bytes of a large mail fetched at once
LITERAL_LIMIT = 64 * 1024 * 1024  # bytes of mails that may come in one answer, whatever was said of the size before
WORDS_LIMIT = 4 * 1024 * 1024  # bytes of the lines of one answer
LINES_LIMIT = 100_000  # of one answer; a folder that is emptied at once tells so of each mail
MAIL_LIMIT = 512 * 1024 * 1024  # bytes of one mail; providers stop at 150 MB
MAILS_LIMIT = 2_000_000  # in one folder
BIGINT = 2**63  # a UID has 32 bits (RFC 9051 2.3.1.1); not all keep to it, and this much can be written down

Broken = (IMAPClientAbortError, OSError)
"""The connection is of no use any more."""

logging.getLogger("imapclient").setLevel(logging.WARNING)  # it logs every line it reads: addresses and texts


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a mail before it is fetched: bytes, and microseconds of its receipt, 0 where unknown."""

    size: int
    received: int


class Connection:
    """Open it, select a folder, ask; `cut` ends whatever is being waited for."""

    def __init__(self, account: Account, seconds: float) -> None:
        self.account = account
        self.seconds = seconds  # a server that is silent for so long is given up
        self._client: Any = None
        self._twin: socket.socket | None = None  # the same connection, for `cut`
        self._cut = False
        self._began = time.monotonic()
        self.impossible = 0  # how many UIDs were listed that no mail can have

    @property
    def busy(self) -> float:
        """Seconds since the last command was given."""
        imap = getattr(self._client, "_imap", None)
        return time.monotonic() - (imap.asked_at if imap is not None else self._began)

    def open(self, token: str) -> None:
        """Connected, encrypted, logged in; by the token where there is one."""
        context = None if self.account.tls == "none" else _context(self.account.authority)
        client = self._client = _Client(self._connected(context), self.account.host, self.seconds)
        client._imap.debug = 0  # imapclient has it put every line into words
        client.normalise_times = False
        if self.account.tls == "starttls":
            client.starttls(context)
        self._log_in(token)

    def select(self, folder: str, *, to_read: bool) -> tuple[int, int]:
        """Open the folder; its UIDVALIDITY and how many mails there are."""
        try:
            told = self._client.select_folder(folder, readonly=to_read)
            validity, count = int(told.get(b"UIDVALIDITY", 0)), int(told.get(b"EXISTS", 0))
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise FolderRefused(f"the folder {folder} cannot be opened: {said(error)}") from None
        except (ValueError, TypeError):
            raise IMAPClientError(f"what it says of the folder {folder} are no numbers") from None
        if not 0 <= validity < BIGINT:
            raise IMAPClientError(f"the folder {folder} has a UIDVALIDITY that cannot be")
        _must_be_few(count)
        return validity, count

    def all(self, count: int) -> set[int]:
        """The UIDs of all mails, as many as there are."""
        self.impossible = 0
        found: set[int] = set()
        for start in range(1, count + 1, WINDOW):
            found |= self._search([f"{start}:{min(start + WINDOW - 1, count)}"])
            _must_be_few(len(found))
        return found

    def above(self, uid: int) -> list[int]:
        """The UIDs beyond this one. `n:*` always has the last (RFC 9051 9, seq-range), which may be below n."""
        self._client.noop()  # new mail is told of between commands
        self._client._imap.news = False
        return sorted(found for found in self._search(["UID", f"{uid + 1}:*"]) if found > uid)

    def still_there(self, uids: Sequence[int]) -> set[int]:
        """Those of them that nobody has deleted."""
        return self._search(["UID", ",".join(map(str, uids))]).intersection(uids)

    def about(self, uids: Sequence[int]) -> dict[int, About]:
        """Size and date of receipt, of those that are still there."""
        try:
            return {
                uid: _about(told) for uid, told in self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"]).items()
            }
        except ValueError:  # a date that is none; none of them is worth more than the mail
            return {uid: _about(told) for uid, told in self._client.fetch(uids, ["RFC822.SIZE"]).items()}

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails themselves, those that the server gives."""
        told = self._client.fetch(uids, ["BODY.PEEK[]"])
        return {uid: body for uid, fields in told.items() if (body := fields.get(b"BODY[]")) is not None}

    def spooled(self, uid: int, size: int) -> BinaryIO | None:
        """A large mail as a temporary file, fetched piece by piece; None when it is not given."""
        _must_be_mail(size)
        file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
        try:
            spool(self._pieces(uid, size), file)
            if file.tell():
                return file
        except BaseException:
            file.close()
            raise
        file.close()
        return None

    def mark_seen(self, uids: Sequence[int]) -> None:
        self._client.add_flags(uids, [b"\\Seen"], silent=True)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Into another folder, which is made where there is none yet."""
        try:
            try:
                self._move(uids, folder)
            except IMAPClientError as error:
                if "TRYCREATE" not in str(error):  # (RFC 9051 7.1)
                    raise
                self._client.create_folder(folder)
                self._move(uids, folder)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise FolderRefused(f"stored mail cannot be moved into the folder {folder}: {said(error)}") from None

    def _move(self, uids: Sequence[int], folder: str) -> None:
        """In one step (RFC 6851), or copied and deleted where the server cannot move."""
        if self._client.has_capability("MOVE"):
            self._client.move(uids, folder)
            return
        self._client.copy(uids, folder)
        self._client.delete_messages(uids, silent=True)
        self._client.uid_expunge(uids) if self._client.has_capability("UIDPLUS") else self._client.expunge()

    @property
    def tells(self) -> bool:
        """Can it tell of new mail by itself?"""
        return bool(self._client.has_capability("IDLE"))

    def wait(self, seconds: float) -> None:
        """Until the server tells anything, or so long (RFC 2177). A server that is dead is found out at the end.

        It tells of a mail once. What it told while something else was asked is not told again: then there is no wait.
        imapclient's own `idle` fails when news and the go-ahead cross, its `idle_check` misses news that came together
        with the go-ahead, and answers at once and for ever when the server is gone.
        """
        client, imap = self._client, self._client._imap
        if imap.news:
            return
        client._idle_tag = tag = imap._command("IDLE")
        told = False
        while imap._get_response() is not None:
            if imap.tagged_commands[tag]:
                raise IMAPClientAbortError("the server refuses IDLE, which it offers")
            told = True
        if not told and not self._holds_news():
            with selectors.DefaultSelector() as selector:
                selector.register(client.socket(), selectors.EVENT_READ)
                selector.select(seconds)
        client.idle_done()

    def cut(self) -> None:
        """End it from outside, whatever it is doing. What is waited for fails at once."""
        self._cut = True
        if self._twin is not None:
            try:
                self._twin.shutdown(socket.SHUT_RDWR)
            except OSError:  # not connected yet, or not any more
                pass

    def close(self) -> None:
        """By its own thread, at the end."""
        if self._twin is not None:
            self._twin.close()
        if self._client is not None:
            try:
                self._client.shutdown()
            except OSError:  # it is broken, which may be why we close it
                pass

    def _connected(self, context: ssl.SSLContext | None) -> socket.socket:
        failed: OSError = ConnectionError("it has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            self.account.host, self.account.port, type=socket.SOCK_STREAM
        ):
            connection = self._with_twin(socket.socket(family, kind, protocol))
            try:
                connection.settimeout(self.seconds)
                connection.connect(address)
                if self.account.tls == "tls" and context is not None:
                    return context.wrap_socket(connection, server_hostname=self.account.host)
                return connection
            except OSError as error:
                connection.close()
                failed = error
        raise failed

    def _with_twin(self, connection: socket.socket) -> socket.socket:
        if self._twin is not None:
            self._twin.close()
        self._twin = connection.dup()
        if self._cut:  # after the twin is there: one of the two threads sees the other
            connection.close()
            raise ConnectionAbortedError("we are stopping")
        return connection

    def _log_in(self, token: str) -> None:
        account, client = self.account, self._client
        if token:
            client.oauth2_login(account.user, token)
        elif (account.user + account.password).isascii():
            client.login(account.user, account.password)
        else:  # LOGIN cannot carry them (RFC 9051 6.2.3)
            client.plain_login(account.user, account.password)
        client.capabilities()

    def _search(self, criteria: Sequence[str]) -> set[int]:
        """UIDs that a mail can have; the others are counted."""
        try:
            found = set(self._client.search(list(criteria)))
        except (ValueError, TypeError, RecursionError):
            raise IMAPClientError("what it lists are no numbers of mails") from None
        possible = {uid for uid in found if 0 < uid < BIGINT}
        self.impossible += len(found) - len(possible)
        return possible

    def _pieces(self, uid: int, size: int) -> Iterator[bytes]:
        """Until a piece comes short: what servers say of the size is not always so."""
        at = 0
        while piece := self._piece(uid, at):
            at += len(piece)
            _must_be_mail(at)
            yield piece
            if len(piece) < CHUNK and at >= size:
                return

    def _piece(self, uid: int, at: int) -> bytes:
        told = self._client.fetch([uid], [f"BODY.PEEK[]<{at}.{CHUNK}>"]).get(uid, {})
        return bytes(told.get(b"BODY[]<%d>" % at) or b"")

    def _holds_news(self) -> bool:
        """Was more read from the socket than was asked for? Then the socket will not tell of it."""
        imap, connection = self._client._imap, self._client.socket()
        read = getattr(imap, "_readbuf", None)  # since Python 3.14 imaplib keeps it itself
        if read is not None:
            return bool(read) or bool(getattr(connection, "pending", int)())
        connection.settimeout(0)
        try:
            return bool(imap.file.peek(1))
        except OSError:  # nothing there: so says TLS
            return False
        finally:
            connection.settimeout(self.seconds)


class _Client(IMAPClient):  # type: ignore[misc]  # it has no types
    """imapclient on a connection of ours."""

    def __init__(self, connection: socket.socket, host: str, seconds: float) -> None:
        self._connection = connection
        super().__init__(host, ssl=False, timeout=seconds)

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802
        return _Imap4(self._connection, self.host)


class _Imap4(imaplib.IMAP4):
    """It notes when the server tells of more mail, with whatever answer that comes (RFC 9051 7.4.1).

    And it listens to no answer for ever: imaplib keeps all that comes, until the server says that it is done.
    """

    def __init__(self, connection: socket.socket, host: str) -> None:
        self._connection = connection
        self._there = 0
        self.news = False
        self._listen_anew()
        super().__init__(host)

    def _new_tag(self) -> bytes:
        """Begins every command."""
        self._listen_anew()
        return super()._new_tag()  # type: ignore[misc,no-any-return]

    def _listen_anew(self) -> None:
        self.asked_at = time.monotonic()
        self._lines = self._words = self._literals = 0

    def _append_untagged(self, typ: str, dat: bytes) -> None:
        if typ == "EXISTS" and dat.isdigit():
            self.news |= int(dat) > self._there
            self._there = int(dat)
        elif typ == "EXPUNGE":
            self._there -= 1
        super()._append_untagged(typ, dat)  # type: ignore[misc]

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return self._connection

    def readline(self) -> bytes:
        try:
            line = super().readline()
        except self.abort:
            raise
        except self.error:  # imaplib goes on in the middle of the line
            raise self.abort("it sends a line without an end") from None
        self._lines += 1
        self._words += len(line)
        if self._lines > LINES_LIMIT or self._words > WORDS_LIMIT:
            raise self.abort("its answer has no end")
        return line

    def read(self, size: int) -> bytes:
        """A literal; imaplib would make room for any that is announced."""
        self._literals += size
        if self._literals > LITERAL_LIMIT:
            raise self.abort(f"it announces {self._literals} bytes at once")
        return super().read(size)


def _about(told: dict[bytes, Any]) -> About:
    size, received = told.get(b"RFC822.SIZE"), told.get(b"INTERNALDATE")
    try:
        at = int(received.timestamp() * SECOND) if isinstance(received, datetime) else 0
    except (ValueError, OverflowError):  # at the ends of the calendar
        at = 0
    return About(size if isinstance(size, int) and 0 < size < BIGINT else 0, at)


def _must_be_few(count: int) -> None:
    if not 0 <= count <= MAILS_LIMIT:
        raise IMAPClientError(f"it lists {count} mails in one folder, and we look through {MAILS_LIMIT} at most")


def _must_be_mail(size: int) -> None:
    if size > MAIL_LIMIT:
        raise IMAPClientError(f"it is larger than {MAIL_LIMIT // 2**20} MB")


@lru_cache(maxsize=64)
def _context(authority: str) -> ssl.SSLContext:
    """One for all mailboxes: it holds every authority the system trusts."""
    return ssl.create_default_context(cadata=authority or None)
