"""Feeds of films: what is read of them, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lucarne.catalog.errors import NotAFeed
from lucarne.catalog.feeds import MOST_BYTES, FeedItem, read_feed

HEAD = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>'
)
TAIL = "</channel></rss>"


def read(items: str, *, url: str = "https://tv.example/feed.xml") -> list[FeedItem]:
    return read_feed(f"{HEAD}{items}{TAIL}".encode(), name="feed.xml", url=url)


def test_a_podcast() -> None:
    (item,) = read(
        """<item><title> Le  lynx </title><guid isPermaLink="false">ep-1</guid>
        <pubDate>Tue, 03 Mar 2026 08:00:00 +0100</pubDate>
        <itunes:summary>&lt;p&gt;Il revient.&lt;/p&gt;&lt;p&gt;Enfin &amp;amp; bien.</itunes:summary>
        <enclosure url="/films/lynx.mp4" length="1000" type="video/mp4"/></item>"""
    )
    assert item == FeedItem(
        guid="ep-1",
        title="Le lynx",
        description="Il revient.\nEnfin & bien.",
        url="https://tv.example/films/lynx.mp4",
        published_at=datetime(2026, 3, 3, 7, tzinfo=UTC),
    )


def test_media_rss_takes_the_best_of_a_group() -> None:
    (item,) = read(
        """<item><title>Title</title><guid>1</guid><media:group>
        <media:content url="https://x.example/s.mp4" type="video/mp4" height="2160" expression="sample"/>
        <media:content url="https://x.example/360.mp4" medium="video" height="360"/>
        <media:content url="https://x.example/1080.mp4" medium="video" height="1080"/>
        <media:content url="https://x.example/a.m3u8" type="application/x-mpegURL" height="4320"/>
        <media:content url="https://x.example/a.mp3" type="audio/mpeg" fileSize="99999999"/>
        <media:title>The media's title</media:title>
        <media:thumbnail url="https://x.example/a.jpg"/></media:group></item>"""
    )
    assert (item.url, item.title) == ("https://x.example/1080.mp4", "The media's title")
    assert item.published_at is None


@pytest.mark.parametrize(
    "item",
    [
        "<item><title>Nothing</title><guid>1</guid></item>",
        '<item><guid>1</guid><enclosure url="a.mp3" type="audio/mpeg"/></item>',
        '<item><guid>1</guid><enclosure url="" type="video/mp4"/></item>',
    ],
)
def test_an_item_without_a_film(item: str) -> None:
    assert [one.url for one in read(item)] == [""]


def test_what_makes_an_item_the_same() -> None:
    enclosure = '<enclosure url="a.mp4" type="video/mp4"/>'
    items = read(
        f"<item><guid>1</guid>{enclosure}</item><item><guid> 1 </guid>{enclosure}</item>"
        f"<item>{enclosure}</item><item><title>neither guid nor file</title></item>"
        f"<item><guid>{'x' * 900}</guid>{enclosure}</item>"
    )
    assert [item.guid for item in items[:2]] == ["1", "https://tv.example/a.mp4"]
    assert len(items) == 3
    assert len(items[2].guid) == 64


@pytest.mark.parametrize("date", ["", "yesterday", "31 Feb 2026", "Tue, 99 Mar 2026"])
def test_a_date_that_is_none(date: str) -> None:
    (item,) = read(f"<item><guid>1</guid><pubDate>{date}</pubDate></item>")
    assert item.published_at is None


@pytest.mark.parametrize(
    "data",
    [
        b"", b"no feed", b"<html><body>404</body></html>", b"<rss version='2.0'/>",
        f"{HEAD}<item>".encode(), b"\xff\xfe\x00", b"x" * (MOST_BYTES + 1),
        b"<?xml version='1.0' encoding='nonsense'?><rss><channel/></rss>",
        # Entities that grow into gigabytes, or read a file: no feed needs any.
        (b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        b"<rss><channel><item><guid>&b;</guid></item></channel></rss>"),
        (b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        b"<rss><channel><item><guid>&a;</guid></item></channel></rss>"),
    ],
)  # fmt: skip
def test_what_is_no_feed(data: bytes) -> None:
    with pytest.raises(NotAFeed) as refused:
        read_feed(data, name="https://tv.example/feed.xml")
    assert "https://tv.example/feed.xml" in str(refused.value)
