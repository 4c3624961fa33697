from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "vendor",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def test_a_rollback_leaves_no_job_and_a_commit_leaves_one(
    request: pytest.FixtureRequest, tmp_path: Path, vendor: str
) -> None:
    (tmp_path / "data").mkdir()
    url = "" if vendor == "sqlite" else request.getfixturevalue("postgres_url")
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.job_transaction"],
        cwd=ROOT,
        env={
            **os.environ,
            "LUCARNE_DATA": str(tmp_path / "data"),
            "LUCARNE_DATABASE__URL": url,
            "DJANGO_SETTINGS_MODULE": "lucarne.site.settings",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["vendor"] == vendor
    assert seen["after_rollback"] == []
    assert seen["before_commit"] == []
    assert seen["after_commit"] == ["test.row:bad", "test.row:good"]
    assert seen["states"] == {
        "good": ["done", "", ""],
        "bad": ["failed", "ValueError", "a reason"],
    }
