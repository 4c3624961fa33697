"""Whoever encodes what a command published: other processes, or this one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event
from typing import TYPE_CHECKING, Final

from lucarne.cli.film_file import Refused
from lucarne.cli.meter import Meter

if TYPE_CHECKING:
    from lucarne.catalog.operations import PublishedFilm
    from lucarne.media.progress import AssetProgress

POLL_S: Final = 0.2


class Crew:
    """Workers of our own, from the moment when no other process has any."""

    def __init__(self) -> None:
        self.works_here = False
        self._stop = Event()

    def take_over(self) -> None:
        """Encode here when nobody else does: a portal, or another `lucarne publish`."""
        from lucarne.core import conf, housekeeping, jobs

        if self.works_here or jobs.workers_alive():
            return
        self.works_here = True
        jobs.start_workers(conf.get().jobs.slots)
        housekeeping.start(self._stop)

    def leave(self) -> None:
        """Hand back what is still being made."""
        from lucarne.core import jobs

        self._stop.set()
        if self.works_here:
            jobs.stop_workers(timeout=10)


def wait_for(film: PublishedFilm, until: str, meter: Meter, crew: Crew) -> None:
    """Show the work until the film is playable or ready; raise Refused if it fails."""
    for now in _follow(film.asset_id, crew):
        meter.show(now)
        if now.is_failed:
            raise Refused(now.error_code, now.error_sentence, film.video_id)
        if until == "playable" and now.is_playable:
            return


def _follow(asset_id: str, crew: Crew) -> Iterator[AssetProgress]:
    """Say where the work is until every rendition is there.

    When it is done here, the storyboard, which no viewer waits for, is finished too.
    """
    from lucarne.core import jobs
    from lucarne.media.progress import progress

    now = progress(asset_id)
    yield now
    while not now.is_ready:
        crew.take_over()
        time.sleep(POLL_S)
        now = progress(asset_id)
        yield now
    while crew.works_here and any(
        job.key.startswith(asset_id) for job in jobs.list_jobs(jobs.ACTIVE)
    ):
        time.sleep(POLL_S)
        yield progress(asset_id)
