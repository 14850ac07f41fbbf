"""The settings: one TOML file, overridden by the environment, checked before anything starts.

Comes first of all; `app` reads it and hands values, never this object, to the rooms. Each medium brings its own model
for its `[channels.<name>]` table (channels/registry.py). Every key with its default and reason is in
config/contactcenter.toml. Refuses unknown keys and variables, and names the nearest known one.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from rapidfuzz import process

PREFIX = "CONTACTCENTER_"
M = TypeVar("M", bound=BaseModel)

# What Kubernetes sets in every container for a service of our name (its documentation: "Discovering services").
KUBERNETES = re.compile(PREFIX + r"(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
KUBERNETES_PORT = re.compile(r"(tcp|udp|sctp)://")

# Our words for what pydantic finds.
TOLD = {
    "string_type": "must be text, in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be at least {ge:.10g}",
    "less_than_equal": "must be at most {le:.10g}",
    "greater_than": "must be more than {gt:.10g}",
    "less_than": "must be less than {lt:.10g}",
    "literal_error": "can be {expected}",
    "value_error": "{error}",
}
LISTS = ("list_type", "tuple_type")
TABLES = ("dict_type", "model_type", "model_attributes_type")

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(:\d{1,5})?")


class SettingsError(Exception):
    """A setting is wrong; the text names it and the remedy."""


def _check_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a name is of a-z, 0-9, - and _, and begins with a letter or a digit")
    return text


def _check_origin(text: str) -> str:
    origin = text.lower().removesuffix("/")
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(
            f"{text!r} must be http:// or https:// and a host, without a path, such as https://example.test"
        )
    return origin


def _check_url(text: str) -> str:
    return _check_origin(text) if text else ""


def _check_zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {text!r}; one looks like Europe/Berlin") from None


Name = Annotated[str, AfterValidator(_check_name)]
"""Of a queue, a channel, a table of hours: figures and topics are made of it."""

Origin = Annotated[str, AfterValidator(_check_origin)]
"""A scheme, a host and perhaps a port, as a browser tells it (RFC 6454 6.2)."""


def is_here(host: str) -> bool:
    """Is that a name of this machine, so that nothing travels?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def must_be_safe(url: str) -> str:
    """An address to which nothing travels in the open. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here(parts.hostname or "")):
        raise ValueError(f"{url!r} must begin with https:// (or with http:// on this machine)")
    return url


class Section(BaseModel):
    """A table of the settings file; keys it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class StoreSettings(Section):
    url: str = "sqlite:///var/contactcenter.db"
    lanes: int = Field(default=2, ge=1, le=16)
    readers: int = Field(default=2, ge=1, le=32)


class BusSettings(Section):
    url: str = ""


