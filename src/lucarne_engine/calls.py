"""The system calls that a child may not make: a seccomp filter for Linux.

Landlock and the network namespace leave open: sockets in the file system, changing
modes and owners of files outside, signals (before ABI 6), memory that no limit
counts, leaving the process group, and processes in any number. FFmpeg and our Python
workers need none of it; a call of this list fails with EPERM, as if forbidden by
permission.

Numbers: <asm/unistd_64.h> for x86-64, <asm-generic/unistd.h> for AArch64. Format:
Documentation/userspace-api/seccomp_filter.rst. Imported by the launcher, so that
only the standard library may be used here.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

_X86_64, _AARCH64 = "x86_64", "aarch64"
_AUDIT_ARCH = {_X86_64: 0xC000003E, _AARCH64: 0xC00000B7}  # <linux/audit.h>

# name: number on x86-64, on AArch64 (None: it does not exist there)
_FORBIDDEN: dict[str, tuple[int, int | None]] = {
    # talking to others
    "socket": (41, 198), "socketpair": (53, 199), "io_uring_setup": (425, 425),
    # files outside, which landlock does not guard from these (truncate: before ABI 3)
    "truncate": (76, 45), "chmod": (90, None), "fchmod": (91, 52),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "lchown": (94, None), "fchown": (93, 55), "fchownat": (260, 54),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    # outliving the group
    "setsid": (112, 157), "setpgid": (109, 154),
    # other processes of the same account
    "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    # memory that outlives the process or that RLIMIT_DATA does not count
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "add_key": (248, 217), "keyctl": (250, 219),
}  # fmt: skip
_FORKS: dict[str, tuple[int, int | None]] = {"fork": (57, None), "vfork": (58, None)}
# Their first argument is a process, which must be our own.
_OWN_ONLY: dict[str, tuple[int, int]] = {
    "kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261),
}  # fmt: skip
_CLONE, _CLONE3 = (56, 220), (435, 435)
_CLONE_THREAD = 0x00010000
_X32_BIT = 0x40000000

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AT_NUMBER, _AT_ARCH, _AT_FIRST_ARGUMENT = 0, 4, 16  # in struct seccomp_data
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000  # | errno
_EPERM, _ENOSYS = 1, 38
_PR_SET_SECCOMP, _MODE_FILTER, _PR_SET_NO_NEW_PRIVS = 22, 2, 38
_SECCOMP, _SET_MODE_FILTER, _SPEC_ALLOW = (317, 277), 1, 1 << 2

_Instruction = tuple[int, int, int, int]  # code, jump if true, if false, constant


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _fail_if(number: int, error: int = _EPERM) -> list[_Instruction]:
    return [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _FAIL | error)]


def _own_only(number: int, pid: int) -> list[_Instruction]:
    return [
        (_IF_EQUAL, 0, 5, number),
        (_LOAD, 0, 0, _AT_FIRST_ARGUMENT),
        (_IF_EQUAL, 1, 0, pid),
        (_IF_EQUAL, 0, 1, 0),  # 0: our own group, or ourselves
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _FAIL | _EPERM),
    ]


def _threads_only(clone: int, clone3: int) -> list[_Instruction]:
    return [
        # Its flags lie in memory, where a filter cannot look; libc falls back to clone.
        *_fail_if(clone3, _ENOSYS),
        (_IF_EQUAL, 0, 4, clone),
        (_LOAD, 0, 0, _AT_FIRST_ARGUMENT),
        (_IF_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _FAIL | _EPERM),
    ]


def program(machine: str, *, pid: int, may_fork: bool) -> list[_Instruction]:
    """Write the filter for one kind of machine; empty where we know none."""
    if machine not in _AUDIT_ARCH:
        return []
    which = 0 if machine == _X86_64 else 1
    lines: list[_Instruction] = [
        (_LOAD, 0, 0, _AT_ARCH),
        (_IF_EQUAL, 1, 0, _AUDIT_ARCH[machine]),  # no 32-bit calls
        (_RETURN, 0, 0, _FAIL | _EPERM),
        (_LOAD, 0, 0, _AT_NUMBER),
    ]
    if machine == _X86_64:
        lines += [(_IF_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _FAIL | _EPERM)]
    numbers = {pair[which] for pair in _FORBIDDEN.values()}
    if not may_fork:
        numbers |= {pair[which] for pair in _FORKS.values()}
    for number in sorted(number for number in numbers if number is not None):
        lines += _fail_if(number)
    for pair in _OWN_ONLY.values():
        lines += _own_only(pair[which], pid)
    if not may_fork:
        lines += _threads_only(_CLONE[which], _CLONE3[which])
    return [*lines, (_RETURN, 0, 0, _ALLOW)]


def forbid_calls(libc: ctypes.CDLL, *, may_fork: bool) -> bool:
    """Put the filter in force, for good; False where the kernel has none."""
    if sys.maxsize <= 1 << 32:  # a 32-bit Python makes other calls
        return False
    lines = program(os.uname().machine, pid=os.getpid(), may_fork=may_fork)
    if not lines:
        return False
    code = b"".join(struct.pack("=HBBI", *line) for line in lines)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    given = ctypes.byref(_Program(len(lines), code))
    # Before Linux 5.16 a filter makes the processor speculate less unless told not to
    # (spec_store_bypass): that costs encoders time, and a child holds no secret.
    seccomp = _SECCOMP[0 if os.uname().machine == _X86_64 else 1]
    if libc.syscall(seccomp, _SET_MODE_FILTER, _SPEC_ALLOW, given) == 0:
        return True
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, given, 0, 0) == 0)
