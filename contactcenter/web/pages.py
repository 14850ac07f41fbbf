"""Pages the server writes: the console's shell, sign-in, and the built assets.

Everything on them is escaped; the content policy allows our own scripts and styles, on the desk our own frames too, and
nothing else.
"""

from html import escape
from pathlib import Path

from aiohttp import web

from contactcenter.model.values import NotFound
from contactcenter.web import auth
from contactcenter.web.api.operations import Desk
from contactcenter.web.auth import same_origin
from contactcenter.web.problems import problem

ASSETS = Path(__file__).parent / "assets"
NAMES = ("widget.js", "widget.css", "console.js", "console.css", "help.css")
TYPES = {".js": "text/javascript", ".css": "text/css"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DESK_POLICY = f"{POLICY}; frame-src 'self'"  # mails as they were laid out, each with a policy of its own

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<path fill="#0f6b5c" d="M3 1h10a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H8l-4 4v-4H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z"/></svg>'
)


def routes(desk: Desk) -> list[web.RouteDef]:
    """The routes of all pages."""
    pages = Pages(desk)
    return [
        web.get("/", pages.home),
        web.get("/desk", pages.desk),
        web.get("/desk/sign-in/{link}", pages.ask_to_sign_in),
        web.post("/desk/sign-in/{link}", pages.sign_in),
        web.get("/desk/{tail:.*}", pages.desk),
        web.delete("/api/v1/session", pages.sign_out),
        web.get("/favicon.ico", pages.icon),
        web.get("/widget.js", pages.launcher),
        web.get("/assets/{name}", pages.asset),
    ]


class Pages:
    """The handlers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def home(self, request: web.Request) -> web.Response:
        """Where a newcomer lands."""
        chats = "".join(
            f'<li><a href="/chat/{escape(name)}">Chat: {escape(name)}</a></li>'
            for name, way in self._desk.policies.ways.items()
            if way.channel.kind == "webchat"
        )
        return _page("contactcenter", f'<h1>contactcenter</h1><ul>{chats}<li><a href="/desk">The desk</a></li>'
                     '<li><a href="/help">Help articles</a></li></ul>')  # fmt: skip

    async def desk(self, request: web.Request) -> web.Response:
        """The console's shell; everything else is its script's."""
        return _html(
            "Desk",
            '<link rel="stylesheet" href="/assets/console.css">'
            '<script src="/assets/console.js" type="module"></script>',
            '<div id="desk"></div>',
            DESK_POLICY,
        )

    async def ask_to_sign_in(self, request: web.Request) -> web.Response:
        """A button, because programs that look at links in mail would spend the link."""
        link = escape(request.match_info["link"], quote=True)
        form = f'<form method="post" action="/desk/sign-in/{link}"><button>Sign in</button></form>'
        return _page("Sign in", f"<h1>Sign in to the desk</h1>{form}")

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Spend the link, open a session."""
        same_origin(request, self._desk.public_url)
        session = await self._desk.store.write(auth.sign_in, request.match_info["link"])
        answer = web.Response(status=303, headers={"Location": "/desk"})
        answer.set_cookie(
            auth.COOKIE,
            session,
            max_age=auth.SESSION_LIFE // 1_000_000,
            httponly=True,
            samesite="Lax",
            secure=self._desk.public_url.startswith("https:"),
        )
        return answer

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session of the cookie."""
        caller = await auth.authenticate(request, self._desk.store)
        await self._desk.store.write(auth.sign_out, request.cookies.get(auth.COOKIE, ""), caller.as_agent())
        response = web.Response(status=204)
        response.del_cookie(auth.COOKIE)
        return response

    async def icon(self, request: web.Request) -> web.Response:
        """A speech bubble."""
        return web.Response(text=ICON, content_type="image/svg+xml")

    async def launcher(self, request: web.Request) -> web.StreamResponse:
        """The script that other sites include; any site may load it."""
        return _asset("launcher.js")

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """A built file."""
        name = request.match_info["name"]
        if name not in NAMES:
            raise NotFound(f"there is no asset {name!r}")
        return _asset(name)


def _asset(name: str) -> web.StreamResponse:
    path = ASSETS / name
    if not path.exists():
        return problem(503, "Front end not built", "run make setup, which builds it, and start again")
    headers = {"Content-Type": TYPES[path.suffix], "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    return web.FileResponse(path, headers=headers)


def _page(title: str, body: str) -> web.Response:
    return _html(title, '<link rel="stylesheet" href="/assets/widget.css">', f"<main class=page>{body}</main>")


def _html(title: str, head: str, body: str, policy: str = POLICY) -> web.Response:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>{head}</head><body>{body}</body></html>"
    )
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin"}
    return web.Response(text=text, content_type="text/html", headers=headers)
