"""Rules are read from the settings, and one that is wrong, or can never match, is told by its name."""

import re
from pathlib import Path

import pytest

from contactcenter.app import make_policies
from contactcenter.routing.demands import Needs, NeedStep
from contactcenter.routing.rules import Rule
from contactcenter.settings import SettingsError, load

DESK = """
[hours.office]
monday = ["09:00-17:00"]
[queues.support]
[queues.billing]
hours = "office"
[channels.mail]
kind = "email"
address = "support@support.test"
[channels.chat]
kind = "webchat"
queue = "billing"
"""


def read(folder: Path, rules: str) -> tuple[Rule, ...]:
    """The rules of a desk with a mailbox for support and a chat for billing."""
    file = folder / "contactcenter.toml"
    file.write_text(DESK + rules, encoding="utf-8")
    return make_policies(load(file, {}, for_providers=False), {}).rules


def rule(name: str, when: str = "", then: str = 'tags = ["x"]', more: str = "") -> str:
    return f'[[rules]]\nname = "{name}"\nwhy = "So."\n{more}\nwhen = {{ {when} }}\nthen = {{ {then} }}\n'


def refusal(folder: Path, rules: str) -> str:
    with pytest.raises(SettingsError) as refused:
        read(folder, rules)
    assert "\n" not in str(refused.value)
    return str(refused.value).removeprefix("setting ")


def test_a_desk_without_rules_has_none(tmp_path: Path) -> None:
    assert read(tmp_path, "") == ()


def test_rules_keep_their_order_and_a_step_what_it_leaves_out(tmp_path: Path) -> None:
    text = """
[[rules]]
name = "german"
why = "They write German."
[rules.when]
channel = "mail"
words = ["Rechnung*", "Geld zurück"]
[rules.then]
queue = "billing"
skills = { german = 4, billing = 2 }
relax = [
  { after_seconds = 600, skills = { german = 2 } },
  { after_seconds = 900, queues = ["support"] },
  { after_seconds = 1800, skills = {} },
]
"""
    german, other = read(tmp_path, text + rule("other"))
    assert (german.name, other.name) == ("german", "other")
    assert german.when.words == {" rechnung", " geld zurück "}
    assert Needs(german.steps) == Needs(
        (
            NeedStep(0, {"german": 4, "billing": 2}),
            NeedStep(600, {"german": 2}),
            NeedStep(900, {"german": 2}, ("support",)),
            NeedStep(1800, {}, ("support",)),
        )
    )


