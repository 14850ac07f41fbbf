"""What every test can ask for: the real servers of tests/servers.py and mail_servers.py, the desks of tests/desk.py."""

import logging
from collections.abc import Iterator

import pytest

from contactcenter.logs import JsonFormatter, TextFormatter

pytest_plugins = [
    "tests.servers",
    "tests.mail_servers",
    "tests.desk",
    "tests.letters",
    "tests.messengers",
    "tests.providers.telegram",
]


@pytest.fixture(autouse=True)
def _logs_end_with_their_test() -> Iterator[None]:
    """A command that ran in this process has set up logs to a standard error that ends with the test."""
    yield
    for handler in tuple(logging.root.handlers):
        if isinstance(handler.formatter, JsonFormatter | TextFormatter):
            logging.root.removeHandler(handler)
