"""What the roles of a team are called, and what they may do, in words."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lucarne.accounts.roles import Role

ROLES: Final[dict[Role, str | Promise]] = {
    Role.OWNER: _("Owner"),
    Role.EDITOR: _("Editor"),
    Role.CONTRIBUTOR: _("Contributor"),
    Role.ANALYST: _("Analyst"),
}
WHAT_THEY_MAY: Final[dict[Role, str | Promise]] = {
    Role.OWNER: _("Owner: everything, also the team and the log of changes"),
    Role.EDITOR: _("Editor: publishes, changes and deletes every film"),
    Role.CONTRIBUTOR: _(
        "Contributor: brings films and changes own ones; an editor approves what others "
        "can watch"
    ),
    Role.ANALYST: _("Analyst: sees films and statistics, changes nothing"),
}
