"""Real films, where there are some: what comes out of each, or why it is refused.

The table says what must be published: how many rungs, size and rate of the top one, the
length, what is done to the picture, each sound track as it comes out (surround sound
beside its stereo mix), and all warnings, those of the encoder too. The encoder's pictures
and sound are decoded and must agree.
"""

from fractions import Fraction
from io import BytesIO

import av
import pytest

from lucarne_engine.encode import encode_audio, encode_chunk, encode_levelled
from lucarne_engine.errors import SourceError
from lucarne_engine.pictures import make_first_poster
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.reader import FilmReader, probe
from tests.engine.films import corpus_folder

FOLDER = corpus_folder()
# Short chunks: the first and the last are two looks into every film.
POLICY = Policy(segment_ms=2000, chunk_ms=4000)
LONGEST_SOUND_S = 12  # of a film whose sound is encoded as a whole
PRIMING = Fraction(1024, 16_000)  # one frame of the slowest sound

EXPECTED = dict(
    line.split(" ", 1)
    for line in """\
h_bad_lacing.mkv refused truncated
h_block_ends_beyond_cluster.mkv 2 576x432 30 0.03s ! truncated
h_chunk_out_of_range.mp4 refused not_media
h_corrupt.mkv refused not_media
h_encrypted_cenc.mp4 refused encrypted
h_failing_audio.mp4 1 640x360 25 11.20s stereo
h_fuzz_case_1185230.mp4 refused undecodable
h_invalid_nalu.mp4 3 1080x720 30000/1001 1.00s ! some_pictures_broken
h_invalid_userdata.mp4 refused truncated
h_invalid_vp9_1416.webm refused absurd_dimensions
h_made_bitflips.mp4 3 1280x720 30000/1001 9.58s stereo:eng ! some_pictures_broken
h_made_playlist_ssrf.mp4 refused is_playlist
h_made_truncated_faststart.mp4 3 1280x720 30000/1001 3.57s stereo ! some_pictures_broken ! truncated
h_made_truncated_moov_last.mp4 refused truncated
h_malformed_free_box.mp4 refused not_media
h_mdat_too_long.mp4 3 1080x720 30000/1001 1.00s mono
h_missing_pps.ts refused undecodable
h_missing_stsd.mp4 3 1080x720 30000/1001 1.00s ! no_audio_decodable
h_moov_only_no_media.mp4 refused truncated
h_no_timescale.mp4 1 320x240 2500/83 6.04s ! some_pictures_broken
h_no_video_frames.ts refused undecodable
h_text_named_webm.webm refused not_media
h_truncated_100bytes.mp4 refused truncated
h_truncated_claims_19min.mkv 2 720x404 24000/1001 1.58s stereo ! truncated
h_wrong_suffix_ogg.mkv 1 480x270 30 5.00s stereo
h_zero_empty_stsc.mp4 refused undecodable
q_anim_bbb_720p_fast_30s.mp4 3 1280x720 24 30.00s stereo
q_dark_tos_wave_1080p2997.mp4 4 1920x1080 30000/1001 8.01s stereo
q_grain_bw_720p.mp4 3 1280x720 30000/1001 14.08s stereo
q_live_coffee_720p.mp4 3 1280x720 30000/1001 9.58s stereo:eng
q_live_dog_720p.mp4 3 1280x720 30000/1001 9.64s stereo:eng
q_long_anim_bbb_720p_162s.mp4 3 1280x720 24 162.00s stereo
q_nature_butterfly_720p.mp4 3 1280x720 30000/1001 7.54s stereo
q_screen_dark_1080p.webm 4 1920x1080 30 21.60s
q_screen_light_1080p60.mp4 4 1916x1080 60 19.02s
q_sport_juggle_720p.mp4 3 1280x720 24 10.29s
q_still_cars_432p_30s.mp4 2 768x432 25/2 30.16s stereo:eng
q_talk_webcam_screen_1920x880p60.mp4 4 1920x880 60 13.62s mono
q_text_bbb_720p_credits_30s.mp4 3 1280x720 24 30.00s stereo
q_vertical_1080x1916.ts 4 1080x1916 30 12.30s
r_1x1_pixel.mp4 1 16x16 1 5.00s
r_240fps_gopro.mp4 3 1280x720 60000/1001 0.52s stereo:eng
r_2video_2audio_2subs.mp4 1 480x270 30000/1001 13.01s stereo:eng stereo:eng
r_4k_1s.mp4 4 1920x1080 24000/1001 1.00s stereo:fra
r_8k_hevc_8frames.mp4 4 1920x1080 24 0.33s stereo:eng
r_ac3_and_aac_audio.mp4 0.28s stereo stereo 5.1
r_alpha_vp8.webm 1 320x240 30 2.73s
r_attachment.mkv 1 640x360 30 2.03s stereo
r_audio_flac_51.flac 1.00s stereo 5.1
r_audio_late_editlist.mp4 4 1920x1080 30 10.00s stereo
r_audio_only.mp4 5.00s stereo
r_av1_1080p60_6min_lowrate.mp4 4 1920x1080 60 362.77s stereo
r_av1_hdr10_mdcv_clli.mp4 4 1920x1080 60000/1001 1.00s tone-mapped stereo
r_chapters.mp4 3 1280x676 25 5.00s stereo
r_chapters_444.mkv 1 320x240 30 5.00s mono
r_cover_art.mp4 1 640x360 30 2.00s stereo
r_dovi8_hevc.mp4 1 640x360 60000/1001 6.02s tone-mapped
r_dvb_teletext_30s.ts 3 1280x720 25 30.04s stereo
r_fragmented.mp4 3 960x540 30000/1001 5.07s stereo
r_h263_amr.3gp 1 504x288 30 5.53s mono:eng
r_hdr10_phone_1080p.mp4 4 1920x1080 30 1.03s tone-mapped stereo:eng
r_hevc_ts_aac51.ts 4 1920x1080 24 5.00s stereo:eng 5.1:eng
r_hlg_1080p.mp4 4 1920x1080 30 0.30s tone-mapped stereo:eng
r_iamf_audio_only.mp4 0.48s stereo
r_interlaced_1080i_sar43.mov 4 1920x1080 25 1.00s
r_interlaced_h264_ac3_pgs.mts 4 1920x1080 25 0.52s deinterlaced stereo
r_long_counter_5min_240p.mp4 1 320x240 24 300.00s mono
r_mjpeg_pcm.avi 1 320x240 15 2.73s mono
r_mpeg2_mp2.ts 4 1920x1080 24 2.50s stereo
r_mxf_mpeg2.mxf 3 768x576 25 10.64s
r_no_duration.webm 3 1280x720 15000/1001 4.94s stereo:eng
r_odd_1081x713_vp9.webm 3 1080x712 10 17.60s
r_one_frame_h263.3gp 1 216x144 30 0.03s
r_prores422hq.mov 1 320x240 25 1.00s
r_qtrle_alpha.mov 1 320x240 25 1.00s
r_res_change.h264 2 848x464 30 3.20s
r_rot90_51_1080p.mp4 4 1080x1920 24 1.96s turned90 stereo:eng 5.1:eng
r_rot90_iphone_gps.mov 1 320x568 30000/1001 4.00s turned90 mono
r_rotate_and_reflect.mp4 3 720x1080 30000/1001 1.00s turned90 mirrored mono
r_sar_2x1.mp4 3 1280x360 30 5.00s
r_subs_ass.mkv 3 1080x720 30 0.97s mono
r_subs_pgs.mkv 3 1080x720 60 1.02s mono
r_theora_sar.ogv 3 1280x676 25 5.00s stereo
r_thin_16x4000.ts 1 16x4000 30 1.00s
r_ts_dts_wrap_1080p.ts 4 1920x1080 25 2.56s
r_vfr_cursed_3026x1386.mp4 4 1920x880 30 8.73s
r_vfr_phone_ducks_720p.mp4 3 1280x720 30000/1001 3.64s stereo
r_video_only.mp4 3 1080x720 30000/1001 1.00s
r_vp9_vorbis51_60fps.webm 3 960x540 60 1.00s stereo 5.1
r_vvc_unsupported.mp4 1 320x180 24 5.00s
r_wmv_asf.wmv 1 640x356 25 0.08s stereo
""".splitlines()
)


