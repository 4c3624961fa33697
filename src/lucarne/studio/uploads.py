"""What the studio shows of uploads, and how a film outlives a form with mistakes."""

from __future__ import annotations

import shutil
from typing import Any

from django.forms import Form
from django.http import QueryDict

from lucarne.catalog.form_upload import FIELD, FilmUploadHandler
from lucarne.core import clock, conf
from lucarne.media import incoming, sentences, uploads as sent
from lucarne.media.errors import UnknownUpload
from lucarne.media.uploads import UploadView


def keep(
    handler: FilmUploadHandler, form: Form, *, person_id: str
) -> UploadView | None:
    """Keep the film while the rest of the form has to be written differently.

    The form is then about that film. None when there is no whole film.
    """
    answers = {name: str(form.data[name]) for name in form.data}
    upload_id = answers.get("upload", "")
    if handler.stream is not None and FIELD not in form.errors:
        handler.stream.keep()
        upload_id = handler.stream.upload_id
    try:
        view = sent.find(upload_id=upload_id, person_id=person_id, at=clock.now())
    except UnknownUpload:
        return None
    if not view.is_complete:
        return None
    form.data = QueryDict(mutable=True)
    form.data.update({**answers, "upload": upload_id})
    return view


def shown(view: UploadView) -> dict[str, Any]:
    """What the studio's pages and scripts are told of an upload."""
    return {
        "id": view.upload_id,
        "name": view.name,
        "size": view.size_bytes,
        "received": view.received_bytes,
        "complete": view.is_complete,
        "prepared": view.is_prepared,
        "fetched": view.origin == "fetch",
        "source": view.source_url,
        "error": sentences.refusal(view.error_code, name=view.name)
        if view.error_code
        else "",
        "draft": dict(view.draft),
        "saved": view.drafted_at.isoformat() if view.drafted_at else "",
        "address": f"{sent.ADDRESS}{view.upload_id}",
    }


def limits() -> tuple[int, int]:
    """The largest film in bytes, and how many bytes still fit on the disk."""
    uploads = conf.get().uploads
    free = shutil.disk_usage(incoming.folder()).free - uploads.reserve_bytes
    return uploads.max_bytes, max(0, free)
