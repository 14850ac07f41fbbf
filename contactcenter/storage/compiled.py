"""SQLAlchemy Core statements turned once into SQL for a driver's own cursor.

Running a Core statement through SQLAlchemy costs five times what the same SQL costs on the cursor
(docs/reference/performance.md), so each statement of the message path is compiled at its first use and its rows
become named tuples. What a statement cannot express without type conversion is kept out of the tables instead.
"""

from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL with positional parameters, what puts the parameters in that order, and what makes a row of the result."""

    sql: str
    values: Callable[[dict[str, Any]], Any]
    row: Callable[[Any], Any]


class Compiler:
    """Compiles for one dialect and remembers. Statements are module constants, so their identity is the key."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: dict[int, Compiled] = {}
        self._kept: list[Executable] = []  # an id stays taken only while its object lives

    def __call__(self, statement: Executable) -> Compiled:
        known = self._known.get(id(statement))
        return known if known is not None else self._compile(statement)

    def _compile(self, statement: Executable) -> Compiled:
        compiled: Any = statement.compile(  # type: ignore[attr-defined]
            dialect=self._dialect, compile_kwargs={"render_postcompile": True}
        )
        constants = {name: value for name, value in compiled.params.items() if name not in _open(compiled)}
        columns = [entry.keyname for entry in compiled._result_columns or ()]
        row: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
        # A named tuple's own _make is Python, and counts; this is C, and the database has counted.
        result = Compiled(str(compiled), _values(compiled.positiontup, constants), partial(tuple.__new__, row))
        self._kept.append(statement)
        self._known[id(statement)] = result
        return result


def _values(names: list[str], constants: dict[str, Any]) -> Callable[[dict[str, Any]], Any]:
    """Picks the values of these names, as a sequence. Positions bind twice as fast as names."""
    if len(names) > 1:
        pick: Callable[[dict[str, Any]], Any] = itemgetter(*names)
    else:

        def pick(params: dict[str, Any]) -> Any:
            return [params[name] for name in names]

    return (lambda params: pick({**constants, **params})) if constants else pick


def _open(compiled: Any) -> set[str]:
    """Names of the parameters that the caller must give: binds that were made without a value."""
    return {bind.key for bind in compiled.binds.values() if bind.required}
