"""/hooks/<channel>: where providers bring their events, on every process that serves the web.

Before it: the provider. After it: the channel's own `hook`, which checks the signature and hands the event to intake.
Refuses to say anything of us: a provider is told a status, so that it repeats what we could not store, and a stranger
nothing that they did not know.
"""

import logging
from collections.abc import Mapping

from aiohttp import web

from contactcenter.channels.protocol import Accept, Hooked, HookReply, HookRequest
from contactcenter.model.values import StoreUnavailable

Hooks = Mapping[str, tuple[Hooked, Accept]]
"""By the channel's name: who answers, and where they hand in."""

log = logging.getLogger(__name__)


def routes(hooks: Hooks) -> list[web.RouteDef]:
    """One route for all; a name that is no channel's is not told from one that takes no hooks."""

    async def handle(request: web.Request) -> web.Response:
        name = request.match_info["channel"]
        known = hooks.get(name)
        if known is None:
            return web.Response(status=404)
        channel, accept = known
        try:
            reply = await channel.hook(await _free(request), accept)
        except StoreUnavailable as error:
            log.warning("a hook was not stored", extra={"channel": name, "reason": str(error)})
            return web.Response(status=503, headers={"Retry-After": "1"})
        except web.HTTPException:  # too large, or not what HTTP is
            raise
        except Exception:
            log.exception("a hook failed", extra={"channel": name})
            return web.Response(status=500)
        return _response(reply)

    return [web.get("/hooks/{channel}", handle, allow_head=False), web.post("/hooks/{channel}", handle)]


async def _free(request: web.Request) -> HookRequest:
    """The request, free of any web framework. Raises HTTPRequestEntityTooLarge above the port's own limit."""
    body = await request.read()
    headers = {name.lower(): text for name, text in request.headers.items()}
    return HookRequest(request.method, headers, dict(request.query), body)


def _response(reply: HookReply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers={"Content-Type": reply.type})
