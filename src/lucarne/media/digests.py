"""Which films are the same file, byte for byte: by SHA-256, worked out by jobs.

A film that comes in one go is digested while it comes. Of others a digest is asked
for when a film of the same size is here, and made once they are published.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from threading import Event
from typing import BinaryIO

from lucarne.core import jobs
from lucarne.core.storage import get_store
from lucarne.media import keys, parts, queries
from lucarne.media.errors import UnknownUpload
from lucarne.media.models import Asset, Upload
from lucarne.media.streams import READ_BYTES
from lucarne.media.uploads import UploadView


class Stopped(Exception):
    """Somebody asked the job to end."""


def same_films(view: UploadView) -> list[str] | None:
    """Return the ids of the assets that are this whole upload, byte for byte.

    None: not known yet; a job finds it out.
    """
    same_size = Asset.objects.filter(size_bytes=view.size_bytes)
    # One that failed may be tried once more.
    same_size = same_size.exclude(state=Asset.State.FAILED)
    digests = dict(same_size.values_list("public_id", "digest"))
    if digests and not (view.digest and all(digests.values())):
        jobs.enqueue(
            "media.digest", key=view.upload_id, priority=5, upload_id=view.upload_id
        )
        return None
    return [one for one, digest in digests.items() if digest == view.digest]


def digest_upload(*, upload_id: str, cancel: Event) -> None:
    """Work out the digest of an upload, and of the films that may be the same."""
    upload = Upload.objects.filter(public_id=upload_id).first()
    if upload is None:
        return  # published or given up meanwhile
    for asset in Asset.objects.filter(size_bytes=upload.size_bytes, digest=""):
        digest_film(asset_id=asset.public_id, cancel=cancel)
    if not upload.digest:
        rows = Upload.objects.filter(pk=upload.pk)
        with contextlib.suppress(UnknownUpload), parts.read(upload_id) as file:
            rows.update(digest=_digest(file, cancel))


def digest_film(*, asset_id: str, cancel: Event) -> None:
    """Work out the digest of a film's master. Raises UnknownAsset."""
    asset = queries.find(asset_id)
    if asset.digest:
        return
    rows = Asset.objects.filter(pk=asset.pk)
    with _opened(asset) as file:
        rows.update(digest=_digest(file, cancel))


def _opened(asset: Asset) -> BinaryIO:
    """Open a film's bytes: still where they arrived, or in the store."""
    if asset.incoming_path:
        with contextlib.suppress(FileNotFoundError):  # it has moved since
            return Path(asset.incoming_path).open("rb")
    return get_store().open(keys.master(asset.public_id))


def _digest(file: BinaryIO, cancel: Event) -> str:
    found = hashlib.sha256()
    while data := file.read(READ_BYTES):
        if cancel.is_set():
            raise Stopped
        found.update(data)
    return found.hexdigest()
