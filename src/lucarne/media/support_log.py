"""A film's log to hand to support: what was found, planned and done, as plain text.

It is written when it is asked for, from rows that live as long as the film does: there
is no file to sweep. Who wrote the film, what it is called and where it lies on this
machine are left out, so that it can be shown to strangers; see ``Names``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from lucarne.core import conf
from lucarne.media import machine, progress, queries
from lucarne.media.models import Asset, Fine, Unit
from lucarne.media.redaction import Redactor
from lucarne_engine.plan import codec as plan_codec
from lucarne_engine.probe import codec as report_codec

# No log is longer: what does not fit is counted, failures come before all else.
MOST_BYTES: Final = 512 * 1024
MOST_UNITS: Final = 400
_LIST_KEPT: Final = 12


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the film is called; only whoever asks for it finds it in the log."""

    title: str
    file: str


def write(
    asset_id: str, *, video_id: str, names: Names | None, hidden: tuple[str, ...] = (),
    at: datetime,
) -> str:  # fmt: skip
    """Return the whole log. ``hidden`` are words that must not be in it.

    Raises UnknownAsset.
    """
    asset = queries.find(asset_id)
    words = () if names else (asset.source_name, *hidden)
    redact = Redactor(words)
    lines: list[str] = [
        f"Log of film {video_id} ({asset_id}), written {_moment(at)}. Times are UTC.",
        "" if names else "Without the film's title, file name and paths of this machine.",
        *_section("versions", _pairs(machine.versions())),
        *_section("machine that wrote this", _pairs(machine.facts())),
        *_section("settings", _pairs(_settings())),
        *_section("film", _pairs(_film(asset, names, redact))),
        *_section("units", _units(asset, redact)),
        *_section("fine pass", _fine(asset)),
        *_section("renditions", _renditions(asset_id)),
        *_section("source report", _report(asset, redact, is_named=names is not None)),
        *_section("plan", _plan(asset)),
    ]
    return _cut("\n".join(lines) + "\n")


def _section(name: str, lines: Iterator[str]) -> list[str]:
    return ["", f"== {name} ==", *lines]


def _pairs(facts: dict[str, object]) -> Iterator[str]:
    for name, value in facts.items():
        yield f"{name}: {value}"


def _settings() -> dict[str, object]:
    settings = conf.get()
    return {
        f"{group}.{name}": value
        for group in ("media", "jobs", "fine")
        for name, value in getattr(settings, group).model_dump(mode="json").items()
        if not isinstance(value, str) or "/" not in value  # no paths
    }


def _film(asset: Asset, names: Names | None, redact: Redactor) -> dict[str, object]:
    named = {"title": names.title, "file": names.file} if names else {}
    return {
        **named,
        "state": asset.state,
        "error": asset.error_code or "-",
        "error detail": redact(asset.error_detail) or "-",
        "warnings": ", ".join(asset.warnings) or "-",
        "size in bytes": asset.size_bytes,
        "length in ms": asset.duration_ms,
        "received": _moment(asset.received_at),
        "playable": _moment(asset.playable_at),
        "ready": _moment(asset.ready_at),
        "failed": _moment(asset.failed_at),
        "plays the original": asset.has_original,
        "urgency": asset.urgency,
    }


def _units(asset: Asset, redact: Redactor) -> Iterator[str]:
    """The failed ones first, which are why somebody reads this."""
    units = list(asset.units.order_by("priority", "chunk", "id"))
    failed = [unit for unit in units if unit.failures or unit.error_code]
    others = [unit for unit in units if unit not in failed]
    for unit in (*failed, *others)[:MOST_UNITS]:
        yield _unit(unit)
        for failure in unit.failures:
            took = f"{failure['took_s']} s"
            yield f"    {failure['began']} failed after {took}: {failure['code']}"
            for said in redact(failure["detail"]).split(" | "):
                yield f"      {said}"
        if unit.error_code and not unit.failures:
            yield f"    {unit.error_code}: {redact(unit.error_detail)[:1000]}"
    if len(units) > MOST_UNITS:
        yield f"({len(units) - MOST_UNITS} more units)"


def _unit(unit: Unit) -> str:
    took = "-"
    if unit.started_at and unit.finished_at:
        took = f"{(unit.finished_at - unit.started_at).total_seconds():.1f} s"
    return (
        f"{unit.name}: {unit.state}, rungs {' '.join(unit.rungs) or '-'}, "
        f"{unit.frames} pictures, attempts {unit.attempts}, "
        f"began {_moment(unit.started_at)}, ended {_moment(unit.finished_at)}, "
        f"took {took}, CPU {unit.cpu_s:.1f} s, "
        f"at {100 * unit.fraction:.0f} %, speed {unit.speed:.2f}"
    )


def _fine(asset: Asset) -> Iterator[str]:
    row = Fine.objects.filter(asset=asset).first()
    if row is None:
        yield "none"
        return
    yield f"{row.state}, {row.error_code or 'no error'}"
    yield f"began {_moment(row.started_at)}, ended {_moment(row.finished_at)}"


def _renditions(asset_id: str) -> Iterator[str]:
    for one in progress.progress(asset_id).renditions:
        yield (
            f"{one.name}: {one.state}, {one.width}x{one.height}, "
            f"{one.bitrate_kbps} kbit/s, {one.size_bytes} bytes"
        )


def _report(asset: Asset, redact: Redactor, *, is_named: bool) -> Iterator[str]:
    if not asset.report:
        yield "The file was not looked into, or could not be."
        return
    plain = report_codec.to_plain(report_codec.from_json(asset.report))
    yield from _json(plain if is_named else redact.without_titles(plain))


def _plan(asset: Asset) -> Iterator[str]:
    if not asset.plan:
        yield "There is none."
        return
    plan = json.loads(plan_codec.to_json(plan_codec.from_json(asset.plan)))
    for sound in (*plan.get("audio", ()), *plan.get("later_audio", ())):
        sound.pop("title", None)
    yield from _json(plan)


def _json(value: Any) -> Iterator[str]:
    text = json.dumps(_short(value), indent=1, ensure_ascii=False)
    yield from text.splitlines()


def _short(value: Any) -> Any:
    """Keep the beginning of long lists: key frames and segments count by thousands."""
    if isinstance(value, dict):
        return {name: _short(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        kept = [_short(item) for item in value[:_LIST_KEPT]]
        more = len(value) - len(kept)
        return [*kept, f"… {more} more"] if more else kept
    return value


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return "-"
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _cut(text: str) -> str:
    data = text.encode("utf-8", "replace")
    if len(data) <= MOST_BYTES:
        return text
    kept = data[:MOST_BYTES].decode("utf-8", "ignore")
    return f"{kept}\n(cut here: the log had {len(data)} bytes)\n"
