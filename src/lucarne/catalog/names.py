"""Titles and slugs from whatever people and file systems hand us."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

from django.utils.text import slugify

from lucarne.catalog.errors import BadTags

TITLE_MAX: Final = 200
UNNAMED: Final = "Film"
# Letters that Unicode does not take apart, as people write them without their keyboard.
_UNFOLDED: Final = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "’": "'"}
)
TAG_MAX: Final = 60
MOST_TAGS: Final = 30


def clean_line(text: str) -> str:
    """Return one line without control and direction-override characters.

    Unicode categories Cc (controls) and Cf (format, so also the bidirectional
    overrides of UAX 9) are dropped, except the joiners that emoji and Indic scripts
    need; whitespace is folded. A byte that is no text (a lone surrogate) is shown as
    U+FFFD: no database and no terminal could take it.
    """
    joiners = {"\u200c", "\u200d"}
    kept = "".join(
        " " if character.isspace() else character
        for character in re.sub("[\ud800-\udfff]", "\ufffd", text)
        if character in joiners
        or character.isspace()
        or unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cn"}
    )
    return re.sub(r" +", " ", kept).strip()


def fold(text: str) -> str:
    """Return the text as it is compared: no accents, no capitals, single spaces.

    Unicode's NFKD without its marks (category Mn), then case folding; what people type
    and what is kept are folded alike, so that ``coeur`` finds ``Cœur``.
    """
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold().translate(_UNFOLDED))
        if unicodedata.category(letter) != "Mn"
    )
    return " ".join(plain.split())


def title_from_file(name: str) -> str:
    """Make a title of a file name: no folder, no suffix, no underscores."""
    base = PurePosixPath(name.replace("\\", "/")).name
    stem = base.rsplit(".", 1)[0] if "." in base.strip(".") else base
    title = clean_line(re.sub(r"[_]+", " ", stem))
    return title[:TITLE_MAX].strip() or UNNAMED


def slug_from_name(name: str, *, taken: set[str]) -> str:
    """Make a slug that nobody has yet."""
    base = slugify(name)[:50] or "channel"
    slug, number = base, 2
    while slug in taken:
        slug = f"{base}-{number}"
        number += 1
    return slug


def read_tags(text: str) -> tuple[str, ...]:
    """Take tags apart at commas, semicolons, ``#`` and lines; the same one counts once.

    Raises BadTags.
    """
    found: dict[str, str] = {}
    for part in re.split(r"[,;#\n\u3001\uff0c]+", text):
        if tag := clean_line(part):
            found.setdefault(tag_key(tag), tag)
    for tag in found.values():
        if len(tag) > TAG_MAX:
            raise BadTags(tag)
    if len(found) > MOST_TAGS:
        raise BadTags
    return tuple(found.values())


def tag_key(tag: str) -> str:
    """Return what two spellings of a tag have in common: composed, no capitals."""
    return unicodedata.normalize("NFKC", clean_line(tag)).casefold()[:80]
