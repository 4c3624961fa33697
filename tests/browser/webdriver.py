"""Firefox and WebKit, driven by the protocols that they bring along.

Firefox speaks Marionette, WebDriver's commands as JSON over a socket; WebKitGTK has
WebKitWebDriver, the same commands over HTTP. It draws on a screen that Xvfb pretends.
Playwright drives neither as Debian ships them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import httpx

from tests.live_portal import free_port, until

START_S: Final = 60
ANSWER_S: Final = 60
_ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver, clause 12.2


class Browser(Protocol):
    """What a test asks of a browser."""

    def open(self, url: str) -> None:
        """Go to a page, and come back when it is loaded."""

    def run(self, script: str, *args: Any) -> Any:
        """Run the body of a function in the page; give what it returns."""

    def click(self, selector: str) -> None:
        """Click as a person does."""

    def press(self, key: str) -> None:
        """Press a key where the focus is."""

    def problems(self) -> list[str]:
        """Give the errors of scripts and of policies, of all pages so far."""


_NAMED_KEYS: Final = {"End": "\ue010", "Home": "\ue011"}  # clause 17.4.2


def _key(name: str) -> list[dict[str, Any]]:
    key = _NAMED_KEYS.get(name, name)
    strokes = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
    return [{"type": "key", "id": "keys", "actions": strokes}]


class Firefox:
    """A session with a Firefox that listens on a port."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), ANSWER_S)
        self._file = self._socket.makefile("rb")
        self._count = 0
        self._read()  # it greets
        self._ask("WebDriver:NewSession", capabilities={})

    def open(self, url: str) -> None:
        self._ask("WebDriver:Navigate", url=url)

    def run(self, script: str, *args: Any) -> Any:
        return self._ask("WebDriver:ExecuteScript", script=script, args=args)["value"]

    def click(self, selector: str) -> None:
        place = {"using": "css selector", "value": selector}
        found = self._ask("WebDriver:FindElement", **place)["value"]
        self._ask("WebDriver:ElementClick", id=found[_ELEMENT])

    def press(self, key: str) -> None:
        self._ask("WebDriver:PerformActions", actions=_key(key))

    def problems(self) -> list[str]:
        self._ask("Marionette:SetContext", value="chrome")
        found = self.run(_FIREFOX_ERRORS)
        self._ask("Marionette:SetContext", value="content")
        return list(found)

    def quit(self) -> None:
        self._ask("Marionette:Quit", flags=["eForceQuit"])
        self._file.close()
        self._socket.close()

    def _ask(self, command: str, **parameters: Any) -> Any:
        self._count += 1
        message = json.dumps([0, self._count, command, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(message), message))
        _, _, error, result = self._read()
        assert error is None, f"{command} {parameters}: {error['message']}"
        return result

    def _read(self) -> Any:
        size = b""
        while (one := self._file.read(1)) != b":":
            assert one, "Firefox has gone"
            size += one
        return json.loads(self._file.read(int(size)))


# Of pages of an http address: scripts and policies (nsIScriptError, of which bit 0
# says that it is a warning), and what pages said by console.error.
_FIREFOX_ERRORS: Final = """
  const errors = Services.console.getMessageArray()
    .filter((one) => one instanceof Ci.nsIScriptError && !(one.flags & 1))
    .filter((one) => one.sourceName.startsWith("http"))
    .map((one) => `${one.category}: ${one.errorMessage} at ${one.sourceName}`);
  const said = Cc["@mozilla.org/consoleAPI-storage;1"]
    .getService(Ci.nsIConsoleAPIStorage).getEvents()
    .filter((one) => one.level === "error" && !/^(chrome|resource):/.test(one.filename))
    .map((one) => `console: ${one.arguments.join(" ")} at ${one.filename}`);
  return [...errors, ...said];
"""
_FIREFOX_PREFERENCES: Final = {
    "marionette.port": 0,  # any that is free
    "intl.accept_languages": "en-GB, en",
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "extensions.update.enabled": False,
}


