"""``lucarne check`` says plainly which walls a machine has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lucarne.cli import sandbox_check
from lucarne.cli.check import OK, WARNING
from lucarne_engine.process import SandboxReport, sandbox_report

ALL = SandboxReport(
    landlock_abi=7,
    has_no_network=True,
    forbids_calls=True,
    drops_rights=True,
    dies_with_parent=True,
    limits_tasks=True,
    limits=("cpu", "file", "files", "core", "memory"),
)


def test_a_machine_with_everything_is_well() -> None:
    (finding,) = sandbox_check.judge(ALL)
    assert (finding.id, finding.level, finding.remedy) == ("sandbox", OK, "")
    for word in ("landlock 7", "no network", "no sockets", "ends with", "memory"):
        assert word in finding.sentence


@pytest.mark.parametrize(
    ("lost", "ids"),
    [
        ({"landlock_abi": 0}, {"sandbox", "sandbox-files"}),
        ({"has_no_network": False}, set()),  # there are no sockets
        ({"forbids_calls": False}, {"sandbox-calls"}),
        (
            {"forbids_calls": False, "has_no_network": False},
            {"sandbox-calls", "sandbox-network"},
        ),
        ({"drops_rights": False}, {"sandbox-rights"}),
        ({"dies_with_parent": False}, {"sandbox-orphans"}),
        ({"limits": ("cpu", "file", "files", "core")}, {"sandbox-limits"}),
        ({"limits_tasks": False}, set()),  # there are no new processes
        (
            {"limits_tasks": False, "forbids_calls": False},
            {"sandbox-tasks", "sandbox-calls"},
        ),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(
    lost: dict[str, object], ids: set[str]
) -> None:
    findings = list(sandbox_check.judge(replace(ALL, **lost)))
    warnings = [finding for finding in findings if finding.level == WARNING]
    assert {finding.id for finding in warnings} == ids
    assert all(finding.remedy for finding in warnings)


def test_memory_is_watched_where_the_system_does_not_limit_it() -> None:
    """As on a Mac."""
    lost = replace(ALL, limits=("cpu", "file", "files", "core"))
    sentence = list(sandbox_check.judge(lost))[1].sentence
    assert sentence.endswith("in memory: Lucarne looks, and ends what takes more.")


def test_a_machine_with_nothing_says_so() -> None:
    first, *rest = sandbox_check.judge(SandboxReport())
    assert "no walls" in first.sentence
    assert {finding.id.partition("-")[2] for finding in rest} == {
        "files", "network", "calls", "rights", "orphans", "limits", "tasks",
    }  # fmt: skip


def test_this_machine_is_described_as_it_is() -> None:
    report = sandbox_report()
    found = {finding.id for finding in sandbox_check.sandbox()}
    assert ("sandbox-files" in found) == (report.landlock_abi == 0)
    assert ("sandbox-calls" in found) == (not report.forbids_calls)
