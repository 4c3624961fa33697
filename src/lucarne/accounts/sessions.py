"""Sessions and the people they are of: every page of who is signed in asks for both.

They are Django's own, but read with prepared questions.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.db.models import TextField, Value

from lucarne.accounts.models import Person
from lucarne.core import clock
from lucarne.core.prepared import Prepared

_SESSION: Final = Prepared(
    lambda key: Session.objects.filter(session_key=key).values_list(
        "session_data", "expire_date"
    )
)
_FIELDS: Final = [field.attname for field in Person._meta.concrete_fields]  # noqa: SLF001 - documented
# The key comes out of the session as text.
_PERSON: Final = Prepared(
    lambda key: Person.objects.filter(
        pk=Value(key, output_field=TextField())
    ).values_list(*_FIELDS)
)


class SessionStore(DatabaseSessions):
    """Sessions in the database; ``SESSION_ENGINE`` names this module."""

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        """Return the session unless it is over. One query."""
        key = self.session_key or ""
        row = _SESSION.first(key)
        if row is None or row[1] <= clock.now():
            self._session_key = None
            return None
        return Session(session_key=key, session_data=row[0], expire_date=row[1])


class PasswordBackend(ModelBackend):
    """Checks passwords, and finds who has signed in."""

    def get_user(self, user_id: Any) -> Person | None:
        """Return the person whose key a session holds. One query."""
        row = _PERSON.first(str(user_id))
        return None if row is None else Person.from_db("default", _FIELDS, row)
