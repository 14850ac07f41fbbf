"""The bus of a desk that is one process: a call to whoever listens."""

from collections.abc import Callable, Sequence

from contactcenter.ports import Listener


class InProcessBus:
    """Listeners by topic. One who listens to several topics of a frame hears it once."""

    def __init__(self) -> None:
        self._listeners: dict[str, dict[Listener, None]] = {}

    def publish(self, topics: Sequence[str], frame: bytes) -> None:
        heard: set[Listener] = set()
        for topic in topics:
            for listener in tuple(self._listeners.get(topic, ())):
                if listener not in heard:
                    heard.add(listener)
                    listener(topic, frame)

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        self._listeners.setdefault(topic, {})[listener] = None
        return lambda: self._forget(topic, listener)

    def missed(self) -> None:
        """Tell every listener that something may have been missed."""
        for topic, listeners in tuple(self._listeners.items()):
            for listener in tuple(listeners):
                listener(topic, None)

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        self._listeners.clear()

    def _forget(self, topic: str, listener: Listener) -> None:
        listeners = self._listeners.get(topic, {})
        listeners.pop(listener, None)
        if not listeners:
            self._listeners.pop(topic, None)
