"""What a channel may be given besides its own settings; `app` makes one for all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from contactcenter.flow.policies import Policies
from contactcenter.ports import Bus, Clock, Files, Store


class Push(Protocol):
    """web/push.py, as far as a channel with sockets of its own needs it."""

    def __call__(self, socket: Any, transport: Any, frame: bytes) -> None: ...

    def watch(self, socket: Any) -> None: ...


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
