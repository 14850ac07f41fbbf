"""The measure of hostile mails finds what it is there for."""

import pytest

from tests.growth import grows_little


def test_linear_work_is_let_through() -> None:
    assert grows_little(lambda part: sum(range(20_000_000 // part))) > 0


def test_quadratic_work_is_found() -> None:
    def work(part: int) -> int:
        size = 6_000 // part
        return sum(sum(range(size)) for _ in range(size))

    with pytest.raises(AssertionError, match="grows too fast"):
        grows_little(work)
