"""A hostile helper in the sandbox: every attack works without it, none within.

An attack is a few lines of Python that end with the word "done" if they came
through. ``free`` runs them as they are, ``boxed`` as ``process.run`` does.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from lucarne_engine import process
from lucarne_engine.child import Child
from lucarne_engine.errors import EncoderError
from lucarne_engine.process import Limits, Sandbox
from tests.engine.films import film
from tests.engine.processes import ffmpeg
from tests.engine.test_process import (
    KERNEL,
    is_running,
    needs_landlock,
    wait_until_gone,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="walls of Linux")

BASE = Path(sys.base_prefix)
SOURCE = Path(process.__file__).parents[1]
MANY = 60  # processes or files of an attack: enough to be seen, not to hurt
MB = 1_000_000
needs_calls = pytest.mark.skipif(
    not KERNEL.forbids_calls, reason="no seccomp filter here, or an unknown processor"
)
needs_network = pytest.mark.skipif(
    not KERNEL.has_no_network, reason="this kernel gives no network namespace"
)
needs_no_way_out = pytest.mark.skipif(
    not (KERNEL.has_no_network or KERNEL.forbids_calls), reason="nothing to test here"
)


def words(attack: str, *args: object) -> list[str]:
    code = f"import sys, os\n{attack}\nprint('done')"
    return [sys.executable, "-I", "-S", "-c", code, *map(str, args)]


def free(attack: str, *args: object) -> str:
    """What the attack says without any wall; what it leaves running is killed."""
    with subprocess.Popen(
        words(attack, *args),
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as hostile:
        try:
            assert hostile.stdout is not None
            lines = []
            for line in hostile.stdout:
                lines.append(line.strip())
                if line == "done\n":
                    break
            return "\n".join(lines)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(hostile.pid, signal.SIGKILL)


def boxed(
    attack: str,
    *args: object,
    limits: Limits | None = None,
    may_fork: bool = False,
    writable: tuple[Path, ...] = (),
    readable: tuple[Path, ...] = (),
) -> process.Finished:
    sandbox = Sandbox(readable=(BASE, *readable), writable=writable, may_fork=may_fork)
    return process.run(words(attack, *args), sandbox=sandbox, limits=limits)


def is_refused(finished: process.Finished) -> bool:
    """It ended with an error of the kernel, and of the right kind."""
    told = ("PermissionError", "Operation not permitted", "cross-device link")
    assert any(word in finished.stderr_tail for word in told), finished.stderr_tail
    return finished.returncode == 1 and b"done" not in finished.stdout


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Two assets' folders and a secret of the house."""
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "film").write_text("a film")
    (tmp_path / "secret").write_text("a key")
    return tmp_path


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """Another process of the same account."""
    with subprocess.Popen(
        ["/bin/sleep", "600"], env={"SECRET": "a key"}, start_new_session=True
    ) as other:
        yield other
        other.kill()


# -- files


@needs_landlock
@pytest.mark.parametrize("name", ["secret", "theirs/film", "/etc/passwd"])
def test_it_reads_nothing_outside_its_folder(house: Path, name: str) -> None:
    attack = "open(sys.argv[1]).read()"
    assert free(attack, house / name) == "done"
    assert is_refused(boxed(attack, house / name, writable=(house / "ours",)))


@needs_landlock
def test_a_link_leads_nowhere(house: Path) -> None:
    attack = "open(sys.argv[1]).read()"
    (house / "ours/link").symlink_to(house / "secret")
    assert free(attack, house / "ours/link") == "done"
    assert is_refused(boxed(attack, house / "ours/link", writable=(house / "ours",)))


@needs_landlock
@pytest.mark.parametrize(
    "attack",
    [
        "os.symlink('../secret', sys.argv[1] + '/trap')",
        "os.link(sys.argv[1] + '/../secret', sys.argv[1] + '/trap')",
        "os.mkfifo(sys.argv[1] + '/trap')",
        "os.mkdir(sys.argv[1] + '/trap')",
    ],
)
def test_it_leaves_only_plain_files_to_us(house: Path, attack: str) -> None:
    assert free(attack, house / "ours") == "done"
    trap = house / "ours/trap"
    assert trap.is_symlink() or trap.exists()
    trap.rmdir() if trap.is_dir() else trap.unlink()
    assert is_refused(boxed(attack, house / "ours", writable=(house / "ours",)))
    assert not trap.exists()


@needs_landlock
@pytest.mark.parametrize(
    "attack",
    [
        "open(sys.argv[1], 'a').write('!')",
        "open(sys.argv[1] + '-new', 'w')",
        "os.unlink(sys.argv[1])",
        "os.rename(sys.argv[1], sys.argv[2] + '/mine')",
    ],
)
def test_it_writes_nothing_outside_its_folder(house: Path, attack: str) -> None:
    ours, secret = house / "ours", house / "secret"
    refused = boxed(attack, secret, ours, writable=(ours,))
    assert b"done" not in refused.stdout
    assert refused.returncode == 1
    assert secret.read_text() == "a key"
    assert sorted(path.name for path in house.iterdir()) == ["ours", "secret", "theirs"]
    assert free(attack, secret, ours) == "done"


