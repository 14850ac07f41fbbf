"""Who asks: a bearer token, or the console's session cookie after a one-time sign-in link.

Tokens are random and kept as their SHA-256, so that a copy of the database signs nobody in. A request with the cookie
that changes something must carry X-Requested-With, which another site's page cannot set.
"""

import hashlib
import secrets
from typing import Any

from aiohttp import web
from sqlalchemy import delete, insert, select

from contactcenter.flow.actions import STEERS, Caller
from contactcenter.flow.staff import find_agent
from contactcenter.model.columns import DAY, HOUR, bind, table, word
from contactcenter.model.people import Agent, Credential
from contactcenter.model.values import NotAllowed, NotFound
from contactcenter.ports import Store, Tx

COOKIE = "contactcenter_session"
SESSION_LIFE = 14 * DAY
LINK_LIFE = 24 * HOUR
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

_credential, _agent = table(Credential), table(Agent)

FIND = (
    select(_credential, _agent.c.name.label("agent_name"), _agent.c.role.label("agent_role"))
    .outerjoin(_agent, _agent.c.id == _credential.c.agent_id)
    .where(_credential.c.digest == bind("digest"), _credential.c.kind == bind("kind"))
)
ADD = insert(_credential)
DROP = delete(_credential).where(_credential.c.digest == bind("digest"))
DROP_EXPIRED = delete(_credential).where(_credential.c.expires_at < bind("now"))
DROP_OF = delete(_credential).where(_credential.c.agent_id == bind("agent"))
TOKENS = (
    select(_credential, _agent.c.email.label("agent_email"))
    .outerjoin(_agent, _agent.c.id == _credential.c.agent_id)
    .where(_credential.c.kind == word("token"))
    .order_by(_credential.c.created_at)
)


def issue(tx: Tx, kind: str, role: str, agent: int | None, life: int | None) -> str:
    """A new credential; its text is told once and kept nowhere."""
    text = secrets.token_urlsafe(32)
    expires_at = None if life is None else tx.now + life
    tx.run(ADD, digest=_digest(text), kind=kind, role=role, agent_id=agent, created_at=tx.now, expires_at=expires_at)
    return text


def issue_link(tx: Tx, email: str) -> str:
    """A one-time sign-in link's token for an agent. Raises NotFound."""
    agent = find_agent(tx, email)
    return issue(tx, "link", agent.role, agent.id, LINK_LIFE)


def sign_in(tx: Tx, link: str) -> str:
    """Spend a sign-in link; the text of a new session. Raises NotAllowed for one that was spent or is too old."""
    row = _valid(tx, link, "link")
    if row is None or row.agent_id is None:
        raise NotAllowed("this sign-in link was used already or is too old; contactcenter agent link EMAIL makes one")
    if not tx.run(DROP, digest=_digest(link)):
        raise NotAllowed("this sign-in link was used just now")
    tx.run(DROP_EXPIRED, now=tx.now)
    return issue(tx, "session", row.role, row.agent_id, SESSION_LIFE)


def sign_out(tx: Tx, session: str, agent: int) -> None:
    """End a console session, and have the agent's open sockets look."""
    tx.run(DROP, digest=_digest(session))
    tx.publish([signed_out_topic(agent)], b"")


def signed_out_topic(agent: int) -> str:
    """Where sockets hear that they may no longer be signed in."""
    return f"signed-out:{agent}"


def list_tokens(tx: Tx) -> list[Any]:
    """All API tokens, oldest first; `token_id` of a digest names one."""
    return tx.all(TOKENS)


def revoke_token(tx: Tx, name: str) -> None:
    """End an API token, named by its id. Raises NotFound."""
    name = name.strip().lower()
    found = [row.digest for row in list_tokens(tx) if token_id(row.digest) == name]
    if not found:
        raise NotFound(f"there is no token {name}; contactcenter token list shows them")
    for digest in found:
        tx.run(DROP, digest=digest)


def end_all(tx: Tx, agent: int) -> int:
    """End whatever lets an agent in, sessions, links and tokens; how many there were."""
    return tx.run(DROP_OF, agent=agent)


def token_id(digest: bytes) -> str:
    """What a token is called where it must not be shown."""
    return digest.hex()[:8]


def identify_caller(tx: Tx, text: str, kind: str) -> Caller | None:
    """Whoever holds this credential; None for nobody."""
    row = _valid(tx, text, kind)
    if row is None:
        return None
    role = row.role if kind == "token" else row.agent_role  # a token may be given less, or more, than its agent
    return Caller(role, row.agent_id, row.agent_name or f"the {row.role} token")


async def authenticate(request: web.Request, store: Store) -> Caller:
    """The caller of a request; raises 401, or 403 for a cross-site request."""
    header = request.headers.get("Authorization", "")
    if header:
        scheme, _, text = header.partition(" ")
        caller = await store.read(identify_caller, text.strip(), "token") if scheme.lower() == "bearer" else None
    else:
        caller = await _by_cookie(request, store)
    if caller is None:
        raise web.HTTPUnauthorized(
            text="send a valid token as Authorization: Bearer …, or sign in by a link from contactcenter agent link",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return caller


async def _by_cookie(request: web.Request, store: Store) -> Caller | None:
    session = request.cookies.get(COOKIE, "")
    if not session:
        return None
    if request.method not in SAFE_METHODS and request.headers.get("X-Requested-With") != "contactcenter":
        raise NotAllowed("a request with the console's cookie must send X-Requested-With: contactcenter")
    return await store.read(identify_caller, session, "session")


def same_origin(request: web.Request, public_url: str) -> None:
    """Browsers send forms and open sockets across sites; Origin tells them apart (RFC 6455 10.2). Raises 403."""
    origin = request.headers.get("Origin", "")
    if origin and "Authorization" not in request.headers and origin not in (public_url, _own(request)):
        raise web.HTTPForbidden(text="this page is not of this desk; open the desk at its own address")


def _own(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def require(caller: Caller, role: str) -> None:
    """Raises NotAllowed unless the caller's role reaches `role` (agent, supervisor or admin)."""
    if role == "supervisor" and caller.role not in STEERS:
        raise NotAllowed("this needs the role supervisor or admin")
    if role == "admin" and caller.role != "admin":
        raise NotAllowed("this needs the role admin")


def _valid(tx: Tx, text: str, kind: str) -> Any:
    row = tx.one(FIND, digest=_digest(text), kind=kind)
    return None if row is None or (row.expires_at is not None and row.expires_at < tx.now) else row


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
