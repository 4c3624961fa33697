"""Errors that media raises on purpose; the codes of films come from the engine.

LucarneError
└── MediaError          its sentence is the one of its code in ``sentences``
    ├── UnknownAsset    no asset has this id
    ├── TooLarge        more bytes than ``uploads.max_bytes`` allows
    ├── NoSpace         the disk would fall below its reserve
    └── Unreadable      the file that somebody named cannot be read
"""

from __future__ import annotations

from django.utils.functional import lazy

from lucarne.core.errors import LucarneError
from lucarne.media import sentences

_refusal = lazy(sentences.refusal, str)


class MediaError(LucarneError):
    """The root of this room's errors; ``name`` is the file's, or the film's id."""

    def __init__(self, code: str, *, name: str) -> None:
        super().__init__(code, _refusal(code, name=name))
        self.name = name


class UnknownAsset(MediaError):
    """No asset has this id."""

    def __init__(self, asset_id: str) -> None:
        super().__init__("unknown_asset", name=asset_id)


class TooLarge(MediaError):
    """More bytes than ``uploads.max_bytes`` allows."""

    def __init__(self, name: str) -> None:
        super().__init__("too_large", name=name)


class NoSpace(MediaError):
    """The disk would fall below its reserve."""

    def __init__(self, name: str) -> None:
        super().__init__("disk_full", name=name)


class Unreadable(MediaError):
    """The file that somebody named is there, but its bytes cannot be had."""

    def __init__(self, name: str) -> None:
        super().__init__("unreadable", name=name)
