"""The one answer to "may this person play this video, and at which addresses?"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from lucarne.catalog import rights
from lucarne.catalog.caption_queries import shown_captions
from lucarne.catalog.queries import VideoView, Viewer
from lucarne.catalog.rights import Action, Rights
from lucarne.media.queries import PlayState
from lucarne.membership import queries as members
from lucarne.playback import tokens


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Addresses are paths on this portal, "" where there is nothing to fetch.

    ``reason`` is "" when the video may be played, else ``private``, ``members``,
    ``being_prepared`` or ``failed``. Of a film for members everybody gets the poster.
    """

    may_play: bool
    reason: str
    hls: str = ""
    dash: str = ""
    mp4: str = ""
    poster: str = ""
    storyboard: str = ""
    duration_ms: int = 0
    width: int = 0
    height: int = 0
    is_playable: bool = False
    is_complete: bool = False
    is_ready: bool = False


class Film(Protocol):
    """What the addresses of a film's pictures are made of."""

    @property
    def asset_id(self) -> str: ...
    @property
    def plan_id(self) -> str: ...
    @property
    def epoch(self) -> int: ...
    @property
    def has_poster(self) -> bool: ...
    @property
    def poster(self) -> str: ...


class Stills(NamedTuple):
    """Addresses of a film's poster and its small copies, "" when there is none."""

    poster: str = ""
    thumb_320: str = ""
    thumb_640: str = ""


class Text(NamedTuple):
    """Captions or subtitles that a viewer may choose."""

    kind: str  # as <track> names it: "captions" or "subtitles"
    language: str
    label: str  # in the active language
    address: str


def _base(film: PlayState, at: datetime, *, is_open: bool) -> str:
    """Return where a film is, for long only where everybody may watch it anyway."""
    sign = tokens.sign if is_open else tokens.sign_brief
    return f"/media/{sign(film.asset_id, film.epoch, at)}/{film.asset_id}"


def stills(film: Film, at: datetime) -> Stills:
    """Return where a film's pictures are, for whoever may know of it."""
    if not film.has_poster:
        return Stills()
    # The first posters lay beside the film, and their addresses could change.
    own = f"posters/{film.poster}" if film.poster else film.plan_id
    token = tokens.sign_stills(film.asset_id, film.epoch, at)
    folder = f"/media/{token}/{film.asset_id}/{own}"
    return Stills(
        f"{folder}/poster.jpg", f"{folder}/thumb-320.jpg", f"{folder}/thumb-640.jpg"
    )


def stills_of(film: PlayState, name: str, at: datetime) -> Stills:
    """Return where a poster is that the film has or may have, for its own people."""
    return stills(replace(film, has_poster=True, poster=name), at)


def may_know(
    person: Viewer | Rights, video: VideoView, *, link_key: str = ""
) -> bool:
    """What is announced is everybody's, all else that of the channel's team.

    Whoever has the film's secret address (``link_key`` is what it ended in) may know
    of it too, as long as the film has it. What is in the bin is nobody's.
    """
    if video.deleted_at is None and video.has_link(link_key):
        return True
    return rights.may_know(person, video)


def texts(video: VideoView, decision: Decision) -> tuple[Text, ...]:
    """Return the words of a film that may be played. One query where it has any."""
    if not (decision.may_play and video.has_captions):
        return ()
    base = decision.hls.rpartition("/")[0]
    return tuple(
        Text(
            kind=view.kind,
            language=view.language,
            label=view.label,
            address=f"{base}/captions/{view.file_name}.vtt",
        )
        for view in shown_captions(video.film.asset_id)
    )


def decide(
    person: Viewer | Rights,
    video: VideoView,
    at: datetime,
    *,
    link_key: str = "",
    is_brief: bool = False,
) -> Decision:
    """Decide without a query, but for whoever signed in where not everybody may watch.

    ``is_brief``: the addresses end soon, whoever may watch it (a closed film that is
    shown as if it were public).
    """
    film = video.film
    if not may_know(person, video, link_key=link_key):
        return Decision(may_play=False, reason="private")
    if not _is_open_to(person, video, at):
        return Decision(
            may_play=False,
            reason="members",
            poster=stills(film, at).poster,
            duration_ms=film.duration_ms,
            width=film.width,
            height=film.height,
        )
    if not film.is_playable:
        reason = "failed" if film.is_failed else "being_prepared"
        return Decision(may_play=False, reason=reason, duration_ms=film.duration_ms)
    base = _base(film, at, is_open=video.is_open and not is_brief)
    folder = f"{base}/{film.plan_id}"
    return Decision(
        may_play=True,
        reason="",
        hls=f"{base}/main.m3u8",
        dash=f"{base}/manifest.mpd",
        mp4=f"{base}/film.mp4",
        poster=stills(film, at).poster,
        storyboard=f"{folder}/storyboard.vtt" if film.has_storyboard else "",
        duration_ms=film.duration_ms,
        width=film.width,
        height=film.height,
        is_playable=True,
        is_complete=film.is_complete,
        is_ready=film.is_ready,
    )


def _is_open_to(person: Viewer | Rights, video: VideoView, at: datetime) -> bool:
    """Whether somebody who may know of a film may watch it too. Two queries at most."""
    if not video.is_for_members:
        return True
    if not person.is_authenticated:
        return False
    return members.is_member(person, at=at) or rights.rights_of(person).may_with(
        Action.SEE, video
    )
