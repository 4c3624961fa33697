"""Reading a feed of films: RSS 2.0 with Media RSS or a podcast's additions.

https://www.rssboard.org/rss-specification, https://www.rssboard.org/media-rss and the
podcasts' namespace of iTunes. Pure: what is fetched from where is not its matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.parsers import expat

from lucarne.catalog.errors import NotAFeed
from lucarne.catalog.names import TITLE_MAX, clean_line

MOST_BYTES: Final = 10_000_000
GUID_MAX: Final = 500
_MEDIA: Final = "{http://search.yahoo.com/mrss/}"
_ITUNES: Final = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_DUBLIN: Final = "{http://purl.org/dc/elements/1.1/}"
# A list of pieces, a page with a player, sound without a picture.
_NO_FILMS: Final = ("mpegurl", "dash+xml", "html", "shockwave", "audio", "image")


@dataclass(frozen=True, kw_only=True)
class FeedItem:
    """One film of a feed; ``url`` is "" when the item names no file of one."""

    guid: str
    title: str
    description: str
    url: str
    published_at: datetime | None


def read_feed(data: bytes, *, name: str, url: str = "") -> list[FeedItem]:
    """Return the films of a feed in its order, each guid once.

    ``url`` is where it is from, which relative addresses go out from. Raises NotAFeed,
    also for a document that defines entities: they can grow without bounds, and no
    feed needs them.
    """
    if len(data) > MOST_BYTES:
        raise NotAFeed(name)
    try:
        _refuse_doctype(data)
        root = fromstring(data)  # noqa: S314  without a DTD nothing can grow
    except (expat.ExpatError, ParseError, _HasDoctype, ValueError, LookupError):
        raise NotAFeed(name) from None
    channel = root.find("channel")
    if root.tag != "rss" or channel is None:
        raise NotAFeed(name)
    found = (_item(one, url) for one in channel.iter("item"))
    return list({item.guid: item for item in found if item.guid}.values())


class _HasDoctype(Exception):
    pass


def _refuse_doctype(data: bytes) -> None:
    def refuse(*_: object) -> None:
        raise _HasDoctype

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(data, True)  # noqa: FBT003  expat's own signature


def _item(item: Element, base: str) -> FeedItem:
    file = max(_files(item), key=_rank, default=None)
    url = urljoin(base, file.get("url", "").strip()) if file is not None else ""
    title = _text(item, f"{_MEDIA}title", "title", f"{_ITUNES}title")
    about = _text(
        item, f"{_MEDIA}description", f"{_ITUNES}summary", "description"
    )  # fmt: skip
    return FeedItem(
        guid=_guid(_text(item, "guid") or url),
        title=clean_line(title)[:TITLE_MAX],
        description=_plain(about)[:10_000],
        url=url,
        published_at=_date(_text(item, "pubDate", f"{_DUBLIN}date")),
    )


def _guid(text: str) -> str:
    text = clean_line(text)
    if len(text) <= GUID_MAX:
        return text
    return hashlib.sha256(text.encode()).hexdigest()


def _files(item: Element) -> Iterator[Element]:
    """Yield what could be the film: enclosures and Media RSS contents."""
    for element in item.iter():
        if element.tag in {"enclosure", f"{_MEDIA}content"}:
            kind = f"{element.get('type', '')} {element.get('medium', '')}".lower()
            if element.get("url") and not any(word in kind for word in _NO_FILMS):
                yield element


def _rank(file: Element) -> tuple[bool, float, float]:
    """Sort the whole film before a sample, large before small."""
    return (
        file.get("expression", "full") == "full",
        _number(file.get("height")) or _number(file.get("bitrate")),
        _number(file.get("fileSize") or file.get("length")),
    )


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _text(item: Element, *tags: str) -> str:
    """Return the first of these elements that says something."""
    for tag in tags:
        for element in item.iter(tag):
            text = "".join(element.itertext()).strip()
            if text:
                return text
    return ""


def _date(text: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


class _Words(HTMLParser):
    """Keeps the words of a page, a line for each of its paragraphs."""

    _BREAKS: Final = frozenset({"p", "br", "div", "li", "h1", "h2", "h3"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag in self._BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _plain(text: str) -> str:
    """Drop the marks of a description that is written as a page."""
    reader = _Words()
    reader.feed(text)
    reader.close()
    lines = (clean_line(line) for line in "".join(reader.words).splitlines())
    return "\n".join(line for line in lines if line)
