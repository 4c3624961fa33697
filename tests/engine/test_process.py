"""Processes end when they must, and see only what they may."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lucarne_engine import process
from lucarne_engine.errors import Cancelled, EncoderError
from lucarne_engine.process import Limits, Sandbox
from tests.engine.processes import (
    KERNEL,
    holdings,
    needs_landlock,
)

BASE = Path(sys.base_prefix)


def shell(script: str, *words: object, **how: object) -> process.Finished:
    how.setdefault("sandbox", Sandbox(may_fork=True))
    return process.run(["/bin/sh", "-c", script, "sh", *map(str, words)], **how)


def is_running(pid: int) -> bool:
    """Not gone, and not a zombie that only waits for init."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(pid: int) -> None:
    until = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < until:
        os.sched_yield()
    assert not is_running(pid)


def test_run_returns_output_status_and_what_it_used() -> None:
    finished = shell("cat; echo bad >&2; exit 3", stdin=b"x" * 300_000)
    assert finished.returncode == 3
    assert finished.stdout == b"x" * 300_000
    assert finished.stderr_tail == "bad\n"
    assert 0 < finished.cpu_s < 5
    assert 0 < finished.wall_s < 5
    assert 0 < finished.peak_memory_bytes < 200 << 20


def test_lines_are_handed_out_whole_and_the_last_without_its_end() -> None:
    lines: list[str] = []
    finished = shell("printf 'one\\ntwo\\nthree'", on_line=lines.append)
    assert lines == ["one", "two", "three"]
    assert finished.stdout == b""


def test_much_output_on_both_pipes_does_not_deadlock() -> None:
    script = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; echo end >&2"
    finished = shell(script)
    assert len(finished.stdout) == 3_000_000
    assert finished.stderr_tail.endswith("end\n")


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCARNE_TEST_SECRET", "do not tell")
    seen = shell("env").stdout.decode()
    assert "do not tell" not in seen
    assert "LANG=C.UTF-8" in seen


def test_a_missing_program_is_an_error_of_the_machine() -> None:
    with pytest.raises(EncoderError) as caught:
        process.run(["/nowhere/ffmpeg", "-version"], sandbox=Sandbox())
    assert caught.value.code == "ffmpeg_missing"


# -- how it ends


