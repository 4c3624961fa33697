"""What people type to sign in, and the reasons it may be refused."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_PASSWORD_LIMIT = 4096  # Argon2 is slow on purpose; nobody may feed it megabytes


def email_field() -> forms.EmailField:
    """An address, with what a browser and a password manager need to help."""
    return forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"autocomplete": "username", "spellcheck": "false"}
        ),
        error_messages={
            "required": _("Write your email address."),
            "invalid": _("This is not an email address. Write it as name@example.org."),
        },
    )


def password_field(
    *, label: Any, autocomplete: str, help_text: Any = ""
) -> forms.CharField:
    """A password; ``autocomplete``: current-password or new-password."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=_PASSWORD_LIMIT,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": _("Write a password.")},
    )


class SignInForm(forms.Form):
    """Email and password."""

    email = email_field()
    password = password_field(label=_("Password"), autocomplete="current-password")


class PasswordForm(forms.Form):
    """A new password, and the old one unless a link signed the person in."""

    current = password_field(
        label=_("Current password"), autocomplete="current-password"
    )
    new = password_field(
        label=_("New password"),
        autocomplete="new-password",
        help_text=_("At least 10 characters; a few words are easiest to remember."),
    )

    def __init__(self, *args: Any, asks_current: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_current:
            del self.fields["current"]
