"""Which films are the same file, byte for byte."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from django.db import transaction

from lucarne.core import jobs
from lucarne.media import digests, operations, queries, uploads
from lucarne.media.models import Asset
from lucarne.media.uploads import UploadView
from tests.engine.films import film

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
WHO = "per_0000000000000000"


def sent(path: Path) -> UploadView:
    """Send all of a film in one part."""
    data = path.read_bytes()
    view = uploads.begin(person_id=WHO, name=path.name, size_bytes=len(data), at=AT)
    writer = uploads.writer(view, offset=0)
    try:
        writer.write(data)
        writer.commit()
    finally:
        writer.close()
    return uploads.find(upload_id=view.upload_id, person_id=WHO, at=AT)


def taken(view: UploadView) -> Asset:
    """Publish it, up to the moment before it is looked into."""
    with transaction.atomic():
        whole = uploads.hand_over(upload_id=view.upload_id, person_id=WHO, at=AT)
        return operations.receive(path=whole.path, source_name=view.name, at=AT)


def known(view: UploadView) -> list[str] | None:
    return digests.same_films(
        uploads.find(upload_id=view.upload_id, person_id=WHO, at=AT)
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("is_looked_into", [True, False], ids=["stored", "arrived"])
def test_a_film_is_known_again(
    runner: jobs.MemoryRunner, *, is_looked_into: bool
) -> None:
    first = taken(sent(film("tiny")))
    if is_looked_into:
        operations.prepare(asset_id=first.public_id, clock=lambda: AT)
    second = sent(film("tiny"))
    assert known(second) is None
    runner.drain()
    assert known(second) == [first.public_id]


@pytest.mark.usefixtures("folder")
def test_a_film_that_is_moved_meanwhile_gets_its_digest() -> None:
    asset = taken(sent(film("tiny")))
    seen_before = queries.find(asset.public_id)
    operations.prepare(asset_id=asset.public_id, clock=lambda: AT)
    with digests._opened(seen_before) as file:
        found = digests._digest(file, Event())
    assert found == hashlib.sha256(film("tiny").read_bytes()).hexdigest()
