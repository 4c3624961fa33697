"""How a command takes a film in: from a file, or from an address."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from lucarne.cli.crew import Crew, wait_for
from lucarne.cli.film_file import Refused, check_file, refused, shown
from lucarne.cli.meter import Meter

if TYPE_CHECKING:
    from lucarne.catalog.operations import PublishedFilm

ACTOR: Final = "cli"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a film shall be."""

    title: str = ""
    description: str = ""
    channel_id: str
    visibility: str = "public"
    guid: str = ""
    first_published_at: datetime | None = None
    replaces: str = ""  # the film whose file it shall be
    is_once: bool = False  # a file that is here already is not stored again


def publish_one(
    order: Order, name: str, meter: Meter, crew: Crew, until: str
) -> PublishedFilm:
    """Take one film in and wait for it. Raises Refused, whatever went wrong."""
    from lucarne.cli.main import sentence
    from lucarne.core.errors import LucarneError, is_disk_full

    path = Path(name)
    video_id = ""
    try:
        film = _take_in(order, name, meter)
        video_id = film.video_id
        wait_for(film, until, meter, crew)
    except Refused:
        raise
    except LucarneError as error:
        raise Refused(error.code, str(error), video_id) from None
    except Exception as error:  # noqa: BLE001  the other films still have their turn
        if is_disk_full(error):
            raise refused("disk_full", path, video_id) from None
        text = f"“{shown(path)}”: {sentence(error)}"
        raise Refused("unexpected", text, video_id) from None
    return film


def _take_in(order: Order, name: str, meter: Meter) -> PublishedFilm:
    from lucarne.catalog import operations, versions
    from lucarne.core import clock

    with _arrived(name, meter) as upload_id:
        if order.is_once and (known := _known(upload_id)):
            return known
        if order.replaces:
            return versions.replace(
                video_id=order.replaces,
                upload_id=upload_id,
                actor=ACTOR,
                clock=clock.now,
                at=clock.now(),
            )
        return operations.publish_film(
            upload_id=upload_id,
            title=order.title,
            description=order.description,
            channel_id=order.channel_id,
            visibility=order.visibility,
            guid=order.guid,
            first_published_at=order.first_published_at,
            actor=ACTOR,
            clock=clock.now,
            at=clock.now(),
        )


def _known(upload_id: str) -> PublishedFilm | None:
    """Return the film that this file is already."""
    from lucarne.catalog import operations, queries
    from lucarne.core import clock
    from lucarne.media import digests, uploads

    digests.digest_upload(upload_id=upload_id, cancel=Event())
    view = uploads.find(upload_id=upload_id, person_id=ACTOR, at=clock.now())
    for asset_id in digests.same_films(view) or ():
        if video := queries.find_by_asset(asset_id):
            return operations.PublishedFilm(
                video_id=video.video_id, asset_id=asset_id
            )
    return None


def is_address(name: str) -> bool:
    """Whether this names a film on another server."""
    return name.lower().startswith(("http://", "https://"))


@contextlib.contextmanager
def _arrived(name: str, meter: Meter) -> Iterator[str]:
    """Bring the bytes in; what was not published at the end does not stay."""
    from lucarne.core import clock
    from lucarne.media import streams

    if is_address(name):
        with _fetched(name, meter) as upload_id:
            yield upload_id
        return
    path = Path(name)
    meter.receiving(shown(path), check_file(path))
    with streams.taken(
        path, name=shown(path), person_id=ACTOR, at=clock.now(), on_bytes=meter.received
    ) as film:
        yield film.upload_id


@contextlib.contextmanager
def _fetched(url: str, meter: Meter) -> Iterator[str]:
    from lucarne.catalog import imports
    from lucarne.core import clock
    from lucarne.media import fetching, uploads
    from lucarne.media.errors import UnknownUpload

    view = fetching.begin(url=url, person_id=ACTOR, at=clock.now())

    def arrived(size_bytes: int, total_bytes: int) -> None:
        meter.receiving(view.name, total_bytes)
        meter.received(size_bytes if total_bytes else 0)

    try:
        arrived(0, 0)
        imports.fetch(view=view, person_id=ACTOR, cancel=Event(), on_bytes=arrived)
        yield view.upload_id
    finally:
        with contextlib.suppress(UnknownUpload):  # it was published
            uploads.give_up(upload_id=view.upload_id, person_id=ACTOR)
