"""Taking out of a text what says who somebody is, or how her machine is laid out."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from lucarne.core import conf

# An absolute path, as FFmpeg and Python write them: up to a blank, a quote or a colon.
_PATH: Final = re.compile(r"(?<![\w<>./])/(?:[^\s:'\"|,;()/]+/)*[^\s:'\"|,;()/]+")
_ADDRESS: Final = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
# What ``without_titles`` empties: words that somebody wrote into the file.
_TITLES: Final = frozenset({"title"})


class Redactor:
    """Replaces the paths of this machine, and words that must not be shown."""

    def __init__(self, words: Collection[str]) -> None:
        # The longest first: one may be a part of another.
        found = {word.strip() for word in words if len(word.strip()) > 2}
        stems = {Path(word).stem for word in found if len(Path(word).stem) > 2}
        self._words = sorted(found | stems, key=len, reverse=True)
        self._data = str(conf.get().paths.data.resolve())

    def __call__(self, text: str) -> str:
        """Return the text without them."""
        text = text.replace(self._data, "<data>")
        # Before paths, whose end nobody sees when there are blanks in them.
        for word in self._words:
            pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
            text = re.sub(pattern, "<name>", text, flags=re.IGNORECASE)
        text = _PATH.sub("<path>", text)
        return _ADDRESS.sub("<address>", text)

    def without_titles(self, value: Any) -> Any:
        """Return plain data in which titles are empty and all other texts redacted."""
        if isinstance(value, dict):
            return {
                name: _length(item) if name in _TITLES else self.without_titles(item)
                for name, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.without_titles(item) for item in value]
        return self(value) if isinstance(value, str) else value


def _length(title: Any) -> str:
    return f"({len(title)} characters)" if title else ""
