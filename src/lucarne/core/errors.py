"""The root of the errors that rooms of the product raise on purpose.

    LucarneError        a sentence for a person, in her language, with a stable code
    └── ConfigError     the settings are wrong; English, read by the operator

Rooms derive their own. ``code`` is stable and safe to test or to print as JSON;
``message`` says what is wrong, with what, and what to do. It may be a lazy
translation: it is rendered when it is read.
"""

from __future__ import annotations

from django.utils.functional import Promise


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
