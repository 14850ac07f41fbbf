"""The bus of a desk that is one process: a call to whoever listens."""

import logging
from collections.abc import Callable, Sequence

from contactcenter.ports import Listener

log = logging.getLogger(__name__)


class InProcessBus:
    """Listeners by topic. One who listens to several topics of a frame hears it once; one who fails harms no other."""

    def __init__(self) -> None:
        self._listeners: dict[str, dict[Listener, None]] = {}

    def publish(self, topics: Sequence[str], frame: bytes) -> None:
        heard: set[Listener] = set()
        for topic in topics:
            for listener in tuple(self._listeners.get(topic, ())):
                if listener not in heard and listener in self._listeners.get(topic, ()):  # not forgotten meanwhile
                    heard.add(listener)
                    _tell(listener, topic, frame)

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        self._listeners.setdefault(topic, {})[listener] = None
        return lambda: self._forget(topic, listener)

    def missed(self) -> None:
        """Tell every listener that something may have been missed."""
        for topic, listeners in tuple(self._listeners.items()):
            for listener in tuple(listeners):
                _tell(listener, topic, None)

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        self._listeners.clear()

    def _forget(self, topic: str, listener: Listener) -> None:
        listeners = self._listeners.get(topic, {})
        listeners.pop(listener, None)
        if not listeners:
            self._listeners.pop(topic, None)


def _tell(listener: Listener, topic: str, frame: bytes | None) -> None:
    try:
        listener(topic, frame)
    except Exception:
        log.exception("a listener failed", extra={"topic": topic.partition(":")[0]})
