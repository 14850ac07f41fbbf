"""What a desk keeps secret, for all of its processes: keys of its own, and tokens that providers exchange for others.

Called by app (keys), and by channels whose provider hands out tokens. Rows of Secret, by name. Refuses to know what a
token is good for: whoever keeps one says how it is written down.
"""

import secrets
from typing import TypeVar

import msgspec
from sqlalchemy import select

from contactcenter.model.columns import SECOND, adding, adding_new, bind, table
from contactcenter.model.ledgers import Secret
from contactcenter.ports import Tx

KEY_BYTES = 32
LIFE_LIMIT = 30 * 86_400  # seconds; whoever states more is not believed

Kept = TypeVar("Kept", bound=msgspec.Struct)

_secret = table(Secret)
FIND = select(_secret.c.value).where(_secret.c.name == bind("name"))
ADD = adding_new(_secret, "name")
_added = adding(_secret)
KEEP = _added.on_conflict_do_update(index_elements=["name"], set_={"value": _added.excluded.value})


def own_key(tx: Tx, name: str) -> bytes:
    """The desk's own key of that name, made when it is asked for first."""
    tx.run(ADD, name=name, value=secrets.token_bytes(KEY_BYTES))
    return bytes(tx.one(FIND, name=name).value)


def kept(tx: Tx, name: str, kind: type[Kept]) -> Kept | None:
    """What was kept last under a name; None for nothing."""
    row = tx.one(FIND, name=name)
    return None if row is None else msgspec.json.decode(row.value, type=kind)


def keep(tx: Tx, name: str, value: msgspec.Struct) -> None:
    """In the place of what was kept before."""
    tx.run(KEEP, name=name, value=msgspec.json.encode(value))


def renewed_at(now: int, life: int, early: int) -> int:
    """When a token that was given now (µs) is to be exchanged: before its end, by a tenth of its life if that is less.

    `life` as its provider states it, and `early`: seconds.
    """
    believed = min(max(0, life), LIFE_LIMIT)
    return now + (believed - min(early, believed // 10)) * SECOND
