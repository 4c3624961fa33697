"""Which language a page is written in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from lucarne.core.portal import get_portal


class LanguageMiddleware(LocaleMiddleware):
    """The reader's choice, else the browser's wish, else the portal's own language."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate a language for this request."""
        super().process_request(request)
        if _says_nothing(request) and (portal := get_portal()) is not None:
            translation.activate(portal.language)
            request.LANGUAGE_CODE = portal.language


def _says_nothing(request: HttpRequest) -> bool:
    """Neither a cookie nor an Accept-Language that names a language of ours."""
    ours = dict(settings.LANGUAGES)
    if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in ours:
        return False
    wished = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    return not any(tag.split("-")[0] in ours for tag, _ in wished)
