"""``lucarne version``."""

from __future__ import annotations

import argparse
import json
import platform


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the version of Lucarne and of what it stands on."""
    from importlib.metadata import version

    from lucarne.cli.main import own_version

    found = {
        "lucarne": own_version(),
        "python": platform.python_version(),
        "django": version("django"),
        "dbos": version("dbos"),
        "granian": version("granian"),
        "av": version("av"),
        "imageio-ffmpeg": version("imageio-ffmpeg"),
    }
    if args.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{name} {number}" for name, number in found.items()))
    return 0
