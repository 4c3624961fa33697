"""The decisions of a plan, one film at a time."""

from dataclasses import replace
from fractions import Fraction

import pytest

from lucarne_engine.errors import SourceError
from lucarne_engine.plan import Policy, estimated_cpu_s, from_json, make_plan
from lucarne_engine.probe.report import Color
from tests.engine.plan.reports import audio, report, video

POLICY = Policy()


def plan_of(policy=POLICY, **video_changes):
    return make_plan(report(video=video(**video_changes)), policy)


def sizes(plan):
    return [(rung.name, rung.width, rung.height) for rung in plan.rungs]


@pytest.mark.parametrize(
    ("rate", "constant", "expected"),
    [
        (Fraction(25), True, Fraction(25)),
        (Fraction(30000, 1001), True, Fraction(30000, 1001)),
        (Fraction(60), True, Fraction(60)),
        (Fraction(90), True, Fraction(45)),
        (Fraction(120), True, Fraction(60)),
        (Fraction(240000, 1001), True, Fraction(60000, 1001)),
        (Fraction(1), True, Fraction(1)),
        (Fraction(1, 4), True, Fraction(1)),
        (Fraction(299, 10), False, Fraction(30000, 1001)),
        (Fraction(722, 100), False, Fraction(10)),
        (Fraction(33), False, Fraction(48)),
        (Fraction(0), True, Fraction(25)),
    ],
)
def test_frame_rate(rate, constant, expected):
    plan = plan_of(frame_rate=rate, is_constant_rate=constant)
    assert plan.frame_rate == expected


def test_a_lower_limit_divides_the_rate():
    plan = plan_of(policy=Policy(max_frame_rate=30), frame_rate=Fraction(50))
    assert plan.frame_rate == 25


def test_the_usual_ladder():
    plan = plan_of()
    assert sizes(plan) == [
        ("h264-360", 640, 360),
        ("h264-480", 854, 480),
        ("h264-720", 1280, 720),
        ("h264-1080", 1920, 1080),
    ]
    assert [rung.crf for rung in plan.rungs] == [23] * 4


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"width": 320, "height": 240}, [("h264-240", 320, 240)]),
        (
            {"width": 768, "height": 432},
            [("h264-360", 640, 360), ("h264-432", 768, 432)],
        ),
        (
            {"width": 1920, "height": 880},
            [
                ("h264-360", 640, 294),
                ("h264-480", 854, 392),
                ("h264-720", 1280, 586),
                ("h264-1080", 1920, 880),
            ],
        ),
        ({"width": 1, "height": 1}, [("h264-16", 16, 16)]),
        ({"width": 16, "height": 4000}, [("h264-1080", 16, 4000)]),
        (
            {"width": 568, "height": 320, "rotation": 90},
            [("h264-320", 320, 568)],
        ),
        (
            {"width": 640, "height": 360, "sample_aspect": Fraction(2)},
            [("h264-360", 640, 180), ("h264-480", 854, 240), ("h264-720", 1280, 360)],
        ),
    ],
)
def test_ladders_of_other_shapes(changes, expected):
    assert sizes(plan_of(**changes)) == expected


def test_a_portrait_film_swaps_the_boxes():
    plan = plan_of(width=1080, height=1916)
    assert [rung.name for rung in plan.rungs] == [
        "h264-360",
        "h264-480",
        "h264-720",
        "h264-1080",
    ]
    assert all(rung.height > rung.width for rung in plan.rungs)
    assert (plan.rungs[-1].width, plan.rungs[-1].height) == (1080, 1916)


def test_policy_caps_the_ladder():
    plan = plan_of(policy=Policy(max_height=480), width=3840, height=2160)
    assert [rung.name for rung in plan.rungs] == ["h264-360", "h264-480"]


def test_faster_films_may_have_more_bits():
    slow, fast = plan_of(), plan_of(frame_rate=Fraction(50))
    assert fast.rungs[0].maxrate_kbps == 2 * slow.rungs[0].maxrate_kbps


def test_thirty_pictures_a_second_have_the_budgets_of_the_usual_recipe():
    plan = plan_of(frame_rate=Fraction(30))
    assert [rung.maxrate_kbps for rung in plan.rungs] == [1036, 1475, 3041, 6220]


