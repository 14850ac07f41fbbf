"""The settings: one TOML file, overridden by the environment, checked before anything starts.

Comes first of all; `app` reads it and hands values, never this object, to the rooms. Each medium brings its own model
for its `[channels.<name>]` table (channels/registry.py). Every key with its default and reason is in
config/contactcenter.toml. Refuses unknown keys, and names the nearest known one.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import process

PREFIX = "CONTACTCENTER_"
M = TypeVar("M", bound=BaseModel)


class SettingsError(Exception):
    """A setting is wrong; the text names it and the remedy."""


class Section(BaseModel):
    """A table of the settings file; keys it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSettings(Section):
    url: str = "sqlite:///var/contactcenter.db"
    lanes: int = Field(default=2, ge=1, le=16)
    readers: int = Field(default=2, ge=1, le=32)


class BusSettings(Section):
    url: str = ""


class WebSettings(Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = "http://127.0.0.1:8080"
    body_limit: int = Field(default=1024 * 1024, ge=1024)


class KnowledgeSettings(Section):
    folder: str = ""
    precision: float = Field(default=0.95, gt=0, lt=1)


class HoursSettings(Section):
    """Business hours: spans such as "09:00-12:00" for each day, in a time zone."""

    timezone: str = "UTC"
    monday: list[str] = []
    tuesday: list[str] = []
    wednesday: list[str] = []
    thursday: list[str] = []
    friday: list[str] = []
    saturday: list[str] = []
    sunday: list[str] = []
    closed_on: list[str] = []


class QueueSettings(Section):
    title: str = ""
    hours: str = ""
    offer_seconds: int = Field(default=30, ge=0)
    outside_hours: str = "Our team is away at the moment. We have your message and will answer when we are back."


class ChannelSettings(Section):
    """What every channel has; each medium adds its own keys."""

    kind: str
    queue: str = "support"
    assistant: bool = True


class TicketSettings(Section):
    close_solved_after_days: float = Field(default=7, gt=0)


class RetentionSettings(Section):
    inbox_days: float = Field(default=14, ge=1)


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "text"


class Settings(Section):
    """The whole file."""

    store: StoreSettings = StoreSettings()
    bus: BusSettings = BusSettings()
    web: WebSettings = WebSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    tickets: TicketSettings = TicketSettings()
    retention: RetentionSettings = RetentionSettings()
    log: LogSettings = LogSettings()
    hours: dict[str, HoursSettings] = {}
    queues: dict[str, QueueSettings] = {}
    channels: dict[str, dict[str, Any]] = {}
    folder: Path = Field(default=Path(), exclude=True)

    def path(self, text: str) -> Path:
        """A path of the file, relative to the file's own folder."""
        return (self.folder / text).resolve()


def load(file: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read, override by environment, resolve secrets, check. Raises SettingsError."""
    data = _read(file) if file else {}
    _override(data, environ)
    data = _resolve(data, environ, file.parent if file else Path())
    settings = check(Settings, data, "")
    return settings.model_copy(update={"folder": (file.parent if file else Path()).resolve()})


def packaged(name: str) -> Path:
    """A file of config/: inside the package when installed, beside it in a checkout."""
    here = Path(__file__).parent
    inside = here / "config" / name
    return inside if inside.exists() else here.parent / "config" / name


def check(model: type[M], data: Mapping[str, Any], where: str) -> M:
    """The data as that model, or a SettingsError that names the first thing wrong with it."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join([where, *map(str, first["loc"])] if where else map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise SettingsError(_unknown(model, path, first["loc"])) from None
        raise SettingsError(f"setting {path}: {first['msg']}") from None


def _unknown(model: type[BaseModel], path: str, loc: tuple[int | str, ...]) -> str:
    known = [name for name in _keys_at(model, loc[:-1]) if name != "folder" or len(loc) > 1]
    nearest = process.extractOne(str(loc[-1]), known, score_cutoff=50)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; known here: {', '.join(sorted(known))}"
    return f"unknown setting {path!r}{hint}"


def _keys_at(model: Any, loc: tuple[int | str, ...]) -> list[str]:
    for step in loc:
        fields = getattr(model, "model_fields", {})
        annotation = fields[step].annotation if step in fields else model
        arguments = getattr(annotation, "__args__", None)
        model = arguments[-1] if arguments else annotation
    return list(getattr(model, "model_fields", {}))


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read settings file {file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {file} is not valid TOML: {error}") from None


def _override(data: dict[str, Any], environ: Mapping[str, str]) -> None:
    for name, value in environ.items():
        if not name.startswith(PREFIX) or "__" not in name:
            continue
        *path, key = name.removeprefix(PREFIX).lower().split("__")
        table = data
        for step in path:
            table = table.setdefault(step, {})
            if not isinstance(table, dict):
                raise SettingsError(
                    f"environment variable {name}: {step} is a setting and no table; remove the variable"
                )
        table[key] = _value(value)


def _value(text: str) -> Any:
    """Lists and tables are written as JSON in the environment; the rest is converted by the setting's type."""
    if text[:1] in "[{":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _resolve(value: Any, environ: Mapping[str, str], folder: Path) -> Any:
    match value:
        case {"env": str(name), **rest} if not rest:
            if name not in environ:
                raise SettingsError(f"environment variable {name} is not set, and a setting takes its value from it")
            return environ[name]
        case {"file": str(name), **rest} if not rest:
            try:
                return (folder / name).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"cannot read secret file {name}: {error.strerror}") from None
        case dict():
            return {key: _resolve(item, environ, folder) for key, item in value.items()}
        case _:
            return value
