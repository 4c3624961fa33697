"""A real portal for tests: its own data folder, its own process, a free port."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

EMAIL = "owner@example.org"
PASSWORD = "a long enough pass phrase"
# A portal starts and stops in two seconds; a busy machine may take a minute.
PATIENCE_S = 240
_LUCARNE = [sys.executable, "-m", "lucarne.cli"]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def environment(data: Path, **settings: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LUCARNE_")}
    # Whoever runs the tests may speak any language: sentences are compared here.
    kept["LC_ALL"] = "C.UTF-8"
    source = str(Path(__file__).parents[1] / "src")
    return {
        **kept, "PYTHONPATH": source, "LUCARNE_DATA": str(data),
        "LUCARNE_UPLOADS__RESERVE_BYTES": "0", "PYTHONUNBUFFERED": "1",
        # What many tests watch would pay for a second pass in the middle of them.
        "LUCARNE_FINE__WHEN": "never", **settings,
    }  # fmt: skip


def get(url: str, **how: Any) -> httpx.Response:
    """Ask as a stranger, as patiently as a busy machine needs."""
    return httpx.get(url, timeout=60, **how)


# Those of this process: what they said helps to tell why a test failed.
_portals: weakref.WeakSet[Portal] = weakref.WeakSet()


def what_they_said(most: int = 25) -> str:
    """Return the last lines of every portal of this process that has said something."""
    return "\n".join(
        f"{portal.url} ({portal.data}):\n  " + "\n  ".join(portal.lines[-most:])
        for portal in _portals
        if portal.lines
    )


class Portal:
    """``lucarne run`` in a process of its own. Kill it, start it again, ask it."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.port = free_port()
        self.settings = {"LUCARNE_SERVER__PORT": str(self.port), **settings}
        self.process: subprocess.Popen[str] | None = None
        self.lines: list[str] = []
        self._running = threading.Event()
        _portals.add(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cli(
        self, *args: str, stdin: str = "", check: bool = True, timeout: float = 900,
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*_LUCARNE, *args], input=stdin, capture_output=True, text=True,
            env=environment(self.data, **self.settings, **variables), timeout=timeout, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def init(self, *, name: str = "Télé", language: str = "en") -> None:
        """Set the portal up: the first one really, all others with a copy of it."""
        if "LUCARNE_DATABASE__URL" in self.settings or self.data.exists():
            self.really_init(name=name, language=language)
        else:
            shutil.copytree(_set_up(name, language), self.data)

    def prepare(self) -> None:
        """Give it tables and nothing in them: a copy, making them takes seconds."""
        shutil.copytree(_empty(), self.data)

    def really_init(self, *, name: str, language: str) -> None:
        self.cli(
            "init", "--name", name, "--language", language, "--owner", EMAIL,
            "--channel", "Nature", "--password-stdin", stdin=PASSWORD + "\n",
        )  # fmt: skip

    def publish(self, *args: str, check: bool = True) -> dict[str, Any]:
        done = self.cli("publish", "--json", *args, check=check)
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def start(self, *args: str) -> Portal:
        self._running.clear()
        self.process = subprocess.Popen(
            [*_LUCARNE, "run", *args],
            env=environment(self.data, **self.settings),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        if not self._running.wait(PATIENCE_S):
            self.kill()
            raise AssertionError("the portal did not start:\n" + "\n".join(self.lines))
        return self

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line.rstrip())
            if "running at" in line:
                self._running.set()

    @property
    def sign_in_link(self) -> str:
        for line in reversed(self.lines):
            if found := re.search(r"http://\S+/sign-in/\S+", line):
                return found.group()
        raise AssertionError("no sign-in link in:\n" + "\n".join(self.lines))

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("Ctrl-C did not stop the portal") from None

    def session(self) -> httpx.Client:
        """Return a client that is signed in as the owner, by the password form."""
        client = httpx.Client(base_url=self.url, follow_redirects=True, timeout=60)
        client.get("/sign-in")
        answer = client.post(
            "/sign-in",
            data={
                "email": EMAIL, "password": PASSWORD,
                "csrfmiddlewaretoken": client.cookies["csrftoken"],
            },
            headers={"Referer": f"{self.url}/sign-in"},
        )  # fmt: skip
        assert answer.is_success, answer.text
        return client

    def ask_rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database of a portal on SQLite, which hears nothing of it."""
        address = f"file:{self.data}/lucarne.sqlite3?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as rows:
            return rows.execute(query).fetchall()

    def publish_form(self, owner: httpx.Client) -> dict[str, str]:
        """Fill in the form that publishes a film, but for the film itself."""
        page = owner.get("/studio/publish").text
        token, channel = (
            re.search(pattern, page)
            for pattern in (r'name="csrfmiddlewaretoken" value="(\w+)"', r'"(chn_\w+)"')
        )
        assert token is not None
        return {
            "csrfmiddlewaretoken": token[1], "channel": channel[1] if channel else "",
            "title": "Sent", "visibility": "public",
        }  # fmt: skip

    def publish_upload(
        self, owner: httpx.Client, form: dict[str, str], upload_id: str
    ) -> None:
        """Publish a film that was sent, as the studio's script does."""
        fields = {**form, "upload": upload_id}
        answer = owner.post(
            "/studio/publish", files={name: (None, one) for name, one in fields.items()},
            headers={
                "Accept": "application/json", "Referer": f"{self.url}/studio/publish"
            },
        )  # fmt: skip
        assert answer.status_code == 201, answer.text

    def make_smaller(self, video: str) -> None:
        """Press the button of the film's page, as the owner."""
        with contextlib.closing(self.session()) as owner:
            page = owner.get(f"/studio/films/{video}")
            found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
            assert found is not None
            answer = owner.post(
                f"/studio/films/{video}/smaller",
                data={"csrfmiddlewaretoken": found[1]},
                headers={"Referer": f"{self.url}/studio/films/{video}"},
            )
        assert "being encoded once more" in answer.text


@functools.cache
def _set_up(name: str, language: str) -> Path:
    """Set a portal up that nobody starts; return its data folder.

    The command costs two seconds of CPU, and says the same each time: what it does
    itself is for tests of the command.
    """
    made = Portal(_kept() / "data")
    made.prepare()
    made.really_init(name=name, language=language)
    return made.data


@functools.cache
def _empty() -> Path:
    """Let a command make the tables of a portal; return its data folder."""
    made = Portal(_kept() / "data")
    made.cli("jobs")
    return made.data


def _kept() -> Path:
    """Return a new folder that lasts as long as this process."""
    folder = Path(tempfile.mkdtemp(prefix="lucarne-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextlib.contextmanager
def portal(data: Path, **settings: str) -> Iterator[Portal]:
    """Give a portal that is set up and running."""
    running = Portal(data, **settings)
    running.init()
    running.start()
    try:
        yield running
    finally:
        running.kill()


def until(condition: Any, *, seconds: float, every: float = 0.1) -> Any:
    """Ask until the answer is true; fail loudly, never wait longer than needed."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"still not so after {seconds} s: {condition}")
        threading.Event().wait(every)
