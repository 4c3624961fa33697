"""Finished pages leave compressed, quickly.

Django's own middleware uses zlib's level 6: a fifth of what a page costs. ISA-L takes a
ninth of that time for 3 to 8 % more bytes (docs/decisions/0022-compressing-pages.md).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from isal import igzip

LEVEL: Final = 2  # of 0 to 3; 3 takes four times as long for nothing
LEAST_BYTES: Final = 200
# The length must not tell what of a page is alike (BREACH): a name of any length in
# the head of the answer hides it (RFC 1952, 2.3).
MOST_PADDING: Final = 100
_HAS_NAME: Final = b"\x08"


class Compression:
    """Compress what is worth it, for whoever understands gzip."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, compressed where that can be."""
        response = self.get_response(request)
        # Each look at the content puts it together anew.
        body = b"" if response.streaming else response.content
        if len(body) < LEAST_BYTES or response.has_header("Content-Encoding"):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
            response.content = packed = compress(body)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Length"] = str(len(packed))
        return response


def compress(body: bytes) -> bytes:
    """Compress with a head of random length."""
    packed = igzip.compress(body, LEVEL, mtime=0)
    name = b"a" * secrets.randbelow(MOST_PADDING) + b"\0"
    return packed[:3] + _HAS_NAME + packed[4:10] + name + packed[10:]
