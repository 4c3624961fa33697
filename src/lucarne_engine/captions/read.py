"""A caption file in one call. Pure: whoever has a stranger's file goes by ``reader``."""

from __future__ import annotations

from lucarne_engine.captions import check, subrip, ttml, webvtt
from lucarne_engine.captions.decode import decode
from lucarne_engine.captions.model import Findings, Found, Reading


def read(data: bytes, *, duration_ms: int = 0) -> Reading:
    """Read what is in a file, whatever its name says.

    ``duration_ms`` is the film's, 0 when it is not known. Never raises for what is in
    the file: ``errors`` say why there are no cues.
    """
    findings = Findings()
    text = decode(data, findings)
    if text is None:
        return Reading(errors=tuple(findings.errors))
    form, found = _parse(text, findings)
    if form and not found and not findings.errors:
        findings.refuse("no_cues")
    cues = () if findings.errors else check.fit(found, duration_ms, findings)
    return Reading(
        form=form,
        cues=() if findings.errors else cues,
        errors=tuple(findings.errors),
        notes=findings.notes,
    )


def _parse(text: str, findings: Findings) -> tuple[str, list[Found]]:
    if webvtt.is_webvtt(text):
        return "webvtt", webvtt.parse(text, findings)
    if ttml.is_ttml(text):
        return "ttml", ttml.parse(text, findings)
    if subrip.is_subrip(text):
        return "subrip", subrip.parse(text, findings)
    first = next(line for line in text.split("\n") if line.strip())
    findings.refuse("unknown_format", 0, first)
    return "", []
