"""What whoever asks may do here, asked once for each request.

The studio is for the teams of channels, and for the portal's owner: to whoever signs
in and is on none, such as a member, none of its doors opens.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from lucarne.catalog import queries
from lucarne.catalog.errors import NotAllowed
from lucarne.catalog.queries import ChannelView, VideoView
from lucarne.catalog.rights import Action, Rights, rights_of

_KEPT = "lucarne_rights"


def reader(request: HttpRequest) -> dict[str, bool]:
    """Tell every page whether the studio opens to its reader: a context processor.

    One query, none for who has not signed in and for the portal's owner.
    """
    # A page that is refused early is refused to nobody in particular.
    return {"works_here": hasattr(request, "user") and works_here(request)}


def works_here(request: HttpRequest) -> bool:
    """Whether any door of the studio opens to this person."""
    return _rights(request).is_on_a_team


def rights(request: HttpRequest) -> Rights:
    """Return what the person of this request may do. One query the first time.

    Raises PermissionDenied for whoever is on no team.
    """
    found = _rights(request)
    if not found.is_on_a_team:
        raise PermissionDenied(
            _(
                "Films belong to channels, and you are on the team of none. Ask an owner "
                "of a channel to invite you."
            )
        )
    return found


def as_owner(request: HttpRequest) -> Rights:
    """Return the rights of the portal's owner; raises PermissionDenied for others."""
    found = rights(request)
    if not found.is_unlimited:
        raise PermissionDenied(_("Only the portal’s owner can do this."))
    return found


def _rights(request: HttpRequest) -> Rights:
    # Who asks is kept too: the preview shows a page as if she had not signed in.
    kept: tuple[int | None, Rights] | None = request.__dict__.get(_KEPT)
    if kept is None or kept[0] != request.user.pk:
        kept = request.__dict__[_KEPT] = (request.user.pk, rights_of(request.user))
    return kept[1]


def actor(request: HttpRequest) -> str:
    """Return the public id of who asks, for the log; she must have signed in."""
    assert request.user.is_authenticated  # noqa: S101  login_required saw to it
    return request.user.public_id


def find(request: HttpRequest, video_id: str, action: Action) -> VideoView:
    """Return a film that is not in the bin, for whoever may do this with it.

    Raises Http404 when she may not know of it, PermissionDenied when she may.
    """
    return _checked(request, queries.find(video_id), action)


def look(request: HttpRequest, video_id: str) -> VideoView | None:
    """Return a film for whoever may see it in the studio, else None.

    For parts of pages, which lead whoever may not to the whole page.
    """
    video = queries.find(video_id) if works_here(request) else None
    is_hers = video is not None and rights(request).may_with(Action.SEE, video)
    return video if is_hers else None


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
