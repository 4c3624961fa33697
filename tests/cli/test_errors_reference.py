from __future__ import annotations

import ast
from pathlib import Path

from lucarne.cli import errors_reference
from lucarne.cli.errors_reference import errors_in
from lucarne.media import sentences
from tests.test_errors import EXAMPLES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"
# Its code comes from whoever calls it.
GIVEN_THEIR_CODE = {"BadSetUp"}


def found(source: str) -> list[tuple[str, str, str]]:
    listed = errors_in({"lucarne.room": ast.parse(source)})
    return [(error.code, error.sentence, error.place) for error in listed]


def test_the_page_says_what_the_sources_say() -> None:
    assert PAGE.read_text("utf-8") == errors_reference.page(), (
        "run: python -m lucarne.cli.errors_reference > docs/reference/errors.md"
    )


def test_every_error_of_a_room_is_on_the_page() -> None:
    page = errors_reference.page()
    missing = {
        error.code
        for error in EXAMPLES
        if type(error).__name__ not in GIVEN_THEIR_CODE
        and f"| `{error.code}` |" not in page
    }
    assert missing == set()
    for code in ("data_in_use", "portal_name", "channel_name", *sentences.WARNINGS):
        assert f"| `{code}` |" in page


def test_a_code_has_a_row_for_each_of_its_sentences() -> None:
    source = """
class Late(LucarneError):
    def __init__(self, day):
        if day:
            sentence = _("It was due on {day}.")
        else:
            sentence = _("It was due.")
        super().__init__("late", format_lazy(sentence, day=day))
"""
    assert found(source) == [
        ("late", "It was due on {day}.", "lucarne.room.Late"),
        ("late", "It was due.", "lucarne.room.Late"),
    ]


def test_values_in_a_sentence_are_named() -> None:
    source = """raise LucarneError("a", f"{x.folder} {rows[0]} {row['name']} {1}.")"""
    assert found(source) == [("a", "{folder} {rows} {name} {…}.", "lucarne.room")]


def test_the_code_is_found_wherever_the_class_takes_it() -> None:
    source = """
class Wrong(LucarneError):
    def __init__(self, field, code, message):
        super().__init__(code, message)
class VeryWrong(Wrong): "As made as its base."
raise VeryWrong("name", "b", _("Say it."))
raise Wrong("name", message="Say it.", code="c")
raise Wrong("name", error.code, str(error))
raise ValidationError("No.", code="d")
"""
    assert found(source) == [
        ("b", "Say it.", "lucarne.room"), ("c", "Say it.", "lucarne.room"),
    ]  # fmt: skip


def test_a_sentence_that_is_made_elsewhere_is_left_open() -> None:
    assert found("""raise LucarneError("a", str(error))""") == [
        ("a", "", "lucarne.room")
    ]
