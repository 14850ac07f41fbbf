"""The settings: one file, the environment over it, and refusals that name the key and the remedy."""

from pathlib import Path
from typing import Any

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


def test_in_an_empty_file_every_setting_has_its_default(tmp_path: Path) -> None:
    settings = load(file_of(tmp_path, ""), {})
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
        ("port = 1", "unknown setting 'port'; write it under [web]"),
        ("url = 'x'", "unknown setting 'url'; write it under [store] or [bus] or [model] or [lookups.<name>]"),
        ("kind = 'email'", "unknown setting 'kind'; write it under [channels.<name>]"),
        ("folder = 'articles'", "unknown setting 'folder'; write it under [knowledge]"),
        ("[knowledge]\nfoldr = 'x'", "unknown setting 'knowledge.foldr'; did you mean 'folder'?"),
    ],
)
def test_an_unknown_key_names_itself_and_the_nearest_known_one(tmp_path: Path, text: str, told: str) -> None:
    assert refusal(tmp_path, text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[web]\nport = 'many'", "web.port: must be a whole number"),
        ("[web]\nport = 1.5", "web.port: must be a whole number"),
        ("[web]\nport = []", "web.port: must be a whole number"),
        ("[web]\nport = 70000", "web.port: must be at most 65535"),
        ("[web]\nbody_limit = 1", "web.body_limit: must be at least 1024"),
        ("[web]\nhost = 1", "web.host: must be text, in quotes"),
        ("[knowledge]\nprecision = 1.5", "knowledge.precision: must be less than 1"),
        ("[knowledge]\nprecision = 0", "knowledge.precision: must be more than 0"),
        ("[knowledge]\nprecision = 'high'", "knowledge.precision: must be a number"),
        ("[tickets]\nclose_solved_after_days = inf", "tickets.close_solved_after_days: must be a number"),
        ("[log]\nformat = 'xml'", "log.format: can be 'json' or 'text'"),
        ("web = 1", "web: must be a table, which begins with [web]"),
        ("[queues]\nsupport = 1", "queues.support: must be a table, which begins with [queues.support]"),
        ("[hours]\nmonday = []", "hours.monday: must be a table; write it under [hours.<name>]"),
        ("[channels]\nsite = 1", "channels.site: must be a table, which begins with [channels.site]"),
        ("[hours.office]\nmonday = '09:00-12:00'", 'hours.office.monday: must be a list, such as ["09:00-12:00"]'),
        ("[hours.office]\nmonday = 9", "hours.office.monday: must be a list"),
        ("[hours.office]\nmonday = [9]", "hours.office.monday: must be text, in quotes"),
    ],
)
def test_a_wrong_value_names_its_setting_and_what_it_can_be(tmp_path: Path, text: str, told: str) -> None:
    assert refusal(tmp_path, text) == f"setting {told}"


@pytest.mark.parametrize("table", ["hours", "queues", "channels"])
@pytest.mark.parametrize("name", ["Support", "a b", "-a", "ä", "a:b", "a/b"])
def test_a_name_that_would_spoil_a_figure_or_a_topic_is_refused(tmp_path: Path, table: str, name: str) -> None:
    told = refusal(tmp_path, f"[{table}.'{name}']\n")
    assert told == f"setting {table}.{name}: a name is of a-z, 0-9, - and _, and begins with a letter or a digit"
    load(file_of(tmp_path, f"[{table}.2nd-line_a]\n"), {})


@pytest.mark.parametrize(
    ("web", "url"),
    [
        ("", "http://127.0.0.1:8080"),
        ("port = 9000", "http://127.0.0.1:9000"),
        ("host = 'desk.test'\nport = 80", "http://desk.test:80"),
        ("host = '0.0.0.0'", "http://127.0.0.1:8080"),
        ("host = '::'", "http://[::1]:8080"),
        ("port = 9000\npublic_url = 'https://Desk.example.test/'", "https://desk.example.test"),
        ("public_url = 'http://10.0.0.1:8080'", "http://10.0.0.1:8080"),
    ],
)
def test_the_public_url_is_given_or_follows_from_host_and_port(tmp_path: Path, web: str, url: str) -> None:
    assert load(file_of(tmp_path, f"[web]\n{web}"), {}).web.public_url == url


@pytest.mark.parametrize("url", ["desk.example.test", "ftp://x.test", "https://", "https://x.test/desk", "https://a b"])
def test_a_public_url_that_is_no_origin_is_refused(tmp_path: Path, url: str) -> None:
    told = refusal(tmp_path, f"[web]\npublic_url = '{url}'")
    assert told.startswith(f"setting web.public_url: '{url}' must be http:// or https:// and a host, without a path")


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


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CONTACTCENTER_WEB_PORT", "CONTACTCENTER_WEB__PORT"),
        ("CONTACTCENTER_STORE_URL", "CONTACTCENTER_STORE__URL"),
        ("CONTACTCENTER_CHANNELS_SITE_QUEUE", "CONTACTCENTER_CHANNELS__SITE__QUEUE"),
    ],
)
def test_a_variable_with_one_underscore_is_told_how_it_is_written(tmp_path: Path, name: str, meant: str) -> None:
    told = refusal(tmp_path, "[channels.site]\nkind = 'webchat'\nqueue = 'support'", **{name: "x"})
    assert told.startswith(f"environment variable {name} is no setting; did you mean {meant}?")


