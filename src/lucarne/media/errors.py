"""Errors that media raises on purpose; the codes of films come from the engine.

LucarneError
└── MediaError          its sentence is the one of its code in ``sentences``
    ├── UnknownAsset    no asset has this id
    ├── TooLarge        more bytes than ``uploads.max_bytes`` allows
    ├── NoSpace         the disk would fall below its reserve
    ├── Unreadable      the file that somebody named cannot be read
    ├── UnknownPoster   the film has no such poster
    ├── BadPicture      what somebody sent cannot be a poster
    ├── BeyondEnd       the film has no such moment
    ├── NoMoment        no picture can be taken from the film, or not yet
    └── UploadError     what a client of ``uploads`` did wrong
        ├── UnknownUpload    none with this id, or somebody else's
        ├── WrongOffset      the part does not begin where the last one ended
        ├── UploadBusy       another request is writing to it
        ├── TooMuch          more bytes than were announced
        ├── WrongDigest      the part is not what its digest says
        ├── UploadUnfinished a part of it, or all of it, is not here yet
        ├── NotFetched       another server does not give it, or may not be asked
        └── UploadWhole      it was put together from others: nothing can be added
"""

from __future__ import annotations

from datetime import timedelta

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


class UnknownPoster(MediaError):
    """The film has no such poster, or not any more."""

    def __init__(self, name: str) -> None:
        super().__init__("unknown_poster", name=name)


class BadPicture(MediaError):
    """What somebody sent cannot be a poster, or not now; ``code`` is the engine's."""


class BeyondEnd(MediaError):
    """The film has no such moment."""

    def __init__(self, duration_ms: int) -> None:
        super().__init__("beyond_end", name=str(timedelta(seconds=duration_ms // 1000)))


class NoMoment(MediaError):
    """No picture can be taken from the film: it has none, or was not looked into yet."""

    def __init__(self, name: str) -> None:
        super().__init__("no_moment", name=name)


class UploadError(MediaError):
    """The root of what goes wrong while parts arrive; ``name`` is the file's."""


class UnknownUpload(UploadError):
    """None has this id; or it is somebody else's, or was given up."""

    def __init__(self, upload_id: str) -> None:
        super().__init__("unknown_upload", name=upload_id)


class WrongOffset(UploadError):
    """The part does not begin where the last one ended (``offset``)."""

    def __init__(self, name: str, offset: int) -> None:
        super().__init__("wrong_offset", name=name)
        self.offset = offset


class UploadBusy(UploadError):
    """Another request is writing to it right now."""

    def __init__(self, name: str) -> None:
        super().__init__("upload_busy", name=name)


class TooMuch(UploadError):
    """More bytes came than were announced; the part was not kept."""

    def __init__(self, name: str) -> None:
        super().__init__("too_much", name=name)


class WrongDigest(UploadError):
    """The part is not what its digest says; it was not kept."""

    def __init__(self, name: str) -> None:
        super().__init__("wrong_digest", name=name)


class UploadUnfinished(UploadError):
    """It cannot be used before all of it is here."""

    def __init__(self, name: str) -> None:
        super().__init__("upload_unfinished", name=name)


class NotFetched(UploadError):
    """Another server does not give it, or may not be asked; ``code`` says which."""


class UploadWhole(UploadError):
    """It was put together from others; nothing can be added."""

    def __init__(self, name: str) -> None:
        super().__init__("upload_whole", name=name)
