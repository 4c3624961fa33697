"""The filter of system calls, read as the kernel reads it, for both processors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lucarne_engine import calls

OWN, OTHER = 4711, 815
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
OPENAT = {"x86_64": 257, "aarch64": 56}
CLONE = {"x86_64": 56, "aarch64": 220}
KILL = {"x86_64": 62, "aarch64": 129}
THREAD, PROCESS = 0x3D0F00, 0x1200011  # flags that libc gives to clone
ALLOWED, EPERM, ENOSYS = "allowed", 1, 38


def ask(
    machine: str,
    number: int,
    argument: int = 0,
    *,
    arch: int | None = None,
    may_fork: bool = False,
) -> object:
    data = {0: number, 4: arch or MACHINES[machine], 16: argument}
    lines = calls.program(machine, pid=OWN, may_fork=may_fork)
    at = loaded = 0
    while True:
        code, if_true, if_false, constant = lines[at]
        at += 1
        if code == 0x06:
            return ALLOWED if constant == 0x7FFF0000 else constant & 0xFFFF
        if code == 0x20:
            loaded = data[constant]
            continue
        holds = {
            0x15: loaded == constant,
            0x35: loaded >= constant,
            0x45: bool(loaded & constant),
        }[code]
        at += if_true if holds else if_false


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_forbidden_fails_and_the_rest_passes(machine: str) -> None:
    which = list(MACHINES).index(machine)
    numbers = [pair[which] for pair in calls._FORBIDDEN.values()]
    for number in numbers:
        assert number is None or ask(machine, number) == EPERM
    assert ask(machine, OPENAT[machine]) == ALLOWED
    assert ask(machine, OPENAT[machine], arch=0x40000003) == EPERM  # 32 bits
    for pid, answer in ((OWN, ALLOWED), (0, ALLOWED), (OTHER, EPERM), (1, EPERM)):
        assert ask(machine, KILL[machine], pid) == answer


def test_no_call_comes_in_by_the_back_door() -> None:
    assert ask("x86_64", 0x40000000 + OPENAT["x86_64"]) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_pass_and_processes_do_not(machine: str) -> None:
    assert ask(machine, CLONE[machine], THREAD) == ALLOWED
    assert ask(machine, CLONE[machine], PROCESS) == EPERM
    assert ask(machine, CLONE[machine], PROCESS, may_fork=True) == ALLOWED
    assert ask(machine, 435) == ENOSYS  # clone3
    assert ask(machine, 435, may_fork=True) == ALLOWED


def test_an_unknown_processor_gets_no_filter() -> None:
    assert calls.program("riscv64", pid=OWN, may_fork=False) == []


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_kernel(machine: str) -> None:
    if not HEADERS[machine].is_file():
        pytest.skip("the kernel's headers are not installed")
    found = re.findall(
        r"#define __NR(?:3264)?_(\w+)\s+(\d+)", HEADERS[machine].read_text()
    )
    kernel = {name: int(number) for name, number in found}
    which = list(MACHINES).index(machine)
    ours = {
        **calls._FORBIDDEN,
        **calls._FORKS,
        **calls._OWN_ONLY,
        "clone": calls._CLONE,
        "clone3": calls._CLONE3,
    }
    younger = {"fchmodat2"}  # than the headers may be
    for name, pair in ours.items():
        if name not in younger or name in kernel:
            assert kernel.get(name) == pair[which], name