def quietly(_):
    pass


def summary(plan, problems):
    """Such as ``3 1280x720 24 9.64s turned90 deinterlaced stereo:eng ! truncated``."""
    words = []
    if plan.rungs:
        top = plan.rungs[-1]
        words += [str(len(plan.rungs)), f"{top.width}x{top.height}"]
        words += [str(plan.frame_rate)]
    words += [f"{float(plan.duration):.2f}s"]
    words += [f"turned{plan.rotation}"] * bool(plan.rotation)
    words += ["mirrored"] * plan.mirror + ["deinterlaced"] * plan.deinterlace
    words += ["tone-mapped"] * plan.tone_map
    for track in (*plan.audio, *(one for one in plan.later_audio if not one.replaces)):
        layout = {1: "mono", 2: "stereo", 6: "5.1"}[track.channels]
        words += [f"{layout}:{track.language}".strip(":")]
    return " ".join(words + [f"! {code}" for code in sorted(problems)])


def parts_of(track):
    return b"".join(file.read_bytes() for file in (track.init, *track.files))


def check_pictures(result, plan, chunk):
    """Every picture of the chunk is there, at its time, of the planned size."""
    rung = plan.rungs[0]
    with av.open(BytesIO(parts_of(result.tracks[0]))) as container:
        base = container.streams.video[0].time_base
        frames = list(container.decode(video=0))
    times = [frame.pts * base for frame in frames]
    numbers = range(chunk.first_frame, chunk.first_frame + chunk.frame_count)
    assert times == [number / plan.frame_rate for number in numbers]
    assert {(frame.width, frame.height) for frame in frames} == {
        (rung.width, rung.height)
    }
    assert {frame.format.name for frame in frames} == {"yuv420p"}
    assert not any(frame.interlaced_frame for frame in frames)


