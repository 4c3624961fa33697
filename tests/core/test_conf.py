from __future__ import annotations

import errno
import multiprocessing
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucarne.core import conf
from lucarne.core.errors import ConfigError
from lucarne.core.reference import settings_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    conf.load()


def row(key: str) -> conf.Row:
    return next(row for row in conf.rows() if row.key == key)


def write(folder: Path, toml: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "lucarne.toml").write_text(toml)
    return folder


def test_each_source_wins_over_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert conf.load(tmp_path).jobs.concurrency == 0
    assert row("jobs.concurrency").origin == "default"
    write(tmp_path, "[jobs]\nconcurrency = 2\n")
    assert conf.load(tmp_path).jobs.concurrency == 2
    assert row("jobs.concurrency").origin == str(tmp_path / "lucarne.toml")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "jobs__concurrency").write_text("3\n")
    assert conf.load(tmp_path).jobs.concurrency == 3
    assert row("jobs.concurrency").origin == str(secrets)
    monkeypatch.setenv("LUCARNE_JOBS__CONCURRENCY", "4")
    assert conf.load(tmp_path).jobs.concurrency == 4
    assert row("jobs.concurrency").origin == "LUCARNE_JOBS__CONCURRENCY"
    assert conf.load(tmp_path, jobs={"concurrency": 5}).jobs.concurrency == 5
    assert row("jobs.concurrency").origin == "argument"


def test_secrets_are_read_from_nested_folders_and_never_shown(tmp_path: Path) -> None:
    folder = tmp_path / "secrets" / "database"
    folder.mkdir(parents=True)
    (folder / "url").write_text("postgresql://lucarne:hush@db/tv\n")
    settings = conf.load(tmp_path)
    assert settings.database.url.get_secret_value().startswith("postgresql://")
    assert row("database.url").value == "••••••••"
    assert "hush" not in repr(settings) + repr(conf.rows())


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("LUCARNE_JOBS__CONCURENCY", "1", "did you mean LUCARNE_JOBS__CONCURRENCY"),
        ("LUCARNE_JOBS", "1", "LUCARNE_JOBS is not a setting"),
        ("LUCARNE_JOBS__CONCURRENCY", "many", "jobs.concurrency (from LUCARNE_JOBS"),
        ("LUCARNE_FINE__CODECS", "h264,vp9", "fine.codecs (from LUCARNE_FINE__CODECS"),
        ("LUCARNE_SITE__URL", "tv.example.org", "begins with http:// or https://"),
        ("LUCARNE_DATABASE__URL", "mysql://x", "begins with postgresql://"),
        ("LUCARNE_SECRETS_DIR", "/nowhere/at/all", "which is no folder"),
    ],
)
def test_a_wrong_variable_is_one_clear_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    said: str,
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        conf.load(tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[jobs]\nconcurency = 1\n", "did you mean jobs.concurrency"),
        ("[job]\nx = 1\n", "job.x is not a setting"),
        ('data = "/elsewhere"\n', "data is not a setting"),
        ("[jobs\n", "cannot be read as TOML"),
        ("[jobs]\nconcurrency = -1\n", "jobs.concurrency (from"),
        ("jobs = 3\n", "jobs is not a setting"),
    ],
)
def test_a_wrong_file_is_one_clear_sentence(
    tmp_path: Path, toml: str, said: str
) -> None:
    write(tmp_path, toml)
    with pytest.raises(ConfigError) as caught:
        conf.load(tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCARNE_DATA", str(tmp_path / "named"))
    assert conf.load().data == tmp_path / "named"
    assert conf.load(tmp_path / "given").data == tmp_path / "given"
    monkeypatch.delenv("LUCARNE_DATA")
    monkeypatch.setattr("sys.prefix", str(tmp_path / "home" / ".venv"))
    assert conf.load().data == tmp_path / "home" / "data"
    monkeypatch.setattr("sys.base_prefix", str(tmp_path / "home" / ".venv"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert conf.load().data == tmp_path / ".local" / "share" / "lucarne"
    monkeypatch.undo()


def test_every_setting_can_come_from_a_variable_as_config_show_prints_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf.load(tmp_path)
    for row in conf.rows():
        if row.key != "data" and row.value:
            monkeypatch.setenv(row.variable, row.value)
    was = {row.key: row.value for row in conf.rows()}
    monkeypatch.setenv("LUCARNE_FINE__CODECS", "av1, h264")
    monkeypatch.setenv("LUCARNE_UPLOADS__OVERLAP", "false")
    settings = conf.load(tmp_path)
    assert settings.fine.codecs == ("av1", "h264")
    assert settings.uploads.overlap is False
    was |= {"fine.codecs": "av1,h264", "uploads.overlap": "false"}
    assert {row.key: row.value for row in conf.rows()} == was
    kinds = {row.key: row.kind for row in conf.rows()}
    assert kinds["uploads.overlap"] == "true or false"
    assert kinds["fine.price_per_gb"] == "number"
    assert kinds["fine.codecs"] == "list of h264, av1"
    monkeypatch.undo()


def test_arguments_are_handed_on_to_processes_we_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.environ", dict[str, str]())
    conf.load(tmp_path, server={"port": 8123}, site={"allowed_hosts": ["a", "b"]})
    conf.export()
    settings = conf.load()
    assert (settings.data, settings.server.port) == (tmp_path, 8123)
    assert settings.site.allowed_hosts == ("a", "b")
    monkeypatch.undo()


def test_hosts_and_address(tmp_path: Path) -> None:
    settings = conf.load(tmp_path, site={"url": "https://tv.example.org/"})
    assert settings.url == "https://tv.example.org"
    assert "tv.example.org" in settings.hosts
    assert conf.load(tmp_path, server={"host": "::", "port": 9}).url.endswith(".1:9")


def _key(folder: Path) -> str:
    return conf.secret_key(conf.load(folder))


def test_one_key_is_made_even_by_several_processes_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = set(pool.map(_key, [folder] * 8))
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret.key"]


def test_a_disk_without_links_holds_a_key_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    first = _key(tmp_path)
    assert len(first) >= 50
    assert _key(tmp_path) == first
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    monkeypatch.undo()


def test_every_setting_is_described_and_the_page_is_what_the_code_says(
    tmp_path: Path,
) -> None:
    conf.load(tmp_path)
    assert all(len(row.description) > 15 for row in conf.rows())
    assert PAGE.read_text() == settings_page(), (
        "run: python -m lucarne.core.reference > docs/reference/settings.md"
    )
