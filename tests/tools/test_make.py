"""What ``make`` does besides starting Lucarne."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_clean_takes_what_was_made_and_leaves_the_data(tmp_path: Path) -> None:
    made = [
        ".venv/bin/python", "src/lucarne/locale/fr/LC_MESSAGES/django.mo",
        "src/lucarne/__pycache__/a.pyc", "bench/__pycache__/b.pyc",
        "frontend/node_modules/c.js", "tests/deep/__pycache__/d.pyc",
    ]  # fmt: skip
    kept = ["data/lucarne.sqlite3", "src/lucarne/locale/fr/LC_MESSAGES/django.po"]
    for name in (*made, *kept, "tools/bootstrap.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    done = subprocess.run(
        ["make", "-f", str(MAKEFILE), "clean"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    left = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {*kept, "tools/bootstrap.py"}
