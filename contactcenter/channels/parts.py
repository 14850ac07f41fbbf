"""What a channel may be given besides its own settings; `app` makes one for all of them."""

from collections.abc import Callable
from dataclasses import dataclass

from contactcenter.flow.policies import Policies
from contactcenter.ports import Bus, Clock, Files, Store


@dataclass(frozen=True, slots=True)
class Parts:
    """The desk's own parts. A medium takes what it needs and nothing else."""

    store: Store
    bus: Bus
    files: Files
    clock: Clock
    secret: bytes
    public_url: str
    push: Callable[..., None]  # (socket, transport, frame): see web/push.py
    policies: Callable[[], Policies]  # known once all channels are built
