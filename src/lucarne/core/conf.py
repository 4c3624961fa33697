"""Where settings come from. The only module that reads the environment.

    lucarne.toml in the data folder
      < secret files (``<data>/secrets`` or LUCARNE_SECRETS_DIR)
      < LUCARNE_SECTION__KEY
      < arguments of the command line

The data folder itself: ``--data``, else LUCARNE_DATA, else ``data`` beside the
virtual environment that runs us, else ``~/.local/share/lucarne``.
Anything misspelled is a ConfigError with one sentence, never ignored.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import secrets
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import (
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    SecretsSettingsSource,
)
from pydantic_settings.exceptions import SettingsError

from lucarne.core.errors import ConfigError
from lucarne.core.schema import Paths, Section, Settings

__all__ = ["Paths", "Row", "Settings", "export", "get", "load", "rows", "secret_key"]

PREFIX: Final = "LUCARNE_"
# Read by the build, by the tests and by ourselves; they are no settings.
_OTHERS: Final = {"LUCARNE_SECRETS_DIR", "LUCARNE_NODE", "LUCARNE_SKIP_ASSETS"}
_TESTS: Final = "LUCARNE_TEST_"
_HIDDEN: Final = "••••••••"
_KINDS: Final[Mapping[type, str]] = {
    bool: "true or false", int: "whole number", float: "number", str: "text",
    Path: "path",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Row:
    """One setting, as the reference and ``lucarne config show`` print it."""

    key: str  # "jobs.concurrency"
    variable: str  # "LUCARNE_JOBS__CONCURRENCY"
    kind: str  # "int"
    default: str
    value: str  # secrets are hidden
    origin: str  # "default", the file's path, the variable's name, "argument"
    description: str


@dataclass(frozen=True, kw_only=True)
class _Loaded:
    settings: Settings
    origins: Mapping[str, str]
    arguments: Mapping[str, Any]


_current: _Loaded | None = None


def get() -> Settings:
    """Return the settings of this process, read once."""
    return (_current or _load(None, {})).settings


def load(data: Path | str | None = None, **overrides: Mapping[str, Any]) -> Settings:
    """Read the settings anew; ``overrides`` are sections: ``server={"port": 80}``.

    Raises:
        ConfigError: a name is unknown or a value cannot be; one sentence says which.
    """
    return _load(data, overrides).settings


def wished_language() -> str:
    """Return the language of whoever sits at the terminal, "" when nothing says it.

    The first of these variables that is set decides (POSIX.1-2024, 8.2): ``fr`` for
    ``fr_CA.UTF-8``, "" for ``C`` and ``POSIX``.
    """
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if named := os.environ.get(variable):
            language = re.split(r"[_.@]", named)[0].lower()
            return "" if language in {"c", "posix"} else language
    return ""


def export() -> None:
    """Hand the data folder and the arguments on to processes that we start."""
    settings = get()
    os.environ[f"{PREFIX}DATA"] = str(settings.data)
    for key, value in _flat(_current.arguments if _current else {}):
        if isinstance(value, list | tuple):
            value = ",".join(map(str, value))  # noqa: PLW2901
        os.environ[_variable(key)] = str(value)


def secret_key(settings: Settings | None = None) -> str:
    """Return the signing key; made once, readable by the owner of the folder only."""
    settings = settings or get()
    given = settings.security.secret_key.get_secret_value()
    return given or _key_in(settings.paths.secret_key)


def rows() -> list[Row]:
    """List every setting with its value and where that came from, in schema order."""
    settings = get()
    origins = _current.origins if _current else {}
    return [
        Row(
            key=key,
            variable=_variable(key),
            kind=_kind(annotation),
            default=_shown(default, is_default=True) if key != "data" else "",
            value=_shown(_value(settings, key)),
            origin=origins.get(key, "default"),
            description=description,
        )
        for key, annotation, default, description in _fields(Settings)
    ]


def _load(data: Path | str | None, overrides: Mapping[str, Any]) -> _Loaded:
    global _current  # noqa: PLW0603  one process, one configuration
    folder, said_by = _data_folder(data)
    merged: dict[str, Any] = {}
    origins = {"data": said_by}
    for origin, found in _sources(folder, overrides):
        for key, value in _flat(found):
            section, _, name = key.partition(".")
            merged.setdefault(section, {})[name] = value
            origins[key] = origin or _variable(key)
    try:
        settings = Settings(data=folder, **merged)
    except ValidationError as error:
        raise _explained(error, origins) from None
    _current = _Loaded(settings=settings, origins=origins, arguments=overrides)
    return _current


def _data_folder(given: Path | str | None) -> tuple[Path, str]:
    if given is not None:
        return Path(given).expanduser().absolute(), "argument"
    if named := os.environ.get(f"{PREFIX}DATA"):
        return Path(named).expanduser().absolute(), f"{PREFIX}DATA"
    if sys.prefix != sys.base_prefix:
        return Path(sys.prefix).absolute().parent / "data", "default"
    return Path.home() / ".local" / "share" / "lucarne", "default"


def _sources(
    folder: Path, overrides: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Weakest first; an empty origin means the key's own variable."""
    file = folder / "lucarne.toml"
    yield str(file), _file(file)
    named = os.environ.get(f"{PREFIX}SECRETS_DIR")
    if named and not Path(named).is_dir():
        raise _wrong(f"LUCARNE_SECRETS_DIR names {named}, which is no folder.")
    secret_files = Path(named) if named else folder / "secrets"
    if secret_files.is_dir():
        yield str(secret_files), _secrets(secret_files)
    yield "", _environment()
    _check_names(overrides, "The argument")
    yield "argument", overrides


