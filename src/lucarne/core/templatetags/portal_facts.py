"""What the frame of every page says about this portal."""

from django import template

from lucarne.core.portal import get_portal

register = template.Library()


@register.simple_tag
def portal_name() -> str:
    """Name of the portal, or the product's before the first visit."""
    portal = get_portal()
    return portal.name if portal else "Lucarne"
