"""Work on a film's files that somebody asks for: once more, smaller, sooner, or not."""

from __future__ import annotations

from datetime import datetime

from lucarne.catalog.queries import VideoView
from lucarne.core import audit
from lucarne.media import again, fine, line, operations as media
from lucarne.media.worklist import Urgency


def try_again(*, video: VideoView, actor: str, at: datetime) -> bool:
    """Go on with a failed film from where it failed; False when that cannot help."""
    if not again.may_help(video.error_code):
        return False
    media.retry(asset_id=video.film.asset_id, at=at)
    _record("video.tried_again", video, actor, at)
    return True


def try_part_again(
    *, video: VideoView, part: str, actor: str, at: datetime
) -> bool:
    """Try one rendition, the sound or the pictures again; False: nothing to try."""
    is_tried = again.retry_part(asset_id=video.film.asset_id, part=part)
    if is_tried:
        _record("video.tried_again", video, actor, at)
    return is_tried


def stop(*, video: VideoView, actor: str, at: datetime) -> bool:
    """Stop the work on a film; False when it was over already."""
    if video.film.is_ready or video.film.is_failed:
        return False
    media.cancel(asset_id=video.film.asset_id, at=at)
    _record("video.work_stopped", video, actor, at)
    return True


def move_in_line(
    *, video: VideoView, urgency: Urgency, actor: str, at: datetime
) -> None:
    """Put a film before all others, behind them, or back into the line."""
    line.set_urgency(asset_id=video.film.asset_id, urgency=urgency)
    _record("video.moved_in_line", video, actor, at)


def make_smaller(*, video: VideoView, actor: str, at: datetime) -> None:
    """Begin a second pass over a film, unless there is one or nothing to win."""
    if fine.start(asset_id=video.film.asset_id, asked_by=actor, at=at):
        _record("video.fine_started", video, actor, at)


def stop_making_smaller(*, video: VideoView, actor: str, at: datetime) -> None:
    """Stop it; the film keeps what it has."""
    fine.cancel(asset_id=video.film.asset_id, at=at)
    _record("video.fine_stopped", video, actor, at)


def _record(verb: str, video: VideoView, actor: str, at: datetime) -> None:
    audit.record(
        actor=actor, verb=verb, subject=video.video_id, at=at,
        scope=video.channel.channel_id, title=video.title,
    )  # fmt: skip
