"""Uploads that arrive in parts: begin, join, find, give up, hand over, sweep.

Their bytes are ``media.parts``; what a part has to say is in ``api.tus``, which is
the door. Nothing of an upload is visible to anybody but who sends it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet, Sum

from lucarne.core import conf, ids
from lucarne.core.locks import is_locked
from lucarne.media import ahead, following, incoming, parts
from lucarne.media.errors import (
    TooMuch,
    UnknownUpload,
    UploadUnfinished,
    UploadWhole,
)
from lucarne.media.models import Asset, Upload

# Where they are sent to; ``api.tus`` answers there.
ADDRESS: Final = "/uploads/"
NAME_MAX: Final = 300
PARTIAL: Final = "partial"
FINAL: Final = "final"


@dataclass(frozen=True, kw_only=True)
class UploadView:
    """An upload as its sender may see it."""

    upload_id: str
    name: str
    size_bytes: int
    received_bytes: int
    metadata: str
    concat: str
    created_at: datetime
    expires_at: datetime
    origin: str = Upload.Origin.PARTS
    digest: str = ""
    draft: Mapping[str, str] = field(default_factory=dict)
    drafted_at: datetime | None = None
    source_url: str = ""
    error_code: str = ""
    is_prepared: bool = False  # while it arrives

    @property
    def is_sent_in_parts(self) -> bool:
        """Whether its sender may add to it; also of what is all here."""
        return self.origin == Upload.Origin.PARTS

    @property
    def is_complete(self) -> bool:
        return self.is_sent_in_parts and self.received_bytes == self.size_bytes


def begin(
    *,
    person_id: str,
    name: str,
    size_bytes: int,
    metadata: str = "",
    is_partial: bool = False,
    at: datetime,
    **more: Any,
) -> UploadView:
    """Announce a film, or a part of one. Raises TooLarge or NoSpace.

    ``more``: further fields of its row.
    """
    incoming.check_room(name=name, size_bytes=size_bytes, promised_bytes=_promised())
    with _creating(
        person_id=person_id, name=name, size_bytes=size_bytes, metadata=metadata,
        concat=PARTIAL if is_partial else "", created_at=at, **more,
    ) as (row, _):  # fmt: skip
        return _view(row)


def begin_stream(
    *, person_id: str, name: str, most_bytes: int, at: datetime
) -> tuple[UploadView, parts.PartWriter]:
    """Begin a film that comes in one go, and write to it. Raises TooLarge or NoSpace.

    The lock that the row begins with is the writer's: without one, its sender is gone.
    """
    incoming.check_room(name=name, size_bytes=most_bytes, promised_bytes=_promised())
    with _creating(
        person_id=person_id, name=name, size_bytes=most_bytes,
        origin=Upload.Origin.STREAM, created_at=at,
    ) as (row, made):  # fmt: skip
        writer = parts.PartWriter(
            row.public_id, name=row.name, offset=0, size_bytes=most_bytes, made=made
        )
    return _view(row), writer


def seal(*, upload_id: str, size_bytes: int, digest: str = "") -> None:
    """Say that all of an upload is here, whatever size was announced."""
    Upload.objects.filter(public_id=upload_id).update(
        size_bytes=size_bytes, digest=digest, origin=Upload.Origin.PARTS
    )


def join(
    *,
    person_id: str,
    part_ids: Sequence[str],
    name: str,
    concat: str,
    metadata: str = "",
    at: datetime,
) -> UploadView:
    """Put parts together, in this order, as one upload; the parts are used up.

    Raises UnknownUpload, UploadUnfinished when a part is not all here, TooLarge or
    NoSpace.
    """
    found = [find(upload_id=one, person_id=person_id, at=at) for one in part_ids]
    for part in found:
        if part.concat != PARTIAL:
            raise UnknownUpload(part.upload_id)
        if not part.is_complete:
            raise UploadUnfinished(part.name)
    size = sum(part.size_bytes for part in found)
    incoming.check_room(name=name, size_bytes=size)
    with _creating(
        person_id=person_id, name=name, size_bytes=size, metadata=metadata,
        concat=concat, created_at=at,
    ) as (row, _):  # fmt: skip
        made = row.public_id
    try:
        parts.join(list(part_ids), made, name=name)
    except BaseException:
        _remove(Upload.objects.filter(public_id=made))
        raise
    _remove(Upload.objects.filter(public_id__in=part_ids))
    return find(upload_id=made, person_id=person_id, at=at)


def find(*, upload_id: str, person_id: str, at: datetime) -> UploadView:
    """Look one up for its sender.

    Raises UnknownUpload for everybody else, and when nothing came for too long.
    """
    row = Upload.objects.filter(public_id=upload_id, person_id=person_id).first()
    if row is None:
        raise UnknownUpload(upload_id)
    view = _view(row)
    if view.expires_at <= at:
        raise UnknownUpload(upload_id)
    return view


def unfinished(*, person_id: str, at: datetime) -> list[UploadView]:
    """List what a person began and has not published, newest first."""
    rows = Upload.objects.filter(person_id=person_id).exclude(concat=PARTIAL)
    rows = rows.exclude(origin=Upload.Origin.STREAM)
    found = (_view_if_there(row) for row in rows.order_by("-created_at"))
    return [view for view in found if view is not None and view.expires_at > at]


def same(
    *, person_id: str, name: str, size_bytes: int, note: str, at: datetime
) -> UploadView | None:
    """Return what a person began to send of this very file, in whichever browser.

    ``note``: what its metadata holds besides, such as ``modified MTIz``.
    """
    for view in unfinished(person_id=person_id, at=at):
        is_same = view.name == _kept(name) and view.size_bytes == size_bytes
        notes = [one.strip() for one in view.metadata.split(",")]
        if is_same and note in notes and not view.concat:
            return view
    return None


def write_draft(
    *, upload_id: str, person_id: str, draft: Mapping[str, str], at: datetime
) -> None:
    """Keep what was written about the film so far. Raises UnknownUpload."""
    find(upload_id=upload_id, person_id=person_id, at=at)
    rows = Upload.objects.filter(public_id=upload_id)
    rows.update(draft=dict(draft), drafted_at=at)


def writer(
    view: UploadView,
    *,
    offset: int,
    digest: tuple[str, bytes] | None = None,
    announced_bytes: int = 0,
) -> parts.PartWriter:
    """Take a part that begins at ``offset`` and has ``announced_bytes``, or 0: unknown.

    Raises UploadWhole, TooMuch before a byte is read, or as PartWriter does.
    """
    if view.concat.startswith(FINAL):
        raise UploadWhole(view.name)
    if offset + announced_bytes > view.size_bytes and offset == view.received_bytes:
        raise TooMuch(view.name)
    return parts.PartWriter(
        view.upload_id,
        name=view.name,
        offset=offset,
        size_bytes=view.size_bytes,
        digest=digest,
        on_length=ahead.Watch(view.upload_id, size_bytes=view.size_bytes),
    )


def give_up(*, upload_id: str, person_id: str) -> None:
    """Forget an upload and its bytes. Raises UnknownUpload."""
    rows = Upload.objects.filter(public_id=upload_id, person_id=person_id)
    if not _remove(rows):
        raise UnknownUpload(upload_id)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A whole film that is no upload any more."""

    path: Path
    name: str
    digest: str  # "" when it is not known yet
    early: Asset | None  # what was made of it while it arrived


