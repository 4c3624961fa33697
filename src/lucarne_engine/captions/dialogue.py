"""What FFmpeg's decoders make of every text track: lines of SubStation Alpha."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lucarne_engine.captions import markup
from lucarne_engine.captions.model import LATEST_MS, MOST_CUES, Cue

# An event without an end is shown until the next one, but no longer than this.
_UNTIL_MS: Final = 5_000
_FIELDS: Final = 8  # before the text, as libavcodec writes them
_PART: Final = re.compile(r"\{([^}]*)\}|(\\[Nnh])|([^{\\]+|[{\\])", re.DOTALL)
_SWITCH: Final = re.compile(r"\\([ibu])(\d{0,3})(?![a-z])")
_DRAWING: Final = re.compile(r"\\p(\d{1,2})")
_PLACE: Final = re.compile(r"\\an?(\d{1,2})(?!\d)")
_TOP: Final = frozenset({"7", "8", "9"})


@dataclass(frozen=True, kw_only=True)
class Event:
    """One packet of a text track, on the film's clock."""

    start_ms: int
    end_ms: int | None  # None: it does not say
    lines: tuple[str, ...]  # "ReadOrder,Layer,Style,Name,L,R,V,Effect,Text"


def cues_of(events: list[Event], duration_ms: int) -> tuple[Cue, ...]:
    """Turn events into cues in order, within the film."""
    ordered = sorted(events, key=lambda event: event.start_ms)
    nexts = [*(event.start_ms for event in ordered[1:]), duration_ms]
    cues: list[Cue] = []
    for event, following in zip(ordered, nexts, strict=False):
        end_ms = event.end_ms
        if end_ms is None or end_ms <= event.start_ms:
            end_ms = min(following, event.start_ms + _UNTIL_MS)
        start_ms, end_ms = max(0, event.start_ms), min(end_ms, duration_ms, LATEST_MS)
        text, is_top = _text(event.lines)
        if text and end_ms > start_ms and len(cues) < MOST_CUES:
            settings = "line:0" if is_top else ""
            cues.append(
                Cue(start_ms=start_ms, end_ms=end_ms, text=text, settings=settings)
            )
    return tuple(cues)


def _text(lines: tuple[str, ...]) -> tuple[str, bool]:
    """Return canonical text, and whether it stands at the top."""
    shown = [line.split(",", _FIELDS)[-1] for line in lines]
    text = "\n".join(filter(None, map(words, shown)))
    places = [place[1] for line in shown for place in _PLACE.finditer(line)]
    return text, bool(places) and places[0] in _TOP


def words(text: str) -> str:
    """Turn the text of one event into that of a cue."""
    out: list[str] = []
    opened: list[str] = []
    is_drawing = False
    for match in _PART.finditer(text):
        override, pause, plain = match.groups()
        if override is not None:
            drawing = _DRAWING.search(override)
            is_drawing = drawing[1] != "0" if drawing else is_drawing
            for switch in _SWITCH.finditer(override):
                _turn(switch[1], is_on=switch[2] not in {"", "0"}, out=out, opened=opened)
            if "\\r" in override:
                out += [f"</{name}>" for name in reversed(opened)]
                opened.clear()
        elif is_drawing:
            continue
        elif pause is not None:
            out.append("\u00a0" if pause == "\\h" else "\n")
        else:
            out.append(markup.escape("".join(max(c, " ") for c in plain)))
    out += [f"</{name}>" for name in reversed(opened)]
    text = markup.tidy("".join(out))
    return text if markup.plain(text).strip() else ""


def _turn(name: str, *, is_on: bool, out: list[str], opened: list[str]) -> None:
    """Begin or end one of the three looks, so that tags stay nested."""
    if is_on == (name in opened):
        return
    if is_on:
        opened.append(name)
        out.append(f"<{name}>")
        return
    inner = opened[opened.index(name) + 1 :]
    out += [f"</{one}>" for one in reversed([name, *inner])]
    opened.remove(name)
    out += [f"<{one}>" for one in inner]
