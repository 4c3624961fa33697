"""Which walls this machine puts around what opens strangers' films."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lucarne.cli.check import OK, WARNING, Finding

if TYPE_CHECKING:
    from lucarne_engine.process import SandboxReport

_LIMITS: Final = {
    "cpu": "CPU time",
    "memory": "memory",
    "file": "the size of files",
    "files": "open files",
    "core": "core dumps",
}
_TRUST: Final = " Until then take films only from people you trust."


def sandbox() -> Iterator[Finding]:
    """Ask the launcher what it could put in force, and judge it."""
    from lucarne_engine import process

    yield from judge(process.sandbox_report())


def judge(report: SandboxReport) -> Iterator[Finding]:
    """Say what holds, then each measure that is missing with what to do."""
    held = list(_held(report))
    yield Finding(
        id="sandbox",
        level=OK if report.landlock_abi else WARNING,
        sentence=f"What opens films {'; '.join(held)}."
        if held
        else "What opens films has no walls around it at all.",
        remedy="" if report.landlock_abi else "See the following lines.",
    )
    yield from _missing_walls(report)
    yield from _missing_limits(report)


def _held(report: SandboxReport) -> Iterator[str]:
    if report.landlock_abi:
        yield f"sees its film and its folder only (landlock {report.landlock_abi})"
    if report.has_no_network:
        yield "has no network (a namespace of its own)"
    if report.forbids_calls:
        yield (
            "opens no sockets, starts no processes and touches no others "
            "(forbidden system calls)"
        )
    if report.drops_rights:
        yield "has no rights of root's but to files"
    if report.dies_with_parent:
        yield "ends with Lucarne"
    if names := [words for key, words in _LIMITS.items() if key in report.limits]:
        yield f"is limited in {', '.join(names)}"


def _missing_walls(report: SandboxReport) -> Iterator[Finding]:
    if not report.landlock_abi:
        yield Finding(
            id="sandbox-files",
            level=WARNING,
            sentence="What opens films can read and change every file that Lucarne "
            "can: there is no landlock here.",
            remedy="Run Linux 5.13 or newer with landlock among its security modules "
            "(lsm=landlock,… on the kernel's command line); in a container, allow the "
            "landlock system calls." + _TRUST,
        )
    if not (report.has_no_network or report.forbids_calls):
        yield Finding(
            id="sandbox-network",
            level=WARNING,
            sentence="What opens films can connect to the network and to this "
            "machine's own services.",
            remedy="Run Linux on x86-64 or AArch64, or allow user namespaces "
            "(sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, "
            "kernel.apparmor_restrict_unprivileged_userns)." + _TRUST,
        )
    if not report.forbids_calls:
        yield Finding(
            id="sandbox-calls",
            level=WARNING,
            sentence="What opens films can use sockets in the file system, change "
            "modes of files, signal Lucarne's processes where landlock is older than "
            "6, and leave processes behind: no system call is forbidden here.",
            remedy="Run Linux on x86-64 or AArch64 with a 64-bit Python and seccomp "
            "filters (CONFIG_SECCOMP_FILTER)." + _TRUST,
        )
    if not report.drops_rights:
        yield Finding(
            id="sandbox-rights",
            level=WARNING,
            sentence="Where Lucarne runs as root, what opens films has root's rights.",
            remedy="Run Lucarne under an account of its own, not as root.",
        )
    if not report.dies_with_parent:
        yield Finding(
            id="sandbox-orphans",
            level=WARNING,
            sentence="What opens films goes on for a while when Lucarne is killed.",
            remedy="Run Linux, or end what is left by hand after a crash.",
        )


def _missing_limits(report: SandboxReport) -> Iterator[Finding]:
    if lost := [words for key, words in _LIMITS.items() if key not in report.limits]:
        yield Finding(
            id="sandbox-limits",
            level=WARNING,
            sentence=f"The system does not limit what opens films in {', '.join(lost)}"
            + (": Lucarne looks, and ends what takes more." if lost == ["memory"] else "."),
            remedy="Run Linux 4.7 or newer, and look at what already limits Lucarne "
            "(ulimit -H -a).",
        )
    if not (report.limits_tasks or report.forbids_calls):
        yield Finding(
            id="sandbox-tasks",
            level=WARNING,
            sentence="What opens films can start processes without number.",
            remedy="Run Lucarne under an account of its own, not as root, on Linux.",
        )
