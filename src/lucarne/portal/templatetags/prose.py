"""Texts that people wrote, cut short or set in paragraphs.

Django's own filters look at each word and character; a film's description through
them cost a tenth of its page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from django import template
from django.template.defaultfilters import urlizetrunc
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_SHOWN: Final = 60  # characters of a link
# What urlize may make a link of: a word with one of these marks in it. It is looked at
# from its beginning only, so that a long one takes no longer than many short ones.
_MAYBE_LINK: Final = re.compile(
    r"""(?<![^\s<>"'])[^\s<>"']*(?:://|@|www\.|\.(?:com|edu|gov|int|mil|net|org))"""
    r"""[^\s<>"']*""",
    re.IGNORECASE,
)
_GAP: Final = re.compile(r"\n{2,}")


@register.filter
def shortened(text: str, length: int) -> str:
    """Cut a text to that many characters at most."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


@register.filter
def paragraphs(text: str) -> SafeString:
    """Write paragraphs, lines and links as people typed them."""
    lines = "".join(_linked("\n".join(text.splitlines())))
    written = (part.replace("\n", "<br>") for part in _GAP.split(lines))
    return mark_safe("\n\n".join(f"<p>{part}</p>" for part in written))  # noqa: S308


def _linked(text: str) -> Iterator[str]:
    """Escape a text, and make links of what looks like one."""
    end = 0
    for match in _MAYBE_LINK.finditer(text):
        yield escape(text[end : match.start()])
        yield urlizetrunc(match[0], _SHOWN)
        end = match.end()
    yield escape(text[end:])