@contextlib.contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """Give a headless Firefox with a profile of its own."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program, "there is no Firefox"
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
        for name, value in _FIREFOX_PREFERENCES.items()
    ]
    (folder / "user.js").write_text("".join(lines))
    argv = [program, "--headless", "--marionette", "--remote-allow-system-access"]
    argv += ["--no-remote", "--profile", str(folder), "--width=1280", "--height=900"]
    port = folder / "MarionetteActivePort"
    with _running([*argv, "about:blank"], dict(os.environ), folder / "log"):
        until(lambda: port.exists() and port.read_text(), seconds=START_S)
        session = Firefox(int(port.read_text()))
        yield session
        session.quit()


class WebKit:
    """A session with WebKitWebDriver."""

    def __init__(self, address: str) -> None:
        self._problems: list[str] = []
        self._client = httpx.Client(base_url=address, timeout=ANSWER_S)
        until(self._is_up, seconds=START_S)
        self._session = ""
        told = self._ask("POST", "/session", capabilities={})
        self._session = f"/session/{told['sessionId']}"
        self._ask("POST", "/window/rect", x=0, y=0, width=1280, height=900)

    def open(self, url: str) -> None:
        self._gather()
        self._ask("POST", "/url", url=url)
        self.run("")

    def run(self, script: str, *args: Any) -> Any:
        script = _WEBKIT_LISTENS + script
        return self._ask("POST", "/execute/sync", script=script, args=args)

    def click(self, selector: str) -> None:
        self._gather()  # it may lead to another page
        place = {"using": "css selector", "value": selector}
        found = self._ask("POST", "/element", **place)[_ELEMENT]
        self._ask("POST", f"/element/{found}/click")

    def press(self, key: str) -> None:
        self._ask("POST", "/actions", actions=_key(key))

    def problems(self) -> list[str]:
        self._gather()
        return self._problems

    def _gather(self) -> None:
        self._problems += self.run("return window.errorsSoFar.splice(0)")

    def quit(self) -> None:
        self._ask("DELETE", "")
        self._client.close()

    def _is_up(self) -> bool:
        with contextlib.suppress(httpx.ConnectError):
            return bool(self._client.get("/status").json()["value"]["ready"])
        return False

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        content = json.dumps(body) if method == "POST" else None
        answer = self._client.request(method, self._session + path, content=content)
        told = answer.json()["value"]
        assert answer.is_success, f"{path} {body}: {told['message']}"
        return told


# WebKitWebDriver does not tell what pages say; this listens from the moment on when
# a page is loaded.
_WEBKIT_LISTENS: Final = """
  if (!window.errorsSoFar) {
    const told = window.errorsSoFar = [];
    const say = console.error;
    console.error = (...all) => { told.push(`console: ${all.join(" ")}`); say(...all); };
    addEventListener("error", (e) => told.push(`error: ${e.message}`));
    addEventListener("unhandledrejection", (e) => told.push(`rejected: ${e.reason}`));
    document.addEventListener("securitypolicyviolation",
      (e) => told.push(`policy: ${e.violatedDirective} ${e.blockedURI}`));
  }
"""


@contextlib.contextmanager
def webkit(folder: Path) -> Iterator[WebKit]:
    """Give a WebKitGTK on a screen that is not there."""
    with _screen(folder) as display:
        # GTK takes a Wayland screen when there is one; no bus, no GPU, no desktop.
        env = os.environ | {"DISPLAY": display, "GDK_BACKEND": "x11"}
        env |= {"LIBGL_ALWAYS_SOFTWARE": "1", "XDG_RUNTIME_DIR": str(folder)}
        port = free_port()
        argv = ["WebKitWebDriver", "--host=127.0.0.1", f"--port={port}"]
        with _running(argv, env, folder / "log"):
            session = WebKit(f"http://127.0.0.1:{port}")
            yield session
            session.quit()


@contextlib.contextmanager
def _screen(folder: Path) -> Iterator[str]:
    number = folder / "display"
    argv = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x900x24"]
    with _running([*argv, "-nolisten", "tcp"], dict(os.environ), number):
        until(lambda: number.read_text().strip(), seconds=START_S)
        yield ":" + number.read_text().split()[-1]


@contextlib.contextmanager
def _running(argv: list[str], env: dict[str, str], log: Path) -> Iterator[None]:
    """Run a program and whatever it starts; what it says goes to ``log``."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            argv, env=env, stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


BROWSERS: Final[dict[str, Callable[[Path], Any]]] = {
    "firefox": firefox,
    "webkit": webkit,
}


def missing(name: str) -> str:
    """Say what this machine lacks for a browser, "" when nothing."""
    if name == "firefox":
        has_it = shutil.which("firefox-esr") or shutil.which("firefox")
        return "" if has_it else "Firefox"
    lacking = [one for one in ("WebKitWebDriver", "Xvfb") if not shutil.which(one)]
    return " and ".join(lacking)