class WebSettings(Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: Annotated[str, AfterValidator(_check_url)] = ""  # never blank once it is loaded
    body_limit: int = Field(default=1024 * 1024, ge=1024)

    def reached(self) -> Self:
        """The same with a public_url: that of this machine where none is given."""
        if self.public_url:
            return self
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (told, not listened on)
        return self.model_copy(update={"public_url": f"http://{f'[{host}]' if ':' in host else host}:{self.port}"})


class ModelSettings(Section):
    """A language model that puts passages into other words; without an address there is none."""

    url: str = ""
    name: str = ""
    key: SecretStr = SecretStr("")
    timeout_seconds: float = Field(default=6, gt=0, le=60)
    tokens_a_day: int = Field(default=200_000, ge=0)

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        return must_be_safe(url) if url else ""

    @property
    def bearer(self) -> str:
        """What requests are authorised with; blank: nothing."""
        return self.key.get_secret_value()


class KnowledgeSettings(Section):
    folder: str = ""
    encoder: str = ""
    precision: float = Field(default=0.95, gt=0, lt=1)
    stale_days: int = Field(default=180, ge=0, le=36_500)


class AssistantSettings(Section):
    """How the assistant talks; `texts`: what it says besides answers, by language and name (knowledge/phrases.py)."""

    language: str = "en"
    messages: int = Field(default=20, ge=1, le=1000)
    texts: dict[Name, dict[str, str]] = {}


class LookupSettings(Section):
    """A system of the desk's own that the assistant may ask."""

    url: str
    secret: SecretStr = Field(min_length=16)
    timeout_seconds: float = Field(default=3, gt=0, le=10)

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        return must_be_safe(url)

    @property
    def key(self) -> bytes:
        """What requests are signed with."""
        return self.secret.get_secret_value().encode()


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
    holidays: str = ""
    open_on: list[str] = []


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


class TargetSettings(Section):
    """Minutes of business hours for each thing that can be promised; none: it is not."""

    first_response_minutes: float | None = Field(default=None, gt=0, le=527_040)
    next_response_minutes: float | None = Field(default=None, gt=0, le=527_040)
    resolution_minutes: float | None = Field(default=None, gt=0, le=527_040)


class StepSettings(Section):
    """A step of the ladder: at which share of the time, and what is done."""

    at: float = Field(gt=0, le=100)
    does: Annotated[list[Literal["warn", "bump", "escalate"]], BeforeValidator(_as_list), Field(min_length=1)]


class PromiseSettings(TargetSettings):
    """What customers are promised. A priority has its own minutes where it names them."""

    hours: str = ""
    pause_when: list[Literal["new", "answered", "snoozed"]] = ["answered", "snoozed"]
    steps: list[StepSettings] = [StepSettings(at=0.75, does=["warn"]), StepSettings(at=1, does=["escalate"])]
    urgent: TargetSettings = TargetSettings()
    high: TargetSettings = TargetSettings()
    normal: TargetSettings = TargetSettings()
    low: TargetSettings = TargetSettings()


class QueueSettings(Section):
    title: str = ""
    hours: str = ""
    promise: str = ""
    offer_seconds: int = Field(default=30, ge=0)
    outside_hours: str = "Our team is away at the moment. We have your message, and will answer it."
    by_email: str = ""
    by_email_after_minutes: float = Field(default=15, ge=0)


class KindSettings(Section):
    """What the tickets of one kind of channel take of agents."""

    weight: int = Field(default=1, ge=1)
    most: int | None = Field(default=None, ge=1)
    wait_minutes: float | None = Field(default=None, gt=0)
    talk_minutes: float | None = Field(default=None, ge=0)
    wrap_up_seconds: float = Field(default=0, ge=0)


class RoutingSettings(Section):
    """How the router weighs."""

    reserve: int = Field(default=1, ge=0)
    reserve_until: float = Field(default=0.75, gt=0, le=1)
    kinds: dict[Name, KindSettings] = {}


class PresenceSettings(Section):
    """Whether agents are there, and what becomes of their tickets when they are not."""

    reasons: list[Annotated[str, Field(min_length=1, max_length=60)]] = []
    give_back_after_minutes: float = Field(default=0, ge=0, le=7 * 24 * 60)
    give_back_chats: bool = False


class ChannelSettings(Section):
    """What every channel has; each medium adds its own keys.

    Where a medium can be configured for one direction alone, it names the keys of each, one of which has to be there.
    """

    RECEIVES_BY: ClassVar[tuple[str, ...]] = ()
    SENDS_BY: ClassVar[tuple[str, ...]] = ()

    kind: str
    queue: str = "support"
    assistant: bool = True
    acknowledge: str = ""
    helped: str = "That helps"
    not_helped: str = "That does not help"
    person: str = "Talk to a person"
    ask_mail: str = ""
    satisfaction: bool = False
    satisfaction_text: str = "How satisfied are you with our help in ticket {ticket}?"
    satisfaction_choices: tuple[str, str, str, str, str] = (
        "😞 Very unhappy",
        "😕 Unhappy",
        "😐 Neither",
        "😊 Happy",
        "😀 Very happy",
    )

    @property
    def alone(self) -> dict[str, str]:
        """What no other channel may have too, by setting, in the form in which it is compared; blank: nothing."""
        return {}


class ReplySettings(Section):
    """A text that agents need again and again, with placeholders."""

    title: str = ""
    text: str = Field(min_length=1)


class TicketSettings(Section):
    close_solved_after_days: float = Field(default=7, gt=0)
    solve_reasons: tuple[str, ...] = ()


class FiguresSettings(Section):
    """What supervisors' figures mean here."""

    timezone: Annotated[str, AfterValidator(_check_zone)] = "UTC"
    service_level: Literal["answered/offered", "answered/(answered+abandoned)", "without short abandons"] = (
        "answered/offered"
    )
    answer_within_seconds: float = Field(default=60, gt=0, le=30 * 24 * 3600)
    answer_share: float = Field(default=0.8, gt=0, lt=1)
    shrinkage: float = Field(default=0.3, ge=0, lt=1)


class RetentionSettings(Section):
    inbox_days: float = Field(default=14, ge=1)


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "text"


class DeskSettings(Section):
    """Where agents work besides the console. Each brings its own model, as channels do."""

    slack: dict[str, Any] = {}


class Settings(Section):
    """The whole file."""

    store: StoreSettings = StoreSettings()
    bus: BusSettings = BusSettings()
    web: WebSettings = WebSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    assistant: AssistantSettings = AssistantSettings()
    model: ModelSettings = ModelSettings()
    tickets: TicketSettings = TicketSettings()
    figures: FiguresSettings = FiguresSettings()
    retention: RetentionSettings = RetentionSettings()
    log: LogSettings = LogSettings()
    hours: dict[Name, HoursSettings] = {}
    promises: dict[Name, PromiseSettings] = {}
    queues: dict[Name, QueueSettings] = {}
    routing: RoutingSettings = RoutingSettings()
    presence: PresenceSettings = PresenceSettings()
    channels: dict[Name, dict[str, Any]] = {}
    replies: dict[Name, ReplySettings] = {}
    lookups: dict[Name, LookupSettings] = {}
    rules: list[dict[str, Any]] = []  # each read by rulebook.py
    desk: DeskSettings = DeskSettings()
    folder: Path = Field(default=Path(), exclude=True)

    def path(self, text: str) -> Path:
        """A path of the file, relative to the file's own folder."""
        return (self.folder / text).resolve()


def load(file: Path, environ: Mapping[str, str] = os.environ, *, for_providers: bool = True) -> Settings:
    """Read, override by environment, resolve secrets, check. Raises SettingsError.

    Who talks to no provider needs no key to one: without `for_providers` the channels' tables stay as they are written.
    """
    data = _read(file)
    _override(data, environ)
    _refuse_unknown(data, environ)
    if "folder" in data:  # ours, not the file's
        raise SettingsError(_unknown(Settings, "folder", ("folder",)))
    settled = {
        key: _resolve(value, environ, file.parent, key) if for_providers or key != "channels" else value
        for key, value in data.items()
    }
    settings = check(Settings, settled, "")
    return settings.model_copy(update={"folder": file.parent.resolve(), "web": settings.web.reached()})


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
        first = _weightiest(error.errors())
        steps = [step for step in first["loc"] if isinstance(step, str) and step != "[key]"]  # no place in a list
        path = ".".join([where, *steps] if where else steps)
        if first["type"] == "extra_forbidden":
            raise SettingsError(_unknown(model, path, first["loc"])) from None
        if first["type"] == "missing":
            raise SettingsError(f"setting {path} is missing") from None
        raise SettingsError(f"setting {path}: {_told(path, first)}") from None


def _weightiest(errors: Sequence[Any]) -> Any:
    """What to tell first: a key that is missing may be there under a name that is nearly its own."""
    unknown = [error for error in errors if error["type"] == "extra_forbidden"]
    return unknown[0] if unknown and errors[0]["type"] == "missing" else errors[0]


def _told(path: str, error: Any) -> str:
    """What is wrong with a value, and how it would be right."""
    kind, given = error["type"], error["input"]
    if kind in LISTS and isinstance(given, dict):
        return f"must be a list of tables, each of which begins with [[{path}]]"
    if kind in LISTS:
        return (
            f"must be a list, such as {json.dumps([given], ensure_ascii=False)}"
            if isinstance(given, str)
            else "must be a list"
        )
    if kind in TABLES:
        homes = _homes(path.rpartition(".")[2])
        return f"must be a table; write it {homes}" if homes else f"must be a table, which begins with [{path}]"
    return TOLD[kind].format(**error.get("ctx", {})) if kind in TOLD else str(error["msg"])


def _unknown(model: type[BaseModel], path: str, loc: tuple[int | str, ...]) -> str:
    homes = _homes(str(loc[-1])) if model is Settings and len(loc) == 1 else ""
    if homes:
        return f"unknown setting {path!r}; write it {homes}"
    known = [name for name in _keys_at(model, loc[:-1]) if name != "folder" or model is not Settings or len(loc) > 1]
    nearest = process.extractOne(str(loc[-1]), known, score_cutoff=50)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; known here: {', '.join(sorted(known))}"
    return f"unknown setting {path!r}{hint}"


def _homes(key: str) -> str:
    """The tables a key belongs to, in words; blank for a key that belongs nowhere."""
    found = [
        f"[{table}.<name>]"
        if table in ("hours", "promises", "queues", "channels", "replies", "lookups")
        else f"[{table}]"
        for table in Settings.model_fields
        if key in (ChannelSettings.model_fields if table == "channels" else _keys_at(Settings, (table,)))
    ]
    return f"under {' or '.join(found)}" if found else ""


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
    named = set(_variables(data))
    for name, value in environ.items():
        if not name.startswith(PREFIX) or "__" not in name or name in named:
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


def _refuse_unknown(data: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """A variable with our prefix that sets nothing was meant to set something."""
    named = set(_variables(data))
    for name, value in environ.items():
        if not name.startswith(PREFIX) or "__" in name or name in named:
            continue
        if not KUBERNETES.fullmatch(name) and not KUBERNETES_PORT.match(value):
            raise SettingsError(f"environment variable {name} is no setting; {_nearest_variable(name, data)}")


def _nearest_variable(name: str, data: Mapping[str, Any]) -> str:
    sections = {table: _keys_at(Settings, (table,)) for table in Settings.model_fields}
    known = [f"{table}__{key}".upper() for table, keys in sections.items() for key in keys]
    known += ["__".join(path).upper() for path in _paths(data)]
    nearest = process.extractOne(name.removeprefix(PREFIX), known, score_cutoff=75)
    if nearest:
        return f"did you mean {PREFIX}{nearest[0]}? Two underscores stand between a table and its key"
    return f'remove it, or take it into the settings file as {{ env = "{name}" }}'


def _paths(data: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from ((key, *rest) for rest in _paths(value))
        else:
            yield (key,)


def _variables(data: Mapping[str, Any]) -> Iterator[str]:
    """The variables that settings take their values from."""
    for value in data.values():
        match value:
            case {"env": str(name), **rest} if not rest:
                yield name
            case dict():
                yield from _variables(value)


def _value(text: str) -> Any:
    """Lists and tables are written as JSON in the environment; the rest is converted by the setting's type."""
    if text[:1] in "[{":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _resolve(value: Any, environ: Mapping[str, str], folder: Path, *path: str) -> Any:
    match value:
        case {"env": str(name), **rest} if not rest:
            if name not in environ:
                raise SettingsError(
                    f"setting {'.'.join(path)} takes its value from the environment variable {name}, which is not set; "
                    f'set it where contactcenter runs, or keep the value in a file: {path[-1]} = {{ file = "…" }}'
                )
            return environ[name]
        case {"file": str(name), **rest} if not rest:
            return _content(folder / name, ".".join(path))
        case dict():
            return {key: _resolve(item, environ, folder, *path, key) for key, item in value.items()}
        case _:
            return value


def _content(file: Path, setting: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        where = file.resolve()
        raise SettingsError(
            f"setting {setting}: cannot read its file {where}: {why}; a path begins at the settings file's folder"
        ) from None
