"""Names of built scripts and styles, and icons drawn into the page."""

import functools
import json
from pathlib import Path

from django import template
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

register = template.Library()

_MANIFEST = Path(__file__).resolve().parents[2] / "static" / "dist" / "manifest.json"


@functools.cache
def _manifest() -> dict[str, str]:
    """Map from an entry's name to its file name with the hash in it."""
    entries = json.loads(_MANIFEST.read_text("utf-8"))
    return {name: entry["file"] for name, entry in entries.items()}


@register.simple_tag
def asset(name: str) -> str:
    """Address of a built file, for example ``app.css``.

    The name itself is used while nothing is built, so that a page still renders.
    """
    try:
        file = _manifest().get(name, name)
    except OSError:
        file = name
    return f"{settings.STATIC_URL}dist/{file}"


@functools.lru_cache(maxsize=256)
def _drawn(name: str, css: str) -> SafeString:
    classes = f"icon {css}".strip()
    return mark_safe(  # noqa: S308 - both come from our templates
        lucide(name, size=None, aria_hidden="true", focusable="false", class_=classes)
        .replace('class-="', 'class="')
        .replace("\n", "")
        .replace(">  <", "><")
    )


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw a Lucide icon that assistive technology ignores: the name stands beside it."""
    return _drawn(str(name), str(css))