def test_boundaries_follow_source_keyframes():
    keyframes = tuple(Fraction(n) for n in (0, 3, 5, 9, 16, 20, 29))
    plan = plan_of(keyframes=keyframes)
    # 5 and 9 are equally near to 7: the earlier; nothing lies near 13 and 24.
    assert plan.boundaries == (0, 75, 125, 225, 325, 400, 500, 600, 750)


def test_without_keyframes_every_boundary_is_forced():
    plan = plan_of(keyframes=(Fraction(0),))
    assert plan.boundaries == (0, 100, 200, 300, 400, 500, 600, 750)


def test_a_short_film_is_one_segment():
    plan = make_plan(
        report(duration=Fraction(1), video=video(duration=Fraction(1))), POLICY
    )
    assert plan.boundaries == (0, 25)
    assert len(plan.chunks) == 1


def test_chunks_prefer_to_end_on_source_keyframes():
    keyframes = tuple(Fraction(n) for n in (0, 36))
    plan = make_plan(
        report(
            duration=Fraction(120),
            video=video(duration=Fraction(120), keyframes=keyframes),
        ),
        POLICY,
    )
    assert [chunk.first_frame for chunk in plan.chunks] == [0, 100, 900, 1900, 2900]


def test_nobody_waits_for_the_first_segment_of_a_film_shown_as_it_is():
    copied = make_plan(report(), POLICY)
    encoded = make_plan(report(), POLICY, may_copy_picture=False)
    assert (copied.keeps_original, encoded.keeps_original) == (True, False)
    assert [chunk.segment_count for chunk in copied.chunks] == [7]
    assert [chunk.segment_count for chunk in encoded.chunks] == [1, 6]
    assert copied.boundaries == encoded.boundaries
    assert copied.id != encoded.id


@pytest.mark.parametrize(
    "changes",
    [
        {"codec": "hevc"},
        {"profile": "High 10"},
        {"pixel_format": "yuv422p"},
        {"bit_depth": 10},
        {"is_interlaced": True},
        {"rotation": 90},
        {"is_mirrored": True},
        {"sample_aspect": Fraction(4, 3)},
        {"width": 1081},
        {"height": 4320, "width": 7680},
        {"can_copy": False},
        {"bitrate_kbps": 50_000},
        {"frame_rate": Fraction(120)},
        {"keyframes": (Fraction(0),)},
        {"keyframes": ()},
        {"has_alpha": True},
        {"color": Color(transfer="smpte2084")},
    ],
)
def test_what_is_not_remuxed(changes):
    assert plan_of().keeps_original
    assert not plan_of(**changes).keeps_original


@pytest.mark.parametrize(
    "changes",
    [
        {"codec": "ac3"},
        {"profile": "HE-AAC"},
        {"channels": 6},
        {"sample_rate_hz": 96_000},
        {"bitrate_kbps": 512},
        {"start": Fraction(1)},
        {"duration": Fraction(12)},
        {"can_copy": False},
    ],
)
def test_sound_that_is_encoded_again(changes):
    film = report(audio=(audio(**changes),))
    plan = make_plan(film, POLICY)
    assert not plan.audio[0].is_copy
    assert not plan.keeps_original
    assert (plan.audio[0].channels, plan.audio[0].sample_rate_hz) == (2, 48_000)
    assert plan.audio[0].bitrate_kbps == 128


def test_good_sound_is_copied_and_keeps_its_name():
    track = make_plan(report(audio=(audio(title="VF"),)), POLICY).audio[0]
    assert track.is_copy
    assert (track.name, track.language, track.title) == ("aac-0", "fra", "VF")


def test_mono_stays_mono():
    film = report(audio=(audio(codec="opus", profile="", channels=1),))
    track = make_plan(film, POLICY).audio[0]
    assert (track.channels, track.bitrate_kbps) == (1, 96)


def test_exactly_one_sound_is_the_default():
    film = report(
        audio=(
            audio(index=1, is_default=False),
            audio(index=2, is_default=True),
            audio(index=3, is_default=True),
        )
    )
    plan = make_plan(film, POLICY)
    assert [track.is_default for track in plan.audio] == [False, True, False]
    assert [track.name for track in plan.audio] == ["aac-0", "aac-1", "aac-2"]


def later(film, **policy):
    plan = make_plan(film, replace(POLICY, **policy))
    return {track.name: track for track in plan.later_audio}


