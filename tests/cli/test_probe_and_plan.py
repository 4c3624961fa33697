"""``lucarne probe`` and ``lucarne plan``: no portal, no data folder, only looking."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lucarne_engine import plan as plans
from lucarne_engine.probe import codec
from lucarne_engine.reader import probe
from tests.engine.films import film
from tests.live_portal import Portal

FRENCH = {"LC_ALL": "fr_FR.UTF-8"}


@pytest.fixture
def nobody(tmp_path: Path) -> Portal:
    """Give the command line of somebody who has no portal."""
    return Portal(tmp_path / "data")


def said(text: str) -> dict[str, list[str]]:
    """Read labels and what they say; a line without a label goes with the one above."""
    found: dict[str, list[str]] = {}
    label = ""
    for line in text.splitlines()[1:]:
        before, _, after = line.strip().rpartition("  ")
        label = before.strip() or label
        found.setdefault(label, []).append(after)
    return found


def test_what_is_in_a_film(nobody: Portal) -> None:
    path = str(film("two_languages"))
    done = nobody.cli("probe", path)
    assert done.stdout.startswith("two_languages.mp4\n")
    words = said(done.stdout)
    assert words["Container"][0].startswith("MP4 / QuickTime, ")
    assert words["Length"] == ["0:04.0"]
    (picture,) = words["Picture"]
    assert picture.startswith("H.264 Main, 320x180, 30 pictures a second, constant")
    assert [one.split(", ")[1] for one in words["Sound"]] == ["stereo", "mono"]
    assert [one.split(", ")[-1] for one in words["Sound"]] == ["French", "English"]
    french = said(nobody.cli("probe", path, **FRENCH).stdout)
    assert "30 images par seconde, constante" in french["Image"][0]
    assert french["Son"][0].lower().endswith("français")
    assert not nobody.data.exists()


def test_what_comes_beside_picture_and_sound(nobody: Portal) -> None:
    words = said(nobody.cli("probe", str(film("extras_mkv"))).stdout)
    assert words["Subtitles"] == [
        "ASS, text, French, “Affiches”, only what is not understood anyway",
        "SubRip, text, for the hard of hearing",
    ]
    assert words["Chapter"][:2] == ["0:00.0 – 0:01.5 “Opening”", "0:01.5 – 0:03.0 “L’été”"]
    assert len(words["Chapter"]) == 3


def test_the_report_as_json(nobody: Portal) -> None:
    path = film("truncated")
    done = nobody.cli("probe", str(path), "--json")
    assert done.stdout.count("\n") == 1
    assert codec.from_json(done.stdout) == probe(path)


def test_the_plan_as_json_follows_the_settings(nobody: Portal, tmp_path: Path) -> None:
    path = film("h264_short")
    report = probe(path)
    done = nobody.cli("plan", str(path), "--json")
    assert plans.from_json(done.stdout) == plans.make_plan(report, plans.Policy())
    low = plans.make_plan(report, plans.Policy(max_height=240, segment_ms=1000))
    folder = tmp_path / "settings"
    folder.mkdir()
    (folder / "lucarne.toml").write_text("[media]\nmax_height = 240\n")
    done = nobody.cli(
        "plan", str(path), "--json", "--data", str(folder),
        LUCARNE_MEDIA__SEGMENT_MS="1000",
    )  # fmt: skip
    assert plans.from_json(done.stdout) == low
    assert [one.name for one in folder.iterdir()] == ["lucarne.toml"]
    assert not nobody.data.exists()


def test_the_plan_as_a_table(nobody: Portal) -> None:
    path = film("h264_short")
    plan = plans.make_plan(probe(path), plans.Policy())
    text = nobody.cli("plan", str(path)).stdout
    words = said(text)
    assert f"h264_short.mp4 ({plan.id})" in text
    assert words["Length"] == ["0:04.0, 120 pictures, 30 pictures a second"]
    assert words["Segments"] == ["1 of 4 s"]
    assert words["Chunks"] == ["1"]
    assert words["Sound"][0].startswith("aac-0, copied as it is, stereo")
    assert words["Shown meanwhile"] == ["the film as it is"]
    assert words["Processor time"][0].startswith("about 1 second of one core")
    assert words["Pictures"][0].startswith("a poster; previews of 160x90")
    (rung,) = plan.rungs
    row = text.splitlines()[-1].split()
    assert row == [rung.name, "640x360", "23", f"{rung.maxrate_kbps}", "kb/s"]
    french = nobody.cli("plan", str(film("hdr10")), **FRENCH).stdout
    assert "couleurs ramenées du HDR au BT.709" in french
    assert said(french)["Montré entre-temps"] == ["rien"]


def test_what_cannot_be_looked_into(nobody: Portal) -> None:
    for command, path, words, variables in (
        ("probe", film("text"), "« text.mp4 » n’est ni un film", FRENCH),
        ("plan", "/nowhere/x.mp4", "“x.mp4” does not exist", {}),
    ):
        done = nobody.cli(command, str(path), check=False, **variables)
        assert (done.returncode, done.stdout) == (1, "")
        assert words in done.stderr.replace("\u202f", " ")
        assert done.stderr.count("\n") == 1
    done = nobody.cli("plan", str(film("empty")), "--json", check=False)
    assert (done.returncode, done.stderr) == (1, "")
    told = json.loads(done.stdout)
    assert (told["file"], told["error"]["code"]) == (str(film("empty")), "empty")
    assert not nobody.data.exists()


@pytest.mark.parametrize("args", [("probe",), ("plan", "a.mp4", "--bogus")])
def test_wrong_arguments(nobody: Portal, args: tuple[str, ...]) -> None:
    done = nobody.cli(*args, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_name_cannot_speak_for_us(nobody: Portal, tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\u202efed\n.mp4"
    path.write_bytes(film("video_only").read_bytes())
    done = nobody.cli("probe", str(path))
    assert done.stdout.splitlines()[0] == "a[31mfed .mp4"
    assert "\x1b" not in done.stdout
