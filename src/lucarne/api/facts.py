"""What programs are told of a film: the command line and the API say the same."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from lucarne.catalog.queries import VideoView, Viewer
from lucarne.media.progress import progress
from lucarne.playback.queries import decide

_OF_RENDITIONS: Final = frozenset({
    "name", "codec", "width", "height", "bitrate_kbps", "size_bytes", "state",
})  # fmt: skip


def film_facts(
    video: VideoView, *, viewer: Viewer, site: str, at: datetime
) -> dict[str, Any]:
    """Return them ready for JSON. ``site``: scheme and host, without a slash.

    ``hls`` and ``dash`` hold a token that ends (``playback.tokens``): ask again then.
    """
    made = progress(video.film.asset_id)
    decision = decide(viewer, video, at)
    return {
        "video": video.video_id,
        "title": video.title,
        "url": f"{site}/watch/{video.video_id}",
        "hls": f"{site}{decision.hls}" if decision.hls else "",
        "dash": f"{site}{decision.dash}" if decision.dash else "",
        "playable_after_ms": made.playable_after_ms,
        "ready_after_ms": made.ready_after_ms,
        "duration_ms": made.duration_ms,
        "warnings": list(made.warnings),
        "renditions": [
            {
                key: value
                for key, value in asdict(rendition).items()
                if key in _OF_RENDITIONS
            }
            for rendition in made.renditions
        ],
    }
