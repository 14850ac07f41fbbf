"""A visitor's socket: frames in are stored and acknowledged, what is said reaches them once and in order of seq.

A frame is acknowledged after the commit. What the bus tells is passed on when it is the next seq; at a gap, or when
the bus says something may have been missed, the socket reads the table. Junk closes this socket and no other.
"""

import asyncio
import re

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web
from msgspec.structs import replace

from contactcenter.channels.parts import Parts
from contactcenter.channels.webchat import reading
from contactcenter.channels.webchat.channel import Pressed, Said, SaidFile, WebChat
from contactcenter.channels.webchat.frames import (
    CHANGE,
    Ack,
    Changed,
    Choose,
    HeardTicket,
    Speak,
    Spoken,
    State,
    Told,
    ToldAuthor,
    Trouble,
    TypingTold,
    decode_client,
    decode_heard,
    encode,
    told,
)
from contactcenter.channels.webchat.sessions import Session, verify_file
from contactcenter.flow.live import conversation_topic
from contactcenter.model.values import RawEvent, StoreUnavailable

ID = re.compile(r"[0-9A-Za-z-]{8,64}")
FRAME_OVERHEAD = 16_384  # bytes of a frame besides its text: references to a dozen files
HEARTBEAT_SECONDS = 25
FILES_LIMIT = 12  # of one message
SEQ_LIMIT = 2**31 - 1
CHOICES_LIMIT = 100  # of one message
TYPING_SECONDS = 1.0  # what comes faster is not passed on
PLACE_SECONDS = 5.0  # between two looks at the place in the queue


class Refused(Exception):
    """A frame cannot be taken; the text says why."""


