"""The root of the errors that rooms of the product raise on purpose.

    LucarneError            a sentence for a person, in her language, with a stable code
    ├── ConfigError         the settings are wrong; English, read by the operator
    ├── AccountsError       who may come in            accounts/errors.py
    ├── MediaError          a film and its bytes       media/errors.py
    ├── CatalogError        videos and channels        catalog/errors.py
    ├── MembershipError     members of the portal      membership/errors.py
    ├── TrafficError        reports of what is watched traffic/errors.py
    └── StudioError         what a form was told       studio/errors.py

The engine, which knows no product, has a tree of its own (lucarne_engine/errors.py):
its codes become sentences in media/sentences.py.

Rooms derive from theirs. ``code`` is stable and safe to test or to print as JSON;
``message`` says what is wrong, with what, and what to do. It may be a lazy
translation: it is rendered when it is read.
"""

from __future__ import annotations

import errno
import sqlite3
from typing import Final

from django.utils.functional import Promise

_POSTGRES_DISK_FULL: Final = "53100"  # PostgreSQL, appendix A: disk_full


class LucarneError(Exception):
    """One clear sentence to a person; never shown with a traceback."""

    def __init__(self, code: str, message: str | Promise) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class ConfigError(LucarneError):
    """A setting is unknown or has a value that cannot be."""


# EFBIG: a file system or a limit that takes no file of this size.
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_disk_full(error: BaseException | None) -> bool:
    """Whether this, or what caused it, is a disk without room: ours or the database's."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return True
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return True
        if getattr(error, "sqlstate", None) == _POSTGRES_DISK_FULL:
            return True
        error = error.__cause__
    return False
