"""What people may do in a channel: four roles, and one table of rights.

Who has which role in which channel is the catalog's to say (``catalog.rights``): it is
the room that knows channels.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final


class Role(enum.StrEnum):
    """What somebody is to a channel."""

    OWNER = "owner"
    EDITOR = "editor"
    CONTRIBUTOR = "contributor"
    ANALYST = "analyst"


class Action(enum.StrEnum):
    """What there is to do."""

    SEE = "see"  # films that are not public, in the studio and on their pages
    SEE_STATISTICS = "see_statistics"
    UPLOAD = "upload"  # send films and publish them into the channel
    PROCESS = "process"  # try a failed film again, make smaller files
    EDIT = "edit"  # details and captions
    SHOW = "show"  # say who may watch
    APPROVE = "approve"  # what contributors send for approval
    DELETE = "delete"  # put in the bin, take out
    PURGE = "purge"  # delete for good what is in the bin
    MANAGE = "manage"  # the team, the channel's settings
    SEE_LOG = "see_log"


class Reach(enum.IntEnum):
    """Which films an action is about."""

    NONE = 0
    OWN = 1  # those that the person brought
    ALL = 2


_NONE, _OWN, _ALL = Reach
_ROLES: Final = tuple(Role)
# Each line in the order of the roles: owner, editor, contributor, analyst.
_TABLE: Final[dict[Action, tuple[Reach, Reach, Reach, Reach]]] = {
    Action.SEE: (_ALL, _ALL, _ALL, _ALL),
    Action.SEE_STATISTICS: (_ALL, _ALL, _ALL, _ALL),
    Action.UPLOAD: (_ALL, _ALL, _ALL, _NONE),
    Action.PROCESS: (_ALL, _ALL, _OWN, _NONE),
    Action.EDIT: (_ALL, _ALL, _OWN, _NONE),
    Action.DELETE: (_ALL, _ALL, _OWN, _NONE),
    Action.SHOW: (_ALL, _ALL, _NONE, _NONE),
    Action.APPROVE: (_ALL, _ALL, _NONE, _NONE),
    Action.PURGE: (_ALL, _NONE, _NONE, _NONE),
    Action.MANAGE: (_ALL, _NONE, _NONE, _NONE),
    Action.SEE_LOG: (_ALL, _NONE, _NONE, _NONE),
}
RIGHTS: Final[Mapping[Action, Mapping[Role, Reach]]] = {
    action: dict(zip(_ROLES, line, strict=True)) for action, line in _TABLE.items()
}
