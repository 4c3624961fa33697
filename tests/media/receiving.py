"""A film that is received as the command line does it, without a video."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction

from lucarne.media import operations, queries, streams, uploads
from lucarne.media.models import Asset


def received(path: Path, *, name: str = "a.mp4", at: datetime) -> Asset:
    """Copy a film in, make an asset of it, prepare it."""
    with streams.taken(path, name=name, person_id="cli", at=at) as film:
        with transaction.atomic():
            whole = uploads.hand_over(
                upload_id=film.upload_id, person_id="cli", at=at
            )
            asset = operations.receive(
                path=whole.path, source_name=name, digest=whole.digest, at=at
            )
        operations.prepare(asset_id=asset.public_id, clock=lambda: at)
    return queries.find(asset.public_id)
