"""What the frame of every page says about this portal and its reader."""

from django import template
from django.template.context import Context

from lucarne.core.portal import get_portal

register = template.Library()


@register.simple_tag
def portal_name() -> str:
    """Name of the portal, or the product's before the first visit."""
    portal = get_portal()
    return portal.name if portal else "Lucarne"


@register.simple_tag(takes_context=True)
def is_member(context: Context) -> bool:
    """Whether the reader is signed in: `request.user` is slow for a template to ask."""
    user = getattr(context.get("request"), "user", None)
    return user is not None and user.is_authenticated
