"""The manifest that people paste gives the app what the code asks for, and no more."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from contactcenter.channels.slack.installing import SCOPES as ELSEWHERE
from contactcenter.desk.examine import NEEDED
from tests.providers.slack_api import SCOPES
from tests.providers.slack_schema import _known_events

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/slack.md"
CALLED = re.compile(r'"(find_tickets|send_to_customer|make_note)"')


@pytest.fixture
def manifest() -> Any:
    first = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert first is not None
    return yaml.safe_load(first[1])


def test_the_scopes_are_those_that_the_fake_slack_grants(manifest: Any) -> None:
    asked = manifest["oauth_config"]["scopes"]["bot"]
    assert sorted(asked) == sorted(SCOPES)
    assert set(ELSEWHERE) < set(asked)
    assert set(ELSEWHERE) | set(NEEDED) == set(asked)


def test_every_event_that_is_subscribed_to_is_one_of_slack_s(manifest: Any) -> None:
    kinds = {kind for kind, _ in _known_events()}
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert {event.partition(".")[0] for event in events} <= kinds
    assert len(events) == len(set(events)) > 5


def test_every_shortcut_of_the_manifest_is_known_to_the_desk_and_every_other_way(manifest: Any) -> None:
    code = (ROOT / "contactcenter/desk/presses.py").read_text(encoding="utf-8")
    assert {one["callback_id"] for one in manifest["features"]["shortcuts"]} == set(CALLED.findall(code))


def test_names_and_descriptions_keep_to_slack_s_limits(manifest: Any) -> None:
    shown = manifest["display_information"]
    assert (len(shown["name"]) <= 35, len(shown["description"]) <= 140) == (True, True)
    shortcuts = manifest["features"]["shortcuts"]
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in shortcuts)


def test_people_can_write_to_the_app(manifest: Any) -> None:
    home = manifest["features"]["app_home"]
    assert (home["messages_tab_enabled"], home["messages_tab_read_only_enabled"]) == (True, False)
