"""Every sentence that a person can read exists in French, and nothing is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

SRC = Path(__file__).parents[1] / "src" / "lucarne"
ROOMS = sorted(p.name for p in SRC.iterdir() if (p / "apps.py").exists())
_WORD = re.compile(r"""{%\s*translate\s+(?:"([^"]+)"|'([^']+)')""")
_BLOCK = re.compile(
    r"{%\s*blocktranslate([^%]*)%}(.*?)"
    r"(?:{%\s*plural[^%]*%}(.*?))?{%\s*endblocktranslate\s*%}",
    re.DOTALL,
)
_CALLS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip


def _in_python(room: Path) -> set[str]:
    found = set()
    for path in room.rglob("*.py"):
        for _, message, _, _ in extract_from_file("python", path, keywords=_CALLS):
            words = message if isinstance(message, tuple) else (message,)
            found.add(words[0])
    return found


def _in_templates(room: Path) -> set[str]:
    found = set()
    for path in room.rglob("templates/**/*.*"):
        text = path.read_text()
        found |= {a or b for a, b in _WORD.findall(text)}
        for options, block, _ in _BLOCK.findall(text):
            lines = [line.strip() for line in block.strip().split("\n")]
            message = " ".join(lines) if "trimmed" in options else block
            message = message.replace("%", "%%")
            found.add(re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", message))
    return found


def _french(room: Path) -> dict[str, object]:
    path = room / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        entries = read_po(file, locale="fr")
    return {
        (entry.id[0] if isinstance(entry.id, tuple) else entry.id): entry
        for entry in entries
        if entry.id
    }


@pytest.mark.parametrize("room", ROOMS)
def test_every_sentence_is_translated(room: str) -> None:
    used = _in_python(SRC / room) | _in_templates(SRC / room)
    french = _french(SRC / room)
    missing = sorted(used - french.keys())
    assert missing == []
    empty = [key for key, entry in french.items() if not entry.string]
    assert empty == []
    fuzzy = [key for key, entry in french.items() if entry.fuzzy]
    assert fuzzy == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_translation_is_left_over(room: str) -> None:
    used = _in_python(SRC / room) | _in_templates(SRC / room)
    assert sorted(_french(SRC / room).keys() - used) == []


@pytest.mark.parametrize("room", ROOMS)
def test_placeholders_are_kept(room: str) -> None:
    holders = re.compile(r"%\(\w+\)[sd]|{\w+}")
    for key, entry in _french(SRC / room).items():
        texts = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        for text in texts:
            assert set(holders.findall(text)) <= set(holders.findall(key)) | set(
                holders.findall(entry.id[1] if isinstance(entry.id, tuple) else "")
            ), key


def test_no_sentence_has_two_translations() -> None:
    """All rooms share one catalog: which of two would be shown is luck."""
    pairs = re.compile(r'^msgid (".+")\nmsgstr (".+")$', re.MULTILINE)
    said: dict[str, set[str]] = {}
    for room in ROOMS:
        path = SRC / room / "locale" / "fr" / "LC_MESSAGES" / "django.po"
        blocks = path.read_text().split("\n\n") if path.exists() else []
        for block in blocks:
            found = pairs.search(block)
            if found and "msgctxt" not in block:
                said.setdefault(found[1], set()).add(found[2])
    assert {text: all_ for text, all_ in said.items() if len(all_) > 1} == {}
