"""Errors that the catalog raises on purpose."""

from __future__ import annotations


class CatalogError(Exception):
    """The root; ``code`` is stable."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class UnknownVideo(CatalogError):
    """No video has this id, or this person may not know of it."""

    def __init__(self, video_id: str) -> None:
        super().__init__("unknown_video", name=video_id)


class UnknownChannel(CatalogError):
    """No channel has this id, slug or name."""

    def __init__(self, channel: str) -> None:
        super().__init__("unknown_channel", name=channel)


class EmptyTitle(CatalogError):
    """A video needs a title."""

    def __init__(self) -> None:
        super().__init__("empty_title")
