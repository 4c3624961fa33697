"""Signed path tokens: who holds the address of a film may fetch its pieces.

    /media/<token>/<asset_id>/main.m3u8

A token says "whoever decided this knew the film's epoch, and it is good until then".
One of the stills opens the poster and its copies, and nothing else: lists show them to
people who may not watch the film.
It lies in the path, not in the query, so that relative addresses inside manifests
carry it along and caches see one address per piece. Everybody gets the same token
for half a day, or for two hours where not everybody may watch; it names nobody.
Closing a film raises its epoch, and with that every token of it is worth nothing.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime
from functools import lru_cache
from typing import Final

from django.utils.crypto import salted_hmac

from lucarne.core import clock

BUCKET_S: Final = 12 * 3600
# The bucket it was signed in and the two after it: 24 to 36 hours.
BUCKETS: Final = 3
_LONGEST: Final = 64
_MAC_BYTES: Final = 16
# What a token of the stills begins with; and one of a film that not everybody may
# watch, which ends within 4 to 6 hours: whoever may not any more holds it still.
_STILLS: Final = "s"
_BRIEF: Final = "b"
_BUCKETS_S: Final = {"": BUCKET_S, _STILLS: BUCKET_S, _BRIEF: 2 * 3600}


def sign(asset_id: str, epoch: int, at: datetime) -> str:
    """Return a token good for 24 to 36 hours; the same within a half day (UTC)."""
    return _sign(asset_id, epoch, _bucket(at) + BUCKETS)


def sign_brief(asset_id: str, epoch: int, at: datetime) -> str:
    """Return a token good for 4 to 6 hours; the same within two hours."""
    return _sign(asset_id, epoch, _bucket(at, _BRIEF) + BUCKETS, _BRIEF)


def sign_stills(asset_id: str, epoch: int, at: datetime) -> str:
    """Return a token, good for as long, that opens the film's stills alone."""
    return _sign(asset_id, epoch, _bucket(at) + BUCKETS, _STILLS)


def verify(
    token: str, asset_id: str, at: datetime, *, of_stills: bool = False
) -> int | None:
    """Return the epoch that the token was signed for; None when it is not good now.

    ``of_stills``: one of the stills will do. The caller compares the epoch with the
    film's present one.
    """
    kinds = (_BRIEF, _STILLS) if of_stills else (_BRIEF,)
    kind = token[:1] if token[:1] in kinds else ""
    parts = token[len(kind) :].split("-", 2) if len(token) <= _LONGEST else []
    if len(parts) != 3 or not all(_is_number(part) for part in parts[:2]):
        return None
    until, epoch = int(parts[0]), int(parts[1])
    expected = _sign(asset_id, epoch, until, kind)
    # Bytes, because compare_digest refuses text that is not ASCII.
    if not hmac.compare_digest(token.encode(), expected.encode()):
        return None
    now = _bucket(at, kind)
    return epoch if now < until <= now + BUCKETS else None


def signed_at(at: datetime) -> datetime:
    """Return when the half day began within which everybody gets the same tokens."""
    return clock.from_epoch_ms(_bucket(at) * BUCKET_S * 1000)


def _bucket(at: datetime, kind: str = "") -> int:
    return int(at.timestamp()) // _BUCKETS_S[kind]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


@lru_cache(maxsize=4096)
def _sign(asset_id: str, epoch: int, until: int, kind: str = "") -> str:
    mac = salted_hmac(
        f"lucarne.playback.tokens{kind}",
        f"{asset_id}:{epoch}:{until}",
        algorithm="sha256",
    ).digest()[:_MAC_BYTES]
    return f"{kind}{until}-{epoch}-{urlsafe_b64encode(mac).decode().rstrip('=')}"
