"""What the dearest of the hostile mails costs that the unit tests are made of: the plain CPU seconds of checklist 28.

The tests themselves ask how the cost grows (tests/growth.py), which no busy machine changes.
"""

import argparse
import time
from collections.abc import Sequence
from typing import Any

from bench.common import program
from bench.common.figures import Goal
from contactcenter.channels.email.reading.parse import parse
from tests.unit import test_email_hostile, test_email_parse

OFTEN = 3  # the best of so many runs counts


async def measure(options: argparse.Namespace) -> tuple[dict[str, Any], Sequence[Goal]]:
    """Each alone."""
    mails = {**test_email_parse.hostile(1), **test_email_hostile.hostile(1)}
    seconds = {name: min(_cost(mail) for _ in range(1 if options.quick else OFTEN)) for name, mail in mails.items()}
    dearest = max(seconds, key=lambda name: seconds[name])
    figures = {"mails": len(seconds), "dearest": dearest, "cpu_s": round(seconds[dearest], 3)}
    return figures, [Goal("CPU of the dearest hostile mail, s", 2.0, seconds[dearest])]


def _cost(mail: bytes) -> float:
    event = test_email_parse.raw(test_email_parse.ADA, mail)
    began = time.process_time()
    parse(event, test_email_parse.OWN)
    return time.process_time() - began


if __name__ == "__main__":
    program.run("hostile", measure)
