"""Whether a page of this site sent a request that carries no token."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest


def is_from_here(request: HttpRequest) -> bool:
    """Look at Fetch Metadata, else at Origin; who sends neither is no browser's page."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()
