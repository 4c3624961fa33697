"""Structured data for search engines and social networks."""

from __future__ import annotations

import json

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lucarne.catalog.labels import LICENSES, category_name
from lucarne.catalog.queries import VideoView
from lucarne.core.templatetags.times import duration_iso
from lucarne.playback.queries import Decision
from lucarne.portal.templatetags.prose import shortened

# What could end the script element, or be read as markup inside it.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def social_facts(video: VideoView, *, address: str, picture: str) -> dict[str, str]:
    """Return what a film's page tells search engines and, in Open Graph, networks."""
    summary = " ".join((video.description or video.title).split())
    facts = {
        "description": shortened(summary, 160),
        "og:type": "video.other",
        "og:title": video.title,
        "og:description": shortened(summary, 200),
        "og:url": address,
    }
    if picture:
        facts |= {"og:image": picture, "twitter:card": "summary_large_image"}
    return facts


def social_facts_of_list(
    site_name: str, *, channel: str, address: str
) -> dict[str, str]:
    """Return what a page of films tells them; ``channel`` is "" for all films."""
    names = {"name": channel, "site_name": site_name}
    if channel:
        summary = _("Films of %(name)s on %(site_name)s.") % names
    else:
        summary = _("The newest films of %(site_name)s.") % names
    return {
        "description": summary,
        "og:type": "website",
        "og:site_name": site_name,
        "og:title": channel or site_name,
        "og:url": address,
    }


def video_object(
    video: VideoView, decision: Decision, *, address: str, origin: str
) -> SafeString:
    """Return schema.org/VideoObject as JSON-LD that is safe inside a script element.

    ``origin`` (https://example.org) stands before the decision's paths.
    """
    published_at = video.published_at or video.created_at
    facts: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": video.title,
        "description": video.description or video.title,
        "uploadDate": published_at.isoformat(timespec="seconds"),
        "duration": duration_iso(decision.duration_ms),
        "url": address,
        "author": {"@type": "Organization", "name": video.channel.name},
        **_details(video),
    }
    if video.is_for_members:
        facts["isAccessibleForFree"] = False
    if decision.poster:
        facts["thumbnailUrl"] = [origin + decision.poster]
    if decision.mp4:
        facts["contentUrl"] = origin + decision.mp4
    if video.shown_chapters and decision.duration_ms:
        facts["hasPart"] = _clips(video, decision, address)
    text = json.dumps(facts, ensure_ascii=False).translate(_ESCAPES)
    return mark_safe(text)  # noqa: S308 - escaped above


def _details(video: VideoView) -> dict[str, str]:
    license_ = LICENSES.get(video.license)
    found = {
        "inLanguage": video.language,
        "genre": category_name(video.category),
        "keywords": ", ".join(video.tags),
        "license": license_.url if license_ else "",
    }
    return {name: text for name, text in found.items() if text}


def _clips(
    video: VideoView, decision: Decision, address: str
) -> list[dict[str, object]]:
    """Return the chapters as schema.org/Clip; search engines show them as key moments."""
    starts = [chapter.start_ms for chapter in video.shown_chapters]
    return [
        {
            "@type": "Clip",
            "name": chapter.title,
            "startOffset": chapter.start_ms // 1000,
            "endOffset": end_ms // 1000,
            "url": f"{address}?t={chapter.start_ms // 1000}",
        }
        for chapter, end_ms in zip(
            video.shown_chapters, [*starts[1:], decision.duration_ms], strict=True
        )
    ]
