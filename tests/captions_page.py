"""The owner of a real portal at a film's captions page, by its forms."""

from __future__ import annotations

import re
from typing import Any

import httpx

from tests.live_portal import Portal


class CaptionsPage:
    """What she does there; nothing is looked at but whether it went well."""

    def __init__(self, portal: Portal, video: str) -> None:
        self._client = portal.session()
        self._page = f"/studio/films/{video}/captions"
        self._home = portal.url + self._page

    def add(self, text: str, *, language: str, kind: str = "subtitles") -> str:
        """Add a file; return the caption's id."""
        facts = {"language": language, "kind": kind, "title": "", "is_visible": "on"}
        answer = self.send(data=facts, files={"file": ("a.srt", text.encode())})
        return answer.url.path.rpartition("/")[2]

    def send(
        self, path: str = "", *, data: dict[str, str] | None = None, **how: Any
    ) -> httpx.Response:
        """Send one of its forms."""
        page = self._client.get(self._page).text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token is not None
        answer = self._client.post(
            self._page + path,
            data={**(data or {}), "csrfmiddlewaretoken": token[1]},
            headers={"Referer": self._home},
            **how,
        )
        assert answer.is_success, answer.text
        return answer
