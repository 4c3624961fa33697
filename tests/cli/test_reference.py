from __future__ import annotations

from pathlib import Path

from lucarne.cli import reference
from lucarne.cli.main import COMMANDS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


def test_the_page_says_what_the_commands_take() -> None:
    assert PAGE.read_text("utf-8") == reference.page(), (
        "run: python -m lucarne.cli.reference > docs/reference/commands.md"
    )


def test_every_command_and_argument_is_explained() -> None:
    page = reference.page()
    assert all(f"## lucarne {word}\n" in page for word in COMMANDS)
    assert "|  |" not in page
