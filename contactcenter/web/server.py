"""The one HTTP port: API, live socket, pages, health, and the routes that channels bring."""

import asyncio
from collections.abc import Iterable
from types import MappingProxyType

import msgspec
from aiohttp import web

from contactcenter.web import figures, files, health, help, hooks, live, pages
from contactcenter.web.api.openapi import document
from contactcenter.web.api.operations import Desk, handler
from contactcenter.web.api.table import OPERATIONS
from contactcenter.web.problems import Handler, problems
from contactcenter.web.push import Pusher

API = "/api/v1"


def make_application(
    desk: Desk,
    push: Pusher,
    ready: asyncio.Event,
    channel_routes: Iterable[web.RouteDef],
    *,
    body_limit: int,
    hooked: hooks.Hooks = MappingProxyType({}),
) -> web.Application:
    """The aiohttp application; `ready` is what /readyz tells."""
    application = web.Application(middlewares=[problems], client_max_size=body_limit)

    async def say_goodbye(application: web.Application) -> None:
        await push.close_all()

    application.on_shutdown.append(say_goodbye)
    application.on_response_prepare.append(_harden)
    application.router.add_routes(health.routes(desk, ready))
    application.router.add_routes(list(channel_routes))
    application.router.add_routes(hooks.routes(hooked))
    application.router.add_get(f"{API}/openapi.json", _openapi(desk))
    application.router.add_get(f"{API}/live", live.live(desk, push))
    application.router.add_routes(files.routes(desk))
    application.router.add_routes(figures.routes(desk))
    for operation in OPERATIONS:
        path = f"{API}{operation.path}".replace("{id}", "{id:[0-9]+}")
        application.router.add_route(operation.method, path, handler(operation, desk))
    application.router.add_routes(help.routes(desk))
    application.router.add_routes(pages.routes(desk))
    return application


async def _harden(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer has: nobody guesses its type, keeps it (but built assets), or is told what we run on."""
    response.headers["Server"] = "contactcenter"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if not request.path.startswith("/assets/") and request.path != "/widget.js":
        response.headers.setdefault("Cache-Control", "no-store")


def _openapi(desk: Desk) -> Handler:
    body = msgspec.json.encode(document(desk.public_url))

    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    return handle
