"""Categories and licenses that a film can have: stable codes, and what they are called.

Codes are kept and sent to others; names are shown. A code may be added, never reused.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CATEGORIES: Final[dict[str, str | Promise]] = {
    "news": _("News"),
    "documentary": _("Documentary"),
    "fiction": _("Fiction"),
    "animation": _("Animation"),
    "children": _("Children"),
    "music": _("Music"),
    "arts": _("Arts and culture"),
    "education": _("Education"),
    "science": _("Science"),
    "nature": _("Nature and environment"),
    "society": _("Society"),
    "public_life": _("Politics and public life"),
    "economy": _("Economy"),
    "sport": _("Sport"),
    "travel": _("Travel"),
    "comedy": _("Comedy"),
    "games": _("Games"),
    "technology": _("Technology"),
}


class License(NamedTuple):
    """``url`` is "" where no public text says what may be done."""

    name: str | Promise
    url: str = ""


_CC: Final = "https://creativecommons.org/licenses"
LICENSES: Final[dict[str, License]] = {
    "reserved": License(_("All rights reserved")),
    "cc-by": License("CC BY 4.0", f"{_CC}/by/4.0/"),
    "cc-by-sa": License("CC BY-SA 4.0", f"{_CC}/by-sa/4.0/"),
    "cc-by-nd": License("CC BY-ND 4.0", f"{_CC}/by-nd/4.0/"),
    "cc-by-nc": License("CC BY-NC 4.0", f"{_CC}/by-nc/4.0/"),
    "cc-by-nc-sa": License("CC BY-NC-SA 4.0", f"{_CC}/by-nc-sa/4.0/"),
    "cc-by-nc-nd": License("CC BY-NC-ND 4.0", f"{_CC}/by-nc-nd/4.0/"),
    "cc0": License("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "public-domain": License(
        _("Public domain"), "https://creativecommons.org/publicdomain/mark/1.0/"
    ),
    "etalab": License(
        "Licence Ouverte 2.0", "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
    ),
}


def category_name(code: str) -> str:
    """Name a category in the active language; "" for none and for unknown codes."""
    return str(CATEGORIES.get(code, ""))
