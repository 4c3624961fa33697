"""Languages as people write them, kept as BCP 47 spells them."""

from __future__ import annotations

import pytest
from django.utils import translation

from lucarne.catalog import language_tags


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("fr", "fr"), ("FRA", "fr"), ("fre", "fr"), ("FR_ca", "fr-CA"),
        ("French", "fr"), (" français ", "fr"), ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"), ("de-1996", "de-1996"), ("ca-valencia", "ca-valencia"),
        ("sr-latn", "sr-Latn"), ("gsw", "gsw"), ("x", None), ("frenchy", None),
        ("fr-", None), ("<b>", None), ("f" * 36, None), ("und", None), ("", None),
    ],
)  # fmt: skip
def test_a_language_is_understood(text: str, tag: str | None) -> None:
    assert language_tags.normalize(text) == tag


def test_languages_have_names() -> None:
    with translation.override("fr"):
        assert language_tags.name_of("fr-CA") == "Français (CA)"
        assert language_tags.normalize("allemand") == "de"
    assert language_tags.name_of("en-GB") == "British English"
    assert language_tags.name_of("gsw") == "gsw"
    tags = dict(language_tags.known())
    assert tags["br"] == "Breton"
    assert all(language_tags.normalize(tag) == tag for tag in tags)
