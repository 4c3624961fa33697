"""Questions about channels and videos; answers are frozen dataclasses."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from django.db.models import Count, Exists, Min, OuterRef, QuerySet

from lucarne.catalog.chapters import Chapter
from lucarne.catalog.errors import UnknownChannel
from lucarne.catalog.models import Caption, Channel, Video
from lucarne.core.prepared import Prepared
from lucarne.media import sentences
from lucarne.media.queries import PLAY_FIELDS, PlayState, play_state_of

PER_PAGE: Final = 24
_OPEN: Final = (Video.Visibility.PUBLIC, Video.Visibility.UNLISTED)
LISTED: Final = (Video.Visibility.PUBLIC, Video.Visibility.MEMBERS)
_CHANNEL_FIELDS: Final = ("public_id", "slug", "name")
_VIDEO_FIELDS: Final = (
    "public_id", "title", "description", "visibility", "created_at", "published_at",
    "publish_at", "publish_as", "link_key", "tags", "language", "category", "license", "chapters",
    "chapters_from", "deleted_at", "created_by_id", "approval", "asset__source_name",
    "asset__error_code",
)  # fmt: skip
_FIELDS: Final = (
    *(f"channel__{name}" for name in _CHANNEL_FIELDS),
    *_VIDEO_FIELDS,
    *(f"asset__{name}" for name in PLAY_FIELDS),
)


class Viewer(Protocol):
    """Whoever asks; anonymous people are not authenticated."""

    @property
    def is_authenticated(self) -> bool: ...


class ChannelView(NamedTuple):
    channel_id: str
    slug: str
    name: str


@dataclass(frozen=True, kw_only=True)
class VideoView:
    """A video with what its film is right now."""

    video_id: str
    title: str
    description: str
    visibility: str
    created_at: datetime
    published_at: datetime | None
    publish_at: datetime | None  # exactly while it is scheduled
    publish_as: str  # who may watch it then: public or members
    link_key: str  # of its secret address, "" without one
    tags: tuple[str, ...]
    language: str  # BCP 47, "" when nobody said it
    category: str  # codes of labels.py, or ""
    license: str
    chapters: tuple[Chapter, ...]
    chapters_from: str  # a value of Video.ChaptersFrom
    deleted_at: datetime | None  # in the bin since then
    created_by: int | None  # key of the person who brought it
    approval: str  # a value of Video.Approval
    channel: ChannelView
    film: PlayState
    source_name: str
    error_code: str
    has_captions: bool  # that viewers can choose

    @property
    def is_public(self) -> bool:
        return self.visibility == Video.Visibility.PUBLIC

    @property
    def is_open(self) -> bool:
        """Whether everybody who has the page's address may watch it."""
        return self.visibility in _OPEN

    @property
    def is_for_members(self) -> bool:
        return self.visibility == Video.Visibility.MEMBERS

    @property
    def is_listed(self) -> bool:
        """Whether lists show it to everybody, whoever may watch it."""
        return self.visibility in LISTED

    @property
    def is_announced(self) -> bool:
        """Whether everybody may know of it: title, poster and description."""
        return self.is_open or self.is_for_members

    @property
    def shown_chapters(self) -> tuple[Chapter, ...]:
        """The chapters within the film: they may be written before its length is known."""
        end_ms = self.film.duration_ms
        return tuple(one for one in self.chapters if not end_ms or one.start_ms < end_ms)

    def has_link(self, key: str) -> bool:
        """Whether this is what the film's secret address ends in now."""
        is_link = self.visibility == Video.Visibility.LINK and bool(self.link_key)
        return is_link and hmac.compare_digest(key.encode(), self.link_key.encode())

    def as_if_public(self, at: datetime) -> VideoView:
        """Return what visitors will see once it is listed, as if that were now.

        What is for members they see already: that it is.
        """
        if self.is_listed:
            return self
        return replace(
            self, visibility=self.publish_as, published_at=at, publish_at=None
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the film, in the active language."""
        return tuple(filter(None, map(sentences.warning, self.film.warnings)))

    @property
    def error_sentence(self) -> str:
        """Why the film failed, in the active language; "" when it did not."""
        if not self.error_code:
            return ""
        return sentences.refusal(self.error_code, name=self.source_name)


class ListedVideo(NamedTuple):
    """What lists show of a published video. A tuple: a page makes dozens of them."""

    video_id: str
    title: str
    description: str
    channel_name: str
    published_at: datetime
    duration_ms: int
    color: str
    # Where its pictures are.
    asset_id: str
    plan_id: str
    epoch: int
    has_poster: bool
    poster: str = ""
    visibility: str = Video.Visibility.PUBLIC.value

    @property
    def is_for_members(self) -> bool:
        return self.visibility == Video.Visibility.MEMBERS


_LISTED_FIELDS: Final = (
    "public_id", "title", "description", "channel__name", "published_at",
    "asset__duration_ms", "asset__color",
    "asset__public_id", "asset__plan_id", "asset__epoch", "asset__has_poster",
    "asset__poster", "visibility",
)  # fmt: skip
_Item = TypeVar("_Item")


@dataclass(frozen=True, kw_only=True)
class VideoPage(Generic[_Item]):
    """One page of videos, newest first; ``number`` counts from 1."""

    items: tuple[_Item, ...]
    number: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1


def _channel_view(values: Sequence[str]) -> ChannelView:
    return ChannelView._make(values)


def _video_view(values: Sequence[Any]) -> VideoView:
    (
        video_id, title, description, visibility, created_at, published_at,
        publish_at, publish_as, link_key, tags, language, category, license_, chapters,
        chapters_from, deleted_at, created_by, approval, source_name, error_code,
        *film, has_captions,
    ) = values[3:]  # fmt: skip
    return VideoView(
        video_id=video_id,
        title=title,
        description=description,
        visibility=visibility,
        created_at=created_at,
        published_at=published_at,
        publish_at=publish_at,
        publish_as=publish_as,
        link_key=link_key,
        tags=tuple(tags),
        language=language,
        category=category,
        license=license_,
        chapters=tuple(map(Chapter._make, chapters)),
        chapters_from=chapters_from,
        deleted_at=deleted_at,
        created_by=created_by,
        approval=approval,
        channel=_channel_view(values[:3]),
        film=play_state_of(film),
        source_name=source_name,
        error_code=error_code,
        has_captions=has_captions,
    )


def _viewed(videos: QuerySet[Video]) -> QuerySet[Video, Any]:
    """Ask for what ``_video_view`` reads.

    Whether there are captions is asked along: most films have none, and their pages
    then need not ask for them.
    """
    shown = Caption.objects.filter(video=OuterRef("pk"), is_visible=True)
    return videos.values_list(*_FIELDS, Exists(shown))


def _videos() -> QuerySet[Video, Any]:
    """Ask for videos; those in the bin are on no page but the bin's own."""
    return _viewed(Video.objects.filter(deleted_at=None))


def _binned() -> QuerySet[Video, Any]:
    return _viewed(Video.objects.filter(deleted_at__isnull=False))


def _published() -> QuerySet[Video, Any]:
    newest_first = Video.objects.order_by("-published_at", "-id")
    published = newest_first.filter(published_at__isnull=False)
    return published.values_list(*_LISTED_FIELDS)


_PUBLIC: Final = Prepared(_published)
_PUBLIC_OF_CHANNEL: Final = Prepared(
    lambda slug: _published().filter(channel__slug=slug)
)
_BY_ID: Final = Prepared(lambda video_id: _videos().filter(public_id=video_id))
_BY_LINK: Final = Prepared(
    lambda key: _videos().filter(visibility=Video.Visibility.LINK, link_key=key)
)
_BIN_BY_ID: Final = Prepared(lambda video_id: _binned().filter(public_id=video_id))
_CHANNELS: Final = Prepared(lambda: Channel.objects.values_list(*_CHANNEL_FIELDS))
_CHANNEL_BY_SLUG: Final = Prepared(
    lambda slug: Channel.objects.filter(slug=slug).values_list(*_CHANNEL_FIELDS)
)


def _page(
    videos: Prepared,
    *params: str,
    item: Callable[[Sequence[Any]], _Item],
    number: int,
    per_page: int,
) -> VideoPage[_Item]:
    number = max(number, 1)
    rows = videos.rows(*params, limit=per_page + 1, offset=(number - 1) * per_page)
    return VideoPage(
        items=tuple(map(item, rows[:per_page])),
        number=number,
        has_next=len(rows) > per_page,
    )


def public_videos(
    *, page: int = 1, per_page: int = PER_PAGE, channel_slug: str | None = None
) -> VideoPage[ListedVideo]:
    """Return what is listed for everybody now, newest first. One query.

    Films for members are among it.
    """
    item = ListedVideo._make
    if channel_slug is None:
        return _page(_PUBLIC, item=item, number=page, per_page=per_page)
    return _page(
        _PUBLIC_OF_CHANNEL, channel_slug, item=item, number=page, per_page=per_page
    )


def videos_in_bin(
    *, within: Collection[int] | None = None, page: int = 1, per_page: int = PER_PAGE
) -> VideoPage[VideoView]:
    """Return what was put in the bin, the first to leave it first. One query.

    ``within``: only of channels with these keys.
    """
    number = max(page, 1)
    videos = _binned().order_by("deleted_at", "id")
    if within is not None:
        videos = videos.filter(channel__in=within)
    first = (number - 1) * per_page
    rows = list(videos[first : first + per_page + 1])
    return VideoPage(
        items=tuple(map(_video_view, rows[:per_page])),
        number=number,
        has_next=len(rows) > per_page,
    )


def find_in_bin(video_id: str) -> VideoView | None:
    """Return a video that was put in the bin, for whoever runs the portal."""
    video = _BIN_BY_ID.first(video_id)
    return _video_view(video) if video else None


def bin_facts() -> tuple[int, datetime | None]:
    """Return how many videos are in the bin, and since when the first one. One query."""
    found = Video.objects.filter(deleted_at__isnull=False).aggregate(
        count=Count("pk"), oldest=Min("deleted_at")
    )
    return found["count"], found["oldest"]


def find(video_id: str) -> VideoView | None:
    """Return any video, whoever asks; doors ask ``rights`` too. One query.

    What is in the bin is not found.
    """
    video = _BY_ID.first(video_id)
    return _video_view(video) if video else None


def titles_of(video_ids: Collection[str]) -> dict[str, str]:
    """Return what these films are called; those that are gone are left out."""
    videos = Video.objects.filter(public_id__in=video_ids)
    return dict(videos.values_list("public_id", "title"))


def find_by_link(key: str) -> VideoView | None:
    """Return the video whose secret address this is now, else None. One query."""
    video = _BY_LINK.first(key) if key else None
    return _video_view(video) if video else None


def find_by_asset(asset_id: str) -> VideoView | None:
    video = _videos().filter(asset__public_id=asset_id).first()
    return _video_view(video) if video else None


def unready_videos() -> tuple[VideoView, ...]:
    """Return every video whose film is being worked on or has failed, oldest first."""
    videos = _videos().exclude(asset__state="ready").order_by("id")
    return tuple(map(_video_view, videos))


def channels() -> tuple[ChannelView, ...]:
    return tuple(map(_channel_view, _CHANNELS.rows()))


def channel_by_slug(slug: str) -> ChannelView | None:
    channel = _CHANNEL_BY_SLUG.first(slug)
    return _channel_view(channel) if channel else None


def find_channel(name: str | None) -> ChannelView:
    """Return the channel with this id, slug or name; without one, the first.

    Raises UnknownChannel.
    """
    known = channels()
    if name is None and known:
        return known[0]
    for channel in known:
        if name in {channel.channel_id, channel.slug, channel.name}:
            return channel
    raise UnknownChannel(name or "")