def hand_over(*, upload_id: str, person_id: str, at: datetime) -> Taken:
    """Turn a whole upload into a file in ``incoming``.

    Call inside the transaction that makes an asset of it: the upload's row goes, the
    file stays. Raises UnknownUpload, or UploadUnfinished.
    """
    view = find(upload_id=upload_id, person_id=person_id, at=at)
    if not view.is_complete or view.concat == PARTIAL:
        raise UploadUnfinished(view.name)
    row = Upload.objects.filter(public_id=upload_id).select_related("early").first()
    if row is None or not Upload.objects.filter(pk=row.pk).delete()[0]:
        raise UnknownUpload(upload_id)  # two at once: the other one has it
    path = parts.path_of(upload_id)
    return Taken(path=path, name=view.name, digest=view.digest, early=row.early)


def sweep(*, at: datetime) -> None:
    """Forget uploads that nobody went on with."""
    for row in Upload.objects.all():
        view = _view_if_there(row)
        own = Upload.objects.filter(pk=row.pk)
        if view is None or view.expires_at <= at:
            _remove(own)
        elif _is_broken(view):
            # The row was read before: meanwhile it may have become whole.
            _remove(own.filter(origin=Upload.Origin.STREAM))


def _is_broken(view: UploadView) -> bool:
    """Whether it came in one go, and whoever took it is gone."""
    is_stream = view.origin == Upload.Origin.STREAM
    return is_stream and not is_locked(parts.path_of(view.upload_id))


