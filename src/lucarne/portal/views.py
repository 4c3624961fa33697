"""Pages for viewers: translate in, ask once, translate out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseForbidden,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from lucarne.catalog import queries as catalog
from lucarne.catalog.rights import Action, find_for, rights_of
from lucarne.core import clock
from lucarne.membership import queries as members
from lucarne.playback import queries as playback
from lucarne.portal import addresses, player
from lucarne.portal.cards import cards
from lucarne.portal.notices import notices
from lucarne.portal.origins import is_from_here
from lucarne.portal.structured import social_facts, video_object
from lucarne.traffic import queries as traffic

LANGUAGE_COOKIE_S = 365 * 86400
MORE_FROM_CHANNEL = 6


def _page_number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked) <= 100_000:
        raise Http404
    return int(asked)


def _list_context(
    request: HttpRequest, page: catalog.VideoPage[catalog.ListedVideo], *, path: str
) -> dict[str, Any]:
    """Return the cards and the addresses around them.

    Raises Http404 behind the last page.
    """
    if page.number > 1 and not page.items:
        raise Http404

    def address(number: int) -> str:
        return path if number == 1 else f"{path}?page={number}"

    return {
        "cards": cards(page.items, at=clock.now()),
        "page": page,
        "canonical": request.build_absolute_uri(address(page.number)),
        "next_url": address(page.number + 1) if page.has_next else "",
        "previous_url": address(page.number - 1) if page.has_previous else "",
    }


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """List what is published, newest first."""
    page = catalog.public_videos(page=_page_number(request))
    context = _list_context(request, page, path=addresses.home_url())
    if page.number == 1 and page.items:
        context["lead"], *context["cards"] = context["cards"]
    channels = catalog.channels()
    context["channels"] = channels if len(channels) > 1 else ()
    return render(request, "portal/home.html", context)


@require_safe
def channel(request: HttpRequest, slug: str) -> HttpResponse:
    """List what a channel has published, newest first."""
    publisher = catalog.channel_by_slug(slug)
    if publisher is None:
        raise Http404
    page = catalog.public_videos(page=_page_number(request), channel_slug=slug)
    context = _list_context(request, page, path=addresses.channel_url(slug))
    context["channel"] = publisher
    return render(request, "portal/channel.html", context)


@require_safe
def watch(request: HttpRequest, video_id: str) -> HttpResponse:
    """Show a film, or say why it cannot be shown and what to do."""
    video = catalog.find(video_id)
    if video is None:
        raise Http404
    decision = playback.decide(request.user, video, clock.now())
    if decision.reason == "private":
        return render(request, "portal/private.html", {"code": 403}, status=403)
    return _watch_page(request, video, decision, addresses.state_url(video_id))


@require_safe
@never_cache
def link(request: HttpRequest, key: str) -> HttpResponse:
    """Show a film to whoever has its secret address."""
    video = catalog.find_by_link(key)
    if video is None:
        return render(request, "portal/link_gone.html", {"code": 404}, status=404)
    decision = playback.decide(request.user, video, clock.now(), link_key=key)
    state_url = reverse("portal:link_state", args=[key])
    return _watch_page(request, video, decision, state_url)


@require_safe
@never_cache
@login_required
def preview(request: HttpRequest, video_id: str) -> HttpResponse:
    """Show the people of the portal a film as visitors will see it once it is public."""
    video = catalog.find(video_id)
    if video is None or not rights_of(request.user).may_with(Action.SEE, video):
        raise Http404
    request.user = AnonymousUser()
    at = clock.now()
    shown = video.as_if_public(at)
    decision = playback.decide(request.user, shown, at, is_brief=not video.is_open)
    return _watch_page(
        request, shown, decision, addresses.state_url(video_id), previewed=video
    )


def _watch_page(
    request: HttpRequest,
    video: catalog.VideoView,
    decision: playback.Decision,
    state_url: str,
    *,
    previewed: catalog.VideoView | None = None,
) -> HttpResponse:
    at = clock.now()
    more = catalog.public_videos(
        per_page=MORE_FROM_CHANNEL, channel_slug=video.channel.slug
    )
    origin = f"{request.scheme}://{request.get_host()}"
    address = origin + addresses.watch_url(video.video_id)
    poster = decision.poster and origin + decision.poster
    is_counted = previewed is None and traffic.is_counted(request.user, video)
    is_closed = decision.reason == "members"
    others = [one for one in more.items if one.video_id != video.video_id]
    context = {
        "video": video,
        "previewed": previewed,
        "decision": decision,
        "channel_url": addresses.channel_url(video.channel.slug),
        "state_url": state_url,
        "published_at": video.published_at or video.created_at,
        "notices": notices(video, decision),
        "more": cards(others[: MORE_FROM_CHANNEL - 1], at=at),
        "canonical": address,
        "social": social_facts(video, address=address, picture=poster),
        "more_heading": _("More from %(name)s") % {"name": video.channel.name},
        "texts": playback.texts(video, decision),
        "player_facts": player.facts(
            video,
            decision,
            state_url=state_url,
            played_url=addresses.played_url(video.video_id) if is_counted else "",
        ),
        "frame": player.frame(decision),
        "play_label": _("Play: %(title)s") % {"title": video.title},
        "structured": video_object(video, decision, address=address, origin=origin),
        "chapters": () if is_closed else player.chapters(video),
        "ended_at": members.ended_at(request.user, at=at)
        if is_closed and request.user.is_authenticated
        else None,
        "start": player.start_fragment(request.GET.get("t", "")),
        "facts": player.film_facts(video),
    }
    return render(request, "portal/watch.html", context)


@require_GET
@never_cache
def state(request: HttpRequest, video_id: str) -> HttpResponse:
    """Say how far a film is, for a page that waits for it or watches it grow."""
    return _state(request, find_for(request.user, video_id))


@require_GET
@never_cache
def link_state(request: HttpRequest, key: str) -> HttpResponse:
    """Say the same to whoever has its secret address."""
    return _state(request, catalog.find_by_link(key), link_key=key)


def _state(
    request: HttpRequest, video: catalog.VideoView | None, *, link_key: str = ""
) -> HttpResponse:
    if video is None:
        raise Http404
    film = video.film
    decision = playback.decide(request.user, video, clock.now(), link_key=link_key)
    return JsonResponse(
        {
            "is_playable": film.is_playable,
            "is_ready": film.is_ready,
            "is_failed": film.is_failed,
            # Those that the page has end sooner than somebody's patience.
            "addresses": player.addresses(decision) if decision.may_play else {},
        }
    )


# Without a token in it, a page is the same for everybody and can be cached;
# the worst that a forged request could do is to change a language.
@csrf_exempt
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the reader's language and go back where she was."""
    if not is_from_here(request):
        return HttpResponseForbidden()
    wanted = request.POST.get("language", "")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = HttpResponseRedirect(back)
    if wanted in dict(settings.LANGUAGES) and check_for_language(wanted):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=LANGUAGE_COOKIE_S,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Let everybody read everything but the workspace."""
    return HttpResponse(
        "User-agent: *\nDisallow: /studio/\n",
        content_type="text/plain",
    )
