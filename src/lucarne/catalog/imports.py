"""Films that come from outside: from an address, by a feed, out of a watched folder.

What was imported once is not imported again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Event

from django.db import transaction

from lucarne.catalog import quotas
from lucarne.catalog.models import Imported
from lucarne.catalog.queries import ChannelView
from lucarne.core import jobs
from lucarne.core.errors import LucarneError
from lucarne.media import fetching, uploads
from lucarne.media.fetching import Stopped
from lucarne.media.uploads import UploadView

KIND = "catalog.fetch"


def known(*, channel: ChannelView, guids: set[str]) -> set[str]:
    """Return those that were imported into this channel before, deleted or not."""
    rows = Imported.objects.filter(
        channel__public_id=channel.channel_id, guid__in=guids
    )
    return set(rows.values_list("guid", flat=True))


def forget(*, channel: ChannelView, guid: str) -> None:
    """Let it be imported once more."""
    rows = Imported.objects.filter(channel__public_id=channel.channel_id, guid=guid)
    rows.delete()


def begin_fetch(*, url: str, person_id: str, at: datetime) -> UploadView:
    """Have a film fetched by a job. Raises NotFetched, NoSpace or OverQuota."""
    quotas.check_person(person_id=person_id, name=url, size_bytes=0)
    with transaction.atomic():
        view = fetching.begin(url=url, person_id=person_id, at=at)
        jobs.enqueue_on_commit(
            KIND, key=view.upload_id, priority=20, upload_id=view.upload_id
        )
    return view


def fetch_again(*, upload_id: str, person_id: str, at: datetime) -> None:
    """Try once more, from where it broke off. Raises UnknownUpload."""
    uploads.find(upload_id=upload_id, person_id=person_id, at=at)
    jobs.enqueue(KIND, key=upload_id, priority=20, again=True, upload_id=upload_id)


def give_up(*, upload_id: str, person_id: str) -> None:
    """Forget an upload; one that is being fetched stops. Raises UnknownUpload."""
    uploads.give_up(upload_id=upload_id, person_id=person_id)
    jobs.cancel_prefix(KIND, upload_id)


def fetch(
    *,
    view: UploadView,
    person_id: str,
    cancel: Event,
    on_bytes: Callable[[int, int], object] = lambda *_: None,
) -> None:
    """Fetch a film, as far as the quota of who wants it reaches.

    Raises MediaError, OverQuota, or Stopped when it was given up.
    """

    def on_size(size_bytes: int) -> None:
        quotas.check_person(
            person_id=person_id, name=view.name, size_bytes=size_bytes,
            but_upload=view.upload_id,
        )  # fmt: skip

    fetching.fetch(
        upload_id=view.upload_id, cancel=cancel, on_size=on_size, on_bytes=on_bytes
    )


def run_fetch(*, upload_id: str, cancel: Event, at: datetime) -> None:
    """Do the job: what goes wrong is written on the upload, for who asked for it."""
    person_id = uploads.sender_of(upload_id)
    if not person_id:
        return
    try:
        view = uploads.find(upload_id=upload_id, person_id=person_id, at=at)
        fetch(view=view, person_id=person_id, cancel=cancel)
    except Stopped:
        if cancel.is_set():
            raise  # the process ends: the job runs again
    except LucarneError:
        return  # its sender reads it
