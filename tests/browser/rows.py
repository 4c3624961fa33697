"""Films as rows alone, in the data folder of a portal that another process runs.

``python -m tests.browser.rows COUNT``, with the portal's environment.
"""

from __future__ import annotations

import datetime as dt
import os
import sys


def fill(count: int) -> None:
    """Make that many films; every third is a draft."""
    from tests.portal.films import film

    for n in range(count):
        film(
            f"Film {n:02} : l’été",
            visibility="public" if n % 3 else "draft",
            age=dt.timedelta(hours=n + 1),
            has_poster=False,
        )


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "lucarne.site.settings"
    import django

    django.setup()
    fill(int(sys.argv[1]))