def test_every_track_gets_the_common_loudness_later():
    film = report(audio=(audio(title="VF"), audio(index=2, channels=1, codec="opus")))
    tracks = later(film)
    assert list(tracks) == ["sound-0", "sound-1"]
    assert [track.replaces for track in tracks.values()] == ["aac-0", "aac-1"]
    assert {track.target_lufs for track in tracks.values()} == {-16}
    assert not any(track.is_copy for track in tracks.values())
    first, mono = tracks.values()
    assert (first.language, first.title, first.is_default) == ("fra", "VF", True)
    assert (mono.channels, mono.bitrate_kbps) == (1, 96)
    assert later(film, loudness="r128")["sound-1"].target_lufs == -23
    assert later(film, loudness="off") == {}


@pytest.mark.parametrize(
    ("channels", "layout", "has_surround"),
    [
        (6, "5.1", True),
        (6, "5.1(side)", True),
        (7, "6.1", True),
        (8, "7.1", True),
        (8, "7.1(wide)", True),
        (6, "hexagonal", False),
        (4, "quad", False),
        (2, "stereo", False),
    ],
)
def test_surround_sound_stands_beside_stereo(channels, layout, has_surround):
    film = report(audio=(audio(channels=channels, layout=layout, codec="flac"),))
    for loudness, target in (("web", -16), ("off", 0)):
        six = later(film, loudness=loudness).get("sound-0-51")
        assert (six is not None) == has_surround
        if six is not None:
            assert (six.channels, six.bitrate_kbps) == (6, 320)
            assert (six.replaces, six.target_lufs) == ("", target)
            assert not six.is_default
    assert make_plan(film, POLICY).audio[0].channels == 2


def test_a_film_without_sound_keeps_its_original():
    assert make_plan(report(audio=()), POLICY).keeps_original


def test_sound_alone_has_a_plan_without_rungs():
    plan = make_plan(report(video=None), POLICY)
    assert plan.rungs == ()
    assert plan.chunks == ()
    assert plan.pictures is None
    assert plan.duration == 30
    assert plan.boundaries[-1] == 750


def test_neither_picture_nor_sound_is_refused():
    with pytest.raises(SourceError) as caught:
        make_plan(report(video=None, audio=()), POLICY)
    assert caught.value.code == "no_tracks"


@pytest.mark.parametrize(("width", "height"), [(0, 1080), (100_000, 2)])
def test_impossible_sizes_are_refused(width, height):
    with pytest.raises(SourceError) as caught:
        plan_of(width=width, height=height)
    assert caught.value.code == "absurd_dimensions"


def test_sound_that_outlasts_the_picture_holds_the_last_picture():
    plan = make_plan(report(duration=Fraction(60)), POLICY)
    assert plan.frame_count == 1500


def test_a_little_more_sound_adds_no_picture():
    plan = make_plan(report(duration=Fraction(302, 10)), POLICY)
    assert plan.frame_count == 750


def test_the_id_names_the_content():
    plan = plan_of()
    assert len(plan.id) == 12
    assert plan_of(policy=Policy(segment_ms=6000)).id != plan.id
    assert plan_of(policy=Policy(max_height=720)).id != plan.id


@pytest.mark.parametrize("text", ["{}", "[]", '{"id": 3}', "nonsense"])
def test_other_json_is_no_plan(text):
    with pytest.raises(ValueError, match=r"not a plan|Expecting"):
        from_json(text)


def test_hdr_rotation_and_interlacing_reach_the_encoder():
    plan = make_plan(
        report(
            video=replace(
                video(rotation=270, is_mirrored=True, is_interlaced=True),
                color=Color(transfer="arib-std-b67"),
            )
        ),
        POLICY,
    )
    assert (plan.rotation, plan.mirror, plan.deinterlace) == (270, True, True)
    assert plan.tone_map


def test_what_a_film_costs_follows_its_pixels():
    hour = report(duration=Fraction(3600), video=video(duration=Fraction(3600)))
    plan = make_plan(hour, Policy())
    # 25 pictures a second of 360, 480, 720 and 1080 lines: 3.6 million pixels each
    assert estimated_cpu_s(plan) == 3272
    low = make_plan(hour, Policy(max_height=360))
    assert 0 < estimated_cpu_s(low) < estimated_cpu_s(plan) / 10
    assert estimated_cpu_s(make_plan(report(video=None), Policy())) == 0
