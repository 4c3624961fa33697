"""Films that this portal fetches itself: from an address, by a job, piece by piece.

A fetch that breaks off goes on where it was (Range and If-Range, RFC 9110, 13.1.5),
after a restart too; when the film behind the address changed it begins again.
"""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event
from typing import Final
from urllib.parse import unquote, urlsplit

from django.db.models import QuerySet

from lucarne.core import conf
from lucarne.media import incoming, parts, uploads, web
from lucarne.media.errors import (
    MediaError,
    NotFetched,
    TooLarge,
    TooMuch,
    UnknownUpload,
)
from lucarne.media.models import Upload
from lucarne.media.uploads import UploadView
from lucarne_engine.errors import SourceError
from lucarne_engine.probe.sniff import HEAD_BYTES, sniff

READ_BYTES: Final = 1024 * 1024
# In a row, without one byte more.
MOST_TRIES: Final = 5
_LOOK_EVERY_BYTES: Final = 8 * READ_BYTES
_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

OnSize = Callable[[int], object]


class Broken(Exception):
    """It broke off, or may work in a while."""


class Stopped(Exception):
    """Somebody gave the film up, or this process has to end."""


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """One run: what it may use, whom it tells."""

    view: UploadView
    validator: str
    until: float  # time.monotonic()
    cancel: Event
    pause_s: float
    on_size: OnSize  # raises when there is no room for so many bytes
    on_bytes: Callable[[int, int], object]  # how many are here, and of how many


def begin(
    *, url: str, person_id: str, at: datetime, draft: dict[str, str] | None = None
) -> UploadView:
    """Write down that a film shall be fetched. Raises NotFetched or NoSpace."""
    web.check_form(url)
    path = unquote(urlsplit(url).path)
    name = path.rstrip("/").rpartition("/")[2] or web.shown(url)
    return uploads.begin(
        person_id=person_id, name=name, size_bytes=0, origin=Upload.Origin.FETCH,
        source_url=url, draft=draft or {}, at=at,
    )  # fmt: skip


def fetch(
    *,
    upload_id: str,
    cancel: Event,
    on_size: OnSize = lambda _: None,
    on_bytes: Callable[[int, int], object] = lambda *_: None,
    pause_s: float = 1.0,
) -> None:
    """Fetch what is not here yet; what goes wrong is written on the upload.

    Raises MediaError, or what ``on_size`` raises; Stopped when it was given up.
    """
    rows = Upload.objects.filter(public_id=upload_id, origin=Upload.Origin.FETCH)
    row = rows.first()
    if row is None:
        return  # given up, or all here since the last run
    rows.update(error_code="")
    find = uploads.find(
        upload_id=upload_id, person_id=row.person_id, at=row.created_at
    )
    run = Fetch(
        view=find, validator=row.validator, cancel=cancel, pause_s=pause_s,
        until=time.monotonic() + 60 * conf.get().uploads.fetch_minutes,
        on_size=on_size, on_bytes=on_bytes,
    )  # fmt: skip
    try:
        _until_whole(run)
    except SourceError as error:
        raise _written(rows, MediaError(error.code, name=row.name)) from None
    except UnknownUpload:
        raise Stopped from None
    except Stopped:
        raise
    except Exception as error:
        raise _written(rows, error) from error


def _written(rows: QuerySet[Upload], error: Exception) -> Exception:
    code = str(getattr(error, "code", "") or "fetch_failed")
    rows.update(error_code=code[:40])
    return error


def _until_whole(run: Fetch) -> None:
    tries = 0
    while True:
        before = parts.state_of(run.view.upload_id)[0]
        try:
            _fetch_rest(run)
        except (Broken, OSError, http.client.HTTPException) as error:
            if isinstance(error, MediaError):
                raise
            has_grown = parts.state_of(run.view.upload_id)[0] > before
            tries = 0 if has_grown else tries + 1
            if tries == MOST_TRIES:
                raise NotFetched("fetch_failed", name=run.view.name) from error
        else:
            return
        _wait(run, tries)
        run = _again(run)


def _again(run: Fetch) -> Fetch:
    row = Upload.objects.filter(public_id=run.view.upload_id).first()
    if row is None:
        raise Stopped
    return replace(run, validator=row.validator)


