"""Titles and slugs from hostile names."""

from __future__ import annotations

import unicodedata

from hypothesis import given, strategies as st

from lucarne.catalog import names


@given(st.text(max_size=400))
def test_a_title_is_one_short_line_without_controls(name: str) -> None:
    title = names.title_from_file(name)
    assert title
    assert len(title) <= names.TITLE_MAX
    assert title == title.strip()
    assert not any(unicodedata.category(c) == "Cc" for c in title)
    assert not set(title) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_a_title_drops_folders_and_suffix() -> None:
    assert names.title_from_file("../../etc/Mes_vacances d'été.MP4") == (
        "Mes vacances d'été"
    )
    assert names.title_from_file(r"C:\films\Léa.mov") == "Léa"
    assert names.title_from_file("photo\u202egnp.mp4") == "photognp"
    assert names.title_from_file("👩‍🚀 launch.webm") == "👩‍🚀 launch"
    assert names.title_from_file("///") == "Film"
    assert len(names.title_from_file("a" * 300 + ".mp4")) == names.TITLE_MAX


@given(st.lists(st.text(min_size=1, max_size=60), max_size=8))
def test_slugs_differ(channels: list[str]) -> None:
    taken: set[str] = set()
    for name in channels:
        slug = names.slug_from_name(name, taken=taken)
        assert slug not in taken
        assert slug == slug.lower()
        assert len(slug) <= 60
        taken.add(slug)
