"""Every code that the engine can raise has its sentence."""

from __future__ import annotations

import ast
from pathlib import Path

from lucarne.media import sentences
from lucarne_engine.errors import ENCODER_CODES, SOURCE_CODES

ROOT = Path(__file__).parents[2]


def raised_codes(names: set[str]) -> set[str]:
    """Return the first arguments of every ``SourceError("…")`` in the engine."""
    codes = set()
    for path in (ROOT / "src/lucarne_engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name in names and isinstance(first, ast.Constant):
                codes.add(str(first.value))
    return codes


def test_every_code_of_the_engine_has_a_sentence() -> None:
    assert (SOURCE_CODES | ENCODER_CODES) - sentences.REFUSALS.keys() == set()


def test_the_engine_raises_listed_codes_only() -> None:
    raised = raised_codes({"SourceError", "EncoderError"})
    assert "not_media" in raised, "the search found nothing"
    assert raised - SOURCE_CODES - ENCODER_CODES == set()


def test_every_problem_of_the_engine_has_a_sentence() -> None:
    problems = set()
    for path in (ROOT / "src/lucarne_engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                values = [k.value for k in node.keywords if k.arg == "code"]
                problems |= {
                    str(c.value)
                    for value in values
                    for c in ast.walk(value)
                    if isinstance(c, ast.Constant)
                }
    assert problems
    assert problems - sentences.WARNINGS.keys() == set()


def test_every_sentence_names_the_file() -> None:
    for code, sentence in sentences.REFUSALS.items():
        assert sentence.count("{name}") == 1, code
        assert sentence.endswith("."), code
