"""The channel itself: what a visitor's frame says, and how a message of ours reaches the visitor's windows.

`run` has nothing to listen to: frames come through the sockets (socket.py), which call the same `accept`. Sending is
idempotent: every window shows a seq once.
"""

import asyncio

import msgspec

from contactcenter.channels.protocol import Accept, Capabilities
from contactcenter.channels.webchat.frames import Spoken, corrected, spoken
from contactcenter.flow.live import conversation_topic
from contactcenter.flow.views import Author, SourceView, iso
from contactcenter.model.values import (
    Attached,
    Chosen,
    Inbound,
    Outbound,
    Parsed,
    RawEvent,
    Receipt,
    Sender,
    StoreUnavailable,
    Unparseable,
)
from contactcenter.ports import Bus
from contactcenter.settings import ChannelSettings, Origin


class Settings(ChannelSettings):
    """`sites` may show the widget in a frame; text in characters, files in bytes."""

    title: str = "Chat with us"
    ask_mail: str = "If you leave your e-mail address here, we can reach you when you have closed this window, too."
    sites: tuple[Origin, ...] = ()
    text_limit: int = 8_000
    file_limit: int = 10 * 1024 * 1024


class SaidFile(msgspec.Struct, frozen=True):
    """A file that was uploaded before the message that names it."""

    digest: str
    name: str
    type: str
    size: int


class Pressed(msgspec.Struct, frozen=True):
    """Which button, under the message at which place."""

    seq: int
    choice: int


class Said(msgspec.Struct, frozen=True):
    """What intake keeps of a visitor's message, or of a button that they pressed."""

    id: str
    session: str
    text: str
    name: str = ""
    email: str = ""
    files: list[SaidFile] = []
    pressed: Pressed | None = None
    language: str = ""


_decode = msgspec.json.Decoder(Said).decode


class WebChat:
    """One web chat, on one or many sites."""

    kind = "webchat"

    def __init__(self, name: str, settings: Settings, bus: Bus) -> None:
        self.name = name
        self.settings = settings
        self.capabilities = Capabilities(
            text_limit=settings.text_limit,
            parses_at_once=True,
            idempotent_sends=True,
            attachments=True,
            runs_everywhere=True,
            choices=True,
        )
        self._bus = bus
        self._accept: Accept | None = None

    async def run(self, accept: Accept) -> None:
        self._accept = accept
        try:
            await asyncio.Event().wait()
        finally:
            self._accept = None

    @property
    def accept(self) -> Accept:
        """Where sockets hand their frames; raises StoreUnavailable while the channel is not running."""
        if self._accept is None:
            raise StoreUnavailable("the channel is not running yet")
        return self._accept

    def parse(self, raw: RawEvent) -> list[Parsed]:
        try:
            said = _decode(raw.payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Unparseable(f"not a web chat message: {error}") from None
        if not said.session:
            raise Unparseable("not a web chat message: it is of no session")
        sender = Sender("webchat", said.session, said.name or "Visitor", said.language)
        if said.pressed is not None:
            place = said.pressed.seq
            return [Chosen("", said.pressed.choice, said.session, sender, "session", seq=place, client_id=said.id)]
        claims = tuple((kind, value) for kind, value in (("name", said.name), ("email", said.email)) if value)
        return [
            Inbound(
                external_id="",
                conversation=said.session,
                sender=sender,
                text=said.text,
                client_id=said.id,
                proof="session",
                claims=claims,
                attachments=tuple(
                    Attached(file.name, file.type, file.size, f"file:{file.digest}") for file in said.files
                ),
            )
        ]

    async def send(self, message: Outbound) -> Receipt:
        self._bus.publish([conversation_topic(self.name, message.conversation)], spoken(_frame(message)))
        return Receipt("")

    async def edit(self, message: Outbound) -> Receipt:
        self._bus.publish([conversation_topic(self.name, message.conversation)], corrected(_frame(message)))
        return Receipt("")

    async def delete(self, message: Outbound) -> Receipt:
        frame = corrected(_frame(message), deleted=True)
        self._bus.publish([conversation_topic(self.name, message.conversation)], frame)
        return Receipt("")


def _frame(message: Outbound) -> Spoken:
    source = message.source
    return Spoken(
        seq=message.seq,
        id=str(message.message_id),
        author=Author(message.author, None, message.author_name),
        text=message.text,
        at=iso(message.created_at),
        files=[],
        source=None
        if source is None
        else SourceView(source.article, source.title, source.url, source.passage, source.checked, source.score),
        client_id=None,
        choices=list(message.choices),
    )
