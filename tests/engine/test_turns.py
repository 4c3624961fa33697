"""Some threads of a child let the others go first."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from lucarne_engine import process
from lucarne_engine.encode import encode_chunk
from lucarne_engine.errors import Cancelled
from lucarne_engine.plan import Policy, make_plan
from lucarne_engine.process import Limits, Sandbox
from lucarne_engine.reader import probe
from lucarne_engine.turns import STEPS
from tests.engine.films import film

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere threads have no nice of their own"
)


def nice_of_encoders() -> dict[str, int]:
    """By the beginning of its name, of every encoder's thread of this one's children."""
    found = {}
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    with suppress(OSError):
        for pid in children.read_text().split():
            for task in Path(f"/proc/{pid}/task").iterdir():
                name = (task / "comm").read_text("latin-1").partition(":")[0]
                if name.startswith("enc"):
                    found[name] = os.getpriority(os.PRIO_PROCESS, int(task.name))
    return found


@pytest.mark.parametrize(("nice", "later"), [(5, 15), (15, 19), (19, 19)])
def test_one_of_two_encoders_waits(nice: int, later: int) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    cancel = threading.Event()
    seen: list[dict[str, int]] = []

    def look(_: str) -> None:
        seen.append(nice_of_encoders())
        # Both, or the second may not be there yet.
        if len(seen[-1]) == 2 and seen[-1]["enc0"] == min(19, own + later):
            cancel.set()

    graph = "testsrc2=s=640x360:r=25:d=600,split=2[a][b]"
    one, two = (f"-map [{pad}] -c:v libx264 -preset ultrafast -f null -" for pad in "ab")
    line = f"-v error -nostdin -progress pipe:1 -filter_complex {graph} {one} {two}"
    with pytest.raises(Cancelled):
        process.run(
            [process.ffmpeg_path(), *line.split()],
            sandbox=Sandbox(), limits=Limits(nice=nice), on_line=look, cancel=cancel,
            later=["enc0:"],
        )  # fmt: skip
    assert seen[-1] == {"enc0": min(19, own + later), "enc1": min(19, own + nice)}


@pytest.mark.slow
def test_the_largest_rung_goes_first(tmp_path: Path) -> None:
    path = film("h264_aac_30s")
    report = probe(path)
    plan = make_plan(report, Policy(), may_copy_picture=False)
    largest = replace(plan.rungs[-1], preset="veryslow")
    small = replace(largest, name="small", width=160, height=90)
    plan = replace(plan, rungs=(largest, small))
    own = min(19, os.getpriority(os.PRIO_PROCESS, 0) + Limits().nice)
    wanted = {"enc0": min(19, own + STEPS), "enc1": own}
    cancel = threading.Event()

    def look(_: float) -> None:
        if wanted.items() <= nice_of_encoders().items():
            cancel.set()

    with pytest.raises(Cancelled):
        encode_chunk(
            path, report, plan, chunk=1, rungs=(largest.name, small.name), out=tmp_path,
            on_progress=look, cancel=cancel,
        )  # fmt: skip
