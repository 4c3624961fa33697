"""The house's layers, also where import-linter cannot see them."""

from __future__ import annotations

import ast
import configparser
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).parents[1]
DOORS = ("views.py", "tasks.py", "hooks.py", "forms.py")


def layer_of() -> dict[str, int]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    rows = parser["importlinter:contract:rooms"]["layers"].split("\n")
    return {
        name.strip(" ()"): depth
        for depth, row in enumerate(row for row in rows if row.strip())
        for name in row.replace(":", "|").split("|")
    }


def test_no_relation_points_up_the_house() -> None:
    depth = layer_of()
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model is not None
        and depth.get(model._meta.app_config.name, -1)
        > depth.get(field.related_model._meta.app_config.name, 99)
    ]  # fmt: skip
    assert wrong == []
    assert len(depth) > 10, "the contract file was not read"


def door_files() -> list[Path]:
    files = [p for p in (ROOT / "src/lucarne").rglob("*.py") if p.name in DOORS]
    assert files
    return files


def test_doors_never_spell_a_query() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in door_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "objects"
    ]
    assert wrong == [], "views, tasks and forms call queries and operations"


def test_relations_to_follow_are_named() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "src/lucarne").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"select_related", "prefetch_related"} and not node.args
    ]  # fmt: skip
    assert wrong == []