@needs_calls
@pytest.mark.parametrize(
    "attack",
    [
        "os.chmod(sys.argv[1], 0o777)",
        "os.fchmod(os.open(sys.argv[1], os.O_RDONLY), 0o777)",
        "os.chown(sys.argv[1], os.getuid(), os.getgid())",
        "os.truncate(sys.argv[1], 0)",
    ],
)
def test_not_even_the_mode_of_a_file_changes(house: Path, attack: str) -> None:
    # the film itself may be read, yet nothing else
    secret = house / "secret"
    secret.chmod(0o600)
    assert is_refused(boxed(attack, secret, readable=(secret,)))
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.read_text() == "a key"
    assert free(attack, secret) == "done"


# -- other processes


@needs_landlock
@pytest.mark.parametrize("name", ["environ", "maps", "mem"])
def test_it_looks_into_no_other_process(
    victim: subprocess.Popen[bytes], name: str
) -> None:
    attack = "open(f'/proc/{sys.argv[1]}/{sys.argv[2]}', 'rb').read(0)"
    for pid in (victim.pid, os.getpid()):
        if free(attack, pid, name) != "done":
            pytest.skip("this machine forbids it to everybody (ptrace_scope)")
        assert is_refused(boxed(attack, pid, name))


_TRACE = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(16, int(sys.argv[1]), 0, 0):  # PTRACE_ATTACH
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""


@pytest.mark.skipif(
    not (KERNEL.landlock_abi or KERNEL.forbids_calls), reason="nothing forbids it here"
)
def test_it_traces_no_other_process(victim: subprocess.Popen[bytes]) -> None:
    assert is_refused(boxed(_TRACE, victim.pid))
    assert is_refused(boxed(_TRACE, os.getpid()))
    if free(_TRACE, victim.pid) != "done":
        pytest.skip("this machine forbids it to everybody (ptrace_scope)")


@pytest.mark.skipif(
    not (KERNEL.landlock_abi >= 6 or KERNEL.forbids_calls), reason="nothing forbids it"
)
def test_it_signals_no_other_process(victim: subprocess.Popen[bytes]) -> None:
    attack = "os.kill(int(sys.argv[1]), 15)"
    assert is_refused(boxed(attack, os.getpid()))
    assert is_refused(boxed(attack, victim.pid))
    assert victim.poll() is None
    assert free(attack, victim.pid) == "done"
    assert victim.wait(10) == -signal.SIGTERM


@needs_calls
def test_it_changes_no_limits_of_others(victim: subprocess.Popen[bytes]) -> None:
    attack = "import resource as r\nr.prlimit(int(sys.argv[1]), r.RLIMIT_CORE, (0, 0))"
    before = resource.prlimit(victim.pid, resource.RLIMIT_CORE)
    assert is_refused(boxed(attack, victim.pid))
    assert resource.prlimit(victim.pid, resource.RLIMIT_CORE) == before
    assert free(attack, victim.pid) == "done"


# -- connections

_TCP = "import socket\nsocket.create_connection(('127.0.0.1', int(sys.argv[1])), 2)"
_UDP = """
import socket
out = socket.socket(type=socket.SOCK_DGRAM)
out.sendto(b'x', ('127.0.0.1', int(sys.argv[1])))
"""
_UNIX = """
import socket
socket.socket(socket.AF_UNIX).connect(sys.argv[1].replace('@', chr(0)))
"""


