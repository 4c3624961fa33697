"""The log says what happened, and neither whose film it is nor where it lies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from lucarne.core import conf
from lucarne.media import progress, support_log, units
from lucarne.media.models import Asset, Unit
from lucarne.media.redaction import Redactor
from lucarne_engine.errors import EncoderError
from lucarne_engine.probe import codec as report_codec
from lucarne_engine.probe.report import Chapter
from tests.engine.plan.reports import audio, report
from tests.media.planned import planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
FILE = "Mariage de Zoé.mp4"


@pytest.fixture
def asset() -> Asset:
    asset = planned(at=AT, name=FILE)
    secret = replace(
        report(audio=(audio(title="Zoé parle"),)),
        chapters=(Chapter(start=Fraction(0), end=Fraction(9), title="La mairie"),),
    )
    Asset.objects.filter(pk=asset.pk).update(report=report_codec.to_json(secret))
    unit = Unit.objects.select_related("asset").get(asset=asset, name="video-00001")
    said = (
        f"status 1: [libx264 @ 0x5] broken header | {conf.get().paths.data.resolve()}"
        f"/scratch/x: full | /home/zoe/{FILE}: bad | mariage de zoé, by zoe@example.org"
    )
    units._keep_failure(unit, EncoderError("encoder_failed", said), began=AT, ended=AT)
    units.fail_unit(unit, EncoderError("encoder_failed", said), at=AT)
    return asset


def written(asset: Asset, *, named: bool = False) -> str:
    names = support_log.Names(title="Notre mariage", file=FILE) if named else None
    return support_log.write(
        asset.public_id, video_id="vid_1", names=names, hidden=("Notre mariage",), at=AT
    )


def test_it_says_what_happened_and_on_what(asset: Asset) -> None:
    text = written(asset)
    for words in (
        "Log of film vid_1", "ffmpeg: ffmpeg-", "database: ", "cores: ", "sandbox: landlock",
        "media.max_height: 1080", "state: failed", "error: encoder_failed",
        "failed after 0.0 s: encoder_failed", "[libx264 @ 0x5] broken header",
        "video-00000: waiting, rungs h264-360", '"codec": "h264"', "h264-1080: failed",
        '"name": "h264-720"', "== plan ==",
    ):  # fmt: skip
        assert words in text
    # Why somebody reads it comes first.
    assert text.index("video-00001:") < text.index("video-00000:")


def test_it_names_nobody_unless_asked(asset: Asset) -> None:
    text = written(asset)
    folder = str(conf.get().paths.data.resolve())
    for secret in ("Zoé", "zoé", "zoe", "mariage", "mairie", folder):
        assert secret not in text
    assert "<data>/scratch/x: full" in text
    assert '"title": "(9 characters)"' in text
    named = written(asset, named=True)
    assert "title: Notre mariage" in named
    assert f"file: {FILE}" in named
    assert "La mairie" in named
    assert folder not in named


def test_a_film_that_was_never_looked_into_has_one_too() -> None:
    asset = Asset.objects.create(
        public_id="ast_1", source_name="b.mp4", size_bytes=3, received_at=AT,
        state="failed", error_code="not_media",
    )  # fmt: skip
    text = written(asset)
    assert "error: not_media" in text
    assert "The file was not looked into" in text


def test_it_is_bounded(asset: Asset) -> None:
    Unit.objects.bulk_create(
        Unit(asset=asset, kind="video", name=f"more-{n}", rungs=["h264-360"] * 8,
             state="failed", error_code="x", error_detail="y" * 4000)
        for n in range(2000)
    )  # fmt: skip
    assert "1606 more units)" in written(asset)
    failure = {"began": "", "took_s": 1, "code": "x", "detail": "z | " * 370}
    Unit.objects.update(failures=[failure] * 5)
    text = written(asset)
    assert len(text.encode()) < support_log.MOST_BYTES + 100
    assert text.rstrip().endswith("bytes)")
    assert progress.progress(asset.public_id).is_failed


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("/srv/tv/a b.mp4: no", "<path> b.mp4: no"),
        ("frame 1/2, and/or 3", "frame 1/2, and/or 3"),
        ("'/etc/x.conf' and (/a)", "'<path>' and (<path>)"),
        ("write to lea@example.org", "write to <address>"),
        ("Garden gardener", "<name> gardener"),
    ],
)
def test_redaction(said: str, shown: str) -> None:
    assert Redactor(["garden.mp4"])(said) == shown
