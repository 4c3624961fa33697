"""Structured data for search engines and social networks."""

from __future__ import annotations

import json

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

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


def video_object(
    request: HttpRequest, video: VideoView, decision: Decision, *, address: str
) -> SafeString:
    """Return schema.org/VideoObject as JSON-LD that is safe inside a script element."""
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
    if decision.poster:
        facts["thumbnailUrl"] = [request.build_absolute_uri(decision.poster)]
    if decision.mp4:
        facts["contentUrl"] = request.build_absolute_uri(decision.mp4)
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