class VisitorSocket:
    """One window of one visitor."""

    def __init__(self, channel: WebChat, parts: Parts, session: Session, after: int) -> None:
        self._channel = channel
        self._parts = parts
        self._session = session
        self._last = after  # the highest seq this window was told or acknowledged
        self._own = ""  # the id of the message that was sent here and is not acknowledged yet
        self._own_mark = b""  # how it is written in frames
        self._reading: asyncio.Task[None] | None = None
        self._stale = False
        self._state_stale = False
        self._place: asyncio.TimerHandle | None = None
        self._ticket: int | None = None
        self._typed = 0.0  # when they were last told to be typing
        self._transport: asyncio.Transport | None = None
        # A frame of the longest text, each character escaped by JSON at its worst: two escapes make one emoji.
        limit = channel.settings.text_limit * 12 + FRAME_OVERHEAD
        self._socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS, compress=False, max_msg_size=limit, timeout=2.0
        )

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Until the visitor goes."""
        await self._socket.prepare(request)
        self._parts.push.watch(self._socket)
        self._transport = request.transport
        topic = conversation_topic(self._channel.name, self._session.id)
        unsubscribe = self._parts.bus.subscribe(topic, self._hear)
        try:
            self._read_soon(state=True)
            await self._listen()
        finally:
            unsubscribe()
            self._watch_place(waits=False)
            if self._reading is not None:
                self._reading.cancel()
        return self._socket

    async def _listen(self) -> None:
        async for frame in self._socket:
            if frame.type is not WSMsgType.TEXT:
                await self._socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"text frames only")
                return
            try:
                said = decode_client(frame.data)
                if isinstance(said, Speak | Choose):
                    await self._speak(said)
                else:
                    self._type()
            except (msgspec.MsgspecError, UnicodeError, RecursionError, Refused) as error:
                await self._socket.close(code=WSCloseCode.INVALID_TEXT, message=_reason(error))
                return

    def _type(self) -> None:
        """Pass on that they are typing, now and then."""
        now = asyncio.get_running_loop().time()
        if self._ticket is not None and now - self._typed >= TYPING_SECONDS:
            self._typed = now
            author = ToldAuthor("customer", self._session.name or "Visitor")
            self._parts.bus.publish([f"ticket:{self._ticket}"], _typing(self._ticket, author))

    async def _speak(self, frame: Speak | Choose) -> None:
        trouble = self._trouble_with(frame)
        if trouble is not None:
            self._push(trouble)
            return
        self._own, self._own_mark = frame.id, f'"client_id":"{frame.id}"'.encode()
        try:
            accepted = await self._channel.accept(self._raw(frame))
        except StoreUnavailable:
            # Closed as well, or what is in the line behind it would be stored before it.
            told = Trouble(frame.id, "Not stored", "We could not store your message; please try again.", True)
            await self._socket.send_frame(encode(told), WSMsgType.TEXT)
            await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"please reconnect")
            return
        finally:
            self._own = ""
        if accepted.seq == self._last + 1:
            self._last = accepted.seq
        self._push(Ack(frame.id, accepted.seq))

    def _trouble_with(self, frame: Speak | Choose) -> Trouble | None:
        """What is wrong with a message that is no junk, or None."""
        if not ID.fullmatch(frame.id):
            raise Refused("id must be a UUID")
        if isinstance(frame, Choose):
            if not (0 < frame.seq <= SEQ_LIMIT and 0 <= frame.choice < CHOICES_LIMIT):
                raise Refused("there is no such choice")
            return None
        limit = self._channel.settings.text_limit
        if len(frame.text) > limit:
            detail = f"The message has {len(frame.text)} characters; the limit is {limit}."
            return Trouble(frame.id, "Too long", detail, False)
        if not frame.text.strip() and not frame.files:
            return Trouble(frame.id, "Empty", "There is nothing to send.", False)
        return None

    def _raw(self, frame: Speak | Choose) -> RawEvent:
        session = self._session
        said = Said(frame.id, session.id, "", session.name, session.email, language=session.language)
        if isinstance(frame, Choose):
            said = replace(said, pressed=Pressed(frame.seq, frame.choice))
        else:
            said = replace(said, text=frame.text, files=self._files(frame))
        stream = f"{self._channel.name}:{session.id}"
        return RawEvent(self._channel.name, f"{frame.id}/{session.id}", stream, encode(said))

    def _files(self, frame: Speak) -> list[SaidFile]:
        if len(frame.files) > FILES_LIMIT:
            raise Refused(f"at most {FILES_LIMIT} files go with a message")
        files = []
        for ref in frame.files:
            file = verify_file(ref, self._session, self._parts.secret)
            if file is None:
                raise Refused("files must be references this session was given")
            files.append(SaidFile(file.digest, file.name, file.type, file.size))
        return files

    def _hear(self, topic: str, frame: bytes | None) -> None:
        if frame is None:
            self._read_soon(state=True)
            return
        if self._own and self._own_mark in frame:
            return  # the acknowledgement tells it
        heard = decode_heard(frame)
        if heard.message is not None and heard.type == CHANGE:
            self._tell_change(heard.message, deleted=heard.deleted)
        elif heard.message is not None:
            self._tell(heard.message)
        elif heard.type == "typing" and heard.author is not None:
            self._push(TypingTold(ToldAuthor(heard.author.kind, heard.author.name)))
        elif isinstance(heard.ticket, HeardTicket):
            self._tell_state(heard.ticket)

    def _tell(self, message: Spoken) -> None:
        if message.seq <= self._last:
            return
        if message.seq > self._last + 1 or self._reading is not None or message.files:
            self._read_soon()
            return
        self._last = message.seq
        self._push(told(message, []))

    def _tell_change(self, message: Spoken, *, deleted: bool) -> None:
        """What this window has not shown yet it will read as it is now."""
        if message.seq <= self._last:
            self._push(Changed(message.seq, str(message.id), message.text, deleted))

    def _tell_state(self, ticket: HeardTicket) -> None:
        """How things stand now, from the frame; the place in the queue, which takes counting, a moment later."""
        self._ticket = ticket.id
        agent = None if ticket.assignee is None else ticket.assignee.name
        open_hours = self._parts.policies().is_open(ticket.queue, self._parts.clock.now())
        self._push(State(ticket.id, ticket.status, agent, None, open_hours))
        self._watch_place(waits=ticket.status == "open" and agent is None)

    def _watch_place(self, *, waits: bool) -> None:
        """Read the place in the queue now and then while the visitor waits."""
        if self._place is not None:
            self._place.cancel()
        loop = asyncio.get_running_loop()
        self._place = loop.call_later(PLACE_SECONDS, self._read_place) if waits else None

    def _read_place(self) -> None:
        self._read_soon(state=True)

    def _read_soon(self, *, state: bool = False) -> None:
        self._stale = True
        self._state_stale = self._state_stale or state
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Tell what the table holds beyond the last seq told, then how things stand; again while news came in."""
        try:
            while self._stale:
                self._stale = False
                stated, self._state_stale = self._state_stale, False
                await self._read_news(stated=stated)
        except StoreUnavailable:
            await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"please reconnect")
        except ConnectionError:  # the visitor left in the middle of it
            return
        finally:
            self._reading = None

    async def _read_news(self, *, stated: bool) -> None:
        policies = self._parts.policies() if stated else None
        queue, path = self._channel.settings.queue, f"/chat/{self._channel.name}/files"
        while True:
            news = await self._parts.store.read(
                reading.news, self._session, self._last, policies, queue, self._parts.secret, path
            )
            for change in news.changes:
                self._push(change)
            for message in news.messages:
                await self._tell_read(message)
            if len(news.messages) < reading.PAGE:
                break
        if news.state is not None:
            self._ticket = news.state.ticket
            self._push(news.state)
            self._watch_place(waits=news.state.place is not None)

    async def _tell_read(self, message: Told) -> None:
        if message.seq <= self._last:
            return
        self._last = message.seq
        if not self._own or message.client_id != self._own:  # else the acknowledgement tells it
            await self._socket.send_frame(encode(message), WSMsgType.TEXT)

    def _push(self, frame: msgspec.Struct) -> None:
        self._parts.push(self._socket, self._transport, encode(frame))


def _reason(error: Exception) -> bytes:
    """As much of it as a close frame holds, cut between characters (RFC 6455 5.5.1)."""
    return str(error).encode()[:120].decode(errors="ignore").encode()


def _typing(ticket: int, author: ToldAuthor) -> bytes:
    return encode({"type": "typing", "ticket": ticket, "author": author})
