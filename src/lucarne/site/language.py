"""Which language a page is written in."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from lucarne.core.portal import LANGUAGES, get_portal


class LanguageMiddleware:
    """The reader's choice, else the browser's wish, else the portal's own language.

    No address names a language, so that little of Django's LocaleMiddleware is needed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request in its language."""
        language = _chosen(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", translation.get_language())
        return response


def _chosen(request: HttpRequest) -> str:
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if language in LANGUAGES:
        return language
    wished = _wished(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    if wished:
        return wished
    portal = get_portal()
    return portal.language if portal else settings.LANGUAGE_CODE


@functools.lru_cache(maxsize=1024)
def _wished(header: str) -> str:
    """Return the first language of ours that a browser names; "" when it names none."""
    for tag, _ in parse_accept_lang_header(header):
        language = tag.partition("-")[0]
        if language in LANGUAGES:
            return language
    return ""
