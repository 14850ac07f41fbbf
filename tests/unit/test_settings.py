"""The settings: one file, the environment over it, and refusals that name the key and the remedy."""

from pathlib import Path

import pytest

from contactcenter.channels.registry import read_settings
from contactcenter.settings import SettingsError, load


def file_of(folder: Path, text: str) -> Path:
    file = folder / "contactcenter.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str, **environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load(file_of(folder, text), environ)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_without_a_file_every_setting_has_its_default() -> None:
    settings = load(None, {})
    assert settings.store.url == "sqlite:///var/contactcenter.db"
    assert settings.knowledge.precision == 0.95


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[web]\nprot = 1", "unknown setting 'web.prot'; did you mean 'port'?"),
        ("[wbe]\nport = 1", "unknown setting 'wbe'; did you mean 'web'?"),
        ("[queues.support]\ntitel = 'x'", "unknown setting 'queues.support.titel'; did you mean 'title'?"),
        ("[hours.office]\nmondays = []", "unknown setting 'hours.office.mondays'; did you mean 'monday'?"),
        ("[bus]\nqqqq = 1", "unknown setting 'bus.qqqq'; known here: url"),
    ],
)
def test_an_unknown_key_names_itself_and_the_nearest_known_one(tmp_path: Path, text: str, told: str) -> None:
    assert refusal(tmp_path, text) == told


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[web]\nport = 'many'", "setting web.port: "),
        ("[web]\nport = 70000", "setting web.port: "),
        ("[knowledge]\nprecision = 1.5", "setting knowledge.precision: "),
        ("[log]\nformat = 'xml'", "setting log.format: "),
        ("web = 1", "setting web: "),
        ("[queues]\nsupport = 1", "setting queues.support: "),
    ],
)
def test_a_wrong_value_names_its_setting(tmp_path: Path, text: str, named: str) -> None:
    assert refusal(tmp_path, text).startswith(named)


def test_a_file_that_is_no_toml_is_named_with_the_place(tmp_path: Path) -> None:
    told = refusal(tmp_path, "[web\n")
    assert "contactcenter.toml is not valid TOML" in told
    assert "line 1" in told
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"binary.toml is not valid TOML"):
        load(tmp_path / "binary.toml", {})
    with pytest.raises(SettingsError, match=r"cannot read settings file .*missing.toml: No such file"):
        load(tmp_path / "missing.toml", {})


def test_the_environment_is_over_the_file(tmp_path: Path) -> None:
    text = "[web]\nport = 1\n[channels.site]\nkind = 'webchat'\nqueue = 'support'"
    environ = {
        "CONTACTCENTER_WEB__PORT": "9000",
        "CONTACTCENTER_CHANNELS__SITE__QUEUE": "sales",
        "CONTACTCENTER_HOURS__OFFICE__MONDAY": '["09:00-12:00"]',
        "CONTACTCENTER_QUEUES__SALES__TITLE": "[Sales",
        "CONTACTCENTER_TOKEN": "no setting: it has no section",
        "OTHER__PORT": "1",
    }
    settings = load(file_of(tmp_path, text), environ)
    assert settings.web.port == 9000
    assert settings.channels["site"]["queue"] == "sales"
    assert settings.hours["office"].monday == ["09:00-12:00"]
    assert settings.queues["sales"].title == "[Sales"


def test_a_variable_that_names_no_setting_is_refused(tmp_path: Path) -> None:
    assert "'web.prot'" in refusal(tmp_path, "", CONTACTCENTER_WEB__PROT="1")
    told = refusal(tmp_path, "[web]\nport = 1", CONTACTCENTER_WEB__PORT__X="1")
    assert (
        told == "environment variable CONTACTCENTER_WEB__PORT__X: port is a setting and no table; remove the variable"
    )


def test_a_secret_comes_from_the_environment_or_a_file_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from file\n", encoding="utf-8")
    text = "[store]\nurl = { env = 'STORE' }\n[bus]\nurl = { file = 'password' }"
    settings = load(file_of(tmp_path, text), {"STORE": "sqlite:///x.db"})
    assert (settings.store.url, settings.bus.url) == ("sqlite:///x.db", "from file")


def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    assert "environment variable STORE is not set" in refusal(tmp_path, "[store]\nurl = { env = 'STORE' }")
    assert "cannot read secret file gone" in refusal(tmp_path, "[store]\nurl = { file = 'gone' }")


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = load(file_of(tmp_path, "[knowledge]\nfolder = 'articles'"), {})
    assert settings.path(settings.knowledge.folder) == (tmp_path / "articles").resolve()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({}, "setting channels.site.kind is missing; it can be "),
        ({"kind": "webchatt"}, "setting channels.site.kind: unknown kind 'webchatt'; did you mean 'webchat'?"),
        ({"kind": "qqq"}, "unknown kind 'qqq'; it can be "),
        ({"kind": "webchat", "titel": "x"}, "unknown setting 'channels.site.titel'; did you mean 'title'?"),
        ({"kind": "webchat", "text_limit": "x"}, "setting channels.site.text_limit: "),
    ],
)
def test_a_channels_own_keys_are_checked_alike(keys: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings("site", keys)
    assert told in str(refused.value)
