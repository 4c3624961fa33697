"""``SourceReport`` to JSON and back, exactly: ``from_json(to_json(x)) == x``.

A ``Fraction`` is written as the text "numerator/denominator". Reports are kept for
years: what later versions look for may be missing from them, and is then empty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from lucarne_engine.probe.report import (
    AudioStream,
    Chapter,
    Color,
    ContentLight,
    Cover,
    MasteringDisplay,
    Problem,
    SourceReport,
    TextTrack,
    VideoStream,
)


def to_plain(report: SourceReport) -> dict[str, Any]:
    """The report in values that JSON knows."""
    plain: dict[str, Any] = _plain(asdict(report))
    return plain


def from_plain(data: Mapping[str, Any]) -> SourceReport:
    fields = dict(data)
    video = fields.pop("video")
    return SourceReport(
        video=None if video is None else _video(video),
        audio=tuple(
            AudioStream(**_with_fractions(item, "start", "duration"))
            for item in fields.pop("audio")
        ),
        texts=tuple(TextTrack(**item) for item in fields.pop("texts", ())),
        chapters=tuple(
            Chapter(**_with_fractions(item, "start", "end"))
            for item in fields.pop("chapters", ())
        ),
        covers=tuple(Cover(**item) for item in fields.pop("covers", ())),
        problems=tuple(Problem(**item) for item in fields.pop("problems")),
        **_with_fractions(fields, "duration", "declared_duration", "clock_zero"),
    )


def to_json(report: SourceReport) -> str:
    """Canonical: sorted keys, no spaces."""
    return json.dumps(to_plain(report), sort_keys=True, separators=(",", ":"))


def from_json(text: str | bytes) -> SourceReport:
    return from_plain(json.loads(text))


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _with_fractions(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {k: Fraction(v) if k in names else v for k, v in data.items()}


def _video(data: Mapping[str, Any]) -> VideoStream:
    fields = _with_fractions(
        data, "sample_aspect", "frame_rate", "start", "duration", "still_end"
    )
    fields["color"] = Color(**fields["color"])
    fields["keyframes"] = tuple(map(Fraction, fields["keyframes"]))
    if mastering := fields.get("mastering"):
        fields["mastering"] = _mastering(mastering)
    if light := fields.get("light"):
        fields["light"] = ContentLight(**light)
    return VideoStream(**fields)


def _mastering(data: Mapping[str, Any]) -> MasteringDisplay:
    places = {"red", "green", "blue", "white"}
    fields: dict[str, Any] = {k: tuple(v) if k in places else v for k, v in data.items()}
    return MasteringDisplay(**fields)
