"""Structured logs: an event and its ids, as text for people or JSON for machines.

Called by `cli` before anything else. Addresses and message text never go into a log call; the house tests look for it.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class TextFormatter(logging.Formatter):
    """`19:00:01 warning event key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        pairs = "".join(f" {key}={value}" for key, value in _fields(record).items())
        return f"{at} {record.levelname.lower()} {record.getMessage()}{pairs}{_trace(record)}"


class JsonFormatter(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        trace = _trace(record)
        if trace:
            line["trace"] = trace.strip()
        return json.dumps(line, default=str)


def configure(level: str, form: str) -> None:
    """Log to standard error from here on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("alembic", "aiohttp.access", "mail.log", "aiosmtplib", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in KNOWN}


def _trace(record: logging.LogRecord) -> str:
    """Where it happened and what kind of error it was, for each error of the chain; never its text.

    Drivers and providers put values into their texts: an address, a line of a message. The whole traceback of work
    that failed is kept with its row, behind the desk's sign-in.
    """
    error = record.exc_info[1] if record.exc_info else None
    parts: list[str] = []
    while error is not None:
        parts.insert(0, "".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "".join(f"\n{part}" for part in parts)
