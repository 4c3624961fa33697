"""Whatever is written into the audit log can be read there as a sentence."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from lucarne.studio.log_words import KINDS, SENTENCES

SRC = Path(__file__).parents[2] / "src" / "lucarne"
_VERB = re.compile(
    r"(video|films|caption|approval|team|member|channel|quota|portal|owner|person|password"
    r"|sign_in_link|token)\.[a-z_]+"
)
# Made of pieces: f"caption.{verb}".
_CAPTIONS = {"added", "replaced", "changed", "shown", "hidden", "deleted", "found"}


def verbs() -> set[str]:
    """Return what the code that records anything writes as verbs."""
    found = {f"caption.{word}" for word in _CAPTIONS}
    for path in SRC.rglob("*.py"):
        source = path.read_text()
        if "audit.record" not in source:
            continue
        found |= {
            node.value
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and _VERB.fullmatch(node.value)
        }
    return found


def test_every_verb_has_a_sentence_and_a_kind() -> None:
    found = verbs()
    assert "video.binned" in found, "the search found nothing"
    jobs = {verb for verb in found if verb.endswith((".fetch", ".fine"))}
    assert found - jobs == set(SENTENCES)
    beginnings = tuple(one for _, verbs_ in KINDS.values() for one in verbs_)
    assert [verb for verb in SENTENCES if not verb.startswith(beginnings)] == []
