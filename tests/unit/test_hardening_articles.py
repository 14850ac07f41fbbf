"""What an article's file can hold that would stop a desk: it is refused by name, and the others work."""

from pathlib import Path
from time import process_time

import pytest

from contactcenter.knowledge.folder import look
from contactcenter.knowledge.forms import read_asks
from contactcenter.outside.pages import is_public

NESTED = ",".join(["&a0 [x,x]", *(f"&a{n} [*a{n - 1},*a{n - 1}]" for n in range(1, 40))])


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (f"title: A\naudience: [{NESTED}]", "aliases (*name) are not read"),
        ("title: A\nfirst: &x {a: b}\nsecond: {<<: *x}", "aliases (*name) are not read"),
        (f"title: A\naudience: 0x{'F' * 5_000}", "a number of thousands of digits"),
        (f"0x{'F' * 900}: A\ntitle: A", "unknown key"),
        (f"title: A\nchecked: 0x{'F' * 5_000}", "a number of thousands of digits"),
        ('title: "\\uD800"', "half a character"),
        ('title: A\nquestions: ["\\uDFFF"]', "half a character"),
    ],
)
def test_no_front_matter_stops_a_desk(tmp_path: Path, head: str, why: str) -> None:
    (tmp_path / "bad.md").write_text(f"---\n{head}\n---\nText\n", encoding="utf-8")
    (tmp_path / "good.md").write_text("---\ntitle: Good\n---\nText\n", encoding="utf-8")
    began = process_time()
    bad, good = look(tmp_path).values()
    assert process_time() - began < 2, "and costs little"
    assert why in str(bad.fault)
    assert good.article is not None


@pytest.mark.parametrize("pattern", ["a?" * 4 + "a" * 4, "(a|a)(a|a)(a|a)(a|a)", "a?b?c?d?"])
def test_a_pattern_of_many_ways_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="could take long"):
        read_asks([{"name": "a", "pattern": pattern}])


def test_a_pattern_of_few_ways_is_read() -> None:
    (ask,) = read_asks([{"name": "a", "pattern": "(?:AB|CD)-?[0-9]{4}"}])
    assert ask.pattern == "(?:AB|CD)-?[0-9]{4}"


@pytest.mark.parametrize(
    "address",
    ["64:ff9b::a9fe:a9fe", "2002:7f00:1::1", "::127.0.0.1", "::ffff:10.0.0.1", "fec0::1", "::1", "fe80::1%eth0"],
)
def test_no_address_that_carries_one_of_ours_is_public(address: str) -> None:
    assert not is_public(address)


def test_what_is_public_stays_so() -> None:
    assert is_public("2606:4700::1111")
    assert is_public("93.184.216.34")
