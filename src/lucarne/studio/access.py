"""What whoever asks may do here, asked once for each request."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from lucarne.catalog import queries
from lucarne.catalog.errors import NotAllowed
from lucarne.catalog.queries import ChannelView, VideoView
from lucarne.catalog.rights import Action, Rights, rights_of

_KEPT = "lucarne_rights"


def rights(request: HttpRequest) -> Rights:
    """Return what the person of this request may do. One query the first time."""
    kept = request.__dict__.get(_KEPT)
    if kept is None:
        kept = request.__dict__[_KEPT] = rights_of(request.user)
    found: Rights = kept
    return found


def find(request: HttpRequest, video_id: str, action: Action) -> VideoView:
    """Return a film that is not in the bin, for whoever may do this with it.

    Raises Http404 when she may not know of it, PermissionDenied when she may.
    """
    return _checked(request, queries.find(video_id), action)


def find_in_bin(request: HttpRequest, video_id: str, action: Action) -> VideoView:
    """Return a film that is in the bin, in the same way."""
    return _checked(request, queries.find_in_bin(video_id), action)


def channel(request: HttpRequest, channel_id: str, action: Action) -> ChannelView:
    """Return a channel, for whoever may do this with it; raises as ``find`` does."""
    allowed = rights(request)
    for one in allowed.channels():
        if one.channel_id == channel_id:
            if allowed.may(action, channel_id):
                return one
            raise denied()
    raise Http404


def denied() -> PermissionDenied:
    """Return what a page answers to whose role does not allow it."""
    return PermissionDenied(str(NotAllowed()))


def _checked(
    request: HttpRequest, video: VideoView | None, action: Action
) -> VideoView:
    allowed = rights(request)
    if video is None or not allowed.may_with(Action.SEE, video):
        raise Http404
    if not allowed.may_with(action, video):
        raise denied()
    return video
