"""Readers of our own manifests: what a player learns from them, as plain facts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from xml.etree import ElementTree as ET

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\n]*"|[^,"\n]+)(?:,|$)')
_MPD = "{urn:mpeg:dash:schema:mpd:2011}"


@dataclass(frozen=True)
class Tag:
    name: str
    value: str

    @property
    def attributes(self) -> dict[str, str]:
        found = _ATTRIBUTE.findall(self.value)
        joined = ",".join(f"{key}={value}" for key, value in found)
        assert joined == self.value, "an attribute list that cannot be read back"
        return {key: value.strip('"') for key, value in found}


@dataclass(frozen=True)
class Entry:
    """An address and the tags before it."""

    uri: str
    tags: tuple[Tag, ...]

    def value(self, name: str) -> str:
        return next(tag.value for tag in self.tags if tag.name == name)


def playlist(text: str) -> tuple[list[Tag], list[Entry]]:
    """(tags that stand alone, addresses with the tags that belong to them)."""
    assert text.startswith("#EXTM3U\n")
    assert text.endswith("\n")
    alone: list[Tag] = []
    waiting: list[Tag] = []
    entries: list[Entry] = []
    for line in text.splitlines()[1:]:
        if not line.startswith("#"):
            entries.append(Entry(line, tuple(waiting)))
            waiting = []
            continue
        name, _, value = line[1:].partition(":")
        belongs = name in {"EXTINF", "EXT-X-BYTERANGE", "EXT-X-STREAM-INF"}
        (waiting if belongs else alone).append(Tag(name, value))
    assert not waiting
    return alone, entries


def seconds(entry: Entry) -> Fraction:
    return Fraction(entry.value("EXTINF").rstrip(","))


@dataclass(frozen=True)
class Representation:
    id: str
    codecs: str
    bandwidth: int
    init: str
    segments: tuple[tuple[str, int, int], ...]  # address, start, duration in ticks
    timescale: int
    attributes: dict[str, str]


@dataclass(frozen=True)
class AdaptationSet:
    kind: str
    language: str
    label: str
    role: str
    priority: str | None
    representations: tuple[Representation, ...]


def mpd(text: str) -> tuple[dict[str, str], list[AdaptationSet]]:
    root = ET.fromstring(text)
    assert root.tag == f"{_MPD}MPD"
    sets = []
    for element in root.iterfind(f"{_MPD}Period/{_MPD}AdaptationSet"):
        shared = element.find(f"{_MPD}SegmentTemplate")
        label = element.find(f"{_MPD}Label")
        role = element.find(f"{_MPD}Role")
        assert role is not None
        sets.append(
            AdaptationSet(
                kind=element.attrib["contentType"],
                language=element.get("lang", ""),
                label=(label.text or "") if label is not None else "",
                role=role.attrib["value"],
                priority=element.get("selectionPriority"),
                representations=tuple(
                    _representation(one, shared)
                    for one in element.iterfind(f"{_MPD}Representation")
                ),
            )
        )
    return dict(root.attrib), sets


def _representation(element: ET.Element, shared: ET.Element | None) -> Representation:
    own = element.find(f"{_MPD}SegmentTemplate")
    template = shared if own is None else own
    assert template is not None
    name = element.attrib["id"]
    init, media = (
        template.attrib[key].replace("$RepresentationID$", name)
        for key in ("initialization", "media")
    )
    number, time = int(template.attrib["startNumber"]), 0
    segments = []
    for run in template.iterfind(f"{_MPD}SegmentTimeline/{_MPD}S"):
        time = int(run.get("t", time))
        for _ in range(int(run.get("r", "0")) + 1):
            duration = int(run.attrib["d"])
            segments.append((media.replace("$Number$", str(number)), time, duration))
            number, time = number + 1, time + duration
    return Representation(
        id=name,
        codecs=element.attrib["codecs"],
        bandwidth=int(element.attrib["bandwidth"]),
        init=init,
        segments=tuple(segments),
        timescale=int(template.attrib["timescale"]),
        attributes=dict(element.attrib),
    )
