"""One operation of the API: its route, what it takes and answers, who may call it, and how it runs.

The table of operations (api/table.py) is all there is: routes, checks of input and roles, and the OpenAPI document
are made from it, so they cannot disagree.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from contactcenter.flow import actions
from contactcenter.flow.actions import Caller
from contactcenter.flow.policies import Policies
from contactcenter.knowledge.assistant import Assistant
from contactcenter.knowledge.shelf import Shelf
from contactcenter.model.values import Invalid
from contactcenter.ports import Bus, Clock, Files, Store, Tx
from contactcenter.routing.rules import Rule
from contactcenter.web.auth import authenticate, require

BIG = 2**63 - 1
KEY_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Desk:
    """What the web is given of the desk."""

    store: Store
    bus: Bus
    files: Files
    clock: Clock
    policies: Policies
    assistant: Assistant
    shelf: Shelf
    public_url: str
    read_rules: Callable[[list[dict[str, Any]]], tuple[Rule, ...]]  # as the settings have them; raises Invalid


@dataclass(frozen=True, slots=True)
class Call:
    """One request, checked: who asks, and what."""

    caller: Caller
    policies: Policies
    assistant: Assistant
    path: Mapping[str, int | str]
    query: Mapping[str, str]
    body: Any


Act = Callable[[Tx, Call], Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter. `kind`: string or integer."""

    name: str
    about: str
    kind: str = "string"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """`act` runs in a write transaction when `writes`, else on a snapshot, as act(tx, call); what is not of the store
    is done by `does`, as await does(desk, call). `first` is awaited before `act`, as first(desk, call), and answers the
    call that it gets: for what has to be looked at outside the store.
    """

    method: str
    path: str
    about: str
    act: Act | None = None
    answer: Any = None  # the msgspec type of the body; None: 204
    takes: type[msgspec.Struct] | None = None
    status: int = 200
    role: str = "agent"
    query: tuple[Parameter, ...] = ()
    writes: bool = False
    does: Callable[[Desk, Call], Awaitable[Any]] | None = None
    first: Callable[[Desk, Call], Awaitable[Call]] | None = None

    @property
    def name(self) -> str:
        """The operation's id: the function's own name."""
        function = self.act or self.does
        return function.__name__ if function is not None else ""


def handler(operation: Operation, desk: Desk) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of an operation."""
    decoder = msgspec.json.Decoder(operation.takes) if operation.takes else None

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await authenticate(request, desk.store)
        require(caller, operation.role)
        raw = await request.read() if decoder is not None else b""
        body = decoder.decode(raw) if decoder is not None else None
        call = Call(caller, desk.policies, desk.assistant, _path(request), query_of(operation, request), body)
        result = await _run(operation, desk, call, request, raw)
        if operation.answer is None:
            return web.Response(status=204)
        return web.Response(body=msgspec.json.encode(result), status=operation.status, content_type="application/json")

    return handle


async def _run(operation: Operation, desk: Desk, call: Call, request: web.Request, raw: bytes) -> Any:
    act = operation.act
    if operation.does is not None or act is None:
        return await operation.does(desk, call) if operation.does is not None else None
    if operation.first is not None:
        call = await operation.first(desk, call)
    if not operation.writes:
        return await desk.store.read(act, call)
    lane = f"{request.path}"
    key = request.headers.get("Idempotency-Key", "")
    if not key or operation.method != "POST":
        return await desk.store.write_in(lane, act, call)
    if not (key.isascii() and key.isprintable()):
        raise Invalid("the key must be printable ASCII", "Idempotency-Key")
    if len(key) > KEY_LIMIT:
        raise Invalid(f"the key has {len(key)} characters; the limit is {KEY_LIMIT}", "Idempotency-Key")
    owned = f"{call.caller.actor}\n{key}"
    asked = f"{request.path}\n".encode() + raw
    return await desk.store.write_in(lane, actions.once, owned, asked, operation.answer, lambda tx: act(tx, call))


def _path(request: web.Request) -> dict[str, int | str]:
    """Path parameters; an id is a number, and nothing else is: an article may be named 007."""
    found: dict[str, int | str] = dict(request.match_info)
    if (text := request.match_info.get("id")) is not None:
        if not is_whole(text):
            raise Invalid("id is larger than any id", "id")
        found["id"] = int(text)
    return found


def is_whole(text: str) -> bool:
    """Is it a number that a row may have? Python refuses to read more than 4300 digits, so the length comes first."""
    return text.isdecimal() and len(text) < 20 and int(text) <= BIG


def query_of(operation: Operation, request: web.Request) -> dict[str, str]:
    """The query parameters, checked. Raises Invalid, naming the first that is wrong."""
    known = {parameter.name: parameter for parameter in operation.query}
    for name, text in request.query.items():
        parameter = known.get(name)
        if parameter is None:
            raise Invalid(f"unknown query parameter; known are {', '.join(known) or 'none'}", name)
        if "\0" in text:
            raise Invalid("must not contain the character NUL", name)
        if parameter.kind == "integer" and not is_whole(text):
            raise Invalid("must be a whole number", name)
        if parameter.choices and text not in parameter.choices:
            raise Invalid(f"can be {', '.join(parameter.choices)}", name)
    return dict(request.query)
