"""What can go wrong in the engine, and whose fault it is.

    EngineError
    ├── SourceError      the film's fault: asking again changes nothing
    ├── FolderError      the place named for the result: nothing there was changed
    └── EncoderError     ours (or the machine's): asking again may help
        └── Cancelled    somebody asked us to stop

Every error has a stable ``code`` (``not_media``, ``disk_full`` …). The sentence a
person reads is made from the code by the product, in her language; ``detail``
is for the log.
"""

from __future__ import annotations

from typing import Final

SOURCE_CODES: Final = frozenset({
    "empty",  # no byte at all
    "not_media",  # nothing that a demuxer of ours recognizes
    "is_playlist",  # a playlist or a script that names other files
    "truncated",  # cut so short that nothing plays
    "encrypted",  # DRM, no key
    "no_tracks",  # neither video nor audio
    "no_video",  # sound only, where a picture is needed
    "undecodable",  # tracks are there, not one picture can be decoded
    "absurd_dimensions",  # larger than the limits in either direction
    "too_long",  # more pictures to decode than the limits allow
    "unsupported_codec",  # no decoder for it
    "is_folder",
    "missing",
    # of a picture that somebody sends
    "picture_empty",
    "picture_unknown",  # no JPEG, PNG, WebP or AVIF
    "picture_broken",  # it begins as one of them, and cannot be decoded
    "picture_animated",
    "picture_heavy",  # more bytes than are read
    "picture_large",  # more pixels than are decoded
    "picture_small",
})
ENCODER_CODES: Final = frozenset({
    "disk_full",
    "stalled",  # no progress for the stall time
    "out_of_time",  # CPU or wall limit
    "out_of_memory",
    "encoder_failed",  # anything else that FFmpeg said
    "ffmpeg_missing",
    "cancelled",
})
FOLDER_CODES: Final = frozenset({
    "folder_is_file",
    "folder_not_ours",  # it holds files that are no result of ours
    "folder_in_use",  # another process writes into it
    "folder_of_another_film",
    "folder_of_another_plan",  # the same film, to be made in another way
})


class EngineError(Exception):
    """The root: ``code`` is stable, ``detail`` is for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail

    def __reduce__(self) -> tuple[type[EngineError], tuple[str, str]]:
        return type(self), (self.code, self.detail)


class SourceError(EngineError):
    """The film's fault; ``code`` is one of SOURCE_CODES."""


class FolderError(EngineError):
    """The folder for the result cannot be used; ``code`` is one of FOLDER_CODES."""


class EncoderError(EngineError):
    """Our fault or the machine's; ``code`` is one of ENCODER_CODES."""


class Cancelled(EncoderError):
    """The caller's ``cancel`` event was set."""

    def __init__(self, code: str = "cancelled", detail: str = "") -> None:
        super().__init__(code, detail)