def listening(kind: str, folder: Path) -> tuple[socket.socket, str | int]:
    if kind == "tcp":
        server = socket.create_server(("127.0.0.1", 0))
        return server, server.getsockname()[1]
    if kind == "udp":
        server = socket.socket(type=socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        return server, server.getsockname()[1]
    server = socket.socket(socket.AF_UNIX)
    name = f"@lucarne-{os.getpid()}" if kind == "abstract" else f"{folder}/socket"
    server.bind(name.replace("@", "\0"))
    server.listen()
    return server, name


CONNECT = {"tcp": _TCP, "udp": _UDP, "path": _UNIX, "abstract": _UNIX}


@needs_no_way_out
@pytest.mark.parametrize("kind", CONNECT)
def test_it_connects_to_nothing(tmp_path: Path, kind: str) -> None:
    if kind == "path" and not KERNEL.forbids_calls:
        pytest.skip("without a seccomp filter, sockets in the file system stay open")
    server, address = listening(kind, tmp_path)
    with server:
        refused = boxed(CONNECT[kind], address, writable=(tmp_path,))
        assert refused.returncode == 1
        assert b"done" not in refused.stdout
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.recv(1) if kind == "udp" else server.accept()
        assert free(CONNECT[kind], address) == "done"


# Each measure alone, as the launcher uses it: one may be missing on another machine.
ALONE = {
    "namespace": "assert launch.leave_network(libc)",
    "paths": "assert launch.restrict_paths("
    "libc, executable=[sys.base_prefix], readable=[], writable=[])",
    "calls": "assert calls.forbid_calls(libc, may_fork=False)",
}


def alone(measure: str, attack: str, *args: object) -> str:
    prefix = (
        f"sys.path.append({str(SOURCE)!r})\n"
        "import ctypes, socket\n"
        "from lucarne_engine import calls, launch\n"
        f"libc = ctypes.CDLL(None, use_errno=True)\n{measure}\n"
    )
    return free(prefix + attack, *args)


@pytest.mark.parametrize(
    ("measure", "kind", "has_it"),
    [
        ("namespace", "tcp", KERNEL.has_no_network),
        ("namespace", "udp", KERNEL.has_no_network),
        ("namespace", "abstract", KERNEL.has_no_network),
        ("paths", "tcp", KERNEL.landlock_abi >= 4),
        ("paths", "abstract", KERNEL.landlock_abi >= 6),
        *(("calls", kind, KERNEL.forbids_calls) for kind in CONNECT),
    ],
)
def test_each_wall_stands_alone(
    tmp_path: Path, measure: str, kind: str, has_it: bool
) -> None:
    if not has_it:
        pytest.skip("this kernel has not the feature")
    server, address = listening(kind, tmp_path)
    with server:
        assert alone("", CONNECT[kind], address) == "done"
        assert alone(ALONE[measure], CONNECT[kind], address) != "done"


# -- more and more


_FORKS = f"""
import time
made = 0
for _ in range({MANY}):
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(60)
        os._exit(0)
    made += 1
"""


@needs_calls
def test_it_makes_no_processes() -> None:
    assert len(free(_FORKS).split()) > MANY / 2
    assert is_refused(boxed(_FORKS))
    with_exec = "os.posix_spawn('/bin/true', ['true'], {})"
    assert free(with_exec) == "done"
    assert is_refused(boxed(with_exec))


def test_processes_that_are_allowed_end_with_the_first() -> None:
    finished = boxed(_FORKS, may_fork=True)
    pids = [int(line) for line in finished.stdout.split() if line != b"done"]
    assert len(pids) > 3
    for pid in pids:
        wait_until_gone(pid)


_THREADS = """
import threading
stop = threading.Event()
for _ in range(300):
    threading.Thread(target=stop.wait, args=(3,), daemon=True).start()
stop.wait(float(sys.argv[1]))
"""


def told(attack: str, *args: object, limits: Limits) -> str:
    """Its error, ours or the kernel's: either may be quicker."""
    try:
        return boxed(attack, *args, limits=limits).stderr_tail
    except EncoderError as error:
        return str(error)


def test_threads_are_counted() -> None:
    assert b"done" in boxed(_THREADS, 0.3).stdout
    error = told(_THREADS, 3, limits=Limits(tasks=50))  # the kernel lets root pass
    assert "more than 50 threads" in error or "can't start new thread" in error


def test_the_kernel_counts_threads_of_ordinary_accounts() -> None:
    attack = """
import threading
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(54321)
    os.setuid(54321)
"""
    plain = attack + _THREADS
    limited = attack + "assert launch.limit_tasks(50)\n" + _THREADS
    assert alone("", plain, 0) == "done"
    assert alone("", limited, 0) != "done"


_LEAVES = """
import time
if os.fork():
    os.wait()
else:
    try:
        os.setsid()
        print('left')
    except PermissionError:
        print('stayed')
    if pid := os.fork():
        print(pid, flush=True)
        os._exit(0)
    os.closerange(0, 3)
    time.sleep(60)
"""


@needs_calls
def test_nothing_outlives_the_group() -> None:
    how, pid, _ = free(_LEAVES).split()
    assert how == "left"
    assert is_running(int(pid))
    os.kill(int(pid), signal.SIGKILL)
    how, pid, _ = boxed(_LEAVES, may_fork=True).stdout.decode().split()
    assert how == "stayed"
    wait_until_gone(int(pid))


# -- disk, memory, time


_ONE_FILE = "open(sys.argv[1] + '/big', 'wb').write(bytes(60_000_000))"
_MANY_FILES = f"""
import time
for number in range({MANY}):
    open(f'{{sys.argv[1]}}/{{number}}', 'wb').write(bytes(1_000_000))
"""
_DELETED = """
import time
with open(sys.argv[1] + '/gone', 'wb') as file:
    os.unlink(file.name)
    file.write(bytes(60_000_000))
    file.flush()
    time.sleep(5)
"""
_EMPTY_FILES = """
for number in range(3000):
    open(f'{sys.argv[1]}/{number}', 'wb').close()
"""


@pytest.mark.parametrize(
    ("attack", "limits"),
    [
        (_ONE_FILE, Limits(file_bytes=20 * MB)),
        (_ONE_FILE, Limits(folder_bytes=20 * MB)),
        (_MANY_FILES, Limits(folder_bytes=20 * MB)),
        (_DELETED, Limits(folder_bytes=20 * MB)),
        (_EMPTY_FILES, Limits(folder_files=1000)),
    ],
    ids=["one", "one-counted", "many", "deleted", "empty"],
)
def test_it_does_not_fill_the_disk(tmp_path: Path, attack: str, limits: Limits) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    assert b"done" in boxed(attack, first, writable=(first,)).stdout
    with pytest.raises(EncoderError) as caught:
        boxed(attack, second, limits=limits, writable=(second,))
    assert caught.value.code == "disk_full"


def test_what_was_there_before_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "before").write_bytes(bytes(30 * MB))
    attack = "open(sys.argv[1] + '/new', 'wb').write(bytes(10_000_000))"
    limits = Limits(folder_bytes=20 * MB)
    assert (
        b"done" in boxed(attack, tmp_path, limits=limits, writable=(tmp_path,)).stdout
    )


