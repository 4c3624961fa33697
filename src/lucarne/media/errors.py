"""Errors that media raises on purpose; the codes of films come from the engine."""

from __future__ import annotations


class MediaError(Exception):
    """The root; ``code`` is stable, ``params`` fill the sentence."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


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
