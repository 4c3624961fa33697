"""Parts of a page that everybody reads alike: made once in each language."""

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils.translation import get_language

register = template.Library()


class PerLanguage(template.Node):
    """Words, addresses and icons that depend on nothing but the language.

    What is inside sees an empty context, so that it cannot depend on anything else.
    """

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._made: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        """Return the text, made at its first use."""
        language = get_language()
        made = self._made.get(language)
        if made is None:
            made = self._made[language] = self.nodelist.render(context.new())
        return made


@register.tag
def per_language(parser: Parser, token: Token) -> PerLanguage:  # noqa: ARG001 - Django's signature
    """Write ``{% per_language %}…{% endper_language %}``."""
    nodelist = parser.parse(("endper_language",))
    parser.delete_first_token()
    return PerLanguage(nodelist)
