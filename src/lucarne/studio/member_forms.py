"""What the portal's owner types about members."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext_lazy as _

from lucarne.accounts.forms import email_field
from lucarne.membership.queries import MemberFilter, Standing
from lucarne.studio.film_table import WRONG_DAY, YEARS


class AddMemberForm(forms.Form):
    """Whom."""

    email = email_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Not the address of whoever fills it in.
        self.fields["email"].widget.attrs["autocomplete"] = "off"


class MemberFilterForm(forms.Form):
    """The address of the list: what is looked for."""

    q = forms.CharField(required=False, max_length=200)
    standing = forms.ChoiceField(
        required=False,
        choices=[
            ("", _("All members")),
            (Standing.MEMBER.value, _("Members now")),
            (Standing.ENDED.value, _("Membership ended")),
        ],
    )

    @property
    def wanted(self) -> MemberFilter:
        """What is looked for; what is in no list counts for nothing."""
        found = self.cleaned_data if self.is_valid() else {}
        standing = found.get("standing")
        return MemberFilter(
            text=found.get("q", ""), standing=Standing(standing) if standing else None
        )


class EndForm(forms.Form):
    """When a membership ends."""

    when = forms.ChoiceField(
        label=_("When"),
        choices=[("now", _("Now")), ("day", _("At the end of a day"))],
        initial="now",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose when it ends.")},
    )
    day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": WRONG_DAY},
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the day where one was chosen."""
        found = self.cleaned_data
        day = found.get("day")
        if found.get("when") == "day" and "day" in found and not day:
            self.add_error("day", _("Choose the last day."))
        if day and day.year not in YEARS:
            self.add_error("day", WRONG_DAY)
        return found

    @property
    def ends_at(self) -> dt.datetime | None:
        """The moment after the last day, in the portal's time zone; None: now."""
        if self.cleaned_data["when"] == "now":
            return None
        after = self.cleaned_data["day"] + dt.timedelta(days=1)
        return dt.datetime.combine(after, dt.time.min, tzinfo=get_current_timezone())


class MemberListForm(forms.Form):
    """A list from elsewhere."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "An email address in each line, in any column; a line of headings is skipped."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
        error_messages={
            "required": _("Choose a file first."),
            "missing": _("Choose a file first."),
            "empty": _("This file is empty. Choose another."),
        },
    )
