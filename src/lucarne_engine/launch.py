"""What stands between the house and a child process: it locks the door, then leaves.

``main(["key=value", …, "--", program, argument, …])`` limits itself (nice,
rlimits, no network, landlock, forbidden system calls, death with the parent) and
becomes the program, or, with ``module=name``, runs a Python module in its own
interpreter. Only :mod:`lucarne_engine.process` starts it. Few imports, none but of
the standard library and :mod:`lucarne_engine.calls`: all of it costs about 15 ms, and
10 more with ``signal``, ``contextlib`` and ``collections``, which do without here.

Whatever the kernel does not offer is left out silently; ``report=1`` prints what is
in force. Landlock: Documentation/userspace-api/landlock.rst of Linux; the system
call numbers 444 to 446 are the same on every architecture.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # without its names' classes
import ctypes
import os
import resource
import sys
import time

from lucarne_engine import calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CANNOT_START = 127  # exit status when the program is not there

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_CAPABILITIES_V3 = 0x20080522  # <linux/capability.h>, as the next
_DAC_OVERRIDE, _DAC_READ_SEARCH, _FOWNER = 1 << 1, 1 << 2, 1 << 3
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_O_PATH = getattr(os, "O_PATH", 0)

# Bits of LANDLOCK_ACCESS_FS_*; bit n exists from the ABI that the table says.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_REG = 1 << 5, 1 << 8
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
# In its folder a child makes plain files, nothing else: whoever reads them afterwards
# shall meet no link that leads elsewhere, no pipe that waits for ever, no deep tree.
_IN_FOLDER = _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE | _MAKE_REG | _REMOVE_FILE
_KNOWN_BITS = {1: 13, 2: 14, 3: 15, 4: 15}  # later ABIs: 16
_NET_ABI, _SCOPE_ABI = 4, 6

_LIMITS = {
    "cpu": "RLIMIT_CPU",
    "file": "RLIMIT_FSIZE",
    "files": "RLIMIT_NOFILE",
    "core": "RLIMIT_CORE",
    # Private writable memory (Linux 4.7+): unlike the address space it leaves out
    # what is only reserved, such as glibc's 64 MiB arenas per thread.
    "memory": "RLIMIT_DATA",
}


class suppress:  # noqa: N801 - contextlib's, as far as it is needed here
    def __init__(self, *kinds: type[BaseException]) -> None:
        self._kinds = kinds

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, self._kinds)


class _RulesetAttr(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint64) for n in ("fs", "net", "scoped")]


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def die_with(parent: int, libc: ctypes.CDLL) -> bool:
    """Ask the kernel to end us when the thread that started us ends."""
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        return False
    if os.getppid() != parent:  # it ended before we could ask
        os._exit(1)
    return True


def set_limits(wanted: Mapping[str, int]) -> tuple[str, ...]:
    """Set what the system knows; the names of the limits that hold."""
    done = []
    for name, constant in _LIMITS.items():
        if name not in wanted or not hasattr(resource, constant):
            continue
        # macOS takes it for the address space (vm_map_set_data_limit of its kernel),
        # most of which is only reserved. Whoever started us watches the memory.
        if name == "memory" and sys.platform == "darwin":
            continue
        kind, value = getattr(resource, constant), wanted[name]
        _, hard = resource.getrlimit(kind)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # SIGXCPU at the soft limit says why; SIGKILL comes five seconds later.
        ceiling = most + 5 if name == "cpu" else most
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, ceiling))
            done.append(name)
    return tuple(done)


def leave_network(libc: ctypes.CDLL) -> bool:
    """Enter an empty network namespace, if the kernel lets us."""
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWNET) == 0:
        return True
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    # Keep our own name in the new user namespace: files made here stay ours.
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with suppress(OSError), open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
            file.write(line)
    return True


def count_tasks() -> int:
    """How many threads the processes of this account have."""
    count, user = 0, os.getuid()
    for name in os.listdir("/proc"):  # noqa: PTH208
        with suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == user:  # noqa: PTH116
                # a folder has a link from each folder in it, beside its usual two
                count += os.stat(f"/proc/{name}/task").st_nlink - 2  # noqa: PTH116
    return count


def limit_tasks(most: int) -> bool:
    """Limit processes and threads; root is above this limit (kernel/fork.c).

    The kernel counts all that the account has, since 5.14 only those in its user
    namespace if that is a new one. What is present is allowed for in any case.
    """
    if os.getuid() == 0:
        return False
    most += count_tasks()
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        return True
    return False


def drop_capabilities(libc: ctypes.CDLL) -> bool:
    """Leave root nothing but its access to files; others have nothing to lose.

    With more it could lift its own limits. What is dropped does not come back with
    the program that it becomes: restrict_paths and forbid_calls see to that
    (PR_SET_NO_NEW_PRIVS), and so do we.
    """
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable: low, then high
    if libc.capget(header, sets) != 0:
        return False
    keep = _DAC_OVERRIDE | _DAC_READ_SEARCH | _FOWNER
    kept = [value & keep if place < 3 else 0 for place, value in enumerate(sets)]
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.capset(header, (ctypes.c_uint32 * 6)(*kept)) == 0)


def landlock_abi(libc: ctypes.CDLL) -> int:
    """The kernel's landlock version, 0 when there is none."""
    return max(0, int(libc.syscall(_CREATE_RULESET, None, 0, 1)))


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    try:
        fd = os.open(path, _O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no rule
    try:
        if not os.path.isdir(f"/proc/self/fd/{fd}"):  # noqa: PTH112
            access &= _ON_FILES
        rule = _PathBeneathAttr(access, fd)
        libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(fd)


def restrict_paths(
    libc: ctypes.CDLL,
    *,
    executable: Iterable[str],
    readable: Iterable[str],
    writable: Iterable[str],
) -> int:
    """Close every path but these; the landlock ABI in force, 0 for none."""
    abi = landlock_abi(libc)
    if abi == 0:
        return 0
    known = (1 << _KNOWN_BITS.get(abi, 16)) - 1
    attr = _RulesetAttr(known, 0b11 if abi >= _NET_ABI else 0, 0b11)
    size = 24 if abi >= _SCOPE_ABI else 16 if abi >= _NET_ABI else 8
    ruleset = int(libc.syscall(_CREATE_RULESET, ctypes.byref(attr), size, 0))
    if ruleset < 0:
        return 0
    read = _READ_FILE | _READ_DIR
    for path in executable:
        _allow(libc, ruleset, path, read | _EXECUTE)
    for path in readable:
        _allow(libc, ruleset, path, read)
    for path in ("/dev/null", "/dev/zero"):
        _allow(libc, ruleset, path, read | _WRITE_FILE)
    for path in writable:
        _allow(libc, ruleset, path, known & _IN_FOLDER)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    done = libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return abi if done else 0


def _print(report: Mapping[str, object]) -> None:
    import json  # noqa: PLC0415 - `lucarne check` alone needs it

    print(json.dumps(report))  # noqa: T201


def _run_module(name: str, paths: Iterable[str]) -> None:
    import gc  # noqa: PLC0415 - only this way of starting needs these
    import importlib.util  # noqa: PLC0415

    gc.disable()  # what is imported stays; ``worker.answer_with`` turns it on again
    sys.path.extend(paths)  # -I -S left only the standard library
    spec = importlib.util.find_spec(name)
    code = spec.loader.get_code(name) if spec and spec.loader else None  # type: ignore[attr-defined]
    if code is None or spec is None:
        sys.exit(f"lucarne-launch: there is no module {name}")
    main = sys.modules["__main__"].__dict__
    main.update(__spec__=spec, __file__=spec.origin, __package__=spec.parent)
    exec(code, main)  # noqa: S102 - what `python -m name` does


def give_way(steps: int) -> None:
    """Run at a lower priority, by so many steps.

    We are a session of our own, and Linux mostly divides the processor evenly between
    sessions (sched(7), autogroup): there the priority of a process counts only within
    its session, which has one of its own. Of all ordinary accounts together one may set
    it in a tenth of a second.
    """
    nice = 0
    with suppress(OSError):
        nice = os.nice(steps)
    for _ in range(5 if nice > 0 else 0):
        try:
            file = os.open("/proc/self/autogroup", os.O_WRONLY)
            try:
                os.write(file, b"%d" % nice)
            finally:
                os.close(file)
        except BlockingIOError:
            time.sleep(0.05)
        except OSError:
            return  # no such sessions here
        else:
            return


def main(argv: list[str]) -> None:
    cut = argv.index("--")
    many: dict[str, list[str]] = {"r": [], "w": [], "x": [], "path": []}
    one: dict[str, str] = {}
    for key, _, value in (item.partition("=") for item in argv[:cut]):
        if key in many:
            many[key].append(value)
        else:
            one[key] = value
    give_way(int(one.get("nice", "0")))
    limits = set_limits({k: int(v) for k, v in one.items() if k in _LIMITS})
    report: dict[str, object] = {"limits": limits}
    if sys.platform == "linux":
        libc = _libc()
        report["dies_with_parent"] = die_with(int(one["parent"]), libc)
        report["limits_tasks"] = limit_tasks(int(one["tasks"]))
        report["has_no_network"] = leave_network(libc)
        report["drops_rights"] = drop_capabilities(libc)
        report["landlock_abi"] = restrict_paths(
            libc, executable=many["x"], readable=many["r"], writable=many["w"]
        )
        report["forbids_calls"] = calls.forbid_calls(libc, may_fork="may_fork" in one)
    if "report" in one:
        _print(report)
    elif "module" in one:
        _run_module(one["module"], many["path"])
    else:
        # Python ignores these two; the program shall have the usual behavior.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        try:
            os.execv(argv[cut + 1], argv[cut + 1 :])  # noqa: S606
        except OSError as error:
            print(f"lucarne-launch: {argv[cut + 1]}: {error}", file=sys.stderr)  # noqa: T201
            os._exit(CANNOT_START)