def _wait(run: Fetch, tries: int) -> None:
    if run.cancel.wait(run.pause_s * 2**tries):
        raise Stopped
    _check_time(run)


def _check_time(run: Fetch) -> None:
    if run.cancel.is_set():
        raise Stopped
    if time.monotonic() > run.until:
        raise NotFetched("fetch_slow", name=run.view.name)


def _fetch_rest(run: Fetch) -> None:
    upload_id = run.view.upload_id
    have = parts.state_of(upload_id)[0]
    if have and not run.validator:
        have = parts.empty(upload_id, name=run.view.name)
    headers = {"Range": f"bytes={have}-", "If-Range": run.validator} if have else {}
    left = run.until - time.monotonic()
    with web.asked(run.view.source_url, headers=headers, seconds=left) as answer:
        have, total = _offset(answer, have, run)
        if have == total and have:
            uploads.seal(upload_id=upload_id, size_bytes=have)
            return
        size = conf.get().uploads.max_bytes if total is None else total
        if size > conf.get().uploads.max_bytes:
            raise TooLarge(run.view.name)
        incoming.check_room(name=run.view.name, size_bytes=(total or have) - have)
        run.on_size(total or 0)
        Upload.objects.filter(public_id=upload_id).update(
            size_bytes=size if total is not None else 0, validator=_validator(answer)
        )
        received = _copy(run, answer, have=have, size=size, is_known=total is not None)
        if total is not None and received != total:
            raise Broken("cut short")
    uploads.seal(upload_id=upload_id, size_bytes=received)


def _offset(answer: web.Answer, have: int, run: Fetch) -> tuple[int, int | None]:
    """Say where this answer goes on, and how large the film is, if that is known."""
    name, upload_id = run.view.name, run.view.upload_id
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise NotFetched("fetch_refused", name=name)
    if answer.status == 206:
        found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != have:
            parts.empty(upload_id, name=name)
            raise Broken("another range than the one asked for")
        return have, None if found[2] == "*" else int(found[2])
    if answer.status == 200:
        if have:
            have = parts.empty(upload_id, name=name)
        length = answer.headers.get("Content-Length", "")
        return have, int(length) if length.isdecimal() else None
    if answer.status == 416:  # it became shorter meanwhile
        if answer.headers.get("Content-Range", "") == f"bytes */{have}":
            return have, have
        parts.empty(upload_id, name=name)
        raise Broken("shorter than before")
    if answer.status in {408, 425, 429} or answer.status >= 500:
        raise Broken(f"status {answer.status}")
    raise NotFetched("fetch_refused", name=name)


def _validator(answer: web.Answer) -> str:
    """Take what If-Range may say of this answer: a strong tag, or its date."""
    tag = str(answer.headers.get("ETag", ""))
    strong = tag if tag.startswith('"') else ""
    return strong or str(answer.headers.get("Last-Modified", ""))


def _copy(
    run: Fetch, answer: web.Answer, *, have: int, size: int, is_known: bool
) -> int:
    """Write the answer down as it comes; return how many bytes are here now."""
    view = replace(run.view, size_bytes=size, received_bytes=have)
    head, looked_at = b"", have
    writer = uploads.writer(view, offset=have)
    try:
        is_judged = have > 0
        while data := answer.read(READ_BYTES):
            _check_time(run)
            if not is_judged:
                head += data[: HEAD_BYTES - len(head)]
                is_judged = _judge(head, is_end=False)
            writer.write(data)
            run.on_bytes(have + writer.written, size if is_known else 0)
            if have + writer.written - looked_at >= _LOOK_EVERY_BYTES:
                looked_at = have + writer.written
                _again(run)
        if not is_judged:
            _judge(head, is_end=True)
        return writer.commit(is_last=True)
    except TooMuch:
        raise TooLarge(view.name) from None
    finally:
        writer.close()


def _judge(head: bytes, *, is_end: bool) -> bool:
    """Look at the film itself: what a server says of it may be anything.

    Raises SourceError for a web page, a list, or nothing at all.
    """
    if len(head) < HEAD_BYTES and not is_end:
        return False
    sniff(head)
    return True
