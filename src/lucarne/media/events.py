"""What media tells the rooms above it, after commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class AssetPlayable:
    """The first pictures can be watched."""

    asset_id: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class TextsFound:
    """The film holds captions or subtitles: ``texts.found`` tells them."""

    asset_id: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class AssetReady:
    """Every rung is there."""

    asset_id: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class AssetFailed:
    """Nothing more will come; ``code`` says why."""

    asset_id: str
    code: str
    at: datetime
