"""What a channel may be given besides its own settings; `app` makes one for all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from contactcenter.channels.protocol import Accept
from contactcenter.flow.policies import Policies
from contactcenter.ports import Bus, Clock, Files, Store

if TYPE_CHECKING:  # the library behind it takes long to import: only where Slack is used
    from contactcenter.slack.connection import Slack
    from contactcenter.slack.settings import Connection


class Push(Protocol):
    """web/push.py, as far as a channel with sockets of its own needs it."""

    def __call__(self, socket: Any, transport: Any, frame: bytes) -> None: ...

    def watch(self, socket: Any) -> None: ...


def not_given(*asked: Any) -> Any:
    """Whoever makes a channel by itself gives it what its medium needs."""
    raise LookupError("this channel was given nothing of the kind")


@dataclass(frozen=True, slots=True)
class Parts:
    """The desk's own parts. A medium takes what it needs and nothing else."""

    store: Store
    bus: Bus
    files: Files
    clock: Clock
    secret: bytes
    public_url: str
    push: Push
    policies: Callable[[], Policies]  # known once all channels are built
    accept: Callable[[str], Accept] = not_given  # intake of a channel, for what comes in outside its `run`
    slack: "Callable[[str, Connection], Slack]" = not_given  # the connection of its settings, or the desk's own
