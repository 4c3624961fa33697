"""Reference pages that are made from the code, so that they cannot lie.

``python -m lucarne.core.reference > docs/reference/settings.md`` writes the page; a
test fails when it is not what the code says.
"""

from __future__ import annotations

import sys
from typing import Final

from lucarne.core import conf

_HEAD: Final = """\
# Settings

<!-- Made by `python -m lucarne.core.reference`; do not edit by hand. -->

Every setting has a default: a portal runs without any. What is set later in this list wins:

1. `lucarne.toml` in the data folder, one table per section:

   ```toml
   [site]
   url = "https://tv.example.org"

   [jobs]
   concurrency = 4
   ```

2. secret files in the folder `secrets` of the data folder, or in the folder that `LUCARNE_SECRETS_DIR` names:
   `database__url`, or `database/url`, holds the value and nothing else;
3. environment variables: `LUCARNE_JOBS__CONCURRENCY=4`; lists are written `a,b`;
4. arguments of the command line.

A name that Lucarne does not know is an error, never ignored. `lucarne config show` prints every value and where it came from.

The data folder itself is `--data DIR`, else `LUCARNE_DATA`, else the folder `data` beside the virtual environment
that runs Lucarne, else `~/.local/share/lucarne`.
"""


def settings_page() -> str:
    """Return docs/reference/settings.md; the same on every machine."""
    lines = [_HEAD]
    section = ""
    for row in conf.rows():
        if row.key == "data":
            continue
        if row.key.partition(".")[0] != section:
            section = row.key.partition(".")[0]
            lines += [f"## {section}", ""]
        default = f"`{row.default}`" if row.default else "empty"
        lines += [
            f"### `{row.key}`",
            "",
            row.description,
            "",
            f"{row.kind}, default {default}, `{row.variable}`",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(settings_page())