def check_sound(track, audio, plan):
    """The sound begins with the film and lasts as long, in the planned layout."""
    with av.open(BytesIO(parts_of(track))) as container:
        stream = container.streams.audio[0]
        rate = stream.codec_context.sample_rate
        frames = list(container.decode(audio=0))
        assert stream.codec_context.channels == audio.channels
        assert stream.metadata.get("language", "und") == (audio.language or "und")
    first, last = frames[0], frames[-1]
    begin = first.pts * first.time_base
    end = last.pts * last.time_base + Fraction(last.samples, rate)
    assert abs(begin) <= PRIMING
    assert abs(end - plan.duration) <= PRIMING + 1 / plan.frame_rate


def outcome_of(path, out):
    try:
        report = probe(path)
        plan = make_plan(report, POLICY, may_copy_picture=False)
    except SourceError as error:
        return f"refused {error.code}"
    problems = {problem.code for problem in report.problems}
    for number in {0, len(plan.chunks) - 1} if plan.chunks else ():
        result = encode_chunk(
            path, report, plan,
            chunk=number, rungs=(plan.rungs[0].name,), out=out, on_progress=quietly,
        )  # fmt: skip
        check_pictures(result, plan, plan.chunks[number])
        problems |= {problem.code for problem in result.problems}
    if plan.rungs:
        assert make_first_poster(path, report, plan, out=out).poster.files[0].exists()
    if plan.duration <= LONGEST_SOUND_S:
        listen(path, report, plan, out)
    return summary(plan, problems)


def listen(path, report, plan, out):
    for audio in plan.audio:
        track = encode_audio(
            path, report, plan,
            name=audio.name, out=out, on_segments=quietly, on_progress=quietly,
        )  # fmt: skip
        check_sound(track, audio, plan)
    for audio in plan.later_audio:
        made = encode_levelled(
            path, report, plan, name=audio.name, out=out, on_progress=quietly
        )
        if made.track is not None:
            check_sound(made.track, audio, plan)
        assert made.track is not None or audio.replaces
    copies = [audio for audio in plan.audio if audio.is_copy]
    if copies:
        (out / "copies").mkdir()
        with FilmReader(path, out=out / "copies") as reader:
            tracks = reader.remux(report, plan)
        for audio, track in zip(copies, tracks, strict=True):
            check_sound(track, audio, plan)


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.skipif(
    FOLDER is None, reason="no real films here: LUCARNE_TEST_MEDIA names a folder"
)
@pytest.mark.parametrize("name", EXPECTED)
def test_every_film(name, tmp_path):
    assert FOLDER is not None
    assert outcome_of(FOLDER / name, tmp_path) == EXPECTED[name]


@pytest.mark.corpus
@pytest.mark.skipif(FOLDER is None, reason="no real films here")
def test_no_film_is_left_out():
    assert FOLDER is not None
    assert {path.name for path in FOLDER.glob("[hqr]_*.*")} == set(EXPECTED)
