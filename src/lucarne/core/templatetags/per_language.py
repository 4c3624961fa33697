"""Parts of a page that everybody reads alike: made once in each language."""

from collections.abc import Sequence

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils.translation import get_language

register = template.Library()

# Whoever names too many different things makes them anew.
_MOST = 64


class PerLanguage(template.Node):
    """Words, addresses and icons that depend on the language and what is named.

    What is inside sees nothing else, so that it cannot depend on anything else.
    """

    # No {% block %} can stand inside: a page that extends another need not look for it.
    child_nodelists = ()

    def __init__(self, nodelist: NodeList, names: Sequence[str]) -> None:
        self.nodelist = nodelist
        self.names = names
        self._made: dict[tuple[object, ...], str] = {}

    def render(self, context: Context) -> str:
        """Return the text, made at its first use."""
        values = [context.get(name) for name in self.names]
        key = (get_language(), *values)
        made = self._made.get(key)
        if made is None:
            inside = context.new(dict(zip(self.names, values, strict=True)))
            made = self.nodelist.render(inside)
            if len(self._made) >= _MOST:
                self._made.clear()
            self._made[key] = made
        return made


@register.tag
def per_language(parser: Parser, token: Token) -> PerLanguage:
    """Write ``{% per_language site_name %}…{{ site_name }}…{% endper_language %}``."""
    nodelist = parser.parse(("endper_language",))
    parser.delete_first_token()
    return PerLanguage(nodelist, token.split_contents()[1:])
