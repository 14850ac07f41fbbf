"""Errors as RFC 9457 problem documents: what is wrong, where, and the remedy.

The middleware turns the errors of the flow, named by remedy, into statuses; what nobody foresaw is a 500 that says
nothing of its inside, and a logged traceback with the same id.
"""

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from html import escape

import msgspec
from aiohttp import web

from contactcenter.model.values import Conflict, Invalid, NotAllowed, NotFound, StoreUnavailable

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NAMED = re.compile(r"field `([^`]+)`$")

log = logging.getLogger(__name__)


def problem(status: int, title: str, detail: str, **more: str) -> web.Response:
    """A problem document."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/problem+json")


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error of a handler as a problem document."""
    response = await _answered(request, handler)
    return _page_of(response) if _wants_page(request, response) else response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _http(error)
    except (Invalid, msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        return _invalid(error)
    except NotFound as error:
        return problem(404, "Not found", str(error))
    except NotAllowed as error:
        return problem(403, "Not allowed", str(error))
    except Conflict as error:
        return problem(409, "Conflict", str(error))
    except StoreUnavailable as error:
        log.warning("store unavailable", extra={"route": _route(request), "reason": str(error)})
        response = problem(503, "Store unavailable", "nothing was stored; repeat with the same Idempotency-Key")
        response.headers["Retry-After"] = "1"
        return response
    except Exception:
        number = secrets.token_hex(4)
        log.exception("request failed", extra={"route": _route(request), "error": number})
        return problem(500, "Internal error", f"this is our fault; the log has it as error {number}")


def _route(request: web.Request) -> str:
    """The route, never the path: that may hold a sign-in link or the reference of a file."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "no route"


def _wants_page(request: web.Request, response: web.StreamResponse) -> bool:
    """People who followed a link read a page, programs a document."""
    told = response.content_type == "application/problem+json"
    return told and "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")


def _page_of(response: web.StreamResponse) -> web.Response:
    """The same problem in words."""
    body = response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b"{}"
    told = msgspec.json.decode(body)
    title, detail = escape(str(told.get("title"))), escape(str(told.get("detail")))
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/assets/widget.css"></head>'
        f"<body><main class=page><h1>{title}</h1><p>{detail}</p></main></body></html>"
    )
    policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'self'"
    headers = {"Content-Security-Policy": policy}
    return web.Response(text=text, status=response.status, content_type="text/html", headers=headers)


def _http(error: web.HTTPException) -> web.StreamResponse:
    if error.status < 400:
        raise error
    title = error.reason
    detail = error.text or title
    response = problem(error.status, title, detail.removeprefix(f"{error.status}: "))
    for name in ("Allow", "WWW-Authenticate", "Retry-After"):
        if name in error.headers:
            response.headers[name] = error.headers[name]
    return response


def _invalid(error: Exception) -> web.Response:
    """The field is named as a JSON path: msgspec ends its messages with "- at `$.text`"."""
    if not isinstance(error, Invalid | msgspec.ValidationError):
        return problem(400, "Not JSON", str(error), field="$")
    detail, _, place = str(error).partition(" - at `")
    field = error.field if isinstance(error, Invalid) else place.rstrip("`") or "$"
    named = NAMED.search(detail)  # "Object missing required field `text`": say $.text, not the object
    if named and isinstance(error, msgspec.ValidationError):
        field = f"{field}.{named[1]}"
    return problem(422, "Invalid", detail, field=field)
