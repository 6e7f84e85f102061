"""Columns of lists, with types: the toolkit's decorator has none."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from unfold.decorators import display

from portal.shown import integration_name, when

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = ["column", "integration_name", "when"]
Method = TypeVar("Method", bound=Callable[..., Any])


class _Colours(dict[Any, str]):
    """Colours of tags by value. The toolkit shows the bare value of one that is missing, so none is."""

    def __missing__(self, value: Any) -> str:
        return "default"


def column(
    description: "StrOrPromise",
    *,
    label: Mapping[Any, str] | None = None,
    ordering: str | None = None,
    boolean: bool = False,
) -> Callable[[Method], Method]:
    """A column headed `description`. `label` maps its values to the colours of their tags."""
    facts = {
        "description": description,
        "label": label and _Colours(label),
        "ordering": ordering,
        "boolean": boolean or None,
    }
    return cast(Callable[[Method], Method], display(**facts))
