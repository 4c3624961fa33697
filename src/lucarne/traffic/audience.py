"""Who watches, as little as statistics need of it: a kind of device, a kind of source.

Both are read from what a browser says anyway, and only their kind is kept. Whatever
claims to be a program is no audience; what does not say so would have to play the film.
"""

from __future__ import annotations

import functools
import re
from typing import Final

SOURCES: Final = ("direct", "portal", "search", "social", "site")
DEVICES: Final = ("computer", "phone", "tablet", "tv", "other")

_PROGRAMS: Final = re.compile(
    # Cubot makes telephones.
    r"(?<!cu)bot(\b|_)|crawl|spider|slurp|scrap|headless|phantomjs|electron-fetch|lighthouse"
    r"|pagespeed|preview|monitor|pingdom|uptime|validator|archiver|facebookexternalhit"
    r"|curl/|wget/|python|java/|okhttp|go-http|libwww|httpx|axios|node-fetch|undici",
    re.IGNORECASE,
)
_TV: Final = re.compile(
    r"smart-?tv|appletv|googletv|android tv|hbbtv|tizen.*tv|web0s|bravia|crkey|roku"
    r"|aft[a-z]{1,4}\b|playstation|xbox|nintendo|viera|netcast",
    re.IGNORECASE,
)
_TABLET: Final = re.compile(
    r"ipad|tablet|kindle|silk/|playbook|android(?!.*mobile)", re.IGNORECASE
)
_PHONE: Final = re.compile(r"iphone|ipod|mobile|windows phone", re.IGNORECASE)
_COMPUTER: Final = re.compile(r"windows nt|macintosh|x11|cros|linux", re.IGNORECASE)

# Names of sites, without what stands before them (www., m.) and, where there are many,
# without the country behind them.
_SEARCH: Final = frozenset(
    {"google", "bing", "yahoo", "yandex", "baidu", "duckduckgo", "ecosia", "qwant",
     "startpage", "seznam", "naver", "brave", "kagi", "swisscows", "lilo", "mojeek"}
)  # fmt: skip
_SOCIAL: Final = frozenset(
    {"facebook", "instagram", "twitter", "x", "t", "threads", "linkedin", "lnkd", "reddit",
     "pinterest", "tiktok", "snapchat", "tumblr", "youtube", "whatsapp", "telegram", "vk",
     "bsky", "mastodon", "discord", "messenger", "quora", "weibo"}
)  # fmt: skip
_SECOND_LEVEL: Final = frozenset({"co", "com", "org", "net", "ac", "gov"})


@functools.lru_cache(maxsize=1024)
def is_program(user_agent: str) -> bool:
    """Whether a browser's name (User-Agent) says that nobody sits before it."""
    return not user_agent or _PROGRAMS.search(user_agent) is not None


@functools.lru_cache(maxsize=1024)
def device_of(user_agent: str) -> str:
    """Return one of ``DEVICES``. A tablet that claims to be a computer is taken for one."""
    for kind, pattern in (
        ("tv", _TV),
        ("tablet", _TABLET),
        ("phone", _PHONE),
        ("computer", _COMPUTER),
    ):
        if pattern.search(user_agent):
            return kind
    return "other"


def source_of(referring_host: str, *, own_host: str) -> str:
    """Return one of ``SOURCES`` for the host of the page that led here, "" for none."""
    host = referring_host.lower().rstrip(".")
    if not host:
        return "direct"
    if host == own_host.lower():
        return "portal"
    name = _site_name(host)
    if name in _SEARCH:
        return "search"
    return "social" if name in _SOCIAL else "site"


def _site_name(host: str) -> str:
    """``google`` of ``www.google.co.uk``."""
    labels = host.split(".")
    if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2:
        labels.pop()
    return labels[-2] if len(labels) > 1 else labels[0]
