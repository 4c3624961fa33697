"""What the frame of every page says about this portal and its reader."""

from django import template
from django.conf import settings
from django.shortcuts import resolve_url
from django.template.context import Context

from lucarne.core.portal import get_portal

register = template.Library()


@register.simple_tag
def portal_name() -> str:
    """Name of the portal, or the product's before the first visit."""
    portal = get_portal()
    return portal.name if portal else "Lucarne"


@register.simple_tag(takes_context=True)
def is_signed_in(context: Context) -> bool:
    """Whether the reader is signed in: `request.user` is slow for a template to ask."""
    user = getattr(context.get("request"), "user", None)
    return user is not None and user.is_authenticated


@register.simple_tag(takes_context=True)
def reader_name(context: Context) -> str:
    """Name of a reader who is signed in and has no door in the studio, else "".

    ``works_here`` is the studio's to say (``studio.access.reader``).
    """
    if context.get("works_here") or not is_signed_in(context):
        return ""
    return str(context["request"].user.name)


@register.simple_tag(takes_context=True)
def offers_sign_in(context: Context) -> bool:
    """Whether the head of the page has the way in: for visitors, elsewhere than there.

    Nor where a link signs in: its address is a key, and no other may name it.
    """
    request = context.get("request")
    if request is None or is_signed_in(context):
        return False
    return not request.path.startswith(resolve_url(settings.LOGIN_URL))