_SHARED = """
import mmap, time
shared = mmap.mmap(-1, 400_000_000)
for at in range(0, len(shared), 4096):
    shared[at] = 1
time.sleep(float(sys.argv[1]))
"""


def test_shared_memory_counts_too() -> None:
    assert b"done" in boxed(_SHARED, 0).stdout
    with pytest.raises(EncoderError) as caught:
        boxed(_SHARED, 5, limits=Limits(memory_bytes=200 << 20))
    assert caught.value.code == "out_of_memory"


@needs_calls
def test_there_is_no_memory_that_nobody_counts() -> None:
    attack = "os.write(os.memfd_create('x'), bytes(1000))"
    assert free(attack) == "done"
    assert is_refused(boxed(attack))


needs_drop = pytest.mark.skipif(
    not KERNEL.drops_rights, reason="root keeps its rights here"
)
_RIGHTS = """
status = open('/proc/self/status').read()
print(*(line.split()[1] for line in status.splitlines() if line[:3] == 'Cap'))
"""


@needs_drop
def test_root_has_no_rights_but_to_files() -> None:
    held = boxed(_RIGHTS).stdout.decode().splitlines()[0].split()
    inheritable, permitted, effective, _bounding, ambient = (int(x, 16) for x in held)
    assert (inheritable | permitted | effective | ambient) & ~0b1110 == 0
    attack = "import socket\nsocket.sethostname(socket.gethostname())"
    assert is_refused(boxed(attack))
    if os.getuid() == 0 and free(attack) != "done":
        pytest.skip("this root may not either")


@needs_drop
@pytest.mark.parametrize("limit", ["CPU", "FSIZE", "DATA"])
def test_it_cannot_lift_its_limits(limit: str) -> None:
    attack = "import resource as r\nkind = getattr(r, 'RLIMIT_' + sys.argv[1])\n"
    attack += "most = r.getrlimit(kind)[1]\n"
    attack += "r.setrlimit(kind, (most, most * 2 if most > 0 else most))"
    assert free(attack, limit) == "done"
    refused = boxed(attack, limit)
    assert "not allowed to raise maximum limit" in refused.stderr_tail
    assert b"done" not in refused.stdout


def test_cpu_time_ends_for_who_does_not_listen() -> None:
    attack = (
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile 1: pass"
    )
    with pytest.raises(EncoderError) as caught:
        boxed(attack, limits=Limits(cpu_s=1, wall_s=120))
    assert caught.value.code == "out_of_time"


# -- and yet it works


@pytest.mark.parametrize(
    "encoder",
    [
        "-c:v libx264 -preset ultrafast -threads 40",
        "-c:v libsvtav1 -preset 12 -svtav1-params lp=6",
    ],
)
def test_encoders_have_their_threads(
    tmp_path: Path, encoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = [0]
    plain = Child.look

    def look(child: Child) -> None:
        plain(child)
        seen.append(child.tasks)

    monkeypatch.setattr(Child, "look", look)
    out = tmp_path / "out.mp4"
    finished = ffmpeg(
        *("-i", film("h264_aac"), *encoder.split(), out),
        sandbox=Sandbox(readable=(film("h264_aac"),), writable=(tmp_path,)),
        limits=Limits(tasks=200),
    )
    assert finished.returncode == 0
    assert out.stat().st_size > 10_000
    assert max(seen) > 20
