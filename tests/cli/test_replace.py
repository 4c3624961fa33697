"""``lucarne replace``: another file for a film, whose page stays what it is."""

from __future__ import annotations

import json
from pathlib import Path

from tests.engine.films import film
from tests.live_portal import Portal


def test_a_film_gets_another_file_or_keeps_its_own(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data")
    portal.init()
    made = portal.publish(str(film("video_only")), "--title", "Été")
    done = portal.cli("replace", made["url"], str(film("tiny")), "--json")
    told = json.loads(done.stdout)
    assert (told["video"], told["title"], told["url"]) == (
        made["video"], "Été", made["url"],
    )  # fmt: skip
    assert told["hls"] != made["hls"]
    assert told["renditions"][0]["width"] < made["renditions"][0]["width"]

    wrong = portal.cli("replace", made["video"], str(film("text")), check=False)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "is not a film" in wrong.stderr
    unknown = portal.cli("replace", "vid_nothing", str(film("tiny")), check=False)
    assert unknown.returncode == 1
    assert "There is no film “vid_nothing”" in unknown.stderr
    # Every file of each version, and of each poster, is known to the portal.
    checked = portal.cli("check", "--storage", "--json", check=False)
    found = {one["id"]: one for one in json.loads(checked.stdout)["findings"]}
    assert [one for one in found if "stor" in one or "file" in one] != []
    assert {one["level"] for name, one in found.items() if "stor" in name} == {"ok"}, found
