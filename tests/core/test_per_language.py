"""Parts of pages that are made once in each language."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.template.defaulttags import DebugNode
from django.utils import translation
from django.utils.html import escape

PART = Template(
    "{% load i18n per_language %}{{ name }}|"
    '{% per_language %}{{ name }}{% translate "Sign in" %}{% endper_language %}'
)


def test_a_part_is_in_the_language_of_the_page() -> None:
    for language, words in (
        ("en", "Sign in"),
        ("fr", "Se connecter"),
        ("en", "Sign in"),
    ):
        with translation.override(language):
            assert PART.render(Context({"name": "x"})) == f"x|{words}"


def test_a_part_knows_nothing_of_the_page() -> None:
    with translation.override("en"):
        for name in ("Anne", "Zoé"):
            assert PART.render(Context({"name": name})) == f"{name}|Sign in"


def test_a_part_knows_what_it_names() -> None:
    part = Template(
        "{% load per_language %}"
        "{% per_language name %}{{ name }}{{ other }}{% endper_language %}"
    )
    for name in ("Anne", "<b>", "Anne"):
        text = part.render(Context({"name": name, "other": "x"}))
        assert text == escape(name)


def test_a_part_is_made_once_in_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(DebugNode, "render", lambda *_: made.append(1) or "x")
    part = Template(
        "{% load per_language %}{% per_language %}{% debug %}{% endper_language %}"
    )
    for language in ("en", "fr", "en", "fr"):
        with translation.override(language):
            assert part.render(Context()) == "x"
    assert made == [1, 1]