def test_cancel_ends_the_whole_group() -> None:
    cancel = threading.Event()
    pids: list[int] = []

    def on_line(line: str) -> None:
        pids.append(int(line))
        if len(pids) == 2:
            cancel.set()

    with pytest.raises(Cancelled):
        shell("echo $$; sleep 60 & echo $!; wait", on_line=on_line, cancel=cancel)
    for pid in pids:
        wait_until_gone(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_child_that_somebody_else_ends_says_nothing_of_the_film(
    number: signal.Signals,
) -> None:
    """A terminal and a service manager signal every process there is, not only ours."""

    def end(line: str) -> None:
        os.kill(int(line), number)

    with pytest.raises(EncoderError, match="somebody else ended it"):
        shell("echo $$; exec sleep 60", on_line=end)


def test_ffmpeg_that_somebody_else_ends_has_not_finished() -> None:
    """It takes SIGTERM for its end, and says how much it has done."""
    ended: list[int] = []

    def end(_line: str) -> None:
        if not ended:
            ended.append(int(holdings()[1].split()[-1]))
            os.kill(ended[0], signal.SIGTERM)

    endless = ["-f", "lavfi", "-i", "anullsrc", "-f", "null", "-", "-progress", "pipe:1"]
    with pytest.raises(EncoderError, match="somebody else ended it"):
        process.run(
            [process.ffmpeg_path(), "-hide_banner", "-nostdin", *endless],
            sandbox=Sandbox(), on_line=end,
        )  # fmt: skip


def test_ffmpeg_that_is_ended_again_and_again_has_not_finished() -> None:
    """Whoever presses Ctrl-C four times: it waits for nothing then."""
    says = "Received > 3 system signals, hard exiting"
    with pytest.raises(EncoderError, match="somebody else ended it"):
        shell(f"echo '{says}' >&2; exit 123")
    assert shell("echo 'something else' >&2; exit 123").returncode == 123


def test_a_child_that_ignores_terminate_is_killed() -> None:
    cancel = threading.Event()
    pids: list[int] = []

    def on_line(line: str) -> None:
        pids.append(int(line))
        cancel.set()

    script = "trap '' TERM; echo $$; while :; do sleep 60; done"
    with pytest.raises(Cancelled):
        shell(script, on_line=on_line, cancel=cancel)
    wait_until_gone(pids[0])


def test_a_cancel_before_the_start_starts_nothing(tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        shell(f"touch {tmp_path}/started", cancel=cancel)
    assert not list(tmp_path.iterdir())


def test_what_on_line_raises_ends_the_child() -> None:
    pids: list[int] = []

    def on_line(line: str) -> None:
        pids.append(int(line))
        raise KeyError(line)

    with pytest.raises(KeyError):
        shell("echo $$; sleep 60", on_line=on_line)
    wait_until_gone(pids[0])


def test_a_grandchild_left_behind_is_killed() -> None:
    finished = shell("sleep 60 >/dev/null 2>&1 & echo $!")
    wait_until_gone(int(finished.stdout))


def test_a_child_that_says_nothing_is_stalled() -> None:
    with pytest.raises(EncoderError) as caught:
        shell("sleep 60", limits=Limits(stall_s=1), name="nap")
    assert caught.value.code == "stalled"
    assert caught.value.detail.startswith("nap: ")


def test_lines_that_say_that_nothing_moves_are_a_stall() -> None:
    script = "while :; do echo still; sleep 0.05; done"
    with pytest.raises(EncoderError) as caught:
        shell(script, limits=Limits(stall_s=1), on_line=lambda _: False)
    assert caught.value.code == "stalled"


def test_work_without_words_is_no_stall() -> None:
    script = "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done"
    assert shell(script, limits=Limits(stall_s=1, wall_s=60)).returncode == 0


def test_wall_time_is_limited() -> None:
    with pytest.raises(EncoderError) as caught:
        shell("while :; do sleep 0.05; echo; done", limits=Limits(wall_s=1))
    assert caught.value.code == "out_of_time"


def test_cpu_time_is_limited() -> None:
    with pytest.raises(EncoderError) as caught:
        shell("while :; do :; done", limits=Limits(cpu_s=1))
    assert caught.value.code == "out_of_time"


def test_a_file_may_not_grow_beyond_its_limit(tmp_path: Path) -> None:
    with pytest.raises(EncoderError) as caught:
        shell(
            f"exec head -c 3000000 /dev/zero > {tmp_path}/big",
            sandbox=Sandbox(writable=(tmp_path,)),
            limits=Limits(file_bytes=1_000_000),
        )
    assert caught.value.code == "disk_full"


def test_a_full_disk_is_told_apart() -> None:
    script = "echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1"
    with pytest.raises(EncoderError) as caught:
        shell(script)
    assert caught.value.code == "disk_full"


@pytest.mark.skipif("memory" not in KERNEL.limits, reason="no limit on memory here")
def test_memory_is_limited() -> None:
    words = [sys.executable, "-I", "-S", "-c", "bytearray(500_000_000)"]
    sandbox = Sandbox(readable=(BASE,))
    assert process.run(words, sandbox=sandbox).returncode == 0
    with pytest.raises(EncoderError) as caught:
        process.run(words, sandbox=sandbox, limits=Limits(memory_bytes=200 << 20))
    assert caught.value.code == "out_of_memory"


def test_a_kill_from_outside_is_taken_for_want_of_memory() -> None:
    with pytest.raises(EncoderError) as caught:
        shell("kill -9 $$")
    assert caught.value.code == "out_of_memory"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_no_zombie_and_no_descriptor_is_left() -> None:
    before = holdings()
    for _ in range(3):
        shell("true")
        with pytest.raises(EncoderError):
            shell("sleep 60", limits=Limits(stall_s=0))
    assert holdings() == before


@pytest.mark.skipif(not KERNEL.dies_with_parent, reason="only Linux ends orphans")
def test_a_killed_parent_takes_its_child_along() -> None:
    script = (
        "from lucarne_engine import process\n"
        "process.run(['/bin/sh', '-c', 'echo $$; exec sleep 60'],"
        " sandbox=process.Sandbox(), on_line=lambda line: print(line, flush=True))"
    )
    source = str(Path(process.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": source},
        text=True,
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.send_signal(signal.SIGKILL)
    wait_until_gone(child)


AUTOGROUP = Path("/proc/self/autogroup")


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="a kernel that knows no sessions")
@pytest.mark.parametrize("nice", [0, 7])
def test_how_nice_it_is_counts_against_other_sessions(nice: int) -> None:
    """A child is a session of its own, and sessions share the processor evenly."""
    seen: list[str] = []

    def look(pid: str) -> None:
        seen.append(str(os.getpriority(os.PRIO_PROCESS, int(pid))))
        seen.extend(Path(f"/proc/{pid}/autogroup").read_text().split()[1:])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shell("echo $$; exec sleep 60", on_line=look, limits=Limits(nice=nice))
    own = str(min(19, os.getpriority(os.PRIO_PROCESS, 0) + nice))
    assert seen == [own, "nice", own]


# -- what it sees


@needs_landlock
def test_only_named_paths_are_seen(tmp_path: Path) -> None:
    given, hidden, out = (tmp_path / name for name in ("given", "hidden", "out"))
    given.write_text("yes")
    hidden.write_text("no")
    out.mkdir()
    sandbox = Sandbox(readable=(given,), writable=(out,), may_fork=True)
    assert shell("cat $1", given, sandbox=sandbox).stdout == b"yes"
    refused = shell("cat $1", hidden, sandbox=sandbox)
    assert (refused.returncode, refused.stdout) == (1, b"")
    assert shell("cat $1", "/etc/passwd", sandbox=sandbox).returncode == 1
    assert shell("echo x >> $1", given, sandbox=sandbox).returncode != 0
    assert given.read_text() == "yes"
    assert (
        shell("echo x > $1/new; mv $1/new $1/n", out, sandbox=sandbox).returncode == 0
    )
    assert (out / "n").read_text() == "x\n"


@needs_landlock
def test_nothing_that_was_written_can_be_executed(tmp_path: Path) -> None:
    script = "cp /bin/true $1/t; test -x $1/t && $1/t"
    sandbox = Sandbox(writable=(tmp_path,), may_fork=True)
    assert shell(script, tmp_path, sandbox=sandbox).returncode == 126


# -- FFmpeg and Python


def test_another_ffmpeg_can_be_named(tmp_path: Path) -> None:
    carried = process.ffmpeg_path()
    try:
        process.set_ffmpeg(tmp_path / "ffmpeg")
        with pytest.raises(EncoderError) as caught:
            process.ffmpeg_path()
        assert caught.value.code == "ffmpeg_missing"
        process.set_ffmpeg(carried)
        assert process.ffmpeg_path() == carried
    finally:
        process.set_ffmpeg(None)
    assert process.ffmpeg_path() == carried


def test_the_launcher_is_cheap() -> None:
    best = min(shell("true").wall_s for _ in range(5))
    assert best < 0.25  # 0.015 s on an idle machine; tests share theirs