def test_a_variable_of_our_prefix_is_for_a_setting_that_names_it_or_refused(tmp_path: Path) -> None:
    told = refusal(tmp_path, "", CONTACTCENTER_SMTP_PASSWORD="x")
    assert told.endswith('remove it, or take it into the settings file as { env = "CONTACTCENTER_SMTP_PASSWORD" }')
    text = "[bus]\nurl = { env = 'CONTACTCENTER_REDIS' }\n[store]\nurl = { env = 'CONTACTCENTER_MY__STORE' }"
    environ = {"CONTACTCENTER_REDIS": "redis://x", "CONTACTCENTER_MY__STORE": "sqlite:///x.db"}
    settings = load(file_of(tmp_path, text), environ)
    assert (settings.bus.url, settings.store.url) == ("redis://x", "sqlite:///x.db")


def test_what_kubernetes_sets_for_a_service_of_our_name_is_no_setting(tmp_path: Path) -> None:
    environ = {
        "CONTACTCENTER_SERVICE_HOST": "10.0.0.1",
        "CONTACTCENTER_WEB_SERVICE_PORT_HTTP": "80",
        "CONTACTCENTER_WEB_PORT": "tcp://10.0.0.1:80",
        "CONTACTCENTER_PORT_8080_TCP_ADDR": "10.0.0.1",
    }
    assert load(file_of(tmp_path, ""), environ).web.port == 8080


def test_a_secret_comes_from_the_environment_or_a_file_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from file\n", encoding="utf-8")
    text = "[store]\nurl = { env = 'STORE' }\n[bus]\nurl = { file = 'password' }"
    settings = load(file_of(tmp_path, text), {"STORE": "sqlite:///x.db"})
    assert (settings.store.url, settings.bus.url) == ("sqlite:///x.db", "from file")


def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    """With its setting, and what to do."""
    told = refusal(tmp_path, "[store]\nurl = { env = 'STORE' }")
    assert told.startswith("setting store.url takes its value from the environment variable STORE, which is not set;")
    assert told.endswith('set it where contactcenter runs, or keep the value in a file: url = { file = "…" }')
    told = refusal(tmp_path, "[store]\nurl = { file = 'gone' }")
    assert told.startswith(f"setting store.url: cannot read its file {tmp_path / 'gone'}: No such file or directory")
    (tmp_path / "key.der").write_bytes(b"\xff\xfe\x00")
    assert "key.der: it is no text" in refusal(tmp_path, "[store]\nurl = { file = 'key.der' }")
    assert "unknown setting 'env'" in refusal(tmp_path, "env = 'STORE'")


def test_whoever_talks_to_no_provider_needs_no_secret_of_a_channel(tmp_path: Path) -> None:
    channel = "[channels.mail]\nkind = 'email'\nimap_password = { env = 'NOBODY_SET_THIS' }\n"
    assert "channels.mail.imap_password" in refusal(tmp_path, channel)
    (tmp_path / "contactcenter.toml").write_text(channel)
    settings = load(tmp_path / "contactcenter.toml", {}, for_providers=False)
    assert settings.channels["mail"]["imap_password"] == {"env": "NOBODY_SET_THIS"}
    (tmp_path / "contactcenter.toml").write_text(channel + "[store]\nurl = { env = 'STORE' }")
    with pytest.raises(SettingsError, match=r"store\.url"):
        load(tmp_path / "contactcenter.toml", {}, for_providers=False)


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
        ({"kind": "webchat", "text_limit": "x"}, "setting channels.site.text_limit: must be a whole number"),
        ({"kind": "email"}, "setting channels.site.address is missing"),
        ({"kind": "email", "addres": "a@b.test"}, "unknown setting 'channels.site.addres'; did you mean 'address'?"),
        ({"knd": "email"}, "setting channels.site.kind is missing; is 'knd' meant to be it?"),
        ({"kind": "email", "address": "a@b.test", "smtp_user": "u"}, "setting channels.site: smtp_user and smtp_pass"),
        ({"kind": "webchat", "sites": "https://a.test"}, 'sites: must be a list, such as ["https://a.test"]'),
        ({"kind": "webchat", "sites": ["a.test"]}, "setting channels.site.sites: 'a.test' must be http:// or https://"),
        ({"kind": "webchat", "sites": ["https://a.test; script-src *"]}, "must be http:// or https://"),
        ({"kind": "webchat", "sites": ["*"]}, "must be http:// or https://"),
    ],
)
def test_a_channels_own_keys_are_checked_alike(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings("site", keys)
    assert told in str(refused.value)


def test_the_sites_of_a_web_chat_are_origins() -> None:
    settings = read_settings("site", {"kind": "webchat", "sites": ["https://WWW.example.test/", "http://[::1]:8000"]})
    assert getattr(settings, "sites", None) == ("https://www.example.test", "http://[::1]:8000")
