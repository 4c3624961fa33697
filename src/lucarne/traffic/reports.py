"""What a player sends, read with suspicion: anybody can send anything here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from lucarne.traffic.errors import BadReport
from lucarne.traffic.spans import Span

MOST_BYTES: Final = 4096
MOST_SPANS: Final = 60
# A player's clock runs a little beyond the length that a film was found to have.
SLACK_MS: Final = 2000
_LONGEST_MS: Final = 1000 * 3600 * 1000
_VISIT: Final = re.compile(r"[0-9a-f]{32}")
_HOST: Final = re.compile(r"[0-9A-Za-z.:_\[\]-]{0,253}")


@dataclass(frozen=True, kw_only=True)
class Report:
    """Stretches of film that one visit played since its last report, in their order."""

    visit: str
    referring_host: str
    spans: tuple[Span, ...]


def parse(body: bytes) -> Report:
    """Read a report; raises BadReport for whatever is not one."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise BadReport("form") from None
    if not isinstance(said, dict):
        raise BadReport("form")
    visit, host = said.get("visit"), said.get("from", "")
    if not isinstance(visit, str) or not _VISIT.fullmatch(visit):
        raise BadReport("visit")
    if not isinstance(host, str) or not _HOST.fullmatch(host):
        raise BadReport("from")
    return Report(visit=visit, referring_host=host, spans=_spans(said.get("spans")))


def _spans(said: Any) -> tuple[Span, ...]:
    if not isinstance(said, list) or not 1 <= len(said) <= MOST_SPANS:
        raise BadReport("spans")
    return tuple(map(_span, said))


def _span(said: Any) -> Span:
    if not isinstance(said, list) or len(said) != 2:
        raise BadReport("spans")
    start, end = said
    # True is an int in Python, and none here.
    if type(start) is not int or type(end) is not int:
        raise BadReport("spans")
    if not 0 <= start < end <= _LONGEST_MS:
        raise BadReport("spans")
    return start, end
