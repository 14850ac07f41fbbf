"""How much may be sent, and when: Telegram's flood limits, kept to before it has to say so.

Asked by sending.py before every request that shows something. One process at a time sends for a channel (its lease), so
the counts are kept here and nowhere else. Per chat one a second, 20 a minute in a group, 30 a second over all
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this), with short bursts inside of these.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from contactcenter.model.values import RetryLater

CHATS_KEPT = 10_000  # known at the same time; beyond, those that are at rest are forgotten
FLOODED = 2  # chats that have to pause at the same time before everything does


@dataclass(slots=True)
class Bucket:
    """Lets `burst` through at once and one every `interval` seconds from then on (a leaky bucket as GCRA)."""

    interval: float
    burst: int
    full_at: float = 0.0  # when it is at rest again; all there is to know
    closed_until: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until one more may go."""
        return max(self.full_at - (self.burst - 1) * self.interval - now, self.closed_until - now, 0.0)

    def take(self, at: float) -> None:
        """One goes, at that instant."""
        self.full_at = max(self.full_at, at) + self.interval

    def at_rest(self, now: float) -> bool:
        return max(self.full_at, self.closed_until) <= now


def _overall() -> Bucket:
    return Bucket(interval=1 / 25, burst=5)  # 5 at once and 25 in the second after: never more than 30 in one


@dataclass(slots=True)
class Limits:
    """Those of one bot. `clock` gives seconds that never go back."""

    clock: Callable[[], float]
    overall: Bucket = field(default_factory=_overall)
    chats: dict[int, Bucket] = field(default_factory=dict)
    groups: dict[int, Bucket] = field(default_factory=dict)

    def reserve(self, chat: int, patience: float) -> float:
        """Seconds to wait before the next message to a chat, which has its place there from now on.

        Raises RetryLater when that is more than `patience`; then nothing is taken.
        """
        return self._reserve(list(self._of(chat)), patience)

    def reserve_overall(self, patience: float) -> float:
        """The same among all chats, once its turn in its own has come: who waits there holds up nobody else."""
        return self._reserve([self.overall], patience)

    def free(self, chat: int) -> bool:
        """Can a message leave now? For what may as well not be sent."""
        now = self.clock()
        return all(bucket.wait(now) == 0 for bucket in (self.overall, *self._of(chat)))

    def pause(self, chat: int, seconds: float) -> None:
        """Telegram wants nothing for so long: in this chat, or, when several are told so, anywhere."""
        until = self.clock() + seconds
        self._chat(chat).closed_until = until
        if sum(bucket.closed_until > self.clock() for bucket in self.chats.values()) >= FLOODED:
            self.overall.closed_until = max(self.overall.closed_until, until)

    def _reserve(self, buckets: Sequence[Bucket], patience: float) -> float:
        now = self.clock()
        wait = max(bucket.wait(now) for bucket in buckets)
        if wait > max(patience, 0.0):
            raise RetryLater("Telegram's limits: too much was sent at once", wait)
        for bucket in buckets:
            bucket.take(now + wait)
        return wait

    def _of(self, chat: int) -> Iterable[Bucket]:
        yield self._chat(chat)
        if chat < 0:  # groups' numbers are negative
            yield self.groups.setdefault(chat, Bucket(interval=4.0, burst=5))  # 5 + 60 / 4 = 20 a minute

    def _chat(self, chat: int) -> Bucket:
        if len(self.chats) >= CHATS_KEPT and chat not in self.chats:
            self._forget()
        return self.chats.setdefault(chat, Bucket(interval=1.0, burst=3))

    def _forget(self) -> None:
        now = self.clock()
        for known in (self.chats, self.groups):
            for chat in [chat for chat, bucket in known.items() if bucket.at_rest(now)]:
                del known[chat]
