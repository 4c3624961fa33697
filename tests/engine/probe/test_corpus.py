"""The same questions to real films, where there are some."""

from __future__ import annotations

import pytest

from tests.engine.films import corpus_folder
from tests.engine.probe.summary import of_file

FOLDER = corpus_folder()

# What SOURCES.md says of each film, checked by hand against two decoders.
EXPECTED = dict(
    line.split(" ", 1)
    for line in """\
h_bad_lacing.mkv refused truncated
h_block_ends_beyond_cluster.mkv matroska msmpeg4v3 576x432 30 0.0s ! truncated
h_chunk_out_of_range.mp4 refused not_media
h_corrupt.mkv refused not_media
h_encrypted_cenc.mp4 refused encrypted
h_failing_audio.mp4 mov h264 640x360 25 11.2s A
h_fuzz_case_1185230.mp4 refused undecodable
h_invalid_nalu.mp4 mov h264 1080x720 30000/1001 1.0s
h_invalid_userdata.mp4 refused truncated
h_invalid_vp9_1416.webm refused absurd_dimensions
h_made_bitflips.mp4 mov h264 1280x720 30000/1001 9.6s A ! some_pictures_broken
h_made_playlist_ssrf.mp4 refused is_playlist
h_made_truncated_faststart.mp4 mov h264 1280x720 30000/1001v 3.6s A ! truncated
h_made_truncated_moov_last.mp4 refused truncated
h_malformed_free_box.mp4 refused not_media
h_mdat_too_long.mp4 mov h264 1080x720 30000/1001 1.1s A
h_missing_pps.ts refused undecodable
h_missing_stsd.mp4 mov h264 1080x720 30000/1001 1.0s ! no_audio_decodable
h_moov_only_no_media.mp4 refused truncated
h_no_timescale.mp4 mov h264 320x240 2500/83 6.0s ! some_pictures_broken
h_no_video_frames.ts refused undecodable
h_text_named_webm.webm refused not_media
h_truncated_100bytes.mp4 refused truncated
h_truncated_claims_19min.mkv matroska h264 720x404 24000/1001v 1.7s A ! truncated
h_wrong_suffix_ogg.mkv ogg theora 480x270 30 5.0s A
h_zero_empty_stsc.mp4 refused undecodable
q_anim_bbb_720p_fast_30s.mp4 mov h264 1280x720 24 30.0s A
q_dark_tos_wave_1080p2997.mp4 mov h264 1920x1080 30000/1001 8.0s A
q_grain_bw_720p.mp4 mov h264 1280x720 30000/1001 14.1s A
q_live_coffee_720p.mp4 mov h264 1280x720 30000/1001 9.6s A
q_live_dog_720p.mp4 mov h264 1280x720 30000/1001 9.7s A
q_long_anim_bbb_720p_162s.mp4 mov h264 1280x720 24 162.0s A
q_nature_butterfly_720p.mp4 mov h264 1280x720 30000/1001 7.5s A
q_screen_dark_1080p.webm matroska vp9 1920x1080 30 21.6s
q_screen_light_1080p60.mp4 mov h264 1916x1080 60 19.0s
q_sport_juggle_720p.mp4 mov h264 1280x720 24 10.3s
q_still_cars_432p_30s.mp4 mov h264 768x432 25/2 30.2s A
q_talk_webcam_screen_1920x880p60.mp4 mov h264 1920x880 60 13.6s A
q_text_bbb_720p_credits_30s.mp4 mov h264 1280x720 24 30.0s A
q_vertical_1080x1916.ts mpegts h264 1080x1916 30 12.3s
r_1x1_pixel.mp4 mov h264 1x1 1 5.0s
r_240fps_gopro.mp4 mov h264 1280x720 240000/1001 0.5s A
r_2video_2audio_2subs.mp4 mov h264 480x270 30000/1001 13.1s AA
r_4k_1s.mp4 mov h264 3840x2160 24000/1001 1.0s A
r_8k_hevc_8frames.mp4 mov hevc 7680x4320 24 0.3s A
r_ac3_and_aac_audio.mp4 mov 0.3s AA
r_alpha_vp8.webm matroska vp8 320x240 30 2.7s
r_attachment.mkv matroska h264 640x360 30 2.0s A
r_audio_flac_51.flac flac 1.0s A
r_audio_late_editlist.mp4 mov h264 1920x1080 30 10.0s A
r_audio_only.mp4 mov 5.0s A
r_av1_1080p60_6min_lowrate.mp4 mov av1 1920x1080 60 362.8s A
r_av1_hdr10_mdcv_clli.mp4 mov av1 1920x1080 60000/1001 1.0s A
r_chapters.mp4 mov h264 1280x720 25 5.0s A
r_chapters_444.mkv matroska h264 320x240 30 5.0s A
r_cover_art.mp4 mov h264 640x360 30 2.0s A
r_dovi8_hevc.mp4 mov hevc 640x360 60000/1001 6.0s
r_dvb_teletext_30s.ts mpegts h264 1280x720 25v 30.0s A
r_fragmented.mp4 mov h264 960x540 30000/1001 5.1s A
r_h263_amr.3gp mov h263 352x288 30 5.6s A
r_hdr10_phone_1080p.mp4 mov hevc 1920x1080 30v 1.0s A
r_hevc_ts_aac51.ts mpegts hevc 1920x1080 24 5.0s A
r_hlg_1080p.mp4 mov hevc 1920x1080 30 0.3s A
r_iamf_audio_only.mp4 mov 0.5s A
r_interlaced_1080i_sar43.mov mov mpeg2video 1440x1080 25 1.0s
r_interlaced_h264_ac3_pgs.mts mpegts h264 1920x1080 25 0.5s i A
r_long_counter_5min_240p.mp4 mov h264 320x240 24 300.1s A
r_mjpeg_pcm.avi avi mjpeg 320x240 15 2.7s A
r_mpeg2_mp2.ts mpegts mpeg2video 1920x1080 24v 2.5s A
r_mxf_mpeg2.mxf mxf mpeg2video 720x576 25 10.6s
r_no_duration.webm matroska vp9 1280x720 15000/1001 4.9s A
r_odd_1081x713_vp9.webm matroska vp9 1081x713 20/3v 17.6s
r_one_frame_h263.3gp mov h263 176x144 30 0.0s
r_prores422hq.mov mov prores 320x240 25 1.0s
r_qtrle_alpha.mov mov qtrle 320x240 25 1.0s
r_res_change.h264 h264 h264 848x464 30 3.2s
r_rot90_51_1080p.mp4 mov h264 1920x1080 24 2.0s r90 A
r_rot90_iphone_gps.mov mov h264 568x320 30000/1001 4.0s r90 A
r_rotate_and_reflect.mp4 mov h264 1080x720 30000/1001 1.1s r90 m A
r_sar_2x1.mp4 mov h264 640x360 30 5.0s
r_subs_ass.mkv matroska h264 1080x720 30 1.1s A
r_subs_pgs.mkv matroska h264 1080x720 240v 1.0s A
r_theora_sar.ogv ogg theora 1280x720 25v 5.0s A
r_thin_16x4000.ts mpegts h264 16x4000 30 1.0s
r_ts_dts_wrap_1080p.ts mpegts h264 1920x1080 25 2.6s
r_vfr_cursed_3026x1386.mp4 mov h264 3026x1386 30v 8.7s
r_vfr_phone_ducks_720p.mp4 mov h264 1280x720 30000/1001 3.6s A
r_video_only.mp4 mov h264 1080x720 30000/1001 1.0s
r_vp9_vorbis51_60fps.webm matroska vp9 960x540 60 1.0s A
r_vvc_unsupported.mp4 mov vvc 320x180 24 5.0s
r_wmv_asf.wmv asf wmv2 640x356 25 0.1s A
""".splitlines()
)


@pytest.mark.corpus
@pytest.mark.skipif(
    FOLDER is None, reason="no real films here: LUCARNE_TEST_MEDIA names a folder"
)
@pytest.mark.parametrize("name", EXPECTED)
def test_real_films(name: str) -> None:
    assert FOLDER is not None
    assert of_file(FOLDER / name) == EXPECTED[name]
