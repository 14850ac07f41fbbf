"""SQLAlchemy Core statements turned once into SQL for a driver's own cursor.

Running a Core statement through SQLAlchemy costs five times what the same SQL costs on the cursor
(docs/reference/performance.md), so each statement of the message path is compiled at its first use and its rows
become named tuples. What a statement cannot express without type conversion is kept out of the tables instead.
"""

from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL with positional parameters, the constants it contains, and what makes a row of its result."""

    sql: str
    constants: dict[str, Any]
    order: Callable[[dict[str, Any]], Any]
    row: Callable[[Any], Any] | None

    def values(self, params: dict[str, Any]) -> Any:
        """The parameters of one execution, in the order the driver wants. Positions bind twice as fast as names."""
        return self.order({**self.constants, **params} if self.constants else params)


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
        row: Any = namedtuple("Row", columns, rename=True) if columns else None
        result = Compiled(str(compiled), constants, _order(compiled.positiontup), row._make if columns else None)
        self._kept.append(statement)
        self._known[id(statement)] = result
        return result


def _order(names: list[str]) -> Callable[[dict[str, Any]], Any]:
    """Picks the values of these names out of a dict, as a sequence."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda params: [params[name] for name in names]


def _open(compiled: Any) -> set[str]:
    """Names of the parameters that the caller must give: binds that were made without a value."""
    return {bind.key for bind in compiled.binds.values() if bind.required}
