"""What people type about teams: an invitation, a role, why something is sent back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lucarne.accounts.forms import email_field, password_field
from lucarne.accounts.roles import Role
from lucarne.studio.role_words import ROLES, WHAT_THEY_MAY


class InviteForm(forms.Form):
    """Whom, as what."""

    email = email_field()
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(role.value, words) for role, words in WHAT_THEY_MAY.items()],
        initial=Role.CONTRIBUTOR.value,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a role.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Not the address of whoever fills it in.
        self.fields["email"].widget.attrs["autocomplete"] = "off"


class NameForm(forms.Form):
    """What a channel is called."""

    name = forms.CharField(
        label=_("Name of the channel"),
        max_length=100,
        error_messages={"required": _("Give the channel a name.")},
    )


class RoleForm(forms.Form):
    """Another role of somebody."""

    role = forms.ChoiceField(
        choices=[(role.value, words) for role, words in ROLES.items()]
    )


class JoinForm(forms.Form):
    """An account for whom the link was written; the address stands in it."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your name.")},
    )
    password = password_field(
        label=_("Password"),
        autocomplete="new-password",
        help_text=_("At least 10 characters; a few words are easiest to remember."),
    )
