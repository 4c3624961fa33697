"""Language tags as people write them, made one spelling (BCP 47, RFC 5646)."""

from __future__ import annotations

import functools
import re
from typing import Final

from django.conf.locale import LANG_INFO
from django.utils.translation import get_language, get_language_info, override

from lucarne_engine.manifest.language import tag_of

LONGEST: Final = 35
# RFC 5646, 2.1: language, extended languages, script, region, variants, private use.
# Grandfathered tags and extensions say nothing about a film.
_TAG: Final = re.compile(
    r"(?P<language>[a-z]{2,3}(?:-[a-z]{3}){0,3})"
    r"(?P<script>-[a-z]{4})?"
    r"(?P<region>-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?P<rest>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-x(?:-[a-z0-9]{1,8})+)?)"
)


def normalize(text: str) -> str | None:
    """Return the tag in its usual spelling (2.1.1); None when it is none.

    A name of a language is understood too: in itself, in English, and in the active
    language. ``FR_ca`` is ``fr-CA``, ``fra`` is ``fr``, ``Français`` is ``fr``.
    """
    plain = text.strip().lower().replace("_", "-")
    if plain in (named := _by_name(get_language() or "en")):
        return named[plain]
    match = _TAG.fullmatch(plain) if len(plain) <= LONGEST else None
    if match is None:
        return None
    first, _, extended = match["language"].partition("-")
    language = "-".join(filter(None, (tag_of(first), extended)))
    script = (match["script"] or "").title()
    region = (match["region"] or "").upper()
    return f"{language}{script}{region}{match['rest']}" if tag_of(first) else None


def name_of(tag: str) -> str:
    """Name a language in the active one: ``French (CA)``; the tag if it has no name."""
    first, _, rest = tag.partition("-")
    for code, left in ((tag.lower(), ""), (first, rest)):
        if "name" in LANG_INFO.get(code, {}):
            name = str(get_language_info(code)["name_translated"])
            return f"{name} ({left})" if left else name
    return tag


def known() -> tuple[tuple[str, str], ...]:
    """Return languages that can be chosen from, as (tag, name), by their names."""
    pairs = {(tag, name_of(tag)) for tag in set(_by_name(get_language() or "en").values())}
    return tuple(sorted(pairs, key=lambda pair: pair[1].casefold()))


@functools.lru_cache(maxsize=4)
def _by_name(active: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, info in LANG_INFO.items():
        if "name" not in info or "@" in code:
            continue
        tag = _spelled(code)
        with override(active):
            translated = str(get_language_info(code)["name_translated"])
        for name in (info["name"], info["name_local"], translated):
            found.setdefault(name.lower(), tag)
    return found


def _spelled(code: str) -> str:
    """Spell one of Django's codes: ``zh-hans`` is ``zh-Hans``, ``en-gb`` is ``en-GB``."""
    first, _, rest = code.partition("-")
    return "-".join(filter(None, (first, rest.title() if len(rest) == 4 else rest.upper())))
