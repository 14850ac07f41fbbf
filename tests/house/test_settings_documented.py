"""config/contactcenter.toml is the reference of the settings: every key of every table, with its default."""

import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from contactcenter.app import make_policies
from contactcenter.channels.registry import KINDS, read_settings
from contactcenter.desk.settings import Settings as SlackDesk
from contactcenter.knowledge.phrases import TEXTS
from contactcenter.rulebook import RuleSettings, StepSettings, ThenSettings, WhenSettings
from contactcenter.settings import (
    ChannelSettings,
    DeskSettings,
    HoursSettings,
    KindSettings,
    LookupSettings,
    PromiseSettings,
    QueueSettings,
    Settings,
    load,
)

CONFIG = Path(__file__).parents[2] / "config"
COMMENTED = re.compile(r"^# (?=\[{1,2}[\w.]+\]{1,2}$|\w+ = )", re.MULTILINE)
TABLES = {name: field.annotation for name, field in Settings.model_fields.items() if name != "folder"}
SECTIONS = {
    name: model
    for name, model in TABLES.items()
    if isinstance(model, type) and issubclass(model, BaseModel) and model is not DeskSettings
}


def documented() -> dict[str, Any]:
    """The file with its examples no longer comments."""
    return tomllib.loads(COMMENTED.sub("", (CONFIG / "contactcenter.toml").read_text(encoding="utf-8")))


def plain(value: Any) -> Any:
    """As TOML shows it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, BaseModel):
        return value.model_dump()
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_every_setting_is_in_the_file_with_its_default(section: str) -> None:
    defaults = {name: plain(value) for name, value in SECTIONS[section]() if value != {}}
    assert {name: value for name, value in documented()[section].items() if not isinstance(value, dict)} == defaults


def test_every_key_of_a_kind_of_channel_is_in_the_example_of_routing() -> None:
    for example in documented()["routing"]["kinds"].values():
        _compare(example, KindSettings, set(KindSettings.model_fields))


@pytest.mark.parametrize(
    ("table", "model"),
    [
        ("queues", QueueSettings),
        ("hours", HoursSettings),
        ("promises", PromiseSettings),
        ("lookups", LookupSettings),
    ],
)
def test_every_key_of_a_table_that_a_desk_adds_is_in_an_example(table: str, model: type[BaseModel]) -> None:
    for example in documented()[table].values():
        _compare(example, model, set(model.model_fields))


def test_every_text_of_the_assistant_is_in_the_example() -> None:
    for example in documented()["assistant"]["texts"].values():
        assert set(example) == set(TEXTS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_key_of_every_kind_of_channel_is_in_an_example(kind: str) -> None:
    model = import_module(KINDS[kind]).Settings
    examples = [example for example in documented()["channels"].values() if example["kind"] == kind]
    assert examples, f"there is no example of a channel of kind {kind}"
    own = set(model.model_fields) - set(ChannelSettings.model_fields)
    for example in examples:
        _compare(example, model, own)


def test_every_key_of_the_desk_in_slack_is_in_the_example() -> None:
    _compare(documented()["desk"]["slack"], SlackDesk, set(SlackDesk.model_fields))


def test_every_key_of_a_rule_is_in_an_example_and_the_examples_can_be_read() -> None:
    rules = documented()["rules"]
    shown: dict[type[BaseModel], list[dict[str, Any]]] = {
        RuleSettings: rules,
        WhenSettings: [rule.get("when", {}) for rule in rules],
        ThenSettings: [rule.get("then", {}) for rule in rules],
        StepSettings: [step for rule in rules for step in rule.get("then", {}).get("relax", [])],
    }
    for model, examples in shown.items():
        assert {key for example in examples for key in example} == set(model.model_fields), model.__name__
    text = COMMENTED.sub("", (CONFIG / "contactcenter.toml").read_text(encoding="utf-8"))
    desk = Settings.model_validate(
        {key: documented()[key] for key in ("hours", "queues", "promises", "channels", "rules")}
    )
    assert len(make_policies(desk, {}).rules) == text.count("[[rules]]") > 1


def test_what_all_channels_have_is_in_an_example() -> None:
    shown = {key for example in documented()["channels"].values() for key in example}
    assert set(ChannelSettings.model_fields) <= shown


def _compare(example: dict[str, Any], model: type[BaseModel], wanted: set[str]) -> None:
    assert wanted - set(example) == set(), "not documented"
    assert set(example) - set(model.model_fields) == set(), "documented and unknown"
    for key, shown in example.items():
        default = model.model_fields[key].get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            _compare(shown, type(default), set())
        elif default is not PydanticUndefined and plain(default) not in ("", [], None):
            assert shown == plain(default), key


@pytest.mark.parametrize("file", sorted(path.name for path in CONFIG.glob("*.toml")))
def test_every_settings_file_we_ship_can_be_read(file: str) -> None:
    settings = load(CONFIG / file, {})
    for name, keys in settings.channels.items():
        assert read_settings(name, keys).queue in settings.queues
