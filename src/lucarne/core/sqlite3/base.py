"""The database backend that Django's settings name.

Subclassed as Django documents it (ref/databases, "Subclassing the built-in database
backends"). A list of 25 films spent a third of its query's time in these two places.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db.backends.sqlite3 import base, operations


class Cursor(base.SQLiteCursorWrapper):
    """Translates the marks of a statement once, however often it is asked."""

    def convert_query(
        self, query: str, *, param_names: Iterable[str] | None = None
    ) -> str:
        """Return the statement with SQLite's marks in place of Django's."""
        if param_names is None:
            return _translated(query)
        return super().convert_query(query, param_names=param_names)


@functools.lru_cache(maxsize=512)
def _translated(query: str) -> str:
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class DatabaseOperations(operations.DatabaseOperations):
    """Knows that every time we keep is in UTC."""

    def convert_datetimefield_value(
        self, value: Any, expression: Any, connection: Any
    ) -> Any:
        """Return an aware time, without asking the settings what kind each is."""
        if isinstance(value, datetime) and value.tzinfo is None:
            # What replace(tzinfo=UTC) returns, in a sixth of its time.
            return datetime.combine(value, value.time(), UTC)
        return super().convert_datetimefield_value(value, expression, connection)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the portal's file."""

    ops_class = DatabaseOperations

    def create_cursor(self, name: str | None = None) -> Cursor:  # noqa: ARG002 - Django's signature
        """Return what executes statements."""
        return Cursor(self.connection)
