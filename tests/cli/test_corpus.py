"""Every hostile film of the corpus, in one call of the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lucarne.media.sentences import WARNINGS
from tests.engine.films import corpus_folder
from tests.live_portal import Portal

FOLDER = corpus_folder()

# What becomes of each: a code of refusal, or how long it is and what it warns of.
EXPECTED: dict[str, str | tuple[float, set[str]]] = {
    "h_bad_lacing.mkv": "truncated",
    "h_block_ends_beyond_cluster.mkv": (0.03, {"truncated"}),
    "h_chunk_out_of_range.mp4": "not_media",
    "h_corrupt.mkv": "not_media",
    "h_encrypted_cenc.mp4": "encrypted",
    "h_failing_audio.mp4": (11.2, set()),
    "h_fuzz_case_1185230.mp4": "undecodable",
    "h_invalid_nalu.mp4": (1.0, {"some_pictures_broken"}),
    "h_invalid_userdata.mp4": "truncated",
    "h_invalid_vp9_1416.webm": "absurd_dimensions",
    "h_made_bitflips.mp4": (9.6, {"some_pictures_broken"}),
    "h_made_playlist_ssrf.mp4": "is_playlist",
    "h_made_truncated_faststart.mp4": (3.6, {"truncated", "some_pictures_broken"}),
    "h_made_truncated_moov_last.mp4": "truncated",
    "h_malformed_free_box.mp4": "not_media",
    "h_mdat_too_long.mp4": (1.0, set()),
    "h_missing_pps.ts": "undecodable",
    "h_missing_stsd.mp4": (1.0, {"no_audio_decodable"}),
    "h_moov_only_no_media.mp4": "truncated",
    "h_no_timescale.mp4": (6.0, {"some_pictures_broken"}),
    "h_no_video_frames.ts": "undecodable",
    "h_text_named_webm.webm": "not_media",
    "h_truncated_100bytes.mp4": "truncated",
    "h_truncated_claims_19min.mkv": (1.6, {"truncated"}),
    "h_wrong_suffix_ogg.mkv": (5.0, set()),
    "h_zero_empty_stsc.mp4": "undecodable",
}
# So long the whole call may take on a machine that does other things as well.
MOST_S = 900


@pytest.mark.corpus
@pytest.mark.skipif(FOLDER is None, reason="no real films here: LUCARNE_TEST_MEDIA names a folder")
def test_hostile_films_in_one_call(tmp_path: Path) -> None:
    assert FOLDER is not None
    paths = sorted(FOLDER.glob("h_*"))
    assert [path.name for path in paths] == sorted(EXPECTED)
    # One small rung of each: what is hostile is met while a film is read.
    portal = Portal(tmp_path / "data", LUCARNE_MEDIA__MAX_HEIGHT="144")
    portal.init()
    done = portal.cli(
        "publish", "--json", *map(str, paths), check=False, timeout=MOST_S
    )
    assert done.returncode == 1
    assert done.stderr == ""
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(outcomes) == len(paths)
    for path, outcome in zip(paths, outcomes, strict=True):
        wanted = EXPECTED[path.name]
        if isinstance(wanted, str):
            assert outcome["error"]["code"] == wanted, path.name
            assert outcome["error"]["message"].count(path.name) == 1
            assert outcome["error"]["message"].endswith(".")
            continue
        seconds, warnings = wanted
        # The length is that of what decodes, whatever the file declares.
        assert abs(outcome["duration_ms"] / 1000 - seconds) < 0.15, path.name
        assert set(outcome["warnings"]) == {WARNINGS[code] for code in warnings}
        assert {one["state"] for one in outcome["renditions"]} == {"done"}
        assert outcome["ready_after_ms"] > 0
    check = portal.cli("check", "--storage", "--json", check=False)
    levels = {one["id"]: one["level"] for one in json.loads(check.stdout)["findings"]}
    assert levels["storage"] == "ok"
    for folder in ("incoming", "scratch"):
        assert list((portal.data / folder).rglob("*")) == []
