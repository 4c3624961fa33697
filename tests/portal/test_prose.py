"""Descriptions come out as Django's own filters would write them, only sooner."""

from __future__ import annotations

import time

from django.template.defaultfilters import linebreaks, urlizetrunc
from hypothesis import given, strategies as st

from lucarne.portal.templatetags.prose import paragraphs, shortened

WORDS = st.sampled_from(
    (
        "un", "mot.", "d'été,", "<b>", "&", '"www.example.org"', "www.example.org/a?b&c",
        "https://example.org/" + "long/" * 20, "(see https://example.org).", "a.b", "1:2",
        "info@example.org", "example.net", "x.ORG/y", "it.What", "WWW.X", "http://[::1]/", "http://", "x@y", "://", "…",
        "\n", "\n\n", "\n\n\n", "\r\n", "https://example.org/<script>",
    )
)  # fmt: skip


@given(st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=12).map(" ".join))
def test_paragraphs_and_links_are_those_of_django(text: str) -> None:
    lines = "\n".join(text.splitlines())
    assert paragraphs(text) == linebreaks(urlizetrunc(lines, 60), autoescape=False)


def test_a_long_word_takes_no_longer_than_many() -> None:
    begun = time.process_time()
    assert paragraphs("x" * 200_000) == f"<p>{'x' * 200_000}</p>"
    assert time.process_time() - begun < 5  # minutes, looked at from each letter


def test_a_text_is_cut_to_its_length() -> None:
    assert shortened("0123456789", 10) == "0123456789"
    assert shortened("01234567890", 10) == "012345678…"
    assert shortened("0123 567 90", 10) == "0123 567…"