def test_the_rules_that_the_how_to_shows_can_be_used(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/queues.md").read_text(encoding="utf-8")
    shown = next(block for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "[[rules]]" in block)
    bills, night = read(tmp_path, shown)
    assert Needs(bills.steps).steps[-1] == NeedStep(7200, {}, ("support",))
    assert (night.priority, night.when.inside) == ("low", False)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (rule("a", 'channel = "mial"'), "rules.a.when.channel: there is no channel 'mial'; did you mean 'mail'?"),
        (rule("a", 'kind = "emial"'), "rules.a.when.kind: there is no kind 'emial'; did you mean 'email'?"),
        (rule("a", 'queue = ["support", "moon"]'), "rules.a.when.queue: there is no queue 'moon'; there are: support,"),
        (rule("a", 'weekday = "Monday"'), "rules.a.when.weekday: there is no weekday 'Monday'; did you mean 'monday'?"),
        (rule("a", 'hours = "open"'), "rules.a.when.hours: can be 'inside' or 'outside'"),
        (rule("a", 'words = "?!"'), "rules.a.when.words: '?!' has no word in it"),
        (rule("a", "channel = []"), "rules.a.when.channel: is an empty list, which nothing is of; leave it out"),
        (rule("a", 'chanel = "mail"'), "unknown setting 'rules.a.when.chanel'; did you mean 'channel'?"),
        (rule("a", 'from_domain = "ada@ada.test"'), "rules.a.when.from_domain: 'ada@ada.test' is no domain, such as"),
        (rule("a", 'language = "german"'), "rules.a.when.language: 'german' is no language, such as de or de-AT"),
        (rule("a", then="skills = { german = true }"), "rules.a.then.skills.german: must be a whole number"),
        (rule("a").replace("So.", "  "), "rules.a.why: String should have at least 1 character"),
        (rule("a", then='queue = "moon"'), "rules.a.then.queue: there is no queue 'moon'; there are: support, billing"),
        (rule("a", then='priority = "top"'), "rules.a.then.priority: can be 'urgent', 'high', 'normal' or 'low'"),
        (
            rule("a", then="skills = { german = 6 }"),
            "rules.a.then.skills: skill german cannot have level 6; levels are",
        ),
        (rule("a", then="wanted = { german = 0 }"), "rules.a.then.wanted: skill german cannot have level 0"),
        (rule("a", then='skills = { german = "x" }'), "rules.a.then.skills.german: must be a whole number"),
        (rule("a", then='tags = ["Two Words"]'), "rules.a.then.tags: 'Two Words' is no tag"),
        (rule("a", then=""), "rules.a.then: nothing is set, and stop is not: the rule does nothing"),
        (
            rule("a", then="skills = { x = 3 }, relax = [{ after_seconds = 9, skills = {} }, { after_seconds = 9 }]"),
            "rules.a.then.relax: the step after 9 s does not come later than the one before it (9 s)",
        ),
        (
            rule("a", then="skills = { german = 3 }, relax = [{ after_seconds = 9, skills = { german = 4 } }]"),
            "rules.a.then.relax: the step after 9 s asks german 4, more than the one before it: it relaxes nothing",
        ),
        (
            rule("a", then="skills = { german = 3 }, relax = [{ after_seconds = 9 }]"),
            "rules.a.then.relax: the step after 9 s changes nothing",
        ),
        (
            rule("a", then='relax = [{ after_seconds = 9, queues = ["moon"] }]'),
            "rules.a.then.relax: the step after 9 s names queues: there is no",
        ),
        (
            rule("a", then="skills = { x = 3 }, relax = [{ after_second = 9 }]"),
            "unknown setting 'rules.a.then.relax.after_second'; did you mean 'after_seconds'?",
        ),
        (rule("a") + rule("a"), "rules.a: there are two rules of that name"),
        (rule("A b"), "rules.A b.name: a name is of a-z, 0-9, - and _"),
        ('[[rules]]\nname = "a"\n', "rules.a.why is missing"),
        ('[[rules]]\nwhy = "a"\n', "rules.1.name is missing"),
        ('[rules]\nname = "a"\n', "rules: must be a list of tables, each of which begins with [[rules]]"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_with_its_name(tmp_path: Path, wrong: str, told: str) -> None:
    assert refusal(tmp_path, wrong).startswith(told)


STOP = "stop = true"


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (
            rule("a", 'channel = "mail", queue = "billing"'),
            "rules.a can never match: no channel meets its conditions channel, kind and queue together; there are "
            "mail (kind email, queue support), chat (kind webchat, queue billing)",
        ),
        (rule("a", 'kind = "telegram"'), "rules.a can never match: no channel meets its conditions"),
        (
            rule("a", 'kind = "webchat", from_domain = "ada.test"'),
            "rules.a can never match: from_domain needs a channel",
        ),
        (rule("a", 'channel = "mail", hours = "outside"'), "rules.a can never match: its queue is never closed; look"),
        (
            rule("a", 'queue = "billing", hours = "inside", weekday = ["sunday", "saturday"]'),
            "rules.a can never match: its queue is never open on saturday or sunday; look at its hours",
        ),
        (
            rule("all", more=STOP) + rule("b", 'channel = "mail"'),
            "rules.b can never match: all comes before it, stops, and matches all that it could match",
        ),
        (
            rule("a", 'words = "geld*"', more=STOP) + rule("b", 'subject = ["geld zurück", "Geldbeutel"]'),
            "rules.b can never match: a comes before it",
        ),
        (
            rule("a", 'kind = "email"', more=STOP) + rule("b", 'queue = "support", weekday = "monday"'),
            "rules.b can never match: a comes before it",
        ),
        (
            rule("a", 'language = "de"', more=STOP) + rule("b", 'language = "de-AT"'),
            "rules.b can never match: a comes before it",
        ),
        (
            rule("a", 'from_domain = "ada.test"', more=STOP) + rule("b", 'from_domain = "shop.ada.test"'),
            "rules.b can never match: a comes before it",
        ),
    ],
)
def test_a_rule_that_can_never_match_is_refused_with_the_reason(tmp_path: Path, rules: str, told: str) -> None:
    assert refusal(tmp_path, rules).startswith(told)


@pytest.mark.parametrize(
    "rules",
    [
        rule("all") + rule("b", 'channel = "mail"'),  # it does not stop
        rule("a", 'words = "geld"', more=STOP) + rule("b", 'words = "geld*"'),
        rule("a", 'subject = "geld"', more=STOP) + rule("b", 'words = "geld"'),
        rule("a", 'from_domain = "shop.ada.test"', more=STOP) + rule("b", 'from_domain = "ada.test"'),
        rule("a", 'language = "de-AT"', more=STOP) + rule("b", 'language = "de"'),
        rule("a", 'hours = "inside"', more=STOP) + rule("b", 'hours = "outside"'),
        rule("a", 'channel = "mail"', more=STOP) + rule("b", 'kind = ["email", "webchat"]'),
        rule("a", 'weekday = "monday"', more=STOP) + rule("b", 'weekday = ["monday", "friday"]'),
    ],
)
def test_a_rule_that_something_is_left_for_is_kept(tmp_path: Path, rules: str) -> None:
    assert len(read(tmp_path, rules)) == 2
