"""Every film that is here, as the rooms above the catalog see it."""

from __future__ import annotations

from lucarne.catalog import queries
from lucarne.catalog.models import Video


def films() -> tuple[queries.VideoView, ...]:
    """Return all but those in the bin, newest first."""
    names = Video.objects.order_by("-id").values_list("public_id", flat=True)
    return tuple(found for name in names if (found := queries.find(name)))
