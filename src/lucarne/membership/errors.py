"""Errors that membership raises on purpose.

LucarneError
└── MembershipError
    ├── UnknownMember    nobody here is or was a member under this id or address
    ├── AlreadyMember    somebody with this address is a member now
    ├── PastEnd          a membership cannot end before now
    ├── BadList          a file is no list of addresses; ``why`` says what is wrong
    └── UnknownList      a list that was read is not kept any more
"""

from __future__ import annotations

from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from lucarne.core.errors import LucarneError


class MembershipError(LucarneError):
    """The root of this room's errors."""


class UnknownMember(MembershipError):
    """Nobody is or was a member under this id or address."""

    def __init__(self, name: str) -> None:
        sentence = _("“{name}” is nobody in the list of members. Look for it there.")
        super().__init__("unknown_member", format_lazy(sentence, name=name))


class AlreadyMember(MembershipError):
    """Somebody with this address is a member now."""

    def __init__(self, email: str) -> None:
        sentence = _("{email} is a member already. Nothing was changed.")
        super().__init__("already_member", format_lazy(sentence, email=email))


class PastEnd(MembershipError):
    """A membership cannot end before now."""

    def __init__(self) -> None:
        sentence = _("This day is over. Choose today or a later one.")
        super().__init__("past_end", sentence)


_LISTS: Final = {
    "large": _("This file is larger than a list can be (20 MB). Send it in parts."),
    "many": _("This file has more than 200,000 addresses. Send it in parts."),
    "binary": _(
        "This is no list of addresses but some other kind of file. Save it as CSV first."
    ),
    "empty": _(
        "There is no email address in this file. Write one in each line, in any column."
    ),
}


class BadList(MembershipError):
    """``why``: large, many, binary or empty."""

    def __init__(self, why: str) -> None:
        super().__init__("bad_member_list", _LISTS[why])
        self.why = why


class UnknownList(MembershipError):
    """A list that was read is not kept any more: it was imported, or a day has passed."""

    def __init__(self) -> None:
        sentence = _("This list is not kept any more. Send the file once more.")
        super().__init__("unknown_member_list", sentence)
