"""The reference page of errors: the films' from their room, all others from the sources.

``python -m lucarne.cli.errors_reference > docs/reference/errors.md`` writes it; a test
fails when the page is another one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lucarne.media import reference as films

_SOURCES: Final = Path(__file__).parents[1]
_TRANSLATES: Final = {"_", "gettext", "gettext_lazy", "format_lazy"}

_HEAD = """
## Other errors

Whatever else cannot be done is refused with a sentence too, in a form or on standard error. The codes are as stable. Words
in {braces} stand for what the sentence is about; the last column says where in the sources it is raised.
"""


@dataclass(frozen=True, kw_only=True, order=True)
class ListedError:
    code: str
    sentence: str  # "" when it is only known once it is raised
    place: str  # dotted name of the module that raises it, or of its class


def page() -> str:
    """Return docs/reference/errors.md; the same on every machine."""
    lines = [films.errors_page() + _HEAD, "| code | sentence | raised by |"]
    lines += ["|---|---|---|"]
    lines += [
        f"| `{error.code}` | {_cell(error.sentence)} | `{error.place}` |"
        for error in sorted(set(errors_in(_modules())))
    ]
    return "\n".join(lines) + "\n"


def _cell(sentence: str) -> str:
    return sentence.replace("|", r"\|") or "(says what exactly is wrong)"


def _modules() -> dict[str, ast.Module]:
    """Parse every room but media, whose errors are those of films."""
    paths = (path.relative_to(_SOURCES) for path in _SOURCES.rglob("*.py"))
    return {
        ".".join(["lucarne", *path.with_suffix("").parts]): ast.parse(
            (_SOURCES / path).read_text("utf-8")
        )
        for path in paths
        if path.parts[0] != "media"
    }


def errors_in(modules: Mapping[str, ast.Module]) -> Iterator[ListedError]:
    """Yield the errors of the tree of ``LucarneError`` that name their code."""
    kinds = _parameters(modules)
    for module, tree in modules.items():
        finder = _Finder(module, kinds)
        finder.visit(tree)
        yield from finder.found


def _parameters(modules: Mapping[str, ast.Module]) -> dict[str, list[str]]:
    """What the classes of the tree are made with, by their names."""
    classes = [
        node
        for tree in modules.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    kinds = {"LucarneError": ["code", "message"]}
    while True:
        new = {
            node.name: _own_parameters(node) or kinds[base]
            for node in classes
            for base in map(_name, node.bases)
            if base in kinds and node.name not in kinds
        }
        if not new:
            return kinds
        kinds |= new


def _own_parameters(kind: ast.ClassDef) -> list[str]:
    return [
        argument.arg
        for node in kind.body
        if isinstance(node, ast.FunctionDef) and node.name == "__init__"
        for argument in node.args.args
    ][1:]


class _Finder(ast.NodeVisitor):
    """Goes through one module and remembers where in it it is."""

    def __init__(self, module: str, kinds: Mapping[str, list[str]]) -> None:
        self.found: list[ListedError] = []
        self._module = module
        self._kinds = kinds
        self._class: ast.ClassDef | None = None
        self._function: ast.FunctionDef | None = None

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        outer, self._class = self._class, node
        self.generic_visit(node)
        self._class = outer

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outer, self._function = self._function, node
        self.generic_visit(node)
        self._function = outer

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        parameters, place = self._made_by(node)
        given = dict(zip(parameters, node.args, strict=False))
        given |= {k.arg: k.value for k in node.keywords if k.arg in parameters}
        code = given.get("code")
        if isinstance(code, ast.Constant):
            sentences = list(self._sentences(given.get("message"))) or [""]
            self.found += [
                ListedError(code=str(code.value), sentence=sentence, place=place)
                for sentence in sentences
            ]

    def _made_by(self, node: ast.Call) -> tuple[list[str], str]:
        """Return what the call gives values to, and whose call it is."""
        kind = self._class
        is_super = ast.unparse(node.func) == "super().__init__"
        if is_super and kind is not None and kind.name in self._kinds:
            base = next(filter(self._kinds.get, map(_name, kind.bases)), "")
            return self._kinds.get(base, []), f"{self._module}.{kind.name}"
        return self._kinds.get(_name(node.func), []), self._module

    def _sentences(self, node: ast.expr | None) -> Iterator[str]:
        """Yield what can be read of a message; where it is chosen, each choice."""
        if isinstance(node, ast.Constant):
            yield str(node.value)
        elif isinstance(node, ast.JoinedStr):
            yield "".join(map(_part, node.values))
        elif isinstance(node, ast.Call) and _name(node.func) in _TRANSLATES:
            yield from self._sentences(node.args[0])
        elif isinstance(node, ast.Name) and self._function is not None:
            for inner in ast.walk(self._function):
                if isinstance(inner, ast.Assign) and _name(inner.targets[0]) == node.id:
                    yield from self._sentences(inner.value)


def _part(node: ast.expr) -> str:
    """The text of an f-string's part; of a value, a word that says what it is."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    inner = list(ast.walk(node))
    keys = [n.value for n in inner if isinstance(n, ast.Constant)]
    words = [word for word in keys if isinstance(word, str)]
    words += [_name(n) for n in inner if isinstance(n, ast.Attribute | ast.Name)]
    return f"{{{words[0].lower() if words else '…'}}}"


def _name(node: ast.expr) -> str:
    """The last word of a dotted name, "" when it is none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


if __name__ == "__main__":
    from django.conf import settings

    settings.configure()
    print(page(), end="")