def _file(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as stream:
            found = tomllib.load(stream)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(f"{path} cannot be read as TOML: {error}.") from None
    except OSError as error:
        raise _wrong(f"{path} cannot be read: {error.strerror}.") from None
    _check_names(found, f"In {path},")
    return found


def _secrets(folder: Path) -> Mapping[str, Any]:
    """Files named ``database__url``, or ``url`` in a folder ``database``."""
    found: dict[str, Any] = {}
    files = SecretsSettingsSource(Settings, secrets_dir=folder, env_prefix="")
    for source in (
        NestedSecretsSettingsSource(files, secrets_nested_delimiter="__"),
        NestedSecretsSettingsSource(files, secrets_nested_subdir=True),
    ):
        for key, value in _flat({k: v for k, v in source().items() if k != "data"}):
            section, _, name = key.partition(".")
            found.setdefault(section, {})[name] = value
    _check_names(found, f"In {folder},")
    return found


def _environment() -> Mapping[str, Any]:
    for variable in sorted(os.environ):
        if variable in _OTHERS or variable.startswith(_TESTS):
            continue
        if variable.startswith(PREFIX):
            _check_variable(variable)
    try:
        source = EnvSettingsSource(
            Settings, env_prefix=PREFIX, env_nested_delimiter="__"
        )
        return {key: value for key, value in source().items() if key != "data"}
    except SettingsError as error:
        raise _wrong(f"A {PREFIX}* variable cannot be read: {error}.") from None


def _check_variable(variable: str) -> None:
    known = {_variable(key): key for key in _keys()}
    if variable.upper() in known:
        return
    raise _wrong(
        f"{variable} is not a setting of Lucarne"
        f"{_instead(variable, list(known))} (lucarne config show lists them)."
    )


def _check_names(found: Mapping[str, Any], where: str) -> None:
    known = _keys()
    for key, _ in _flat(found):
        if key not in known or key == "data":
            raise _wrong(
                f"{where} {key} is not a setting of Lucarne"
                f"{_instead(key, known)} (lucarne config show lists them)."
            )


def _instead(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def _explained(error: ValidationError, origins: Mapping[str, str]) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
    reason = first["msg"].removeprefix("Value error, ")
    origin = origins.get(key, "default")
    sentence = f"{key} (from {origin}) is wrong: {reason}."
    if origin == "argument":
        return ConfigError("bad_argument", sentence)
    return _wrong(sentence)


def _wrong(sentence: str) -> ConfigError:
    return ConfigError("bad_settings", sentence)


def _fields(
    model: type[BaseModel], prefix: str = ""
) -> Iterator[tuple[str, Any, Any, str]]:
    """(key, annotation, default, description) of every setting."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from _fields(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, kind, field.default, field.description or ""


def _keys() -> list[str]:
    return [key for key, *_ in _fields(Settings)]


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")


def _value(settings: Settings, key: str) -> Any:
    value: Any = settings
    for part in key.split("."):
        value = getattr(value, part)
    return value


def _flat(found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """("section.key", value) for every leaf; an empty section says nothing."""
    for section, inner in found.items():
        if isinstance(inner, Mapping):
            for name, value in inner.items():
                yield f"{section}.{name}", value
        else:
            yield section, inner


def _shown(value: Any, *, is_default: bool = False) -> str:
    if isinstance(value, SecretStr):
        hidden = bool(value.get_secret_value()) and not is_default
        return _HIDDEN if hidden else ""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(annotation: Any) -> str:
    if annotation is SecretStr:
        return "secret"
    if isinstance(annotation, type):
        return _KINDS[annotation]
    inner = get_args(annotation)
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(inner)
    choices = get_args(inner[0])  # of a list: what may stand in it
    return "list of " + ", ".join(choices) if choices else "list"


def _key_in(file: Path) -> str:
    with contextlib.suppress(FileNotFoundError):
        if key := file.read_text("ascii").strip():
            return key
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    # The link is atomic and fails when another process was first: one key wins.
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w") as stream:
        stream.write(secrets.token_urlsafe(48) + "\n")
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    except OSError:  # a disk without links, as those that cameras and all systems read
        if not file.exists():
            draft.replace(file)
    draft.unlink(missing_ok=True)
    key = file.read_text("ascii").strip()
    if not key:
        raise _wrong(
            f"{file} is empty: delete it, a new key is made at the next start."
        )
    return key
