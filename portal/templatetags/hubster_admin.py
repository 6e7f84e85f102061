"""Template tags of the admin: moments in the reader's own zone, and the path to the page that is open."""

from datetime import datetime
from typing import Any, NamedTuple

from django import template
from django.urls import reverse

from portal.shown import integration_name, when

register = template.Library()


register.filter(integration_name)


class Crumb(NamedTuple):
    """A page on the path."""

    title: str
    link: str


@register.simple_tag
def moment(value: datetime | None) -> str:
    """A moment as lists show it; empty for None."""
    return when(value)


@register.simple_tag(takes_context=True)
def crumbs(context: Any) -> list[Crumb]:
    """The list that the open page belongs to; empty on lists, and on pages that belong to none."""
    opts = context.get("opts")
    if not opts or context.get("cl"):
        return []
    plural = str(opts.verbose_name_plural)
    link = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return [Crumb(plural[:1].upper() + plural[1:], link)]


@register.simple_tag(takes_context=True)
def page_title(context: Any) -> str:
    """The heading of the open page: a list by what it lists, a row by its own name, the rest by its title."""
    if context.get("cl"):
        plural = str(context["cl"].opts.verbose_name_plural)
        return plural[:1].upper() + plural[1:]
    row = context.get("original")
    own = context.get("heading") or (row if row is not None else context.get("title"))
    return str(own or "")
