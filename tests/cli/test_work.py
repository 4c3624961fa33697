"""``lucarne work``: one film is encoded by as many processes as there are."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.stage import source
from tests.live_portal import Portal, environment, get

SETTINGS = {
    "LUCARNE_MEDIA__SEGMENT_MS": "2000",
    "LUCARNE_MEDIA__CHUNK_MS": "4000",
    "LUCARNE_JOBS__CONCURRENCY": "1",
}


@contextlib.contextmanager
def worker(portal: Portal) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "lucarne.cli", "work"],
        env=environment(portal.data, **portal.settings),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Lucarne is working for")
    try:
        yield process
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_two_processes_share_the_chunks_of_one_film(tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data", **SETTINGS)
    portal.init()
    portal.start("--no-jobs")
    try:
        with worker(portal) as one, worker(portal) as other:
            made = portal.publish("--wait", "ready", str(source("h264_aac")))
            both = {str(one.pid), str(other.pid)}
        playlist = get(made["hls"])
    finally:
        portal.kill()
    assert len(made["renditions"]) == 3
    assert playlist.status_code == 200
    with contextlib.closing(sqlite3.connect(portal.data / "engine.sqlite3")) as jobs:
        chunks = jobs.execute(
            "select executor_id, status from workflow_status"
            " where workflow_uuid like 'media.encode:%'"
        ).fetchall()
    assert len(chunks) == 6
    assert {status for _, status in chunks} == {"SUCCESS"}
    assert {name.partition("-")[0] for name, _ in chunks} == both
