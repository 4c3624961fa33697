"""Questions that are always the same: Django writes their SQL once, not at each page.

    _OF_SLUG = Prepared(lambda slug: Channel.objects.filter(slug=slug).values_list("name"))
    _OF_SLUG.rows("news", limit=24)

Putting a query together costs Django several times what the database needs to answer
it. The SQL, and how values are read from a row, are what the ORM would have used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

_Convert = Callable[[Any, Any, Any], Any]


class _Place(str):
    """Text that stands where a parameter goes while the SQL is written."""

    __slots__ = ("number",)
    number: int

    def __new__(cls, number: int) -> _Place:
        place = super().__new__(cls, f"place {number}")
        place.number = number
        return place


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    """What one thread's connection executes."""

    connection: Any
    sql: str
    count: int
    params: tuple[Any, ...]  # those of the question, and a place for each of ours
    converters: tuple[tuple[int, tuple[_Convert, ...], Any], ...]  # by column


class Prepared:
    """A question whose parameters are texts, asked of the default database.

    ``ask`` takes the parameters and returns a queryset made by ``values_list``, not
    sliced; nothing but the values of its filters may depend on them.
    """

    def __init__(self, ask: Callable[..., QuerySet[Any, Any]]) -> None:
        self._ask: Final = ask
        # Converters belong to a connection, and each thread has its own.
        self._of_thread: Final = threading.local()

    def rows(
        self, *params: str, limit: int | None = None, offset: int = 0
    ) -> list[list[Any]]:
        """Return the rows from ``offset`` on, at most ``limit``. One query.

        Raises:
            TypeError: there are more or fewer parameters than places for them.
            ValueError: a parameter stands where no text can stand.
        """
        known = self._compiled(len(params))
        if len(params) != known.count:
            raise TypeError(f"{known.count} parameters are needed, not {len(params)}")
        values = [
            params[one.number] if isinstance(one, _Place) else one
            for one in known.params
        ]
        sql = known.sql
        if limit is not None:
            sql += " LIMIT %s OFFSET %s"
            values += (limit, offset)
        with known.connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows = [list(row) for row in cursor.fetchall()]
        for column, converters, expression in known.converters:
            for convert in converters:
                for row in rows:
                    row[column] = convert(row[column], expression, known.connection)
        return rows

    def first(self, *params: str) -> list[Any] | None:
        """Return one row, or None when there is none. One query."""
        rows = self.rows(*params, limit=1)
        return rows[0] if rows else None

    def _compiled(self, count: int) -> _Compiled:
        present = connections[DEFAULT_DB_ALIAS]
        known: _Compiled | None = getattr(self._of_thread, "compiled", None)
        if known is None or known.connection is not present:
            known = self._of_thread.compiled = _compile(self._ask, count, present)
        return known


def _compile(
    ask: Callable[..., QuerySet[Any, Any]], count: int, present: Any
) -> _Compiled:
    query = ask(*map(_Place, range(count))).query
    compiler = query.get_compiler(connection=present)
    sql, params = compiler.as_sql()
    places = {one.number for one in params if isinstance(one, _Place)}
    if places != set(range(count)):
        raise TypeError("each parameter must be compared with a text, as it is")
    converters = compiler.get_converters([column for column, *_ in compiler.select])
    return _Compiled(
        connection=present,
        sql=sql,
        count=count,
        params=tuple(params),
        converters=tuple(
            (column, tuple(functions), expression)
            for column, (functions, expression) in converters.items()
        ),
    )
