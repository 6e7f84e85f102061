"""Columns of lists, with types: the toolkit's decorator has none."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.utils.html import format_html
from unfold.decorators import display

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Method = TypeVar("Method", bound=Callable[..., Any])


def column(
    description: "StrOrPromise",
    *,
    label: Mapping[Any, str] | None = None,
    ordering: str | None = None,
    boolean: bool = False,
) -> Callable[[Method], Method]:
    """A column headed `description`. `label` maps its values to the colours of their tags."""
    facts = {"description": description, "label": label, "ordering": ordering, "boolean": boolean or None}
    return cast(Callable[[Method], Method], display(**facts))


def when(moment: datetime | None, with_year: bool = False) -> str:
    """A moment in a cell: UTC as sent, the reader's own time once the page's script has run."""
    if moment is None:
        return ""
    shown = moment.astimezone(UTC)
    return format_html(
        '<time class="hub-when" datetime="{}" data-form="{}">{}</time>',
        shown.isoformat(),
        "second" if with_year else "cell",
        f"{shown:%d %b %Y, %H:%M:%S} UTC" if with_year else f"{shown:%d %b, %H:%M:%S} UTC",
    )
