"""How the cost of reading something grows with its size, asked so that a busy machine changes no answer.

A quarter of the work is the yardstick of the whole, in the same run: linear work costs four times as much, quadratic
work sixteen times. What costs next to nothing is no trouble whatever it grows by. `bench.hostile` tells plain seconds.
"""

import gc
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PART = 4
BOUND = 10.0  # between the 4 of linear and the 16 of quadratic work
NO_TROUBLE = 0.1  # CPU seconds; quadratic work of these sizes costs more
LONGEST = 10.0  # CPU seconds, for work whose growth ends at a limit of ours: generous, for whatever the machine does
TRIES = 3


def grows_little(work: Callable[[int], T]) -> T:
    """What `work(1)` answers, which is all of the work, as `work(4)` is a quarter. Fails where it grows too fast."""
    told = []
    for _ in range(TRIES):
        whole, answer = cost(work, 1)
        if whole < NO_TROUBLE:
            return answer
        part, _ = cost(work, PART)
        if whole <= BOUND * part and whole < LONGEST:
            return answer
        told.append(f"{whole:.2f} s, a quarter of it {part:.3f} s")
    raise AssertionError(f"it grows too fast: {'; '.join(told)}")


def cost(work: Callable[[int], T], part: int) -> tuple[float, T]:
    """CPU seconds, and what came of it. Garbage of tests before is no part of it: looking through that costs more."""
    gc.freeze()
    began = time.process_time()
    try:
        answer = work(part)
        return time.process_time() - began, answer
    finally:
        gc.unfreeze()
