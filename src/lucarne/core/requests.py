"""What a request says of itself before its body is read."""

from __future__ import annotations

from django.http import HttpRequest


def announced_bytes(request: HttpRequest) -> int | None:
    """Return how long its body says it is; None when it says nothing that is a number.

    RFC 9110, section 8.6: Content-Length is one or more of the digits 0 to 9.
    """
    said = request.META.get("CONTENT_LENGTH") or ""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, which reads JSON, and no browser for a page."""
    return request.headers.get("Accept", "").startswith("application/json")