def paths() -> set[str]:
    """The files that uploads name: they are nobody's leftovers."""
    return {
        str(path)
        for one in Upload.objects.values_list("public_id", flat=True)
        for path in parts.files_of(one)
    }


def _kept(name: str) -> str:
    """Leave out of a file's name what no database takes: half characters and NUL."""
    return re.sub("[\ud800-\udfff]", "\ufffd", name).replace("\0", "")[:NAME_MAX]


@contextlib.contextmanager
def _creating(**fields: Any) -> Iterator[tuple[Upload, parts.LockedFile]]:
    """Make the row and its file, which is locked until the row is there for all.

    A file that is neither locked nor named is swept away. When what is inside fails,
    neither stays.
    """
    upload_id = ids.new("upl")
    fields["name"] = _kept(fields["name"])
    with parts.making(upload_id, name=fields["name"]) as file, transaction.atomic():
        yield Upload.objects.create(public_id=upload_id, **fields), file


def _view(row: Upload) -> UploadView:
    received, touched_at = parts.state_of(row.public_id)
    return UploadView(
        upload_id=row.public_id,
        name=row.name,
        size_bytes=row.size_bytes,
        received_bytes=received,
        metadata=row.metadata,
        concat=row.concat,
        created_at=row.created_at,
        origin=row.origin,
        digest=row.digest,
        draft=row.draft,
        drafted_at=row.drafted_at,
        source_url=row.source_url,
        error_code=row.error_code,
        is_prepared=row.early_id is not None,
        expires_at=max(touched_at, row.created_at)
        + timedelta(days=conf.get().uploads.keep_days),
    )


def _remove(rows: QuerySet[Upload]) -> int:
    gone = list(rows.select_related("early"))
    rows.delete()
    for row in gone:
        following.end(row.public_id)
        parts.remove(row.public_id)
        if row.early is not None:
            ahead.drop(row.early)
    return len(gone)


def _view_if_there(row: Upload) -> UploadView | None:
    try:
        return _view(row)
    except UnknownUpload:  # its file is gone, by whoever's hand
        return None


@dataclass(frozen=True, kw_only=True)
class Promised:
    size_bytes: int
    films: int


def sender_of(upload_id: str) -> str:
    """Return who sends it, "" when it is none any more."""
    rows = Upload.objects.filter(public_id=upload_id)
    return rows.values_list("person_id", flat=True).first() or ""


def promised_by(person_id: str, *, but: str = "") -> Promised:
    """Count what a person announced and has not published, ``but`` one upload."""
    rows = Upload.objects.filter(person_id=person_id).exclude(public_id=but)
    films = rows.exclude(concat=PARTIAL).count()
    size = rows.aggregate(sum=Sum("size_bytes"))["sum"] or 0
    return Promised(size_bytes=size, films=films)


def _promised() -> int:
    """Count the bytes that others may still send."""
    views = (_view_if_there(row) for row in Upload.objects.all())
    # What is fetched may have no size yet.
    left = (view.size_bytes - view.received_bytes for view in views if view)
    return sum(size for size in left if size > 0)
