"""Errors that studio raises on purpose.

LucarneError
└── StudioError
    └── BadSetUp    an answer of the first visit cannot be used; ``field`` says which
"""

from __future__ import annotations

from django.utils.functional import Promise

from lucarne.core.errors import LucarneError


class StudioError(LucarneError):
    """The root of this room's errors."""


class BadSetUp(StudioError):
    """``field``: name, language, email, password, owner_name or channel."""

    def __init__(self, field: str, code: str, message: str | Promise) -> None:
        super().__init__(code, message)
        self.field = field
